import type { AuthStorage } from './auth-storage'

const DATABASE = 'vue-auth-refresh'
const STORE = 'sessions'

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

/** One transaction over a connection of its own: a session is read and written so seldom that none is kept. */
async function transact<T>(
  name: string,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => Promise<T>,
): Promise<T> {
  const opening = indexedDB.open(name)
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE)
  const database = await settled(opening)
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
 * Replaces what is stored under a key of a database in one atomic step. `change` is given what is there and returns
 * what shall be, null to remove it, or undefined to leave it. Resolves with what is there afterwards, once it is
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
 * Keeps the session in IndexedDB: durable, shared by the tabs of an origin, and read after a write by every one
 * of them. Where IndexedDB is missing or refuses, the session is kept in memory, with one warning.
 */
export const indexedDbStorage = (): AuthStorage => ({
  read: (key) => transact(DATABASE, 'readonly', (store) => settled<unknown>(store.get(key))),
  update: (key, change) => updateIndexedDb(DATABASE, key, change),
})
