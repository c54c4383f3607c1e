import '../source/node/certificates.js'
import { setModuleSource } from '../load.js'
import { unpack } from '../source/node/unpack.js'
import seller from '../farthing_seller.wasm.js'

setModuleSource({ seller: () => unpack(seller) })

export * from '../seller/index.js'
