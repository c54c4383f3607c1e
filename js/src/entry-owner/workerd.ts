import owner from '../farthing_owner_bg.wasm'
import { setModuleSource } from '../load.js'

setModuleSource({ owner: async () => owner })

export * from '../owner/index.js'
