import { type ErrorCode, isErrorCode } from './errors.js'
import { isTrap, loadCertificates, resetCertificates } from './load.js'

/** What is wrong with a certificate's BLS signature; `undefined` when it is genuine. All three are `0x` hex. Loads the verifier on first use. */
export async function problemOf(
  claims: string,
  signature: string,
  operatorKey: string,
): Promise<ErrorCode | undefined> {
  const glue = await loadCertificates()
  try {
    glue.verifyCertificate(bytesOf(claims), bytesOf(signature), bytesOf(operatorKey))
    return undefined
  } catch (thrown) {
    if (isTrap(thrown)) resetCertificates()
    const code = (thrown as { code?: unknown } | null)?.code
    return isErrorCode(code) ? code : 'certificate/signature-mismatch'
  }
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 - 1 }, (_, at) =>
    Number.parseInt(hex.slice(2 + 2 * at, 4 + 2 * at), 16),
  )
}
