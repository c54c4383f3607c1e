import { setModuleSource } from '../load.js'
import { compile } from '../source/web.js'

setModuleSource({ seller: () => compile(new URL('../farthing_seller_bg.wasm', import.meta.url)) })

export * from '../seller/index.js'
