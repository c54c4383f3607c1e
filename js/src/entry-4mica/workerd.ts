import '../source/workerd/certificates.js'
import account from '../farthing_account_bg.wasm'
import { setLazySource, setModuleSource } from '../load.js'

setModuleSource({ account: async () => account })
setLazySource({ payer: async () => (await import('../farthing_bg.wasm')).default })

export * from '../account/index.js'
