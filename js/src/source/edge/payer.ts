// Vercel's edge forbids compiling bytes, as Workers do, and takes a module where the import says so by `?module`.
import payer from '../../farthing_bg.wasm?module'
import { setLazySource, setModuleSource } from '../../load.js'
import { lazyCertificates } from './certificates.js'

/** Names where the payer's modules come from. */
export function namePayer(): void {
  setModuleSource({ payer: async () => payer })
  setLazySource(lazyCertificates)
}
