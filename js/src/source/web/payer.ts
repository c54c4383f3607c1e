import './certificates.js'
import { setModuleSource } from '../../load.js'
import payer from '../../farthing.wasm.js'
import { unpack } from './unpack.js'

setModuleSource({ payer: () => unpack(payer) })
