// One seller in a Node process: `node --expose-gc node.mjs <ours|theirs> <options as JSON>`. Tells { url }, and after
// any message what it holds in memory.
import { getRequestListener } from '@hono/node-server'
import { createServer } from 'node:http'

const [who, options] = process.argv.slice(2)
const { sellerOf } = await import(`./${who}.mjs`)
const server = createServer(getRequestListener(sellerOf(JSON.parse(options))))

process.on('message', async () => {
  const { held } = await import('./held.mjs')
  const found = held()
  const { heapUsed, rss } = process.memoryUsage()
  process.send({ ...found, heap: heapUsed, rss })
})
process.on('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }))
