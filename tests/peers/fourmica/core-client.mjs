// Part of the 4Mica stand-in: how its facilitator speaks to core. In: core's URL and the facilitator's account. Out: a
// request that logs in when first needed, and again when the token has expired. Knows no payments.

/** @typedef {{ status: number, json: any, error: string }} CoreAnswer `error` is core's text, JSON or not */

/** @param {string} coreUrl @param {import('viem').PrivateKeyAccount} account @returns {(method: 'GET' | 'POST', path: string, body?: unknown) => Promise<CoreAnswer>} */
export function coreClient(coreUrl, account) {
  let token = ''
  const send = async (method, path, body) => {
    const headers = { ...(body !== undefined && { 'content-type': 'application/json' }), ...(token && { authorization: `Bearer ${token}` }) }
    const response = await fetch(coreUrl + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) })
    const raw = await response.text()
    const json = response.headers.get('content-type')?.includes('json') ? JSON.parse(raw) : undefined
    return { status: response.status, json, error: json?.error ?? raw }
  }
  const login = async () => {
    const { nonce, siwe } = (await send('POST', '/auth/nonce', { address: account.address })).json
    const message = `${siwe.domain} wants you to sign in with your Ethereum account:\n${account.address}\n\n${siwe.statement}\n\nURI: ${siwe.uri}\nVersion: 1\nChain ID: ${siwe.chainId}\nNonce: ${nonce}\nIssued At: ${siwe.issuedAt}\nExpiration Time: ${siwe.expiration}`
    const signature = await account.signMessage({ message })
    token = (await send('POST', '/auth/verify', { address: account.address, message, signature })).json?.access_token ?? ''
  }
  return async (method, path, body) => {
    if (!token) await login()
    const first = await send(method, path, body)
    if (first.error !== 'invalid access token') return first
    await login()
    return send(method, path, body)
  }
}
