import { setLazySource, setModuleSource } from '../../load.js'
import payer from '../../farthing.wasm.js'
import { lazyCertificates } from './certificates.js'
import { unpack } from './unpack.js'

/** Names where the payer's modules come from. */
export function namePayer(): void {
  setModuleSource({ payer: () => unpack(payer) })
  setLazySource(lazyCertificates)
}
