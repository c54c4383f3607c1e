// For places that know no dynamic import, such as a service worker: the check of certificates starts with the program.
import { setModuleSource } from '../load.js'
import { verifier } from '../source/edge/verifier.js'

setModuleSource({ certificates: verifier })
