import { problemOf } from '../certificate.js'
import { PaymentError } from '../errors.js'
import type { GuaranteeFacts, OperatorSignature } from '../generated/evidence.js'
import { using } from '../instance.js'
import { readUpTo, within } from '../limits.js'
import type { PinnedCore } from '../policy.js'
import { ask, loadAccount, named } from './load.js'

/** What {@link verifyCertificate} is given. */
export type VerifyCertificateOptions = {
  /** The value of the payment header, `PAYMENT-SIGNATURE` or `X-PAYMENT`, or its decoded JSON. */
  payment: string | object
  /**
   * What the core answered: `{ claims, signature }`, or of generation `clearing-house` `{ receipt, signature }`, in hex
   * with or without `0x`. Or the facilitator's whole settlement: the value of `PAYMENT-RESPONSE`, or its decoded JSON.
   */
  certificate: string | object
  /** The core that must have issued it. Pin `operatorKey` or `guaranteeSigner`: without one, whoever answers at `url` is believed. */
  core: PinnedCore
  /** The core's `GET /core/public-params`, as text or parsed. Left out, it is fetched. */
  parameters?: string | object | undefined
  /** Default: the platform's. */
  fetch?: typeof globalThis.fetch | undefined
  /** Stops waiting for the core after this many milliseconds. Default 10 000. */
  timeoutMs?: number | undefined
}

const PARAMETERS_BYTES = 64 * 1024

/**
 * What a core guarantees, for the payer that signed and for the seller that was paid alike. Everything is checked anew:
 * the payer's signature under the core's domain, every field of the certificate against what was signed, and the
 * operator's signature. Returns the facts only when all of it holds; compare `recipient` and `amount` with what you sell.
 * With `parameters` nothing is asked of anybody.
 *
 * Errors: {@link PaymentError} otherwise; `certificate/…`, `settlement/…` and `sign/…` say what is not as it must be,
 * `guarantee/…` what is wrong with the core, `misuse/options` what cannot be read.
 */
export async function verifyCertificate(options: VerifyCertificateOptions): Promise<GuaranteeFacts> {
  const doing = 'accept the certificate'
  try {
    const { core } = options
    const parameters = bytesOf(options.parameters ?? (await parametersOf(options)))
    const glue = await loadAccount()
    const known = bytesOf({ cores: [core] })
    const [payment, shown] = [textOf(options.payment), textOf(options.certificate)]
    const check = ask(() => new glue.CertificateCheck(known, core.network, parameters, payment, shown))
    return await using(check, async () => {
      const problem = await operatorProblem(ask(() => check.operatorSignature()))
      return JSON.parse(ask(() => check.conclude(problem))) as GuaranteeFacts
    })
  } catch (thrown) {
    throw named(doing, thrown)
  }
}

/** What is wrong with an operator's signature that is still to be checked; `undefined` when nothing is. */
export async function operatorProblem(open: string | undefined): Promise<string | undefined> {
  if (open === undefined) return undefined
  const { claims, signature, operatorKey } = JSON.parse(open) as OperatorSignature
  return problemOf(claims, signature, operatorKey).catch((cause: unknown) => {
    throw new PaymentError('certificate/unchecked', { cause })
  })
}

async function parametersOf({ core, fetch = globalThis.fetch, timeoutMs = 10_000 }: VerifyCertificateOptions) {
  const cancel = new AbortController()
  const read = async () => {
    const url = `${core.url.replace(/\/+$/, '')}/core/public-params`
    // Whom a core sends us to is nobody the owner named.
    const answer = await fetch(url, {
      headers: { accept: 'application/json' },
      redirect: 'manual',
      signal: cancel.signal,
    })
    const bytes = await readUpTo(answer.body, PARAMETERS_BYTES)
    if (answer.status !== 200 || !bytes)
      throw new PaymentError('guarantee/core-answer', { facts: `status ${answer.status}` })
    return new TextDecoder().decode(bytes)
  }
  try {
    return await within(read(), timeoutMs)
  } catch (cause) {
    if (cause instanceof PaymentError) throw cause
    throw new PaymentError('guarantee/core-unreachable', { cause })
  } finally {
    cancel.abort()
  }
}

/** A text as it is, anything else as JSON. */
export const textOf = (value: string | object): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** The same in UTF-8. */
export const bytesOf = (value: string | object): Uint8Array => new TextEncoder().encode(textOf(value))
