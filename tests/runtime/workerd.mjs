// The runtime suite in a Worker, without nodejs_compat.
import { runInWorkerd } from './harness/workerd.mjs'
import { withPeers } from './peers.mjs'

await withPeers((env) => runInWorkerd(new URL('suite.mjs', import.meta.url), env))
