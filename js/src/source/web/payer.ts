import { setLazySource, setModuleSource } from '../../load.js'
import { lazyCertificates } from './certificates.js'
import { unpack } from './unpack.js'
// Last: in a bundle, what stands behind it can say nothing by reference to what stands before.
import payer from '../../farthing.wasm.js'

/** Names where the payer's modules come from. */
export function namePayer(): void {
  setModuleSource({ payer: () => unpack(payer) })
  setLazySource(lazyCertificates)
}
