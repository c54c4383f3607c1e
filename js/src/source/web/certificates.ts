// Apart from the payer: a bundler that splits keeps it out of the page's first download.
import type { ModuleSources } from '../../load.js'
import { unpack } from './unpack.js'

export const lazyCertificates = {
  certificates: async () => unpack((await import('../../farthing_bls.wasm.js')).default),
} satisfies Partial<ModuleSources>
