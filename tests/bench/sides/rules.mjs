// Policies under which every benchmark's offer is allowed: one rule, three budgets, about a hundred rules.
import { challenge } from './offer.mjs'

const [{ network, asset, payTo }] = challenge.accepts
const token = `${network}/erc20:${asset}`
const address = (number) => `0x${number.toString(16).padStart(40, '0')}`
const many = (count, make) => Array.from({ length: count }, (_, at) => make(at))

export const oneRule = { perRequest: '0.01 USD' }

/** One of them is given back with the answer, the others stay. */
export const threeBudgets = {
  perRequest: '0.01 USD',
  budgets: [
    { limit: '1000000 USD', every: 'day' },
    { count: 100_000_000, every: 'hour', per: 'seller' },
    { atOnce: 1_000_000 },
  ],
}

const scopes = ['task', 'session', 'agent', 'seller', 'payTo', 'category', 'asset', 'network', 'scheme']
const windows = ['minute', 'hour', 'day', 'week', 'calendar-day', 'calendar-month', 'lifetime']
const units = [{ limit: '1000000 USD' }, { limit: '1000000000000', asset: token }, { count: 100_000_000 }]

/** Of each kind of rule some, and 32 budgets, which is the most a policy may have. All of them count. */
export const hundredRules = {
  ...oneRule,
  perAsset: { [token]: '10000', ...Object.fromEntries(many(4, (at) => [`${network}/erc20:${address(1 + at)}`, '1'])) },
  budgets: many(32, (at) => ({
    ...units[at % units.length],
    every: windows[at % windows.length],
    per: [scopes[at % scopes.length]],
  })),
  sellers: {
    allow: [...many(24, (at) => `*.shop${at}.example`), '*.example.com'],
    deny: many(5, (at) => `bad${at}.example.com`),
  },
  payTo: {
    'api.example.com': [payTo],
    ...Object.fromEntries(many(9, (at) => [`*.shop${at}.example`, [address(100 + at)]])),
  },
  networks: [network, 'eip155:1', 'eip155:84532'],
  assets: [token],
  schemes: ['exact'],
  maxWindowSeconds: 120,
  payToChange: 'deny',
  newSeller: 'allow',
  changedTerms: 'ask',
  maxRise: 10,
  onRise: 'deny',
  askAbove: '0.05 USD',
  askCategories: many(3, (at) => `asked-${at}`),
  categories: ['data', ...many(4, (at) => `category-${at}`)],
  approvalSeconds: 600,
}

/** What the purchases are for, so that every scope has a value. */
export const purpose = { task: 'trip-42', session: 'monday', agent: 'planner', category: 'data' }

/** How many rules a policy has: everything in a list, and every setting. */
export function countRules(policy) {
  if (policy === null || typeof policy !== 'object') return 1
  const inner = Object.entries(policy).map(([name, value]) => (name === 'budgets' ? value.length : countRules(value)))
  return inner.reduce((sum, count) => sum + count, 0)
}
