import { PaymentError } from '../errors.js'
import type { Evidence, EvidenceReport } from '../generated/evidence.js'
import { using } from '../instance.js'
import type { PinnedAsset, PinnedCore } from '../policy.js'
import type { Store } from '../store/store.js'
import { bytesOf, operatorProblem } from './certificate.js'
import { ask, loadAccount } from './load.js'

/**
 * Everything about one purchase that others need to check it without a network, a store or this process: the record,
 * what the seller asked for, the signed payment, the core's parameters and the settlement, each as it came. Write it
 * down with `JSON.stringify`.
 *
 * **It contains the signed payment**, which is worth its price to whoever may use it: a transfer until it is sent or
 * expires, a guarantee without an end, because whoever may issue at the core could present it again in a later cycle.
 * Show evidence to people to whom you would show the signature.
 *
 * Errors: {@link PaymentError} `misuse/options` when the store has no such purchase, `store/unreadable` when its row
 * cannot be relied on.
 */
export async function evidence(purchaseId: string, { store }: { store: Store }): Promise<Evidence> {
  const { entries } = await store.read({ purchaseId, notes: [], holds: [] })
  const [row] = entries
  if (!row) throw new PaymentError('misuse/options', { doing: 'take evidence', facts: `no purchase ${purchaseId}` })
  const glue = await loadAccount()
  return JSON.parse(ask(() => glue.evidence(row.record, row.sealed))) as Evidence
}

/** What {@link verifyEvidence} is given besides the evidence. */
export type VerifyEvidenceOptions = {
  /** Cores as whoever checks knows them. One with its `operatorKey` or `guaranteeSigner` proves who guarantees. */
  cores?: readonly PinnedCore[] | undefined
  /** Tokens besides the pinned ones. */
  assets?: readonly PinnedAsset[] | undefined
  /** The content that was paid for, compared with the hash that `hashOutput` put into the record. A text counts as UTF-8. */
  response?: Uint8Array | string | undefined
}

/**
 * Checks evidence offline, part by part; each check says what it found. `sound` is true when nothing is wrong and no part
 * is missing that the record tells of; `complete` when in addition every check was made.
 *
 * Two things evidence cannot prove: that nobody made up a whole record with its own chain (compare its last hash with one
 * you kept), and, without a pinned core, that the operator it names is 4Mica's (`certificate.operator` is `published`).
 *
 * Errors: {@link PaymentError} `misuse/options` for what is no evidence of this version, `certificate/unchecked` when the
 * verifier could not be loaded.
 */
export async function verifyEvidence(
  evidence: Evidence | string,
  { cores, assets, response }: VerifyEvidenceOptions = {},
): Promise<EvidenceReport> {
  const glue = await loadAccount()
  const content = typeof response === 'string' ? new TextEncoder().encode(response) : response
  const check = ask(() => new glue.EvidenceCheck(bytesOf({ cores, assets }), bytesOf(evidence), content))
  return using(check, async () => {
    const problem = await operatorProblem(ask(() => check.operatorSignature()))
    return JSON.parse(ask(() => check.conclude(problem))) as EvidenceReport
  })
}
