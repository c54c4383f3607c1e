// The runtime suite in a page of headless Chromium, on another origin than the sellers: CORS is real.
import { runInChromium } from './harness/chromium.mjs'
import { withPeers } from './peers.mjs'

await withPeers((env) => runInChromium(new URL('suite.mjs', import.meta.url), env))
