import seller from '../farthing_seller_bg.wasm'
import { setLazySource, setModuleSource } from '../load.js'
import { lazyCertificates } from '../source/workerd/certificates.js'

setModuleSource({ seller: async () => seller })
setLazySource(lazyCertificates)

export * from '../seller/index.js'
