// The runtime suite in the Node that runs this file.
import { runInNode } from './harness/node.mjs'
import { withPeers } from './peers.mjs'

await withPeers((env) => runInNode(new URL('suite.mjs', import.meta.url), env))
