import { DurableObject } from 'cloudflare:workers'
import type { Entry, Note, State } from '../generated/wire.js'
import { type Operations, operationsOn } from './sqlite/operations.js'
import { prepareSchema } from './sqlite/schema.js'
import type { Row, Sql, Value } from './sqlite/sql.js'
import type { Intent, Query, Reservation, Store, View } from './store.js'

/** What the class uses of the state that the runtime gives it. */
export type FarthingStoreState = {
  storage: {
    sql: { exec(statement: string, ...values: Value[]): { toArray(): unknown[] } }
    transactionSync<T>(act: () => T): T
  }
}

/**
 * A Durable Object that keeps the purchases and budgets of one payer. Export it from the Worker and name it among
 * `new_sqlite_classes`.
 *
 * Every method is done when it returns, so no other event comes between what it reads and what it writes; the runtime
 * holds its answer back until the writes are durable.
 */
export class FarthingStore extends DurableObject {
  readonly #operations: Operations

  constructor(ctx: FarthingStoreState, env: unknown) {
    super(ctx, env)
    const sql = sqlOf(ctx.storage)
    prepareSchema(sql)
    this.#operations = operationsOn(sql)
  }

  reserve(intent: Intent): Reservation {
    return this.#operations.reserve(intent)
  }

  advance(from: State, entry: Entry): boolean {
    return this.#operations.advance(from, entry)
  }

  read(query: Query): View {
    return this.#operations.read(query)
  }

  remember(note: Note): boolean {
    return this.#operations.remember(note)
  }

  open(after?: string, limit?: number): Entry[] {
    return this.#operations.open(after, limit)
  }

  list(after?: string, limit?: number): Entry[] {
    return this.#operations.list(after, limit)
  }
}

/** The methods of {@link FarthingStore} as a Worker calls them. */
export type FarthingStoreStub = {
  reserve(intent: Intent): PromiseLike<Reservation>
  advance(from: State, entry: Entry): PromiseLike<boolean>
  read(query: Query): PromiseLike<View>
  remember(note: Note): PromiseLike<boolean>
  open(after?: string, limit?: number): PromiseLike<Entry[]>
  list(after?: string, limit?: number): PromiseLike<Entry[]>
}

/** A binding to {@link FarthingStore}. */
export type FarthingStoreNamespace<Id = unknown> = {
  idFromName(name: string): Id
  get(id: Id): unknown
}

/**
 * The store in the object `name` of a namespace: one for each payer, for instance its address. All who pay from one
 * wallet must use one name, or each would have budgets of its own.
 *
 * A call that fails rejects and is not repeated: it may have written.
 */
export function durableObjectStore<Id>(
  namespace: FarthingStoreNamespace<Id>,
  name: string,
): Store & { durability: 'durable' }
/** The store in the object behind `stub`. */
export function durableObjectStore(stub: FarthingStoreStub): Store & { durability: 'durable' }
export function durableObjectStore<Id>(
  target: FarthingStoreNamespace<Id> | FarthingStoreStub,
  name?: string,
): Store & { durability: 'durable' } {
  const stub = stubMaker(target, name)
  return {
    durability: 'durable',
    reserve: async (intent) => stub().reserve(intent),
    advance: async (from, entry) => stub().advance(from, entry),
    read: async (query) => stub().read(query),
    remember: async (note) => stub().remember(note),
    open: async (after, limit) => stub().open(after, limit),
    list: async (after, limit) => stub().list(after, limit),
  }
}

function stubMaker<Id>(target: FarthingStoreNamespace<Id> | FarthingStoreStub, name?: string): () => FarthingStoreStub {
  // Not by looking for `idFromName`: a stub seems to have every method.
  if (name === undefined) return () => target as FarthingStoreStub
  if (name === '') throw new Error('cannot choose a Durable Object: the name is empty')
  const namespace = target as FarthingStoreNamespace<Id>
  // A stub whose call failed may stay broken, so every call takes a new one; that costs no round trip.
  return () => namespace.get(namespace.idFromName(name)) as FarthingStoreStub
}

function sqlOf(storage: FarthingStoreState['storage']): Sql {
  return {
    run: (statement, ...values) => void storage.sql.exec(statement, ...values),
    rows: (statement, ...values) => storage.sql.exec(statement, ...values).toArray() as Row[],
    write: (act) => storage.transactionSync(act),
    // Nothing else runs in the object while `act` does.
    read: (act) => act(),
  }
}
