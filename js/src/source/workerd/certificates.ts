import { setLazySource } from '../../load.js'

setLazySource({ certificates: async () => (await import('../../farthing_bls_bg.wasm')).default })
