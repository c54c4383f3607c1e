// The suite in a web worker: the script of the worker and nothing else.
import { run } from './suite.js'

postMessage(await run())
