import { setModuleSource } from '../load.js'
import { unpack } from '../source/web/unpack.js'
import sandbox from '../farthing_sandbox.wasm.js'

setModuleSource({ sandbox: () => unpack(sandbox) })

export * from '../sandbox/index.js'
