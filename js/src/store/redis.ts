import type { Entry, Note, State } from '../generated/wire.js'
import { isGivenBack, isOpen, mostBuckets } from './buckets.js'
import { callsOf, type Calls, type RedisClient } from './redis/client.js'
import { keyNames, script } from './redis/script.js'
import type { Intent, Query, Reservation, Store, View } from './store.js'

export type { IoredisClient, NodeRedisClient, RedisClient } from './redis/client.js'

/** Options for {@link redisStore}. */
export type RedisStoreOptions = {
  /** Begins the name of every key, in braces: one slot of a cluster holds them all. Default `farthing`. */
  prefix?: string | undefined
  /** The owner's word on what the servers keep, which then is not looked up. */
  durability?: 'durable' | 'ephemeral' | undefined
}

/** A store in Redis or Valkey. */
export type RedisStore = Store & {
  /** Why `durability` is `ephemeral`, when nobody said so. For people. */
  readonly doubt: string | undefined
}

/** Version of the keys and what they hold. A newer one is refused by every operation. */
const schemaVersion = '1'

/**
 * Keeps purchases in Redis 6 or Valkey, for any number of processes and machines. The client stays the caller's to
 * close; ioredis and node-redis may share one set of keys. Every operation is one script.
 *
 * Redis may lose writes that it confirmed unless it runs with `appendonly yes` and `appendfsync always`, evicts no keys
 * and never fails over to a replica that lags: the store is `durable` only where the one server shows this, or where
 * the owner says so in `durability`.
 */
export async function redisStore(client: RedisClient, options: RedisStoreOptions = {}): Promise<RedisStore> {
  const prefix = options.prefix ?? 'farthing'
  // Redis takes the text between the first brace and the next closing one for the slot.
  if (!/^[^{}]+$/.test(prefix)) throw new Error('cannot open a Redis store: its prefix is empty or has a brace')
  const keys = keyNames.map((name) => `{${prefix}}:${name}`)
  const calls = callsOf(client)

  async function run(step: string, asked: object, what: string, row = ''): Promise<unknown[]> {
    const given = [step, JSON.stringify({ version: schemaVersion, token: crypto.randomUUID(), ...asked }), row]
    let answer: unknown
    try {
      answer = await calls.run(script, keys, given)
    } catch (thrown) {
      // No `cause`: an error of ioredis carries the arguments of the call, and with them the sealed row.
      throw new Error(`cannot ${what} in Redis: ${sentenceOf(thrown)}`)
    }
    if (!Array.isArray(answer) || typeof answer[0] !== 'string')
      throw new Error(`cannot ${what} in Redis: the client does not answer in texts`)
    if (answer[0] === 'version')
      throw new Error(
        `cannot ${what} in Redis: its schema is version ${answer[1]}, this farthing knows ${schemaVersion}`,
      )
    if (answer[0] === 'lost')
      throw new Error(`cannot ${what} in Redis: what was kept is gone since the store was opened`)
    return answer
  }

  const [, birth] = await run('open', {}, 'open a store')
  const doubt = options.durability ? undefined : await doubtIn(calls)

  async function page(onlyOpen: boolean, after: string | undefined, limit: number): Promise<Entry[]> {
    const [kind, rows] = await run('page', { birth, onlyOpen, after, limit }, 'list purchases')
    if (kind === 'unknown') throw new Error('cannot list purchases after one that is not kept')
    return (rows as string[]).map(entryOf)
  }

  return {
    durability: options.durability ?? (doubt === undefined ? 'durable' : 'ephemeral'),
    doubt,
    async reserve({ from, entry, holds, notes }: Intent): Promise<Reservation> {
      const exact = holds.map((hold) => ({ ...hold, amount: decimal(hold.amount), limit: decimal(hold.limit) }))
      const asked = { birth, from, row: rowOf(entry), holds: exact, notes, mostBuckets }
      const [kind, key, used] = await run('reserve', asked, 'reserve a purchase', textOf(entry))
      if (kind === 'changed') return { kind, key: String(key) }
      if (kind === 'exceeds') return { kind, key: String(key), used: String(used) }
      if (kind === 'held' || kind === 'exists') return { kind }
      throw new Error(`cannot reserve a purchase in Redis: the answer ${String(kind)} is unknown`)
    },
    async advance(from: State, entry: Entry): Promise<boolean> {
      const asked = { birth, from, row: rowOf(entry) }
      return (await run('advance', asked, 'advance a purchase', textOf(entry)))[0] === 'yes'
    },
    async read({ purchaseId, request, notes, holds }: Query): Promise<View> {
      const asked = { birth, purchaseId, request, notes, holds }
      const [, rows, noted, used] = await run('read', asked, 'read purchases')
      return {
        entries: (rows as string[]).map(entryOf),
        notes: noted as (string | null)[],
        used: used as string[],
      }
    },
    async remember(note: Note): Promise<boolean> {
      return (await run('remember', { birth, note }, 'set a note'))[0] === 'yes'
    },
    open: (after, limit = 1000) => page(true, after, limit),
    list: (after, limit = 1000) => page(false, after, limit),
  }
}

/** Why this server may lose what it confirmed; undefined when it shows that it does not. */
async function doubtIn({ setting, info }: Calls): Promise<string | undefined> {
  try {
    if ((await setting('appendonly')) !== 'yes') return 'appendonly is not yes'
    if ((await setting('appendfsync')) !== 'always') return 'appendfsync is not always'
    // Our keys have no expiry, so only a policy over all keys evicts them.
    if (!/^(noeviction|volatile-)/.test((await setting('maxmemory-policy')) ?? ''))
      return 'maxmemory-policy evicts keys'
    if (((await setting('cluster-enabled')) ?? 'no') !== 'no') return 'a cluster has servers that were not asked'
    if (!/^connected_slaves:0\s*$/m.test(await info('replication'))) return 'a replica that lags may take over'
    return undefined
  } catch (thrown) {
    return `the server does not tell its settings: ${sentenceOf(thrown)}`
  }
}

/** What the script must know of a row, whose text it does not read. */
function rowOf({ purchaseId, state, step, request }: Entry): object {
  const givesBack = { proof: isGivenBack(state, 'proof'), answer: isGivenBack(state, 'answer') }
  return { id: purchaseId, state, step, request, isOpen: isOpen(state), givesBack }
}

const textOf = ({ purchaseId, state, step, request, record, sealed }: Entry): string =>
  JSON.stringify({ purchaseId, state, step, request, record, sealed })

const entryOf = (text: string): Entry => JSON.parse(text) as Entry

/** The plain form, which the script relies on. */
function decimal(amount: string): string {
  if (!/^[0-9]+$/.test(amount)) throw new Error('cannot reserve a purchase in Redis: an amount is not decimal')
  return String(BigInt(amount))
}

const sentenceOf = (thrown: unknown): string =>
  (thrown instanceof Error ? thrown.message : String(thrown)).slice(0, 160)
