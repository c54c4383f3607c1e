import { PaymentError } from '../errors.js'
import type { Context, Decision, Quote } from './context.js'
import type { Purpose, Replayable } from './request.js'
import { type Ended, run } from './run.js'

/** Asks for the price and what the policy says to it. Signs nothing, reserves nothing, writes nothing. */
export async function quote(context: Context, request: Replayable, purpose: Purpose): Promise<Quote> {
  const ended = await run(context, 'quote', request, purpose)
  if (!('quoted' in ended)) return { payable: false, response: ended.response }
  return { payable: true, record: ended.quoted, decision: decisionOf(ended) }
}

/** The decision on a challenge that is at hand already. */
export async function explain(
  context: Context,
  challenge: string | object,
  request: Replayable,
  purpose: Purpose,
): Promise<Decision> {
  const answer = () => Promise.resolve(answerOf(challenge))
  try {
    const ended = await run({ ...context, fetch: answer }, 'quote', request, purpose)
    if (!('quoted' in ended)) throw new PaymentError('misuse/options', { facts: 'challenge' })
    return decisionOf(ended)
  } catch (thrown) {
    if (!(thrown instanceof PaymentError)) throw thrown
    const { code, message, next, record } = thrown
    return { outcome: 'deny', code, rule: record?.decision?.rule ?? code, budgets: [], explanation: message, next }
  }
}

function decisionOf({ quoted, asks, budgets }: Extract<Ended, { quoted: unknown }>): Decision {
  const rule = quoted.decision?.rule ?? ''
  const price = quoted.terms?.price ?? `${quoted.terms?.amount} atomic units`
  if (asks === undefined) {
    return { outcome: 'allow', rule, budgets, explanation: `${price} is allowed by ${rule}.`, next: 'pay' }
  }
  const { meaning, fix, next } = new PaymentError(asks)
  return { outcome: 'ask', code: asks, rule, budgets, explanation: `${price}: ${meaning}. ${fix}`, next }
}

/** A challenge as the seller would send it: v2 in the header, v1 in the body. */
function answerOf(challenge: string | object): Response {
  if (typeof challenge === 'string')
    return new Response(null, { status: 402, headers: { 'PAYMENT-REQUIRED': challenge } })
  const text = JSON.stringify(challenge)
  if ((challenge as { x402Version?: unknown }).x402Version === 1) {
    return new Response(text, { status: 402, headers: { 'content-type': 'application/json' } })
  }
  const bytes = String.fromCharCode(...new TextEncoder().encode(text))
  return new Response(null, { status: 402, headers: { 'PAYMENT-REQUIRED': btoa(bytes) } })
}
