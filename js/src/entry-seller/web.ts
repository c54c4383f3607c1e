import { setLazySource, setModuleSource } from '../load.js'
import { lazyCertificates } from '../source/web/certificates.js'
import { unpack } from '../source/web/unpack.js'
import seller from '../farthing_seller.wasm.js'

setModuleSource({ seller: () => unpack(seller) })
setLazySource(lazyCertificates)

export * from '../seller/index.js'
