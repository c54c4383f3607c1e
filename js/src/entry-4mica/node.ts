import { setModuleSource } from '../load.js'
import { compile } from '../source/node.js'

setModuleSource({ account: () => compile(new URL('../farthing_account_bg.wasm', import.meta.url)) })

export * from '../account/index.js'
