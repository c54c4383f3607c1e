import seller from '../farthing_seller_bg.wasm?module'
import { setLazySource, setModuleSource } from '../load.js'
import { lazyCertificates } from '../source/edge/certificates.js'

setModuleSource({ seller: async () => seller })
setLazySource(lazyCertificates)

export * from '../seller/index.js'
