/**
 * One IndexedDB database: opened when it is needed, opened again when it was closed, one transaction per call.
 *
 * Knows the schema and how browsers fail. Knows no purchases and no budgets.
 */

/** Raised with every change of the schema; the browser itself refuses to open a newer one. */
const schema = 1

export type StoreName = 'rows' | 'budgets' | 'notes'

/** The steps of one transaction. They may await requests of it and nothing else, or it commits under them. */
export type Act<T> = (store: (name: StoreName) => IDBObjectStore) => Promise<T>

export type Database = {
  /** Resolves when everything `act` read was of one moment. */
  read<T>(names: StoreName[], act: Act<T>): Promise<T>
  /** Resolves when everything `act` wrote is on disk; rejects when none of it is, or when that cannot be known. */
  write<T>(names: StoreName[], act: Act<T>): Promise<T>
}

export function database(name: string, openTimeoutMs: number): Database {
  let opening: Promise<IDBDatabase> | undefined

  function connect(): Promise<IDBDatabase> {
    if (opening) return opening
    const attempt = open(name, openTimeoutMs).then(
      (connection) => {
        // Without this, an upgrade in another tab waits until this one is closed.
        connection.onversionchange = () => {
          forget()
          connection.close()
        }
        connection.onclose = forget
        return connection
      },
      (error: unknown) => {
        throw failure('open', name, error)
      },
    )
    const forget = () => {
      if (opening === attempt) opening = undefined
    }
    opening = attempt
    attempt.catch(forget)
    return attempt
  }

  /** `start` on a connection that takes transactions: one that was closed takes none, and nothing has happened yet. */
  async function onConnection<T>(start: (connection: IDBDatabase) => T): Promise<T> {
    const connecting = connect()
    const connection = await connecting
    try {
      return start(connection)
    } catch (error) {
      if (!isNamed(error, 'InvalidStateError')) throw error
      if (opening === connecting) opening = undefined
      return start(await connect())
    }
  }

  async function run<T>(mode: 'readonly' | 'readwrite', names: StoreName[], act: Act<T>): Promise<T> {
    // `act` must begin in the same breath: a transaction without requests ends by itself.
    const { transaction, ended, acting } = await onConnection((connection) => {
      const transaction = connection.transaction(names, mode, { durability: 'strict' })
      const ended = new Promise<'complete' | 'abort'>((resolve) => {
        transaction.oncomplete = () => resolve('complete')
        transaction.onabort = () => resolve('abort')
      })
      return { transaction, ended, acting: act((store) => transaction.objectStore(store)) }
    }).catch((error: unknown) => {
      throw failure(mode, name, error)
    })
    const acted = await acting.then(
      (value) => ({ ok: true as const, value }),
      (error: unknown) => ({ ok: false as const, error }),
    )
    settle(transaction, acted.ok)
    const end = await ended
    if (acted.ok && end === 'complete') return acted.value
    throw failure(mode, name, transaction.error ?? (acted.ok ? undefined : acted.error))
  }

  return {
    read: (names, act) => run('readonly', names, act),
    write: (names, act) => run('readwrite', names, act),
  }
}

/** The result of one request. */
export function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

function open(name: string, timeoutMs: number): Promise<IDBDatabase> {
  const { indexedDB }: { indexedDB?: IDBFactory | undefined } = globalThis
  return new Promise((resolve, reject) => {
    if (!indexedDB) throw new Error(`cannot open the database ${name}: this runtime has no IndexedDB`)
    const request = indexedDB.open(name, schema)
    let late = false
    const timer = setTimeout(() => {
      late = true
      reject(new Error(`cannot open the database ${name}: another tab of this site holds it, close that tab`))
    }, timeoutMs)
    request.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion < 1) create(request.result)
    }
    request.onsuccess = () => {
      clearTimeout(timer)
      if (late) return request.result.close()
      if (isOurs(request.result)) return resolve(request.result)
      request.result.close()
      reject(new Error(`cannot open the database ${name}: it is not one of farthing, choose another name`))
    }
    request.onerror = () => {
      clearTimeout(timer)
      reject(request.error)
    }
  })
}

function create(connection: IDBDatabase): void {
  const rows = connection.createObjectStore('rows', { keyPath: 'entry.purchaseId' })
  rows.createIndex('place', 'place', { unique: true })
  // Only open rows have `open`, so the two indexes hold no others.
  rows.createIndex('open', 'open', { unique: true })
  rows.createIndex('request', ['entry.request', 'open'], { unique: true })
  connection.createObjectStore('budgets')
  connection.createObjectStore('notes')
}

const isOurs = ({ objectStoreNames }: IDBDatabase): boolean =>
  ['rows', 'budgets', 'notes'].every((name) => objectStoreNames.contains(name))

/** Ends a transaction whose steps are over. One that ended by itself, by a failed request, has nothing to end. */
function settle(transaction: IDBTransaction, ok: boolean): void {
  try {
    if (ok) transaction.commit()
    else transaction.abort()
  } catch (error) {
    if (!isNamed(error, 'InvalidStateError')) throw error
  }
}

/** The sentence for what a browser threw. Our own errors are sentences already. */
function failure(mode: 'open' | 'readonly' | 'readwrite', name: string, error: unknown): Error {
  if (error instanceof Error && !(error instanceof DOMException)) return error
  const verb = { open: 'open', readonly: 'read', readwrite: 'write to' }[mode]
  return new Error(`cannot ${verb} the database ${name}: ${stateOf(error)}`, { cause: error })
}

function stateOf(error: unknown): string {
  if (isNamed(error, 'QuotaExceededError')) return 'the browser has no room left for this site'
  if (isNamed(error, 'VersionError')) return `a newer farthing wrote it, this one knows schema ${schema}`
  return `the browser stopped it (${error instanceof DOMException ? error.name : 'no reason given'})`
}

const isNamed = (error: unknown, name: string): boolean => error instanceof DOMException && error.name === name
