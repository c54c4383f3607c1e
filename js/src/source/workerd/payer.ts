// Workers forbid compiling bytes, so the modules are imported.
import './certificates.js'
import payer from '../../farthing_bg.wasm'
import { setModuleSource } from '../../load.js'

setModuleSource({ payer: async () => payer })
