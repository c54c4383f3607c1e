import '../source/workerd.js'
import { setModuleSource } from '../load.js'

setModuleSource({ account: async () => (await import('../farthing_account_bg.wasm')).default })

export * from '../account/index.js'
