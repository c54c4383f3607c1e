// What checks certificates, glue and module.
import module from '../../farthing_bls_bg.wasm'
import * as glue from '../../generated/farthing_bls.js'
import type { ModuleSources } from '../../load.js'

export const verifier: ModuleSources['certificates'] = async () => ({ glue, module })
