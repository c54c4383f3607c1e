// Not `../source/workerd.js`: a Worker that only sells does not carry the payer.
import seller from '../farthing_seller_bg.wasm'
import { setModuleSource } from '../load.js'

setModuleSource({
  seller: async () => seller,
  certificates: async () => (await import('../farthing_bls_bg.wasm')).default,
})

export * from '../seller/index.js'
