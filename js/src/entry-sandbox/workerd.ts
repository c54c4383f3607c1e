import '../source/workerd.js'
import { setModuleSource } from '../load.js'

setModuleSource({ sandbox: async () => (await import('../farthing_sandbox_bg.wasm')).default })

export * from '../sandbox/index.js'
