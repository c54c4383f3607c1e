import { PaymentError } from './errors.js'

/** Most bytes of a challenge read: the core refuses a body of more than 64 KiB, so one more byte is enough. */
const CHALLENGE_BYTES = 64 * 1024 + 1

/** Reads a body up to `limit` bytes and stops there. `undefined` when it is longer. */
export async function readUpTo(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
): Promise<Uint8Array | undefined> {
  if (!body) return new Uint8Array()
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.byteLength
    if (length > limit) {
      // Not awaited: a source that never closes must not hold us.
      reader.cancel().catch(() => {})
      return undefined
    }
    chunks.push(value)
  }
  return joined(chunks, length)
}

/** The body of a message, which is used up by it, as {@link readUpTo}. */
export async function bodyUpTo(message: Request | Response, limit: number): Promise<Uint8Array | undefined> {
  // Firefox has no stream of a Request: it tells whether there is a body only by giving the whole of it.
  const { body }: { body?: ReadableStream<Uint8Array> | null } = message
  return body !== undefined ? readUpTo(body, limit) : wholeUpTo(message, limit)
}

/** The body of an answer, as {@link readUpTo}. */
export async function answerUpTo(answer: Response, limit: number): Promise<Uint8Array | undefined> {
  const { body, headers, type } = answer
  const length = headers.get('content-length')
  // HTTP keeps to a stated length: then it is read whole, which takes workerd a third of the time of a stream. What was
  // compressed states another length, and hides that from pages of other origins.
  const isStated = length !== null && Number(length) <= limit && !headers.has('content-encoding') && type !== 'cors'
  return isStated ? wholeUpTo(answer, limit) : readUpTo(body, limit)
}

async function wholeUpTo(message: Request | Response, limit: number): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(await message.arrayBuffer())
  return bytes.byteLength > limit ? undefined : bytes
}

/** The JSON body of a 402, cut off one byte past the limit of the core. Empty when it is not JSON. The response stays unread. */
export async function challengeBody(response: Response): Promise<Uint8Array> {
  if (!/\bjson\b/i.test(response.headers.get('content-type') ?? '')) return new Uint8Array()
  const bytes = await readUpTo(response.clone().body, CHALLENGE_BYTES - 1)
  return bytes ?? new Uint8Array(CHALLENGE_BYTES)
}

function joined(chunks: Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

/** Waits for a promise, but no longer than `timeoutMs` or until the signal fires. Rejects with {@link Overdue} or the signal's reason. */
export function within<T>(promise: Promise<T>, timeoutMs: number, signal?: AbortSignal | null): Promise<T> {
  return new Promise((resolve, reject) => {
    // Whatever ends the wait ends the timer too: a wallet that never answers must not keep a process alive.
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    const over = () => {
      isOver = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
    const giveUp = (reason: unknown) => {
      over()
      reject(reason)
    }
    const abort = () => giveUp(signal?.reason)
    // What is as good as at hand needs no timer, which costs more than the wait.
    void turns(5).then(() => {
      if (!isOver) timer = setTimeout(() => giveUp(new Overdue(timeoutMs)), timeoutMs)
    })
    signal?.addEventListener('abort', abort)
    promise.then((value) => {
      over()
      resolve(value)
    }, giveUp)
    if (signal?.aborted) abort()
  })
}

/** Waits for so many turns of the promises that are under way. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await undefined
}

/** A deadline passed. */
export class Overdue extends Error {
  override readonly name = 'Overdue'
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`)
  }
}

/** An option in milliseconds or bytes, as timers take it. Throws {@link PaymentError} `misuse/options`, naming the field. */
export function positive<T extends number | undefined>(value: T, field: string): T {
  if (value !== undefined && !(value > 0 && value <= 2 ** 31 - 1))
    throw new PaymentError('misuse/options', { facts: field })
  return value
}
