import { type ErrorCode, isErrorCode } from './errors.js'
import type { OperatorKey } from './generated/farthing_bls.js'
import { freed } from './instance.js'
import { isTrap, loadCertificates, resetCertificates } from './load.js'

/** The key of the last certificate: to read one costs a sixteenth of a verification, and a core keeps its own. */
let last: { hex: string; key: OperatorKey } | undefined

/** What is wrong with a certificate's BLS signature; `undefined` when it is genuine. All three are `0x` hex. Loads the verifier on first use. */
export async function problemOf(
  claims: string,
  signature: string,
  operatorKey: string,
): Promise<ErrorCode | undefined> {
  const glue = await loadCertificates()
  try {
    if (last?.hex !== operatorKey) {
      const key = new glue.OperatorKey(bytesOf(operatorKey))
      if (last) freed(last.key)
      last = { hex: operatorKey, key }
    }
    last.key.verify(bytesOf(claims), bytesOf(signature))
    return undefined
  } catch (thrown) {
    if (isTrap(thrown)) {
      // The key went with the instance.
      last = undefined
      resetCertificates()
    }
    const code = (thrown as { code?: unknown } | null)?.code
    return isErrorCode(code) ? code : 'certificate/signature-mismatch'
  }
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 - 1 }, (_, at) =>
    Number.parseInt(hex.slice(2 + 2 * at, 4 + 2 * at), 16),
  )
}
