import { setLazySource, setModuleSource } from '../load.js'
import account from '../farthing_account.wasm.js'
import { lazyCertificates } from '../source/node/certificates.js'
import { unpack } from '../source/node/unpack.js'

setModuleSource({ account: () => unpack(account) })
setLazySource({ ...lazyCertificates, payer: async () => unpack((await import('../farthing.wasm.js')).default) })

export * from '../account/index.js'
