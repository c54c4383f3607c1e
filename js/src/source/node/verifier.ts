// What checks certificates, glue and module.
import text from '../../farthing_bls.wasm.js'
import * as glue from '../../generated/farthing_bls.js'
import type { ModuleSources } from '../../load.js'
import { unpack } from './unpack.js'

export const verifier: ModuleSources['certificates'] = async () => ({ glue, module: await unpack(text) })
