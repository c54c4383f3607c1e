/**
 * Whom a sale asks: facilitator, core, node, certificate verifier. Steps in, answers as they came out.
 *
 * Decides nothing, follows no redirect, and shows a facilitator's credentials to that facilitator only.
 */
import { problemOf } from '../../certificate.js'
import type { ErrorCode } from '../../errors.js'
import type { SaleStep } from '../../generated/sale.js'
import { within } from '../../limits.js'
import { askNode } from '../../owner/node.js'
import { documents, isPublished } from '../../purchase/documents.js'
import { type Answered, question } from '../../question.js'
import type { Settings } from '../options.js'

/** A facilitator, and how it is asked. */
export type FacilitatorOptions = {
  /** https, or on this machine. */
  url: string
  /** Its credentials: sent to it only, asked for anew each time where they are a function. */
  headers?: Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>) | undefined
  /** The version it speaks, whatever its buyers speak. Default 2. */
  x402Version?: 1 | 2 | undefined
  /** Stops waiting for it. Default: that of the paywall. Settling takes a block or two. */
  timeoutMs?: number | undefined
}

/** Asks for a sale. None of it rejects but `operator`, when the verifier cannot be loaded. */
export type Outside = {
  fetch(step: Extract<SaleStep, { do: 'fetch' }>): Promise<Answered>
  call(step: Extract<SaleStep, { do: 'call' }>): Promise<Answered>
  operator(step: Extract<SaleStep, { do: 'verify-certificate' }>): Promise<ErrorCode | undefined>
}

// The core refuses a longer answer.
const ANSWER_BYTES = 64 * 1024

/** Everybody whom a paywall may ask. */
export function outsideOf({ fetch, timeoutMs, facilitators, rpc }: Settings): Outside {
  const published = documents()
  return {
    async fetch({ to, url, body }) {
      const asked = body === undefined ? { url } : { url, body }
      if (to !== 'core') {
        const { headers, timeoutMs: patienceMs = timeoutMs } = facilitators[to] ?? {}
        try {
          // A promise that takes too long costs this answer, not the sale.
          const shown = typeof headers === 'function' ? await within(Promise.resolve(headers()), timeoutMs) : headers
          const alone = { ...asked, headers: shown ?? {}, init: unfollowed() }
          return await question({ fetch, timeoutMs: patienceMs }, alone, ANSWER_BYTES)
        } catch (failure) {
          return { status: 0, bytes: new Uint8Array(), failure }
        }
      }
      const kept = isPublished(asked) ? published.of(url) : undefined
      if (kept) return { status: 200, bytes: kept }
      const answer = await question({ fetch, timeoutMs }, asked, ANSWER_BYTES)
      if (answer.status === 200 && isPublished(asked)) published.keep(url, answer.bytes)
      return answer
    },
    async call({ network, method, params }) {
      const node = Object.hasOwn(rpc, network) ? rpc[network] : undefined
      if (node === undefined) return { status: 0, bytes: new Uint8Array() }
      const { status, body } = await askNode(node, method, params, { fetch, timeoutMs })
      return { status, bytes: body }
    },
    operator: ({ claims, signature, operatorKey }) => within(problemOf(claims, signature, operatorKey), timeoutMs),
  }
}

let refusing: RequestInit | undefined

/**
 * How to follow no redirect. As an error, by a request that has no window to ask either, it goes nowhere else: then Node
 * sends it without a copy of its body's stream, which is a fifth of the work.
 */
function unfollowed(): RequestInit {
  if (refusing) return refusing
  try {
    refusing = { redirect: 'error', window: null }
    new Request('https://localhost', refusing)
  } catch {
    // workerd knows no such error.
    refusing = { redirect: 'manual' }
  }
  return refusing
}
