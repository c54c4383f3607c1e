import { PaymentError } from '../errors.js'
import type { LocalKey } from '../generated/farthing.js'
import { load } from '../load.js'
import type { LocalWallet } from './wallet.js'

/**
 * A wallet from a private key: 32 bytes, or `0x` and 64 digits. Prefer bytes, and wipe yours: a JavaScript string
 * cannot be wiped. The key moves into WebAssembly when the wallet is first used, our copy is overwritten, and it never comes back.
 * For a key that must not be in this process at all, use an injected or remote wallet.
 *
 * Nothing is read from it by `toString`, `JSON.stringify` or inspection: the object has no key to show.
 */
export function localWallet(key: Uint8Array | string): LocalWallet {
  let bytes: Uint8Array | undefined = typeof key === 'string' ? parse(key) : Uint8Array.from(key)
  if (bytes.byteLength !== 32) throw new PaymentError('sign/key')
  let handle: Promise<LocalKey> | undefined
  async function move(): Promise<LocalKey> {
    const glue = await load()
    if (!bytes) throw new PaymentError('misuse/trapped')
    const copy = bytes
    bytes = undefined
    try {
      return new glue.LocalKey(copy)
    } catch (cause) {
      throw new PaymentError('sign/key', { cause })
    } finally {
      copy.fill(0)
    }
  }
  function attempt(): Promise<LocalKey> {
    const moving = move()
    // A start-up that failed can heal; a key that is gone or wrong cannot.
    moving.catch(() => bytes && (handle = undefined))
    return moving
  }
  return { kind: 'local', key: () => (handle ??= attempt()) }
}

function parse(text: string): Uint8Array {
  if (!/^0x[0-9a-fA-F]{64}$/.test(text)) throw new PaymentError('sign/key')
  return Uint8Array.from({ length: 32 }, (_, at) => Number.parseInt(text.slice(2 + 2 * at, 4 + 2 * at), 16))
}
