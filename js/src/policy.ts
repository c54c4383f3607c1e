/** An amount of a currency, for example `0.10 USD`. Counts every token pinned to that currency, one to one. */
export type Money = `${number} ${string}`

/** A CAIP-19 id of a token: `eip155:8453/erc20:0x…`, or `eip155:1/slip44:60` for native ether. */
export type AssetId = `eip155:${number}/erc20:0x${string}` | `eip155:${number}/slip44:60`

/**
 * A seller: `api.example.com` (https), an origin with scheme and port such as `http://127.0.0.1:8402`, or
 * `*.example.com` for every host below it at any depth, but not itself; https unless written `http://*.example.com`.
 */
export type SellerPattern = string

/** What is done in a case that is not plainly right or wrong: pay, pay if the owner says yes, or refuse. */
export type Choice = 'allow' | 'ask' | 'deny'

/** What a budget keeps a sum for each value of. A label that a purchase does not have is the value `''`. */
export type Scope =
  | 'task'
  | 'session'
  | 'agent'
  /** The pattern of `sellers` that admits the seller, else its origin: another subdomain is no fresh budget. */
  | 'seller'
  | 'payTo'
  | 'category'
  | 'asset'
  | 'network'
  | 'scheme'

/** What a budget adds up, and the largest sum. */
export type BudgetSum =
  /** Of a currency, over every token pinned to it. */
  | { limit: Money; asset?: never; count?: never }
  /** Atomic units of one token, as a decimal count. */
  | { limit: `${bigint}`; asset: AssetId; count?: never }
  /** Purchases, at most 2^53 − 1. */
  | { count: number; limit?: never; asset?: never }

/** How far back a budget counts. */
export type BudgetWindow =
  /** The time up to now, or everything there ever was. A number is seconds, 1 to 31 622 400. */
  | { every: 'minute' | 'hour' | 'day' | 'week' | 'lifetime' | number; timeZone?: never }
  /** The present day or month of a time zone: an IANA name such as `Europe/Berlin`, default `UTC`. */
  | { every: 'calendar-day' | 'calendar-month'; timeZone?: string }

/** Which purchases a budget adds up. */
export type BudgetScope = {
  /** A sum for each value of these, each with the whole limit. */
  per?: Scope | Scope[]
  /**
   * Only purchases with one of these values, in every scope named: `{ category: ['data'] }`. Values of `seller` are
   * {@link SellerPattern patterns}; none of the lists is empty.
   */
  only?: { [scope in Scope]?: string[] }
}

/**
 * A limit on the sum of everything reserved, unresolved and settled. A payment counts against every budget that
 * applies to it. Two budgets that differ in the limit alone are an error.
 */
export type Budget = BudgetScope &
  (
    | (BudgetSum & BudgetWindow & { atOnce?: never })
    /** Purchases under way: each counts until its answer, or for 15 minutes when its process dies. */
    | { atOnce: number; limit?: never; asset?: never; count?: never; every?: never; timeZone?: never }
  )

/** What a price may rise by. */
export type PriceRise =
  | {
      /**
       * Percent that a price may be above the last one of the same resource, in the same token on the same network:
       * 0 to 10 000, whole. Left out: prices are not compared.
       */
      maxRise: number
      /** What is done about a higher one. Default `ask`. */
      onRise?: 'ask' | 'deny'
    }
  | { maxRise?: never; onRise?: never }

/**
 * Spending rules, as data. Compiled once by {@link wrapFetch}; the paying handle cannot change them. What no rule
 * allows is refused. The first rule that says no wins; a question never replaces a refusal.
 */
export type Policy = PriceRise & {
  /** Largest price of one request. */
  perRequest?: Money
  /** Largest price of one request in atomic units of a token, in addition. */
  perAsset?: { [asset: AssetId]: string }
  /** Limits on sums, 32 at most. */
  budgets?: Budget[]
  /**
   * Sellers that may be paid; of `allow` and `deny`, `deny` wins, and an entry of it without a port denies every port.
   * Without `allow`: any ordinary https host the program requests; anything else (http, IP addresses, punycode) must be
   * listed.
   */
  sellers?: SellerPattern[] | { allow?: SellerPattern[]; deny?: SellerPattern[] }
  /** CAIP-2 networks that may be used: `eip155:8453`. */
  networks?: string[]
  /** Tokens that may be used, of the pinned ones. */
  assets?: AssetId[]
  /** Schemes that may be used, in order of preference. */
  schemes?: ('exact' | '4mica-credit')[]
  /** Categories that may be bought. A purchase without one is refused. */
  categories?: string[]
  /** Recipients pinned for sellers. Where several patterns match a seller, the narrowest counts. */
  payTo?: { [seller: SellerPattern]: string[] }
  /**
   * A recipient that is none of those this seller had before. The first one is remembered; one that is pinned in
   * `payTo` never counts as changed. Default `ask`.
   */
  payToChange?: Choice
  /** A seller that was never paid. Default `allow`. */
  newSeller?: Choice
  /** Terms other than those of the last purchase of the same resource in anything but the price. Default `allow`. */
  changedTerms?: Choice
  /** Asks about prices above this, and about those that have no value in its currency. */
  askAbove?: Money
  /** Asks about purchases of these categories. */
  askCategories?: string[]
  /** How long a question stays open, in seconds: 60 to 604 800. Default 3 600. */
  approvalSeconds?: number
  /**
   * Largest price while the store forgets with the process. A token that has no value in this currency needs a cap of
   * its own in `perAsset`. Default `1 USD`.
   */
  ephemeralLimit?: Money
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
  /** Left out: told from what the core publishes, and from whether a seller opens tabs. `cycle` asks no seller. */
  generation?: 'tab' | 'cycle' | 'sdk2' | 'clearing-house'
  /** EIP-712 domain that payers sign under. */
  name?: string
  version?: string
  /** Core4Mica contract, or the clearing house. */
  contract?: string
  /** BLS key that signs certificates: `0x` and 96 digits. */
  operatorKey?: string
  /** Account that signs receipts (generation `clearing-house`). */
  guaranteeSigner?: string
  /** Contract that settles cycles, where the core does not publish it. Nothing is paid to one that is not pinned. */
  clearingHouse?: string
  /**
   * Origins besides a seller's own that may be asked for a tab (generation `tab`) and so learn who pays: https, or this
   * machine.
   */
  tabOrigins?: string[]
  /** Which validations of a seller are accepted. Left out: those of registries and validators that the core trusts. */
  validations?: ValidationRules
}

/** What a payment may wait for. Each rule is in addition to what the core trusts, but `validators` for one account. */
export type ValidationRules = {
  /** Registry contracts that may record it. */
  registries?: string[]
  /**
   * Who may validate: addresses, or accounts such as `eip155:84532:0x…`. In generations `sdk2` and `clearing-house` this
   * list, together with `registries`, replaces the core's own.
   */
  validators?: string[]
  /** Lowest score that a seller may ask for, 1 to 100. Refuses terms without a score. */
  minScore?: number
}
