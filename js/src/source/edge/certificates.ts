import type { ModuleSources } from '../../load.js'

export const lazyCertificates = {
  certificates: async () => (await import('../../farthing_bls_bg.wasm?module')).default,
} satisfies Partial<ModuleSources>
