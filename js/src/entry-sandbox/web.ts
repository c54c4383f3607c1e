import { setModuleSource } from '../load.js'
import { compile } from '../source/web.js'

setModuleSource({ sandbox: () => compile(new URL('../farthing_sandbox_bg.wasm', import.meta.url)) })

export * from '../sandbox/index.js'
