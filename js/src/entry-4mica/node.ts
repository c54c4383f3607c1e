import '../source/node/certificates.js'
import { setLazySource, setModuleSource } from '../load.js'
import account from '../farthing_account.wasm.js'
import { unpack } from '../source/node/unpack.js'

setModuleSource({ account: () => unpack(account) })
setLazySource({ payer: async () => unpack((await import('../farthing.wasm.js')).default) })

export * from '../account/index.js'
