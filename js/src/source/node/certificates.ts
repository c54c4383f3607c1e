// Apart from the payer: a bundler that splits keeps it out of the page's first download.
import { setLazySource } from '../../load.js'
import { unpack } from './unpack.js'

setLazySource({ certificates: async () => unpack((await import('../../farthing_bls.wasm.js')).default) })
