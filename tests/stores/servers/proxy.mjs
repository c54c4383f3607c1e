// Stands between a client and a server and loses what the server answers.
import { connect, createServer } from 'node:net'

/**
 * Forwards to `port` of 127.0.0.1. After `loseNext()` the next answer of the server is dropped and its connection cut:
 * the server has done what was asked and the client cannot know.
 */
export async function startProxy(port) {
  let armed = false
  let lost = 0
  const sockets = new Set()
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ]) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => (sockets.delete(socket), other.destroy()))
    }
    client.pipe(upstream)
    upstream.on('data', (answer) => {
      if (!armed) return client.write(answer)
      armed = false
      lost += 1
      client.destroy()
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: server.address().port,
    loseNext: () => (armed = true),
    lost: () => lost,
    stop: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}
