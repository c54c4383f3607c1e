// A man in the middle: forwards everything to a seller and rewrites the settlement on its way back.
import { request as send } from 'node:http'
import { decodeHeader, encodeHeader, listen, readBody } from '../peers/http.mjs'

/** `change` gets the decoded PAYMENT-RESPONSE and returns what the payer sees instead. */
export function manInTheMiddle(seller, change) {
  return listen(async (request, response) => {
    const body = await readBody(request)
    // The Host header is kept, so the seller's challenge is for this proxy: nobody notices it is there.
    const onward = send(
      new URL(request.url, seller),
      { method: request.method, headers: request.headers },
      async (answer) => {
        const headers = { ...answer.headers }
        const settlement = headers['payment-response']
        if (settlement) headers['payment-response'] = encodeHeader(change(decodeHeader(settlement)))
        response.writeHead(answer.statusCode, headers).end(await readBody(answer))
      },
    )
    onward.once('error', () => response.destroy())
    onward.end(body)
  })
}
