// A Worker that buys one resource for its callers. Bindings: PAYER_KEY (secret), SELLER (variable).
//
// Whoever may call this Worker spends its money: put it behind Access, a service binding or your own sign-in. The
// budget is the last line, not the first, and with the memory store it holds for one isolate only.
import { localWallet, PaymentError, wrapFetch } from 'farthing'

// Kept for the isolate's life, so that its budget is counted in one place. The result, not the promise: a Worker
// should not wait for something that another request started.
let pay

export default {
  async fetch(request, env, context) {
    pay ??= await wrapFetch(fetch, {
      wallet: localWallet(env.PAYER_KEY),
      policy: {
        perRequest: '0.05 USD',
        budgets: [{ limit: '1 USD', every: 'day' }],
        networks: ['eip155:84532'],
        sellers: [new URL(env.SELLER).origin],
      },
    })
    // A caller that asks again with the same key gets the same purchase, not a second one.
    const purchaseId = request.headers.get('idempotency-key') ?? undefined
    try {
      const paying = pay(env.SELLER, { purchaseId, task: 'worker-buyer' })
      // To its end and into the record, also when the caller has hung up: half a payment is an unknown one.
      context.waitUntil(paying.catch(() => {}))
      const answer = await paying
      const record = pay.recordOf(answer)
      const headers = { 'content-type': answer.headers.get('content-type') ?? 'application/octet-stream' }
      if (record) headers['payment-record'] = `${record.purchaseId} ${record.state}`
      return new Response(answer.body, { status: answer.status, headers })
    } catch (error) {
      if (!(error instanceof PaymentError)) throw error
      // Codes and advice hold no secret. The message of an unknown error might.
      const { code, meaning, money, fix, record } = error
      return Response.json({ code, meaning, money, fix, purchaseId: record?.purchaseId }, { status: 502 })
    }
  },
}
