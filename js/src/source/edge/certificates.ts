// Apart from the payer: a bundler that splits keeps it out of the first download.
import type { ModuleSources } from '../../load.js'

export const lazyCertificates = {
  certificates: async () => (await import('./verifier.js')).verifier(),
} satisfies Partial<ModuleSources>
