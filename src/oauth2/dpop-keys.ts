const DATABASE = 'vue-auth-refresh/dpop'
const STORE = 'keys'

/** The key of a client. */
export interface FoundKeys {
  /** Undefined where there is none, and none was to be made. */
  readonly keys: CryptoKeyPair | undefined
  /** Whether a reload and the other tabs find it. */
  readonly isStored: boolean
}

/** The keys that this page knows, by client. Some browsers store none, or cannot read them any more. */
const ofPage = new Map<string, CryptoKeyPair>()

/** Makes a key whose private part no script can read. It signs by ES256. */
export const makeKeys = (): Promise<CryptoKeyPair> =>
  crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

/**
 * Reads the key of a client. Where there is none, it stores the given one: of two tabs that do so at once, both get the
 * first one's.
 */
async function exchangeKeys(id: string, made?: CryptoKeyPair): Promise<CryptoKeyPair | undefined> {
  const opening = indexedDB.open(DATABASE, 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE)
  const database = await settled(opening)
  try {
    const transaction = database.transaction(STORE, made ? 'readwrite' : 'readonly')
    const stored = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve
      transaction.onabort = () => reject(transaction.error)
    })
    const store = transaction.objectStore(STORE)
    const found = await settled<CryptoKeyPair | undefined>(store.get(id))
    if (made && !found) await settled(store.put(made, id))
    await stored
    return found ?? made
  } finally {
    database.close()
  }
}

/**
 * Finds the key of a client. Where the browser stores none, it lasts as long as the page.
 *
 * @param mayMake whether one is made where there is none
 */
export async function readKeys(id: string, mayMake: boolean): Promise<FoundKeys> {
  try {
    let keys = await exchangeKeys(id)
    if (!keys && mayMake) keys = await exchangeKeys(id, await makeKeys())
    if (keys) ofPage.set(id, keys)
    return { keys, isStored: true }
  } catch {
    let keys = ofPage.get(id)
    if (!keys && mayMake) ofPage.set(id, (keys = await makeKeys()))
    return { keys, isStored: false }
  }
}
