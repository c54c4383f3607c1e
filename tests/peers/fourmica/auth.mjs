// Part of the 4Mica stand-in: core's login (Sign-In with Ethereum) and bearer tokens. Tokens are opaque here,
// JWTs in the real core; a client must not look inside either. In: requests. Out: Principals.
// Source: protocol notes 2.8 and auth.json, whose texts are kept word for word.
import { randomBytes, randomUUID } from 'node:crypto'
import { isAddress, recoverMessageAddress } from 'viem'
import { field, refusal, text } from './json.mjs'

/** @typedef {{ subject: string, role: 'user' | 'facilitator', scopes: string[] }} Principal `subject` in lower case */

const ACCESS_SECONDS = 900
const NONCE_SECONDS = 300
const STATEMENT = 'Sign in to 4mica.'

/**
 * @param {{ chainId: number, url: () => string, now: () => number, facilitators: string[], issuers: string[] }} options
 *   `facilitators` get role facilitator, `issuers` the scopes guarantee:issue and tab:create; everybody else may only read
 */
export function authority({ chainId, url, now, facilitators, issuers }) {
  /** @type {Map<string, { principal: Principal, expires: number }>} */
  const access = new Map()
  /** @type {Map<string, Principal>} */
  const refresh = new Map()
  /** @type {Map<string, { used: boolean, expires: number }>} */
  const nonces = new Map()
  const listed = (list, address) => list.some(entry => entry.toLowerCase() === address)

  /** @param {string} address @returns {Principal} */
  const principalOf = address => {
    const subject = address.toLowerCase()
    const role = listed(facilitators, subject) ? 'facilitator' : 'user'
    const issues = role === 'facilitator' || listed(issuers, subject)
    return { subject, role, scopes: issues ? ['tab:read', 'tab:create', 'guarantee:issue'] : ['tab:read'] }
  }
  const tokensFor = principal => {
    const access_token = randomBytes(24).toString('base64url')
    const refresh_token = `refresh_${randomBytes(32).toString('hex')}`
    access.set(access_token, { principal, expires: now() + ACCESS_SECONDS })
    refresh.set(refresh_token, principal)
    return { access_token, refresh_token, expires_in: ACCESS_SECONDS }
  }
  const template = () => {
    const iso = seconds => new Date(seconds * 1000).toISOString().replace('Z', '000000+00:00')
    const { hostname } = new URL(url())
    return { domain: hostname, uri: url(), chainId, statement: STATEMENT, expiration: iso(now() + NONCE_SECONDS), issuedAt: iso(now()) }
  }

  return {
    /** A token without the login, for tests. @param {string} address @param {Partial<Principal>} [rights] */
    issueToken: (address, rights) => tokensFor({ ...principalOf(address), ...rights }).access_token,

    /** @param {string | undefined} header @returns {Principal} */
    authenticate(header) {
      if (header === undefined) throw refusal(401, 'missing authorization')
      const token = /^Bearer (.+)$/.exec(header)?.[1]
      if (!token) throw refusal(401, 'invalid authorization')
      const known = access.get(token)
      if (!known || known.expires <= now()) throw refusal(401, 'invalid access token')
      return known.principal
    },

    /** @type {Record<string, (body: import('./json.mjs').JsonNode) => unknown>} */
    routes: {
      '/auth/nonce'(body) {
        const address = text(field(body, 'address'), 'address')
        if (!isAddress(address, { strict: false })) throw refusal(400, 'invalid wallet address')
        const nonce = randomUUID()
        nonces.set(nonce, { used: false, expires: now() + NONCE_SECONDS })
        return { nonce, siwe: template() }
      },

      async '/auth/verify'(body) {
        const address = text(field(body, 'address'), 'address')
        const message = text(field(body, 'message'), 'message')
        const signature = text(field(body, 'signature'), 'signature')
        const signed = readMessage(message)
        if (!/^(0x)?([0-9a-fA-F]{2})*$/.test(signature)) throw refusal(400, 'invalid siwe message: invalid signature hex')
        if (signed.address.toLowerCase() !== address.toLowerCase()) throw refusal(401, 'address mismatch')
        const expected = template()
        if (signed.domain !== expected.domain) throw refusal(401, 'siwe domain mismatch')
        if (signed.uri !== expected.uri) throw refusal(401, 'siwe uri mismatch')
        if (signed.version !== '1') throw refusal(401, 'invalid siwe version')
        if (signed.chainId !== String(chainId)) throw refusal(401, 'invalid chain id')
        if (signed.statement !== STATEMENT) throw refusal(401, 'siwe statement mismatch')
        if (!(Date.parse(signed.expiration) / 1000 > now())) throw refusal(401, 'message expired')
        const nonce = nonces.get(signed.nonce)
        if (!nonce || nonce.expires <= now()) throw refusal(401, 'nonce not found or expired')
        if (nonce.used) throw refusal(401, 'nonce not valid')
        const signer = await recoverMessageAddress({ message, signature: /** @type {any} */ (signature) }).catch(() => '')
        if (signer.toLowerCase() !== address.toLowerCase()) throw refusal(400, 'invalid siwe message: invalid signature')
        nonce.used = true
        return tokensFor(principalOf(address))
      },

      '/auth/refresh'(body) {
        const token = text(field(body, 'refresh_token'), 'refresh_token')
        const principal = refresh.get(token)
        if (!principal) throw refusal(401, 'refresh token expired')
        refresh.delete(token)
        return tokensFor(principal)
      },

      '/auth/logout': body => ({ revoked: refresh.delete(text(field(body, 'refresh_token'), 'refresh_token')) }),
    },
  }
}

function readMessage(message) {
  const [header = '', address = '', , statement = '', , ...lines] = message.split('\n')
  const domain = / wants you to sign in with your Ethereum account:$/.test(header) && header.split(' ')[0]
  if (!domain || !address) throw refusal(400, 'invalid siwe message: message must include header and address')
  const named = Object.fromEntries(lines.map(line => line.split(/: (.*)/s, 2)))
  return {
    domain,
    address,
    statement,
    uri: named.URI,
    version: named.Version,
    chainId: named['Chain ID'],
    nonce: named.Nonce,
    expiration: named['Expiration Time'],
  }
}
