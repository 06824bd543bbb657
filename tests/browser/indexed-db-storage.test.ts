import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { indexedDbStorage, type SessionRecord } from 'vue-auth-refresh'
import { updateIndexedDb } from '../../src/shared/indexed-db-storage'
import { expectWarning } from '../setup/console'
import { createBrowserApp, KEY } from './browser-app'
import { describeStorage, recordOf } from '../support/storage-contract'

const DATABASE = 'vue-auth-refresh'
const tokens = { access_token: 'A1', refresh_token: 'R1' }

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error))
  })

const deleteDatabase = async (): Promise<void> => {
  await settled(indexedDB.deleteDatabase(DATABASE))
}

beforeEach(deleteDatabase)
afterEach(() => {
  vi.restoreAllMocks()
})

describeStorage('indexedDbStorage()', indexedDbStorage)

describe('durability', () => {
  test('a record survives into a new connection', async () => {
    await indexedDbStorage().update('key', () => recordOf())

    expect(await indexedDbStorage().read('key')).toEqual(recordOf())
  })

  test('a record that was written is there for others as soon as update() resolves', async () => {
    const [writer, reader] = [indexedDbStorage(), indexedDbStorage()]
    for (let generation = 1; generation <= 20; generation++) {
      await writer.update('key', () => recordOf({ generation }))
      expect(await reader.read('key')).toEqual(recordOf({ generation }))
    }
  })

  test('update() does not resolve before its transaction is complete', async () => {
    const order: string[] = []
    const begin = IDBDatabase.prototype.transaction
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
      this: IDBDatabase,
      ...args
    ) {
      const transaction = begin.apply(this, args)
      transaction.addEventListener('complete', () => order.push('complete'))
      return transaction
    })

    await indexedDbStorage().update('key', () => recordOf())
    order.push('resolved')

    expect(order).toEqual(['complete', 'resolved'])
  })
})

test('50 compare-and-sets of ten connections at once: one wins', async () => {
  const storages = Array.from({ length: 10 }, indexedDbStorage)
  await storages[0]!.update('key', () => recordOf())
  let winners = 0

  const results = await Promise.all(
    Array.from({ length: 50 }, (_, attempt) =>
      storages[attempt % 10]!.update('key', (current) => {
        if ((current as SessionRecord).generation !== 0) return undefined
        winners++
        return recordOf({ generation: 1, token: `A${attempt}` })
      }),
    ),
  )

  expect(winners).toBe(1)
  const stored = await storages[0]!.read('key')
  for (const result of results) expect(result).toEqual(stored)
})

test('50 changes of ten connections at once each see the one before', async () => {
  const storages = Array.from({ length: 10 }, indexedDbStorage)

  await Promise.all(
    Array.from({ length: 50 }, (_, attempt) =>
      storages[attempt % 10]!.update('key', (current) =>
        recordOf({ generation: ((current as SessionRecord | null)?.generation ?? 0) + 1 }),
      ),
    ),
  )

  expect(await storages[0]!.read('key')).toEqual(recordOf({ generation: 50 }))
})

describe('IndexedDB goes away while the storage is in use', () => {
  test('deleted while open: it lets go at once, and starts over', async () => {
    const storage = indexedDbStorage()
    await storage.update('key', () => recordOf())

    await deleteDatabase()

    expect(await storage.read('key')).toBeUndefined()
    await storage.update('key', () => recordOf({ generation: 1 }))
    expect(await storage.read('key')).toEqual(recordOf({ generation: 1 }))
  })

  test('versionchange: another tab may upgrade it at once, and the record is still there', async () => {
    const storage = indexedDbStorage()
    await storage.update('key', () => recordOf())

    const newer = await settled(indexedDB.open(DATABASE, 2))

    expect(await storage.read('key')).toEqual(recordOf())
    newer.close()
  })

  test('InvalidStateError: a connection that the browser closed is replaced by a new one', async () => {
    const connections: IDBDatabase[] = []
    const open = indexedDB.open.bind(indexedDB)
    vi.spyOn(indexedDB, 'open').mockImplementation((name, version) => {
      const request = open(name, version)
      request.addEventListener('success', () => connections.push(request.result))
      return request
    })
    const storage = indexedDbStorage()
    await storage.update('key', () => recordOf())

    connections[0]!.close()

    expect(await storage.read('key')).toEqual(recordOf())
    expect(connections).toHaveLength(2)
  })

  test('a failure to open is not remembered: the next use tries again', async () => {
    const storage = indexedDbStorage()
    vi.spyOn(indexedDB, 'open').mockImplementationOnce(() => {
      throw new DOMException('Not now.', 'UnknownError')
    })
    await expect(storage.read('key')).rejects.toThrow('Not now.')

    expect(await storage.read('key')).toBeUndefined()
  })
})

describe('24: IndexedDB that refuses means memory, with exactly one warning', () => {
  const refusals: Record<string, () => void> = {
    'it is missing': () => {
      vi.spyOn(window, 'indexedDB', 'get').mockReturnValue(undefined as never)
    },
    'the mere access throws': () => {
      vi.spyOn(window, 'indexedDB', 'get').mockImplementation(() => {
        throw new DOMException('The document is sandboxed.', 'SecurityError')
      })
    },
    'opening throws': () => {
      vi.spyOn(indexedDB, 'open').mockImplementation(() => {
        throw new DOMException('No.', 'SecurityError')
      })
    },
    'writing throws': () => {
      vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
        throw new DOMException('The disk is full.', 'QuotaExceededError')
      })
    },
    'the transaction is aborted': () => {
      const put = IDBObjectStore.prototype.put
      vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
        this: IDBObjectStore,
        ...args
      ) {
        const request = put.apply(this, args)
        this.transaction.abort()
        return request
      })
    },
  }

  test.each(Object.keys(refusals))('%s', async (refusal) => {
    refusals[refusal]!()
    expectWarning(/^\[vue-auth-refresh\] .*storage failed/i)
    const { store, plugin } = createBrowserApp()
    await plugin.ready

    await store.setSession(tokens)
    await store.setSession({ ...tokens, access_token: 'A2' })

    expect([store.status, store.token]).toEqual(['authenticated', 'A2'])
    await store.logout()
    expect(store.status).toBe('anonymous')
  })
})

describe('55: a database without its object store, as a tool or an interrupted upgrade leaves it', () => {
  const leave = async (name: string, version?: number): Promise<void> =>
    (await settled(indexedDB.open(name, version))).close()

  test.each([1, 2, 7])(
    'at version %i gets one, and keeps sessions from then on',
    async (version) => {
      await leave(DATABASE, version)
      const first = createBrowserApp()
      await first.plugin.ready
      await first.store.setSession(tokens)
      const second = createBrowserApp()
      await second.plugin.ready
      expect([second.store.status, second.store.token]).toEqual(['authenticated', 'A1'])
    },
  )

  test('gets one of ten connections at once', async () => {
    await leave(DATABASE)
    const storages = Array.from({ length: 10 }, indexedDbStorage)
    const forward = (current: unknown) =>
      recordOf({ generation: ((current as SessionRecord | null)?.generation ?? 0) + 1 })
    await Promise.all(storages.map((storage) => storage.update('key', forward)))
    expect(await storages[0]!.read('key')).toEqual(recordOf({ generation: 10 }))
  })

  test('serves leases, too', async () => {
    await leave('vue-auth-refresh:lease')
    const lease = { holder: 'mine', until: 1 }
    expect(await updateIndexedDb('vue-auth-refresh:lease', 'auth', () => lease)).toEqual(lease)
    expect(await updateIndexedDb('vue-auth-refresh:lease', 'auth', () => null)).toBeNull()
  })

  test('that another connection holds open gets one as soon as that is closed', async () => {
    const blocking = await settled(indexedDB.open(DATABASE))
    const written = indexedDbStorage().update('key', () => recordOf())
    blocking.close()
    expect(await written).toEqual(recordOf())
    expect(await indexedDbStorage().read('key')).toEqual(recordOf())
  })
})

describe('55: IndexedDB that was full', () => {
  test('a spent record does not stay, and the next one is stored as soon as there is room', async () => {
    const { store } = createBrowserApp()
    await store.setSession(tokens)
    const full = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('The disk is full.', 'QuotaExceededError')
    })
    expectWarning(/^\[vue-auth-refresh\] .*storage failed/i)
    await store.updateTokens({ access_token: 'A2', refresh_token: 'R2' })
    expect(store.token).toBe('A2')
    expect(await indexedDbStorage().read(KEY)).toBeUndefined()

    full.mockRestore()
    await store.updateTokens({ access_token: 'A3', refresh_token: 'R3' })
    expect(await indexedDbStorage().read(KEY)).toMatchObject({ token: 'A3' })
  })
})

test('it is the default storage: a session survives a reload', async () => {
  const first = createBrowserApp()
  await first.store.setSession(tokens)
  first.plugin.dispose()

  const second = createBrowserApp()
  await second.plugin.ready

  expect([second.store.status, second.store.token]).toEqual(['authenticated', 'A1'])
})

test('apps with another name keep sessions of their own', async () => {
  const first = createBrowserApp({ name: 'one' })
  await first.store.setSession(tokens)

  const second = createBrowserApp({ name: 'two' })
  await second.plugin.ready

  expect(second.store.status).toBe('anonymous')
})

test('a logout leaves nothing behind', async () => {
  const { store } = createBrowserApp()
  await store.setSession(tokens)

  await store.logout()

  expect(await indexedDbStorage().read(KEY)).toBeUndefined()
})
