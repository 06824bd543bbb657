import type { AuthStorage } from './auth-storage'

const DATABASE = 'vue-auth-refresh'
const STORE = 'sessions'

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error))
  })

function open(onClose: () => void): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1)
  request.addEventListener('upgradeneeded', () => request.result.createObjectStore(STORE))
  return settled(request).then((database) => {
    // Another tab deletes or upgrades the database: let go, and open it anew at the next use.
    database.addEventListener('versionchange', () => {
      database.close()
      onClose()
    })
    database.addEventListener('close', onClose)
    return database
  })
}

/**
 * Keeps the session in IndexedDB: durable, shared by the tabs of an origin, and read after a write by every one
 * of them. Where IndexedDB is missing or refuses, the session is kept in memory, with one warning.
 */
export function indexedDbStorage(): AuthStorage {
  let database: Promise<IDBDatabase> | null = null
  const forget = (): void => {
    database = null
  }
  const connect = (): Promise<IDBDatabase> => {
    database ??= open(forget)
    database.catch(forget)
    return database
  }

  async function transact<T>(
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore) => Promise<T>,
    again = true,
  ): Promise<T> {
    const connection = await connect()
    let transaction: IDBTransaction
    try {
      transaction = connection.transaction(STORE, mode)
    } catch (error) {
      // The browser closed the connection (a cleared origin, a frozen tab): once more with a new one.
      forget()
      if (again) return transact(mode, work, false)
      throw error
    }
    const done = new Promise<void>((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve())
      transaction.addEventListener('abort', () => reject(transaction.error))
    })
    const [result] = await Promise.all([work(transaction.objectStore(STORE)), done])
    return result
  }

  return {
    read: (key) => transact('readonly', async (store) => (await settled(store.get(key))) ?? null),
    update: (key, change) =>
      transact('readwrite', async (store) => {
        const current: unknown = (await settled(store.get(key))) ?? null
        const next = change(current)
        if (next) await settled(store.put(next, key))
        if (next === null) await settled(store.delete(key))
        return next === undefined ? current : next
      }),
  }
}
