import account from '../farthing_account_bg.wasm?module'
import { setLazySource, setModuleSource } from '../load.js'
import { lazyCertificates } from '../source/edge/certificates.js'

setModuleSource({ account: async () => account })
setLazySource({ ...lazyCertificates, payer: async () => (await import('../farthing_bg.wasm?module')).default })

export * from '../account/index.js'
