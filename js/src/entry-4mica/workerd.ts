import account from '../farthing_account_bg.wasm'
import { setLazySource, setModuleSource } from '../load.js'
import { lazyCertificates } from '../source/workerd/certificates.js'

setModuleSource({ account: async () => account })
setLazySource({ ...lazyCertificates, payer: async () => (await import('../farthing_bg.wasm')).default })

export * from '../account/index.js'
