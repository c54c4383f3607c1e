import '../source/edge/certificates.js'
import seller from '../farthing_seller_bg.wasm?module'
import { setModuleSource } from '../load.js'

setModuleSource({ seller: async () => seller })

export * from '../seller/index.js'
