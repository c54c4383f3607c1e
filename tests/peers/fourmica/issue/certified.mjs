// Part of the 4Mica stand-in: generations 1 ("tab"), 2 ("cycle") and 3 ("sdk2"). A signed request in, a certificate that
// the operator's BLS12-381 key really signed out. Knows claims and time, asks a Ledger for collateral; no HTTP.
// Source: protocol notes 2.1 to 2.3, 2.7 and "Gen-2 as observed"; generation 2 is checked byte for byte against the
// recordings, 1 and 3 follow published types only.
import { bls12_381 } from '@noble/curves/bls12-381'
import { getAddress, hashDomain, parseAbiParameters } from 'viem'
import { certificateClaims, guaranteeDomain, guaranteeId } from './certificate.mjs'
import { digestOf, lower, readGuaranteeRequest, recover } from './claims.mjs'
import { refusal } from '../json.mjs'

const DST = 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_'
const bls = bls12_381.longSignatures
const domainFields = parseAbiParameters('string name,string version,uint256 chainId,address verifyingContract')

/**
 * @param {{
 *   generation: 'tab' | 'cycle' | 'sdk2', chainId: number, contractAddress: `0x${string}`, eip712Name: string,
 *   eip712Version: string, acceptedVersions: number[], operatorBlsSecret?: string, rpcUrl?: string,
 *   trustedRegistries: string[], now: () => number, ledger: import('../ledger.mjs').Ledger,
 *   periods: ReturnType<typeof import('../clearing/periods.mjs').periods>, book: import('../clearing/book.mjs').Book,
 *   tabs: ReturnType<typeof import('./tabs.mjs').paymentTabs>
 * }} options
 */
export function certifiedIssuer(options) {
  const { generation, chainId, contractAddress, acceptedVersions, now, ledger, periods, book, tabs } = options
  const secret = options.operatorBlsSecret?.replace(/^0x/, '') ?? Buffer.from(bls12_381.utils.randomPrivateKey()).toString('hex')
  const publicKey = bls.getPublicKey(secret).toBytes()
  const domain = {
    name: options.eip712Name,
    version: options.eip712Version,
    chainId,
    ...(generation === 'sdk2' && { verifyingContract: contractAddress }),
  }
  const guarantees = version => guaranteeDomain(version, chainId, contractAddress)
  /** @type {Set<string>} */
  const issued = new Set()

  const common = () => ({
    public_key: [...publicKey],
    contract_address: getAddress(contractAddress),
    ...(options.rpcUrl && { ethereum_http_rpc_url: options.rpcUrl }),
    eip712_name: options.eip712Name,
    eip712_version: options.eip712Version,
    chain_id: chainId,
  })
  const highest = /** @type {1 | 2} */ (Math.max(...acceptedVersions))
  const early = () => ({
    max_accepted_guarantee_version: highest,
    accepted_guarantee_versions: acceptedVersions,
    active_guarantee_domain_separator: guarantees(highest),
    trusted_validation_registries: options.trustedRegistries,
    validation_hash_canonicalization_version: '4MICA_VALIDATION_REQUEST_V2',
  })
  const third = () => ({
    supported_guarantee_versions: acceptedVersions,
    guarantee_domains: acceptedVersions.map(version => ({ version, domain_separator: guarantees(version) })),
    guarantee_domain_separator: guarantees(1),
    core_domain_separator: hashDomain({ domain: { ...domain, name: 'Core4Mica', version: '1', chainId: BigInt(chainId) }, types: { EIP712Domain: domainFields } }),
  })

  const place = claims => {
    if (generation === 'tab') return { tab: tabs.tabOf(claims) }
    const period = periods.current(lower(claims.asset, 'asset'))
    const id = guaranteeId(period.text, claims)
    if (issued.has(id)) throw refusal(400, `another guarantee with req_id ${claims.reqId} already exists`)
    return { period, id }
  }
  const enter = ({ period, id, tab }, claims) => {
    if (tab) return { totalAmount: tabs.charge(tab, claims) }
    issued.add(id)
    const [payer, recipient] = [lower(claims.user, 'user'), lower(claims.recipient, 'recipient')]
    book.record(period, { payer, recipient, amount: claims.amount, payable: !claims.policy })
    return { cycleText: period.text }
  }

  return {
    operatorPublicKey: `0x${Buffer.from(publicKey).toString('hex')}`,

    publicParams: () => ({ ...common(), ...(generation === 'sdk2' ? third() : early()) }),

    /**
     * @param {import('../json.mjs').JsonNode} body @param {import('../auth.mjs').Principal} principal
     * @returns {Promise<{ claims: string, signature: string }>} lower-case hex without 0x, as the real core
     */
    async issue(body, principal) {
      const { claims, signature, scheme } = readGuaranteeRequest(body, generation)
      mayIssue(principal, claims.recipient)
      if (!acceptedVersions.includes(claims.version)) throw refusal(400, `unsupported guarantee version ${claims.version}`)
      const user = lower(claims.user, 'user')
      const digest = digestOf(claims, scheme, domain)
      if (claims.timestamp > BigInt(now())) throw refusal(400, 'timestamp is in the future')
      if ((await recover(digest, signature)).toLowerCase() !== user) throw refusal(400, 'Invalid signature')
      // No await from here to the end: the check and the lock are one step.
      if (!ledger.isRegistered(user)) throw refusal(400, 'user not registered')
      const placed = place(claims)
      if (!ledger.lock(user, claims.asset, claims.amount)) throw refusal(400, 'Not enough free collateral')
      const bytes = certificateClaims(claims, guarantees(claims.version), enter(placed, claims)).slice(2)
      const point = bls.hash(Buffer.from(bytes, 'hex'), DST)
      return { claims: bytes, signature: bls.Signature.toHex(bls.sign(point, secret)) }
    },
  }
}

/** Issuing is the recipient's call, or a facilitator's on its behalf. @param {string} recipient */
export function mayIssue(principal, recipient) {
  if (!principal.scopes.includes('guarantee:issue')) throw refusal(401, 'missing scope')
  if (principal.role === 'facilitator' || recipient.toLowerCase() === principal.subject) return
  throw refusal(401, 'recipient address does not match token subject and role is not facilitator')
}
