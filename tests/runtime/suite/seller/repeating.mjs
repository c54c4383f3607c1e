// One payment, one grant: what is presented again, elsewhere, at once or after a failure.
import { encode, equal, decode, same } from '../tools.mjs'
import { cent, problemOf, shopOf, watched } from './shop.mjs'

const seconds = (count) => new Promise((resolve) => setTimeout(resolve, 1000 * Number(count) + 50))
const bodyOf = async (answer) => [answer.status, await answer.text()]

export const repeating = (farthing, env, parts) => {
  const shop = (options) => shopOf({ farthing, env, parts }, options)
  const states = async (paid) => (await paid.sales()).map(({ state }) => state)

  return {
    'the same payment gets the same result again, and the work is done once': async () => {
      const work = () => new Response('forecast', { headers: { 'content-type': 'text/plain', 'x-station': '7' } })
      const { ask, sign, events, store } = await shop({ work })
      const header = await sign()
      const [first, second] = [await ask({ headers: header }), await ask({ headers: header })]
      same(await bodyOf(first), [200, 'forecast'], 'first')
      same(await bodyOf(second), [200, 'forecast'], 'second')
      for (const name of ['content-type', 'x-station', 'payment-response'])
        equal(second.headers.get(name), first.headers.get(name), name)
      same(events, ['verify', 'work', 'settle'], 'done')
      // A restart: another paywall, the same store.
      const other = await shop({ store, work: () => new Response('other work') })
      same(await bodyOf(await other.ask({ headers: header })), [200, 'forecast'], 'after a restart')
      same(other.events, [], 'done after a restart')
    },

    'bytes of a result come back as they were, empty ones too': async () => {
      const bytes = Uint8Array.from({ length: 40_000 }, (_, at) => (at * 7) % 256)
      for (const [name, work] of Object.entries({
        bytes: () => new Response(bytes),
        empty: () => new Response(null, { status: 204 }),
        cookies: () => new Response('', { headers: [['set-cookie', 'a=1'], ['set-cookie', 'b=2']] }),
      })) {
        const { ask, sign } = await shop({ work })
        const header = await sign()
        const answers = [await ask({ headers: header }), await ask({ headers: header })]
        const contents = await Promise.all(answers.map(async (answer) => [...new Uint8Array(await answer.arrayBuffer())]))
        same(contents[1], contents[0], name)
        same(answers.map(({ status }) => status), Array(2).fill(name === 'empty' ? 204 : 200), name)
        if (name === 'bytes') same(contents[0], [...bytes], name)
      }
    },

    'ten at once are one sale': async () => {
      const { ask, sign, events } = await shop({ work: async () => new Response('once') })
      const header = await sign()
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask({ headers: header })))
      const granted = answers.filter(({ status }) => status === 200)
      const busy = answers.filter(({ status }) => status === 409)
      same([granted.length, busy.length], [1, 9], 'granted, and told to come again')
      const { error, next } = await problemOf(busy[0])
      same([error, next, busy[0].headers.get('retry-after')], ['sale/in-progress', 'retry-same-id', '1'], 'busy')
      same(events, ['verify', 'work', 'settle'], 'done')
      same(await bodyOf(await ask({ headers: header })), [200, 'once'], 'a moment later')
    },

    'a payment buys one request: another path, query, method or body is refused': async () => {
      const { ask, sign, events } = await shop({ terms: () => cent(env) })
      const sent = { method: 'POST', body: '{"city":"Bern"}' }
      const headers = await sign(sent, 'https://shop.test/paid?day=1')
      equal((await ask({ ...sent, headers }, 'https://shop.test/paid?day=1')).status, 200, 'status')
      const done = events.length
      for (const [name, init, url] of [
        ['query', sent, 'https://shop.test/paid?day=2'],
        ['body', { method: 'POST', body: '{"city":"Basel"}' }, 'https://shop.test/paid?day=1'],
        ['method', { ...sent, method: 'PUT' }, 'https://shop.test/paid?day=1'],
      ]) {
        const { status, error } = await problemOf(await ask({ ...init, headers }, url))
        same([status, error], [409, 'sale/reused'], name)
      }
      // The path stands in the payment itself.
      const elsewhere = await ask({ ...sent, headers }, 'https://shop.test/dear?day=1')
      equal(elsewhere.status >= 400, true, `another path: ${elsewhere.status}`)
      equal(events.length, done, 'done')
    },

    'a handler gets the body that was paid for': async () => {
      const work = async (request) => new Response(await request.text())
      const { pay } = await shop({ work })
      const body = 'abc'.repeat(30_000)
      const text = await (await pay('https://shop.test/paid', { method: 'POST', body })).text()
      equal(text === body, true, `${text.length} bytes: ${text.slice(0, 200)}`)
    },

    'a handler that fails settles nothing, and the same payment may come again': async () => {
      const failures = {
        throws: [500, () => { throw new Error('no forecast: secret of the house') }],
        nothing: [500, () => undefined],
        read: [500, async () => { const read = new Response('x'); await read.text(); return read }],
        breaks: [500, () => new Response(new ReadableStream({ pull: (controller) => controller.error(new Error('cut')) }))],
        fails: [503, () => new Response('later', { status: 503 })],
        redirects: [302, () => new Response(null, { status: 302, headers: { location: '/elsewhere' } })],
        'is not modified': [304, () => new Response(null, { status: 304 })],
      }
      for (const [name, [status, failing]] of Object.entries(failures)) {
        let works = false
        const { ask, sign, events, paid, reports } = await shop({ work: () => (works ? new Response('done') : failing()) })
        const header = await sign()
        const answer = await ask({ headers: header })
        equal(answer.status, status, name)
        equal(/secret of the house/.test(await answer.text()), false, `${name}: told to the buyer`)
        equal(answer.headers.get('payment-response'), null, `${name}: settlement`)
        same(events, ['verify', 'work'], name)
        same(await states(paid), ['refused'], name)
        if (name === 'throws') equal(reports[0].cause?.message, 'no forecast: secret of the house', 'told to the seller')
        works = true
        same(await bodyOf(await ask({ headers: header })), [200, 'done'], `${name}: again`)
      }
    },

    'a handler that is too slow settles nothing, and hears of it': async () => {
      let heard
      const work = (_, { signal }) => new Promise(() => signal.addEventListener('abort', () => void (heard = true)))
      const { ask, sign, events } = await shop({ work, handlerTimeoutMs: 50 })
      const { status, error } = await problemOf(await ask({ headers: await sign() }))
      same([status, error, heard, events], [504, 'sale/handler-failed', true, ['verify', 'work']], 'end')
    },

    'a result too large to keep is handed out whole, once': async () => {
      const chunk = new Uint8Array(30_000).fill(1)
      const work = () => {
        let left = 10
        return new Response(new ReadableStream({
          pull: (controller) => void (left-- > 0 ? controller.enqueue(chunk) : controller.close()),
        }))
      }
      const { ask, sign, events } = await shop({ work })
      const header = await sign()
      const answer = await ask({ headers: header })
      same([answer.status, (await answer.arrayBuffer()).byteLength], [200, 300_000], 'answer')
      equal(decode(answer.headers.get('payment-response')).success, true, 'settlement')
      const { status, error } = await problemOf(await ask({ headers: header }))
      same([status, error, events], [409, 'sale/delivered', ['verify', 'work', 'settle']], 'again')
    },

    'events stream as they come, after they were paid for': async () => {
      let say
      const work = () => {
        const body = new ReadableStream({ start: (controller) => void (say = controller) })
        return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
      }
      const { ask, sign, events } = await shop({ work })
      const answer = await ask({ headers: await sign() })
      same(events, ['verify', 'work', 'settle'], 'order')
      say.enqueue(new TextEncoder().encode('data: 1\n\n'))
      const reader = answer.body.getReader()
      equal(new TextDecoder().decode((await reader.read()).value), 'data: 1\n\n', 'event')
      say.close()
      equal((await reader.read()).done, true, 'end')
    },

    'an unknown settlement is never answered with a demand for payment, and is cleared up with the identical bytes': async () => {
      const lost = [
        () => Promise.reject(new TypeError('reset')),
        () => Response.json({ success: false, errorReason: 'unexpected_settle_error', transaction: '', network: env.network }),
        () => new Response('bad gateway', { status: 502 }),
        () => Response.json({ success: 'true', transaction: `0x${'ab'.repeat(32)}`, network: env.network }),
      ]
      const unproven = [() => Response.json({ success: true })]
      for (const answerOf of [...lost, ...unproven]) {
        const { ask, sign, facilitator, paid, given } = await shop({ work: () => new Response('worked') })
        const header = await sign()
        facilitator.next.settle.push(answerOf)
        const answer = await ask({ headers: header })
        equal(answer.headers.get('payment-required'), null, 'a demand')
        const { status, error, next, paymentId } = await problemOf(answer)
        const expected = unproven.includes(answerOf) ? [502, 'sale/unproven'] : [503, 'sale/unknown']
        same([status, error, next], [...expected, 'retry-same-id'], String(answerOf))
        same(await states(paid), ['signed'], 'state')
        equal((await paid.sale(paymentId)).saleId, paymentId, 'payment id')
        // At once again, nobody is asked anew.
        equal((await problemOf(await ask({ headers: header }))).error, 'sale/unknown', 'at once')
        await seconds(answer.headers.get('retry-after'))
        same(await bodyOf(await ask({ headers: header })), [200, 'worked'], 'again')
        const settlements = facilitator.asked.filter(({ deed }) => deed === 'settle')
        same([settlements.length, new Set(settlements.map(({ text }) => text)).size, given.length], [2, 1, 1], 'asked')
      }
    },

    'reconcile finishes what a process left behind': async () => {
      const { ask, sign, facilitator, paid, given, store } = await shop({ work: () => new Response('worked') })
      // Made before: a second later the pause would be over.
      const other = await shop({ store })
      const header = await sign()
      facilitator.next.settle.push(() => Promise.reject(new TypeError('reset')))
      const answer = await ask({ headers: header })
      equal(answer.status, 503, 'status')
      same((await other.paid.reconcile()).map(({ settled }) => settled), [false], 'at once')
      await seconds(answer.headers.get('retry-after'))
      const found = await other.paid.reconcile()
      same(found.map(({ settled, state }) => [settled, state]), [[true, 'settled']], 'found')
      same([await states(paid), other.events], [['settled'], ['settle']], 'settled')
      same(await bodyOf(await ask({ headers: header })), [200, 'worked'], 'delivered')
      same([given.length, await paid.reconcile()], [1, []], 'nothing is left')
    },

    'settle-first owes what it could not work, and a repeat delivers it': async () => {
      let works = false
      const work = () => (works ? new Response('done') : new Response('no', { status: 500 }))
      const { ask, sign, events, paid } = await shop({ release: 'settle-first', work })
      const header = await sign()
      const { status, error } = await problemOf(await ask({ headers: header }))
      same([status, error, await states(paid)], [500, 'sale/owed', ['settled']], 'owed')
      works = true
      const answer = await ask({ headers: header })
      same([answer.status, await answer.text()], [200, 'done'], 'again')
      same(events, ['verify', 'settle', 'work', 'work'], 'settled once')
    },

    'a store that fails before the settlement sells nothing; afterwards it is never "pay again"': async () => {
      // Claim, "asked to settle", settled. The second may have been written, and then another process settles.
      const writes = [['sale/store', false], ['sale/store-late', false], ['sale/store-late', true]]
      for (const [at, [expected, isSettled]] of writes.entries()) {
        const { store, calls } = watched(farthing.memoryStore(), (_, count) => count === at + 1)
        const { ask, sign, facilitator } = await shop({ store })
        const header = await sign()
        calls.length = 0
        const answer = await ask({ headers: header })
        const { status, error } = await problemOf(answer)
        same([status, error, answer.headers.get('payment-required')], [503, expected, null], `${at + 1} of ${calls}`)
        equal(facilitator.deeds().includes('settle'), isSettled, `settlement when ${at + 1} fails`)
      }
    },

    'a slow store is not waited for': async () => {
      const memory = farthing.memoryStore()
      const store = { ...memory, reserve: () => new Promise(() => {}) }
      const { ask, sign, facilitator } = await shop({ store, timeoutMs: 50 })
      const { status, error } = await problemOf(await ask({ headers: await sign() }))
      same([status, error, facilitator.deeds()], [503, 'sale/store', []], 'end')
    },

    'the buyer may hang up: the platform is asked to keep going to the end': async () => {
      const kept = []
      const { serve, sign } = await shop()
      const headers = await sign()
      const context = { waitUntil: (promise) => void kept.push(promise) }
      await serve(new Request('https://shop.test/paid', { headers }), { SECRET: 1 }, context)
      equal(kept.length, 1, 'kept')
      await kept[0]
      const unpaid = await serve(new Request('https://shop.test/paid'), {}, context)
      same([unpaid.status, kept.length], [402, 1], 'an unpaid request keeps nothing')
      const broken = { waitUntil: () => { throw new TypeError('Illegal invocation') } }
      const request = new Request('https://shop.test/paid', { headers: await sign() })
      equal((await serve(request, {}, broken)).status, 200, 'a platform that cannot')
    },

    'a kept result is handed out again for its time, and a payment with a name under that name only': async () => {
      const { ask, sign, events } = await shop({ paymentIdentifier: 'optional' })
      const headers = await sign()
      const { extensions, ...payment } = decode(headers['PAYMENT-SIGNATURE'])
      equal((await ask({ headers })).status, 200, 'status')
      const rebuilt = await problemOf(await ask({ headers: { 'PAYMENT-SIGNATURE': encode(payment) } }))
      same([rebuilt.status, rebuilt.error, typeof extensions], [409, 'sale/reused', 'object'], 'without its name')
      equal((await ask({ headers })).status, 200, 'again')
      const once = await shop({ resultSeconds: 0 })
      const other = await once.sign()
      equal((await once.ask({ headers: other })).status, 200, 'once')
      const late = await problemOf(await once.ask({ headers: other }))
      same([late.status, late.error], [409, 'sale/delivered'], 'twice')
      same([events, once.events], [['verify', 'work', 'settle'], ['verify', 'work', 'settle']], 'done')
    },

    'a payment under an identifier that was used is not taken': async () => {
      const { ask, sign, events } = await shop({ paymentIdentifier: 'required' })
      const named = (header, id) => {
        const payment = decode(header['PAYMENT-SIGNATURE'])
        const { info = {}, ...rest } = payment.extensions?.['payment-identifier'] ?? {}
        payment.extensions = { ...payment.extensions, 'payment-identifier': { ...rest, info: { ...info, id } } }
        return { 'PAYMENT-SIGNATURE': encode(payment) }
      }
      const [one, other] = [await sign(), await sign()]
      const missing = await problemOf(await ask({ headers: named(one, null) }))
      same([missing.status, missing.error], [400, 'sale/identifier-missing'], 'without one')
      const id = 'pay_0123456789abcdef'
      equal((await ask({ headers: named(one, id) })).status, 200, 'status')
      const reused = await problemOf(await ask({ headers: named(other, id) }))
      same([reused.status, reused.error, events], [409, 'sale/identifier-reused', ['verify', 'work', 'settle']], 'reused')
      equal((await ask({ headers: named(one, id) })).status, 200, 'the first one again')
      equal((await ask({ headers: await sign() })).status, 200, 'a payment with the name that our payer gave it')
    },
  }
}
