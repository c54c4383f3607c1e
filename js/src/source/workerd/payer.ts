// Workers forbid compiling bytes, so the modules are imported.
import payer from '../../farthing_bg.wasm'
import { setLazySource, setModuleSource } from '../../load.js'
import { lazyCertificates } from './certificates.js'

/** Names where the payer's modules come from. */
export function namePayer(): void {
  setModuleSource({ payer: async () => payer })
  setLazySource(lazyCertificates)
}
