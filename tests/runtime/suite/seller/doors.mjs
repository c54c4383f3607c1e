// The HTTP of a paywall: headers, CORS, HEAD, what strangers send, who is let in, and the page for people.
import { decode, equal, rpc, same } from '../tools.mjs'
import { cent, problemOf, shopOf, SLOW_MS, watched } from './shop.mjs'

const ORIGIN = 'https://reader.test'
// A page cannot make up where it comes from, not even in a Request of its own.
const sayWhere = new Request('https://shop.test', { headers: { origin: ORIGIN } }).headers.has('origin')
// Firefox has no Request whose body is a stream, and takes it for a text.
const init = { method: 'POST', body: new ReadableStream(), duplex: 'half' }
const streams = !new Request('https://shop.test', init).headers.has('content-type')
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8'

const listOf = (answer, name) => (answer.headers.get(name) ?? '').toLowerCase().split(/, */)
const base64 = (text) => btoa(text)

export const doors = (farthing, env, parts) => {
  const shop = (options) => shopOf({ farthing, env, parts }, options)

  return {
    'every answer says that it is private, what it depends on, and what pages may read': async () => {
      const { ask, sign } = await shop({ work: () => new Response('x', { headers: { vary: 'Accept-Language, accept' } }) })
      const header = await sign()
      const answers = {
        unpaid: await ask(),
        paid: await ask({ headers: header }),
        again: await ask({ headers: header }),
        junk: await ask({ headers: { 'PAYMENT-SIGNATURE': 'junk' } }),
        head: await ask({ method: 'HEAD' }),
      }
      for (const [name, answer] of Object.entries(answers)) {
        equal(answer.headers.get('cache-control'), 'private, no-store', `${name}: cache`)
        for (const each of ['payment-signature', 'x-payment', 'accept'])
          equal(listOf(answer, 'vary').filter((item) => item === each).length, 1, `${name}: varies by ${each}`)
        equal(answer.headers.get('access-control-allow-origin'), '*', `${name}: origin`)
        for (const each of ['payment-required', 'payment-response', 'x-payment-response'])
          equal(listOf(answer, 'access-control-expose-headers').includes(each), true, `${name}: shows ${each}`)
      }
      equal(listOf(answers.paid, 'vary').includes('accept-language'), true, 'what the handler varies by')
    },

    'headers that are the paywall\'s, or let others see, are taken off a handler\'s answer': async () => {
      const headers = {
        ...{ etag: '"1"', 'last-modified': 'now', 'cache-control': 'public, max-age=9', 'payment-response': 'mine' },
        ...{ 'payment-required': 'mine', 'x-payment-response': 'mine', 'settlement-overrides': '{"amount":"1"}' },
      }
      const { ask, sign, facilitator } = await shop({ work: () => new Response('x', { headers: { ...headers, 'x-own': '1' } }) })
      const answer = await ask({ headers: await sign() })
      for (const name of ['etag', 'last-modified', 'payment-required', 'x-payment-response', 'settlement-overrides'])
        equal(answer.headers.get(name), null, name)
      same([answer.headers.get('x-own'), decode(answer.headers.get('payment-response')).success], ['1', true], 'kept')
      equal(JSON.parse(facilitator.asked[1].text).paymentRequirements.amount, '10000', 'settled amount')
    },

    'HEAD never settles, whatever it carries': async () => {
      const { ask, sign, events } = await shop()
      const answer = await ask({ method: 'HEAD', headers: await sign() })
      same([answer.status, await answer.text(), events], [402, '', []], 'answer')
      equal(decode(answer.headers.get('payment-required')).x402Version, 2, 'challenge')
    },

    'what cannot be read is refused at once: no store, no facilitator, no handler, and the body stays unread': async () => {
      const { store, calls } = watched(farthing.memoryStore())
      const { ask, sign, events } = await shop({ store })
      const { 'PAYMENT-SIGNATURE': good } = await sign()
      calls.length = 0
      const payment = decode(good)
      const changed = (change) => base64(JSON.stringify({ ...payment, ...change }))
      const junk = {
        empty: ['', 400],
        'no base64': ['%%%', 400],
        spaces: [` ${good.slice(0, 8)} ${good.slice(8)}`, 400],
        'no JSON': [base64('hello'), 400],
        truncated: [good.slice(0, good.length - 8), 400],
        array: [base64('[]'), 400],
        null: [base64('null'), 400],
        'no version': [changed({ x402Version: undefined }), 400],
        'two of a key': [base64(JSON.stringify(payment).replace('{', '{"x402Version":2,')), 400],
        prototype: [base64(JSON.stringify(payment).replace('{', '{"__proto__":{},')), 400],
        large: ['A'.repeat(65_536), 400],
        'no payload': [changed({ payload: {} }), 400],
      }
      for (const [name, [value, status]] of Object.entries(junk)) {
        let pulled = 0
        const body = new ReadableStream({ pull: () => void (pulled += 1) }, { highWaterMark: 0 })
        // Pages cannot send streams by every protocol, but they can make the Request.
        const answer = await ask({ method: 'POST', body, duplex: 'half', headers: { 'PAYMENT-SIGNATURE': value } })
        equal(answer.status, status, name)
        const text = await answer.text()
        equal(/ at |wasm|\.js/.test(text), false, `${name}: ${text}`)
        equal(answer.headers.has('payment-required'), false, `${name}: challenge`)
        equal(pulled, 0, `${name}: body read`)
      }
      same([calls, events], [[], []], 'asked')
    },

    'a payment for other terms than ours is told the price again, and nobody else hears of it': async () => {
      const { ask, sign, events, paid } = await shop()
      const payment = decode((await sign())['PAYMENT-SIGNATURE'])
      const { accepted, payload } = payment
      const { authorization } = payload
      for (const [name, change] of Object.entries({
        amount: { accepted: { ...accepted, amount: '1' } },
        recipient: { accepted: { ...accepted, payTo: env.payer.address } },
        network: { accepted: { ...accepted, network: 'eip155:8453' } },
        extra: { accepted: { ...accepted, extra: { name: 'USDC', version: '3' } } },
        value: { payload: { ...payload, authorization: { ...authorization, value: '1' } } },
        payer: { payload: { ...payload, authorization: { ...authorization, from: env.other.address } } },
        signature: { payload: { ...payload, signature: `0x${'11'.repeat(64)}1b` } },
      })) {
        const answer = await ask({ headers: { 'PAYMENT-SIGNATURE': base64(JSON.stringify({ ...payment, ...change })) } })
        equal(answer.status, 402, name)
        equal(decode(answer.headers.get('payment-required')).error.startsWith('sale/'), true, name)
      }
      same([events, await paid.sales()], [[], []], 'asked, and kept')
    },

    'two payments in one request are refused': async () => {
      const { ask, sign, events } = await shop()
      const { 'PAYMENT-SIGNATURE': value } = await sign()
      const { status, error } = await problemOf(await ask({ headers: { 'PAYMENT-SIGNATURE': value, 'X-PAYMENT': value } }))
      same([status, error, events], [400, 'sale/two-headers', []], 'both versions')
      const twice = new Headers([['PAYMENT-SIGNATURE', value], ['PAYMENT-SIGNATURE', value]])
      equal((await ask({ headers: twice })).status, 400, 'one version twice')
    },

    'a body that is too large, or does not arrive, is refused before anything is asked': async () => {
      const { ask, sign, events } = await shop({ maxBodyBytes: 1000, handlerTimeoutMs: SLOW_MS })
      const headers = await sign({ method: 'POST', body: 'a' })
      const large = await problemOf(await ask({ method: 'POST', body: 'a'.repeat(1001), headers }))
      same([large.status, large.error], [413, 'sale/body-too-large'], 'large')
      if (!streams) return same(events, [], 'asked')
      const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(400)) })
      equal((await ask({ method: 'POST', body: endless, duplex: 'half', headers })).status, 413, 'endless')
      const stuck = new ReadableStream({ pull: () => new Promise(() => {}) })
      equal((await ask({ method: 'POST', body: stuck, duplex: 'half', headers })).status, 400, 'stuck')
      same(events, [], 'asked')
    },

    'a path with two readings is not sold': async () => {
      const { ask, sign } = await shop({ terms: () => cent(env) })
      const headers = await sign()
      for (const path of ['/paid/%2e%2e/free', '/paid%2ffree', '/%', '/%zz', '//paid', '/paid;a=b']) {
        const answer = await ask({ headers }, `https://shop.test${path}`)
        equal(answer.status >= 400, true, `${path}: ${answer.status}`)
      }
    },

    ...(sayWhere && {
      'a page of another origin is told that it may pay': async () => {
        const { ask, events } = await shop()
        const preflight = (headers) => ask({ method: 'OPTIONS', headers: { origin: ORIGIN, ...headers } })
        const answer = await preflight({
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'payment-signature, x-trace, bad name, access-control-expose-headers',
        })
        equal(answer.status, 204, 'status')
        equal(answer.headers.get('access-control-allow-origin'), '*', 'origin')
        equal(answer.headers.get('access-control-allow-methods'), 'POST', 'methods')
        const allowed = listOf(answer, 'access-control-allow-headers')
        const wanted = ['payment-signature', 'x-payment', 'sign-in-with-x', 'content-type', 'x-trace']
        same(wanted.filter((name) => !allowed.includes(name)), [], 'headers')
        // Old official clients send it as a request header.
        equal(allowed.includes('access-control-expose-headers'), true, 'what old clients send')
        equal(allowed.includes('bad name'), false, 'no token')
        // Without the question it is a request like any other.
        equal((await ask({ method: 'OPTIONS', headers: { origin: ORIGIN } })).status, 402, 'plain OPTIONS')
        same(events, [], 'asked')
      },

      'only listed origins are told so, and caches know': async () => {
        const { ask } = await shop({ cors: [ORIGIN] })
        const from = (origin, init = {}) => ask({ ...init, headers: { origin, 'access-control-request-method': 'GET' } })
        for (const init of [{}, { method: 'OPTIONS' }]) {
          const [known, stranger] = [await from(ORIGIN, init), await from('https://evil.test', init)]
          equal(known.headers.get('access-control-allow-origin'), ORIGIN, 'listed')
          equal(stranger.headers.get('access-control-allow-origin'), null, 'not listed')
          for (const answer of [known, stranger]) equal(listOf(answer, 'vary').includes('origin'), true, 'varies')
        }
      },

      'who answers CORS itself is left alone': async () => {
        const { ask } = await shop({ cors: false })
        const answer = await ask({ method: 'OPTIONS', headers: { origin: ORIGIN, 'access-control-request-method': 'GET' } })
        same([answer.status, answer.headers.get('access-control-allow-origin')], [402, null], 'answer')
      },
    }),

    'admit sees a verified buyer before anything is stored, asked or done': async () => {
      const { store, calls } = watched(farthing.memoryStore())
      const seen = []
      let said
      const admit = (buyer, request) => {
        seen.push([buyer, request.headers.get('x-key')])
        return typeof said === 'function' ? said() : said
      }
      const { ask, sign, events } = await shop({ store, admit, timeoutMs: SLOW_MS })
      const header = await sign()
      calls.length = 0
      const denials = {
        no: [false, 403],
        'a Response': [() => new Response('slow down', { status: 429, headers: { 'retry-after': '7' } }), 429],
        throws: [() => { throw new Error('no database') }, 403],
        late: [() => new Promise(() => {}), 403],
        nonsense: ['yes', 403],
      }
      for (const [name, [answer, status]] of Object.entries(denials)) {
        said = answer
        const denied = await ask({ headers: { ...header, 'x-key': 'k' } })
        equal(denied.status, status, name)
        equal(denied.headers.get('cache-control'), 'private, no-store', `${name}: cache`)
        if (status === 429) same([await denied.text(), denied.headers.get('retry-after')], ['slow down', '7'], name)
        else equal((await denied.json()).error, 'sale/admission', name)
      }
      same([calls, events], [[], []], 'asked')
      const [[buyer, key]] = seen
      same([buyer.payer.toLowerCase(), buyer.amount, buyer.scheme, key], [env.payer.address.toLowerCase(), '10000', 'exact', 'k'], 'buyer')
      said = undefined
      equal((await ask({ headers: header })).status, 200, 'nothing is yes')
      // Whatever is signed by nobody does not come so far.
      const forged = decode(header['PAYMENT-SIGNATURE'])
      forged.payload.signature = `0x${'11'.repeat(64)}1b`
      const count = seen.length
      equal((await ask({ headers: { 'PAYMENT-SIGNATURE': base64(JSON.stringify(forged)) } })).status, 402, 'forged')
      equal(seen.length, count, 'admit was asked about a forged payment')
    },

    'who signs in is known to admit and to the handler by address': async () => {
      const seen = []
      const { ask, sign, given } = await shop({ signIn: { statement: 'Read the forecast.' }, admit: ({ signIn }) => void seen.push(signIn) })
      const header = await sign()
      const offered = async () => decode((await ask()).headers.get('payment-required')).extensions['sign-in-with-x']
      const { info, supportedChains } = await offered()
      equal((await offered()).info.nonce === info.nonce, false, 'the same nonce')
      same([info.domain, info.version, info.statement], ['shop.test', '1', 'Read the forecast.'], 'advertised')
      equal(supportedChains.some(({ chainId, type }) => chainId === env.network && type === 'eip191'), true, 'chains')
      const { address } = env.payer
      const message = [
        `${info.domain} wants you to sign in with your Ethereum account:`,
        ...[address, '', info.statement, '', `URI: ${info.uri}`, 'Version: 1', `Chain ID: ${env.network.slice(7)}`],
        ...[`Nonce: ${info.nonce}`, `Issued At: ${info.issuedAt}`],
        ...(info.expirationTime ? [`Expiration Time: ${info.expirationTime}`] : []),
      ].join('\n')
      const bytes = [...new TextEncoder().encode(message)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
      const signature = await rpc(env, 'personal_sign', [`0x${bytes}`, address])
      const proof = { ...info, chainId: env.network, type: 'eip191', address, signature }
      const signed = { 'SIGN-IN-WITH-X': base64(JSON.stringify(proof)) }
      equal((await ask({ headers: { ...header, ...signed } })).status, 200, 'status')
      equal(seen[0].address.toLowerCase(), address.toLowerCase(), 'address')
      const [[, payment]] = given
      same([payment.signIn, typeof payment.agent], [seen[0], 'object'], 'handler')
      const other = { 'SIGN-IN-WITH-X': base64(JSON.stringify({ ...proof, address: env.other.address })) }
      const refused = await problemOf(await ask({ headers: { ...(await sign()), ...other } }))
      same([refused.status, refused.error], [400, 'sale/sign-in'], 'somebody else')
    },

    'a person with a browser gets a page, programs do not': async () => {
      const terms = { accepts: cent(env), description: '<b>Forecast</b> & "more"', serviceName: "Weather's" }
      const { ask } = await shop({ terms })
      const page = await ask({ headers: { accept: BROWSER } })
      same([page.status, page.headers.get('content-type')], [402, 'text/html; charset=utf-8'], 'page')
      equal(decode(page.headers.get('payment-required')).x402Version, 2, 'challenge')
      const policy = page.headers.get('content-security-policy')
      const nonce = /script-src 'nonce-([^']+)'/.exec(policy)[1]
      equal(/default-src 'none'/.test(policy) && !/unsafe|https:|\*/.test(policy), true, policy)
      const html = await page.text()
      equal(html.includes(`<script nonce="${nonce}">`), true, 'nonce')
      equal(html.includes('&lt;b&gt;Forecast&lt;/b&gt; &amp; &quot;more&quot;'), true, 'escaped')
      equal(/<b>|src=|href="http/.test(html), false, 'nothing foreign')
      for (const words of ['This costs 0.01 USD', 'Base Sepolia', env.payTo, 'https://shop.test/paid', 'lang="en"'])
        equal(html.toLowerCase().includes(words.toLowerCase()), true, words)
      equal((await (await ask({ headers: { accept: BROWSER } })).text()).includes(nonce), false, 'the nonce is used once')

      for (const accept of ['*/*', 'application/json', 'application/json, text/html;q=0.5', 'text/html;q=0', 'text/*'])
        equal((await (await ask({ headers: { accept } })).json()).x402Version, 1, accept)
      equal((await ask({ method: 'POST', body: '', headers: { accept: BROWSER } })).headers.get('content-type'), 'application/json', 'POST')
      const plain = await shop({ page: false })
      equal((await plain.ask({ headers: { accept: BROWSER } })).headers.get('content-type'), 'application/json', 'off')
    },

    'the page is told what a wallet has to sign, and what it signs is taken': async () => {
      const { ask, events } = await shop()
      const told = await ask({ headers: { 'Farthing-Payer': env.payer.address } })
      equal(told.status, 200, 'status')
      equal(told.headers.get('cache-control'), 'private, no-store', 'cache')
      const { typedData, header, payment } = await told.json()
      same([typedData.message.value, typedData.message.to.toLowerCase()], ['10000', env.payTo.toLowerCase()], 'what is signed')
      payment.payload.signature = await rpc(env, 'eth_signTypedData_v4', [env.payer.address, typedData])
      const answer = await ask({ headers: { [header]: base64(JSON.stringify(payment)) } })
      same([answer.status, events], [200, ['verify', 'work', 'settle']], 'paid')
      const other = await (await ask({ headers: { 'Farthing-Payer': env.payer.address } })).json()
      equal(other.payment.payload.authorization.nonce === payment.payload.authorization.nonce, false, 'nonces')
      for (const payer of ['', 'vitalik.eth', '0x1234']) {
        const refused = await problemOf(await ask({ headers: { 'Farthing-Payer': payer } }))
        same([refused.status, refused.error], [400, 'sale/malformed'], payer)
      }
    },

    'behind a proxy the public origin is named once, and no forwarded header is believed': async () => {
      const { ask } = await shop({ origin: 'https://api.shop.test' })
      const forged = { 'x-forwarded-host': 'evil.test', 'x-original-url': '/free', forwarded: 'host=evil.test' }
      const answer = await ask({ headers: forged }, 'http://127.0.0.1:8080/paid?day=1')
      equal(decode(answer.headers.get('payment-required')).resource.url, 'https://api.shop.test/paid', 'resource')
    },
  }
}
