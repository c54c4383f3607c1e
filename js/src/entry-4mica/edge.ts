import '../source/edge/certificates.js'
import account from '../farthing_account_bg.wasm?module'
import { setLazySource, setModuleSource } from '../load.js'

setModuleSource({ account: async () => account })
setLazySource({ payer: async () => (await import('../farthing_bg.wasm?module')).default })

export * from '../account/index.js'
