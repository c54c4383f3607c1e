// For places that know no dynamic import, such as a service worker: the check of certificates starts with the program.
import certificates from '../farthing_bls_bg.wasm?module'
import { setModuleSource } from '../load.js'

setModuleSource({ certificates: async () => certificates })
