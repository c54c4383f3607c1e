// Vercel's edge forbids compiling bytes, as Workers do, and takes a module where the import says so by `?module`.
import './certificates.js'
import payer from '../../farthing_bg.wasm?module'
import { setModuleSource } from '../../load.js'

setModuleSource({ payer: async () => payer })
