// Workers and edge runtimes: they forbid compiling bytes, so the modules are imported.
import { setModuleSource } from '../load.js'
import payer from '../farthing_bg.wasm'

setModuleSource({
  payer: async () => payer,
  certificates: async () => (await import('../farthing_bls_bg.wasm')).default,
  owner: async () => (await import('../farthing_owner_bg.wasm')).default,
})
