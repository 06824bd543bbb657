import type { AuthStorage } from './auth-storage'

export const DATABASE = 'vue-auth-refresh'
export const STORE = 'sessions'

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

const hasStore = (database: IDBDatabase): boolean => database.objectStoreNames.contains(STORE)

/** Opens a database. Where it was left without its object store, the next version has one. */
async function open(name: string, version?: number): Promise<IDBDatabase> {
  const opening = indexedDB.open(name, version)
  opening.onupgradeneeded = () => {
    // Another tab may have deleted the database meanwhile, and made it anew.
    if (!hasStore(opening.result)) opening.result.createObjectStore(STORE)
  }
  const database = await settled(opening)
  if (version || hasStore(database)) return database
  database.close()
  return open(name, database.version + 1)
}

/** Runs one transaction over a connection of its own. A session is used so seldom that no connection stays open. */
async function transact<T>(
  name: string,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => Promise<T>,
): Promise<T> {
  const database = await open(name)
  try {
    const transaction = database.transaction(STORE, mode)
    const committed = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve
      transaction.onabort = () => reject(transaction.error)
    })
    const [result] = await Promise.all([work(transaction.objectStore(STORE)), committed])
    return result
  } finally {
    database.close()
  }
}

/**
 * Replaces the value under a key of a database in one atomic step. `change` gets the current value and returns the
 * next one, null to remove it, or undefined to leave it. Resolves with the value that is there then, once it is
 * durable.
 */
export const updateIndexedDb = (
  name: string,
  key: string,
  change: (current: unknown) => object | null | undefined,
): Promise<unknown> =>
  transact(name, 'readwrite', async (store) => {
    const current = await settled<unknown>(store.get(key))
    const next = change(current)
    if (next === undefined) return current
    await (next ? settled(store.put(next, key)) : settled(store.delete(key)))
    return next
  })

/**
 * Stores the session in IndexedDB: it outlasts the page, all tabs of the origin share it, and each of them reads it
 * after a write. Where IndexedDB is missing or refuses, the session is in memory, with one warning.
 */
export const indexedDbStorage = (): AuthStorage => ({
  read: (key) => transact(DATABASE, 'readonly', (store) => settled<unknown>(store.get(key))),
  update: (key, change) => updateIndexedDb(DATABASE, key, change),
})
