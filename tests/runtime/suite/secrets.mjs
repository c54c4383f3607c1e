// A private key and a signature can move money: neither is in an error, a record, a log or a printed object.
import { buyer, chainWallet, decode, equal, failure, SHOP, shop } from './tools.mjs'

export const secrets = (farthing, env) => {
  const url = `${env.sellers.v2}/paid`
  const key = env.payer.privateKey.slice(2)

  /** Fails when any of the values shows a secret in any of the ways that values are printed. */
  async function insist(values, needles) {
    const inspect = await inspector()
    for (const [name, value] of Object.entries(values)) {
      const prints = [printed(() => String(value)), printed(() => JSON.stringify(value)), walked(value), inspect(value)]
      for (const print of prints) {
        const found = needles.find((needle) => print.toLowerCase().includes(needle.toLowerCase()))
        if (found) throw new Error(`${name} shows ${found.slice(0, 12)}…: ${print.slice(0, 200)}`)
      }
    }
  }
  const needlesOf = (wire) =>
    wire.payments().flatMap((header) => [header, decode(header).payload.signature.slice(2), key])

  return {
    async 'a settled payment shows neither key nor signature anywhere'() {
      const wallet = farthing.localWallet(env.payer.privateKey)
      const logged = []
      const restore = tapConsole(logged)
      try {
        const { pay, wire } = await buyer(farthing, env, { wallet })
        const answer = await pay(url)
        equal(needlesOf(wire).length, 3, 'secrets to look for')
        await insist(
          { wallet, pay, record: pay.recordOf(answer), records: await pay.records(), policy: pay.policy, logged },
          needlesOf(wire),
        )
        equal(logged.length, 0, `lines printed: ${logged[0]}`)
      } finally {
        restore()
      }
    },

    async 'a payment that failed after signing shows neither key nor signature'() {
      const wallet = farthing.localWallet(env.payer.privateKey)
      const answers = {
        'settlement/demanded-again': () => new Response('{}', { status: 402 }),
        'settlement/redirected': () => Object.defineProperty(new Response(null), 'status', { value: 307 }),
        'settlement/lost': () => {
          throw new TypeError('connection reset')
        },
      }
      for (const [code, answer] of Object.entries(answers)) {
        const { pay, wire } = await buyer(farthing, env, { wallet, policy: undefined }, shop(env, { answer }))
        const error = await failure(farthing, pay(`${SHOP}/paid`), code)
        equal(wire.payments().length, 1, 'payments sent')
        equal(error.record.state, 'unknown', 'state')
        await insist({ error, record: error.record, stack: error.stack, records: await pay.records() }, needlesOf(wire))
      }
    },

    async 'a wallet that signed something else: the error does not show what it signed'() {
      let signature
      const swap = async ([account, text]) => {
        const data = JSON.parse(text)
        data.message.value = '1'
        signature = await chainWallet(env).request({
          method: 'eth_signTypedData_v4',
          params: [account, JSON.stringify(data)],
        })
        return signature
      }
      const wallet = farthing.injectedWallet(chainWallet(env, { eth_signTypedData_v4: swap }))
      const { pay } = await buyer(farthing, env, { wallet })
      const error = await failure(farthing, pay(url), 'sign/signer')
      await insist({ error, records: await pay.records() }, [signature.slice(2)])
    },

    async 'a key that is no key is refused without showing it'() {
      const wrong = `0x${key.slice(2)}`
      for (const bad of [wrong, key, `0x${key}00`, new Uint8Array(31).fill(7), '']) {
        const error = await failure(farthing, (async () => farthing.localWallet(bad))(), 'sign/key')
        await insist({ error }, [key.slice(2)])
      }
    },

    async 'keys outside the range of the curve are refused when the payer is set up'() {
      const order = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'
      for (const bad of ['0'.repeat(64), order, 'f'.repeat(64)]) {
        const wallet = farthing.localWallet(`0x${bad}`)
        await failure(farthing, buyer(farthing, env, { wallet }), 'sign/key')
      }
    },

    async "the caller's bytes of the key are copied, and may be wiped at once"() {
      const bytes = Uint8Array.from(key.match(/../g), (pair) => Number.parseInt(pair, 16))
      const wallet = farthing.localWallet(bytes)
      bytes.fill(0)
      const { pay } = await buyer(farthing, env, { wallet })
      equal(pay.recordOf(await pay(url)).attempt.payer, env.payer.address, 'payer')
    },

    async 'PaymentError is an Error with a code, and says what happened to money and what to do'() {
      const { pay } = await buyer(farthing, env, { policy: undefined })
      const error = await failure(farthing, pay(url), 'policy/seller-not-allowed')
      equal(error instanceof Error, true, 'instanceof Error')
      equal(error.name, 'PaymentError', 'name')
      for (const text of [error.message, error.fix, error.stack]) equal(text.length > 10, true, `text: ${text}`)
      equal(error.message.includes(error.code), true, 'the code is in the message')
      equal(Object.keys(error).includes('response'), false, 'the response is enumerable')
    },
  }
}

/** Everything reachable through own properties, hidden ones and symbols too. */
function walked(value, seen = new Set()) {
  if (typeof value === 'string') return value
  if (value instanceof Uint8Array) return [...value].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return ''
  seen.add(value)
  const own = Reflect.ownKeys(value).filter((name) => name !== 'prototype')
  return own.map((name) => `${String(name)} ${printed(() => walked(value[name], seen))}`).join('\n')
}

/** What Node prints; where there is no Node, what the object says of itself. */
async function inspector() {
  const name = 'node:util'
  const util = globalThis.process?.versions?.node && (await import(name))
  return (value) => util?.inspect?.(value, { depth: 20, showHidden: true }) ?? printed(() => `${value}`)
}

function printed(print) {
  try {
    return print() ?? ''
  } catch {
    return ''
  }
}

function tapConsole(lines) {
  const methods = ['log', 'info', 'warn', 'error', 'debug']
  const originals = methods.map((name) => console[name])
  for (const name of methods) console[name] = (...words) => void lines.push(words.map(String).join(' '))
  return () => methods.forEach((name, at) => (console[name] = originals[at]))
}
