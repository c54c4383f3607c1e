/**
 * A response of Node's http as a Response, and back: what handlers write is captured, and only what the paywall decides
 * goes out.
 */

type Written = string | Uint8Array
type Done = () => void

/** Node's `ServerResponse`, as far as it is used. */
export type NodeResponse = {
  statusCode: number
  statusMessage?: string
  readonly writableEnded?: boolean
  readonly destroyed?: boolean
  writeHead(status: number, ...rest: unknown[]): unknown
  write(chunk: Written, ...rest: unknown[]): boolean
  end(...rest: unknown[]): unknown
  flushHeaders?(): void
  setHeader(name: string, value: string | string[]): unknown
  getHeaders(): Record<string, number | string | string[] | undefined>
  getHeaderNames(): string[]
  removeHeader(name: string): void
  emit(event: string): boolean
  once(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
}

/** What handlers answer from now on, once they begin to. */
export function captured(response: NodeResponse): Promise<Response> {
  return new Promise((resolve) => {
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined
    let ended = false
    const begin = () => {
      if (controller) return controller
      const body = new ReadableStream<Uint8Array>({
        start: (made) => void (controller = made),
        pull: () => void response.emit('drain'),
        cancel: () => void (ended = true),
      })
      const headers = new Headers()
      for (const [name, value] of Object.entries(response.getHeaders())) {
        for (const each of Array.isArray(value) ? value : [value])
          if (each !== undefined) headers.append(name, String(each))
      }
      const { statusCode: status } = response
      const isEmpty = [204, 205, 304].includes(status)
      resolve(new Response(isEmpty ? null : body, { status, headers }))
      return controller
    }
    const push = (chunk: unknown) => {
      const made = begin()
      if (!ended && (typeof chunk === 'string' || chunk instanceof Uint8Array))
        made?.enqueue(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : new Uint8Array(chunk))
      return (made?.desiredSize ?? 1) > 0
    }
    const called = (rest: unknown[]) => (rest.find((given) => typeof given === 'function') as Done | undefined)?.()
    Object.assign(response, {
      writeHead(status: number, ...rest: unknown[]) {
        response.statusCode = status
        const given = rest.find((item) => typeof item === 'object') as Record<string, string> | undefined
        for (const [name, value] of Object.entries(given ?? {})) response.setHeader(name, value)
        return response
      },
      write(chunk: Written, ...rest: unknown[]) {
        const more = push(chunk)
        called(rest)
        return more
      },
      end(...rest: unknown[]) {
        push(rest[0])
        if (!ended) controller?.close()
        ended = true
        called(rest)
        return response
      },
      flushHeaders: () => void begin(),
    })
  })
}

/** Writes a Response with the methods that the response has now, whatever is captured later. */
export function written(response: NodeResponse): (answer: Response) => Promise<void> {
  const { write, end, writeHead } = response
  return async ({ status, headers, body }) => {
    for (const name of response.getHeaderNames()) response.removeHeader(name)
    for (const [name, value] of headers) if (name !== 'set-cookie') response.setHeader(name, value)
    const cookies = headers.getSetCookie()
    if (cookies.length > 0) response.setHeader('set-cookie', cookies)
    response.statusMessage = ''
    writeHead.call(response, status)
    const reader = body?.getReader()
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
      if (response.destroyed) return void reader?.cancel().catch(() => {})
      if (!write.call(response, read.value)) await drained(response)
    }
    end.call(response)
  }
}

function drained(response: NodeResponse): Promise<void> {
  return new Promise((resolve) => {
    // Whoever has hung up drains nothing any more.
    if (response.destroyed) return resolve()
    const over = () => {
      response.off('drain', over)
      response.off('close', over)
      resolve()
    }
    response.once('drain', over)
    response.once('close', over)
  })
}
