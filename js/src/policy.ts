/** An amount of a currency, for example `0.10 USD`. Counts every token pinned to that currency, one to one. */
export type Money = `${number} ${string}`

/** A CAIP-19 id of a token: `eip155:8453/erc20:0x…`, or `eip155:1/slip44:60` for native ether. */
export type AssetId = `eip155:${number}/erc20:0x${string}` | `eip155:${number}/slip44:60`

/**
 * Spending rules, as data. Compiled once by {@link wrapFetch}; the paying handle cannot change them. What no rule
 * allows is refused.
 */
export type Policy = {
  /** Largest price of one request. */
  perRequest?: Money
  /** Largest price of one request in atomic units of a token, in addition. */
  perAsset?: { [asset: AssetId]: string }
  /** Limits on the sum of everything reserved, unresolved and settled. Windows roll. */
  budgets?: { limit: Money; every: 'hour' | 'day' | 'lifetime' }[]
  /**
   * Origins that may be paid: `api.example.com`, `http://127.0.0.1:8402`. Left out: any ordinary https host the
   * program requests; anything else (http, IP addresses, punycode) must be listed.
   */
  sellers?: string[]
  /** CAIP-2 networks that may be used: `eip155:8453`. */
  networks?: string[]
  /** Tokens that may be used, of the pinned ones. */
  assets?: AssetId[]
  /** Schemes that may be used, in order of preference. */
  schemes?: ('exact' | '4mica-credit')[]
  /** Recipients pinned for a seller's origin. */
  payTo?: { [origin: string]: string[] }
  /** Longest life of an authorisation, 1 to 900. Default 300. */
  maxWindowSeconds?: number
}

/** A token that the host program vouches for. Check name, version and decimals on the chain. */
export type PinnedAsset = {
  /** CAIP-2. */
  network: string
  address: string
  /** EIP-712 domain of the token contract. */
  name: string
  version: string
  /** At most 18. */
  decimals: number
  /** ISO 4217 code of the currency it is worth, one to one. */
  currency?: string
}

/** A 4Mica core, and what must never change about it. */
export type PinnedCore = {
  /** CAIP-2. */
  network: string
  url: string
  generation?: 'tab' | 'cycle' | 'sdk2' | 'clearing-house'
  /** EIP-712 domain that payers sign under. */
  name?: string
  version?: string
  /** Core4Mica contract, or the clearing house. */
  contract?: string
  /** BLS key that signs certificates: `0x` and 96 digits. */
  operatorKey?: string
}
