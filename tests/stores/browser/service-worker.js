// The suite in a service worker, when a page asks for it.
import { run } from './suite.js'

addEventListener('message', (event) => event.waitUntil(run().then((outcome) => event.ports[0].postMessage(outcome))))
