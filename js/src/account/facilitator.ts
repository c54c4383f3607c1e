import { PaymentError } from '../errors.js'
import type { FacilitatorKind, Issuance, FacilitatorVerdict } from '../generated/account.js'
import { asked, loadAccount } from './load.js'
import { runTask } from './task.js'

/** Options of {@link facilitatorAt}. */
export type FacilitatorOptions = {
  /** Default: the platform's. */
  fetch?: typeof globalThis.fetch | undefined
  /** Stops waiting for an answer. Default 10 000. */
  timeoutMs?: number | undefined
}

/** What is presented to a facilitator: the payment as decoded from its header, and the entry of `accepts` it is for. */
export type Presentation = { x402Version: number; paymentPayload: object; paymentRequirements: object }

/** An x402 facilitator for `4mica-credit`. */
export type Facilitator = {
  /** What it settles, on networks we know how to name. */
  supported(): Promise<FacilitatorKind[]>
  /** Whether a payment has the form of its requirements; the recorded facilitator checks no signature or collateral. */
  verify(what: Presentation): Promise<FacilitatorVerdict>
  /**
   * Has the guarantee issued. Without a certificate `exists` tells whether there may be one all the same; ask again with
   * the identical payment only. Its certificate is unchecked: `verifyCertificate`.
   */
  settle(what: Presentation): Promise<Issuance>
}

/** A facilitator at a URL that you configured. Nothing is asked by naming it. */
export async function facilitatorAt(url: string, options: FacilitatorOptions = {}): Promise<Facilitator> {
  const glue = await loadAccount()
  const handle = asked('name the facilitator', () => new glue.Facilitator(url))
  const place = {
    fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
    wallet: undefined,
    rpc: undefined,
    confirm: undefined,
    timeoutMs: options.timeoutMs ?? 10_000,
    walletTimeoutMs: 0,
  }
  const order = <T>(doing: string, what: object): Promise<T> => {
    const text = new TextEncoder().encode(JSON.stringify(what))
    return runTask<T>(
      place,
      doing,
      asked(doing, () => handle.task(text)),
    )
  }
  const presented = (deed: string, { x402Version, paymentPayload, paymentRequirements }: Presentation) => ({
    do: deed,
    x402Version,
    payload: textOf(paymentPayload, 'paymentPayload'),
    requirements: textOf(paymentRequirements, 'paymentRequirements'),
  })
  return {
    supported: () => order('ask the facilitator what it serves', { do: 'supported' }),
    verify: async (what) => order('verify at the facilitator', presented('verify', what)),
    settle: async (what) => order('settle at the facilitator', presented('settle', what)),
  }
}

function textOf(value: object, name: string): string {
  const text = JSON.stringify(value) as string | undefined
  if (typeof value !== 'object' || text === undefined) throw new PaymentError('misuse/options', { facts: name })
  return text
}
