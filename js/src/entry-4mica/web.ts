import { setLazySource, setModuleSource } from '../load.js'
import account from '../farthing_account.wasm.js'
import { lazyCertificates } from '../source/web/certificates.js'
import { unpack } from '../source/web/unpack.js'

setModuleSource({ account: () => unpack(account) })
setLazySource({ ...lazyCertificates, payer: async () => unpack((await import('../farthing.wasm.js')).default) })

export * from '../account/index.js'
