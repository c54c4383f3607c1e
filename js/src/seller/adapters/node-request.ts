/**
 * A request of Node's http as a Request. Its body is read once here, and again by whoever comes after.
 */

/** Node's `IncomingMessage`, as far as it is used. */
export type NodeRequest = {
  method?: string | undefined
  headers: Record<string, string | string[] | undefined>
  rawHeaders: string[]
  socket: object
  complete: boolean
  readableEnded: boolean
  read(): Uint8Array | null
  unshift(chunk: Uint8Array): void
  on(event: 'readable' | 'error' | 'close', listener: (thrown?: unknown) => void): unknown
  off(event: 'readable' | 'error' | 'close', listener: (thrown?: unknown) => void): unknown
}

/** The request, with a body that is read only when somebody asks for it; `bytes` where it was read before. */
export function requestOf(message: NodeRequest, path: string, bytes: Uint8Array | undefined): Request {
  const { method = 'GET', rawHeaders, headers: known, socket } = message
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2)
    // Those that begin with a colon are HTTP/2's own.
    if (!name.startsWith(':')) headers.append(name, value)
  }
  const scheme = (socket as { encrypted?: unknown }).encrypted ? 'https' : 'http'
  const url = new URL(path, `${scheme}://${String(known['host'] ?? known[':authority'] ?? 'localhost')}`)
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const body = hasBody
    ? { body: (bytes as Uint8Array<ArrayBuffer> | undefined) ?? bodyOf(message), duplex: 'half' }
    : {}
  return new Request(url, { method, headers, ...body })
}

function bodyOf(message: NodeRequest): ReadableStream<Uint8Array> {
  const seen: Uint8Array[] = []
  let over = () => {}
  return new ReadableStream(
    {
      // Nothing is read before somebody reads this.
      pull: (controller) =>
        new Promise((resolve, reject) => {
          const take = () => {
            let found = false
            for (let chunk = message.read(); chunk !== null; chunk = message.read()) {
              found = true
              seen.push(chunk)
              controller.enqueue(new Uint8Array(chunk))
            }
            if (message.complete) {
              over()
              // In the same turn, before Node calls the stream ended: a parser that comes later reads it all again.
              for (const chunk of seen.reverse()) message.unshift(chunk)
              controller.close()
            } else if (!found) return
            over()
            resolve()
          }
          const fail = (thrown: unknown) => {
            over()
            reject(thrown ?? new Error('the request broke off'))
          }
          over = () => {
            message.off('readable', take)
            message.off('error', fail)
            message.off('close', fail)
          }
          message.on('readable', take)
          message.on('error', fail)
          message.on('close', fail)
          take()
        }),
      cancel: () => over(),
    },
    { highWaterMark: 0 },
  )
}
