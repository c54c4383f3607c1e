import sandbox from '../farthing_sandbox_bg.wasm?module'
import { setModuleSource } from '../load.js'

setModuleSource({ sandbox: async () => sandbox })

export * from '../sandbox/index.js'
