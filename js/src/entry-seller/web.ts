import '../source/web/certificates.js'
import { setModuleSource } from '../load.js'
import { unpack } from '../source/web/unpack.js'
import seller from '../farthing_seller.wasm.js'

setModuleSource({ seller: () => unpack(seller) })

export * from '../seller/index.js'
