// Part of the 4Mica stand-in: why a gasless route does not send. In: a published code. Out: both forms of the answer,
// always under HTTP 200. The codes and which of them may be retried are published, the sentences are ours.

const retryable = ['RATE_LIMITED', 'ADDRESS_RATE_LIMITED', 'TOO_MANY_IN_FLIGHT', 'DUPLICATE_IN_FLIGHT', 'RELAYER_BALANCE_TOO_LOW', 'CHAIN_ERROR', 'ACTION_UNAVAILABLE']

/** @typedef {'RATE_LIMITED' | 'ADDRESS_RATE_LIMITED' | 'TOO_MANY_IN_FLIGHT' | 'RELAYER_BALANCE_TOO_LOW' | 'GAS_CEILING_EXCEEDED' | 'BROADCAST_FAILED' | 'REVERTED_ON_CHAIN' | 'RECEIPT_UNAVAILABLE'} GaslessFault `RECEIPT_UNAVAILABLE` really sends first */
/** @type {ReadonlySet<string>} */
export const gaslessFaults = new Set(['RATE_LIMITED', 'ADDRESS_RATE_LIMITED', 'TOO_MANY_IN_FLIGHT', 'RELAYER_BALANCE_TOO_LOW', 'GAS_CEILING_EXCEEDED', 'BROADCAST_FAILED', 'REVERTED_ON_CHAIN', 'RECEIPT_UNAVAILABLE'])

export class GaslessRefusal extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message)
    this.code = code
    this.retryable = retryable.includes(code)
  }
  /** What a route answers. */
  failed() {
    return { success: false, error: this.message, errorCode: this.code, retryable: this.retryable }
  }
  /** What its `/verify` answers. */
  invalid() {
    return { isValid: false, invalidReason: this.message, errorCode: this.code, ...(this.retryable && { retryable: true }) }
  }
}
