import { readUpTo, within } from '../limits.js'

/** Whoever answers JSON-RPC for a network: a URL, or an EIP-1193 provider. */
export type RpcNode =
  string | URL | { request(args: { method: string; params?: readonly unknown[] }): Promise<unknown> }

/** An answer as the core reads it: HTTP status, 0 for none, and body. */
export type Answered = { status: number; body: Uint8Array }

// The core refuses a longer answer, so one more byte is enough.
const ANSWER_BYTES = 1024 * 1024
const NONE: Answered = { status: 0, body: new Uint8Array() }

/** Asks a node one thing. Never rejects: whatever goes wrong is an answer that proves nothing. */
export async function askNode(
  node: RpcNode,
  method: string,
  params: unknown[],
  { fetch, timeoutMs }: { fetch: typeof globalThis.fetch; timeoutMs: number },
): Promise<Answered> {
  const cancel = new AbortController()
  try {
    const asked =
      typeof node === 'string' || node instanceof URL
        ? post(node, method, params, fetch, cancel.signal)
        : request(node, method, params)
    return await within(asked, timeoutMs)
  } catch {
    return NONE
  } finally {
    cancel.abort()
  }
}

async function post(
  url: string | URL,
  method: string,
  params: unknown[],
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<Answered> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    // Whom a node sends us to is nobody the owner named.
    redirect: 'manual',
    signal,
  })
  const body = await readUpTo(answer.body, ANSWER_BYTES)
  // Too long to be read is no JSON either.
  return { status: answer.status, body: body ?? new Uint8Array() }
}

async function request(provider: Exclude<RpcNode, string | URL>, method: string, params: unknown[]): Promise<Answered> {
  try {
    return answered({ result: await provider.request({ method, params }) })
  } catch (thrown) {
    const code = (thrown as { code?: unknown } | null)?.code
    // EIP-1193: 4900 and 4901 are disconnected. Any other number is the node's own refusal.
    if (typeof code !== 'number' || code === 4900 || code === 4901) return NONE
    // Of what it says only the contract's own reason is of use, which nodes put there as hex.
    const { data } = thrown as { data?: unknown }
    return answered({ error: { code, message: '', ...(typeof data === 'string' && { data }) } })
  }
}

function answered(said: object): Answered {
  return { status: 200, body: new TextEncoder().encode(JSON.stringify({ jsonrpc: '2.0', id: 1, ...said })) }
}
