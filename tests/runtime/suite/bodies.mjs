// Everything fetch takes as a request, paid at a real seller that answers what it was sent.
import { buyer, bytesOf, equal, failure, same, shop } from './tools.mjs'

const TEXT = 'ä € 😀'
const bytes = (text) => new TextEncoder().encode(text)

export const bodies = (farthing, env) => {
  const url = `${env.sellers.v2}/paid`

  /** Pays for a POST of this and returns what the seller got, twice over. */
  async function echoed(input, init) {
    const { pay, wire } = await buyer(farthing, env)
    const answer = await pay(input, init)
    equal(answer.status, 200, 'status')
    equal(pay.recordOf(answer).state, 'settled', 'state')
    const types = wire.sent.map(({ headers }) => headers.get('content-type'))
    equal(types[0], types[1], 'content type of both requests')
    same(await bytesOf(wire.sent[0].body), await bytesOf(wire.sent[1].body), 'bytes of both requests')
    return { text: await answer.text(), type: answer.headers.get('content-type') ?? types[1] }
  }

  return {
    async 'text, bytes, buffers and blobs are sent as they are'() {
      const bodies = [TEXT, bytes(TEXT), bytes(TEXT).buffer, new Blob([TEXT], { type: 'text/x-thing' })]
      for (const body of bodies) equal((await echoed(url, { method: 'POST', body })).text, TEXT, 'content')
    },

    async 'URLSearchParams are sent as a form'() {
      const body = new URLSearchParams({ a: TEXT, b: '1' })
      const { text, type } = await echoed(url, { method: 'POST', body })
      equal(text, body.toString(), 'content')
      equal(type.startsWith('application/x-www-form-urlencoded'), true, `content type ${type}`)
    },

    async 'FormData keeps its boundary in both requests'() {
      const body = new FormData()
      body.append('field', TEXT)
      body.append('file', new Blob(['file content'], { type: 'text/plain' }), 'a.txt')
      // WebKit reads no form with a file in it, and says so; before anything is sent, so does farthing.
      if (!(await isReadable(body))) {
        const { pay, wire } = await buyer(farthing, env)
        const { facts } = await failure(farthing, pay(url, { method: 'POST', body }), 'request/body-not-replayable')
        return same([facts, wire.sent.length], ['this platform reads no files in a form', 0], 'facts and requests')
      }
      const { text, type } = await echoed(url, { method: 'POST', body })
      const form = await new Response(text, { headers: { 'content-type': type } }).formData()
      equal(form.get('field'), TEXT, 'field')
      equal(await form.get('file').text(), 'file content', 'file')
    },

    async 'a Request with a body is paid for and stays readable for its owner'() {
      const headers = { 'content-type': 'text/plain' }
      const request = new Request(url, { method: 'POST', body: TEXT, headers })
      equal((await echoed(request)).text, TEXT, 'content')
      equal(await request.text(), TEXT, 'the Request afterwards')
    },

    async 'a URL object and a Request without a body are paid for'() {
      for (const input of [new URL(url), new Request(url)]) {
        const { pay } = await buyer(farthing, env)
        equal(pay.recordOf(await pay(input)).state, 'settled', 'state')
      }
    },

    async 'options given beside a Request win over it'() {
      const request = new Request(`${env.sellers.v2}/paid`, { headers: { 'content-type': 'text/one' } })
      const { text } = await echoed(request, { method: 'POST', body: 'two', headers: { 'content-type': 'text/two' } })
      equal(text, 'two', 'content')
    },

    async 'a Headers object and its values reach the seller in both requests'() {
      const { pay, wire } = await buyer(farthing, env, {}, shop(env))
      await pay(url, { headers: new Headers({ authorization: 'Bearer t', 'x-trace': '7' }) })
      equal(wire.sent.length, 2, 'requests')
      for (const { headers } of wire.sent)
        same([headers.get('authorization'), headers.get('x-trace')], ['Bearer t', '7'], 'headers')
    },

    async 'a stream is read once and sent twice'() {
      let pulls = 0
      const body = new ReadableStream({
        pull(controller) {
          pulls += 1
          if (pulls > 3) return controller.close()
          controller.enqueue(bytes(`part ${pulls};`))
        },
      })
      const { text } = await echoed(url, { method: 'POST', body, duplex: 'half' })
      equal(text, 'part 1;part 2;part 3;', 'content')
    },

    async 'a stream over the limit is refused before anything is sent, and its source is told to stop'() {
      let cancelled = false
      let left = 100
      const body = new ReadableStream({
        pull: (controller) => (left-- > 0 ? controller.enqueue(new Uint8Array(1000)) : controller.close()),
        cancel: () => void (cancelled = true),
      })
      const { pay, wire } = await buyer(farthing, env, { maxBodyBytes: 4096 })
      const error = await failure(
        farthing,
        pay(url, { method: 'POST', body, duplex: 'half' }),
        'request/body-not-replayable',
      )
      equal(wire.sent.length, 0, 'requests')
      equal(cancelled, true, 'the stream was cancelled')
      equal(error.money, 'untouched', 'money')
      equal((await pay.records()).length, 0, 'records')
    },

    async 'a body of exactly the limit is paid for, one byte more is refused'() {
      const { pay, wire } = await buyer(farthing, env, { maxBodyBytes: 1000 }, shop(env))
      equal((await pay(url, { method: 'POST', body: new Uint8Array(1000) })).status, 200, 'status')
      const sent = wire.sent.length
      await failure(farthing, pay(url, { method: 'POST', body: new Uint8Array(1001) }), 'request/body-not-replayable')
      equal(wire.sent.length, sent, 'requests')
    },

    async "a stream that fails is the caller's error, and nothing is sent"() {
      const broken = new Error('disk gone')
      const body = new ReadableStream({ pull: (controller) => controller.error(broken) })
      const { pay, wire } = await buyer(farthing, env)
      const thrown = await pay(url, { method: 'POST', body, duplex: 'half' }).catch((error) => error)
      equal(thrown, broken, 'the error')
      equal(wire.sent.length, 0, 'requests')
    },
  }
}

const isReadable = (body) =>
  new Response(body).text().then(
    () => true,
    () => false,
  )
