import { setModuleSource } from '../load.js'
import { unpack } from '../source/web/unpack.js'
import owner from '../farthing_owner.wasm.js'

setModuleSource({ owner: () => unpack(owner) })

export * from '../owner/index.js'
