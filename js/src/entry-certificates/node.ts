// For places that know no dynamic import, such as a service worker: the check of certificates starts with the program.
import { setModuleSource } from '../load.js'
import { unpack } from '../source/node/unpack.js'
import certificates from '../farthing_bls.wasm.js'

setModuleSource({ certificates: () => unpack(certificates) })
