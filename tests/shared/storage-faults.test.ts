import { describe, expect, test, vi } from 'vitest'
import { isAuthError, memoryStorage, webStorage, type AuthStorage } from 'vue-auth-refresh'
import type { AuthServer } from '../fixtures/auth-server'
import { expectWarning } from '../setup/console'
import { driveClock } from '../support/clock'
import { fakeWebStorage, type FakeWebStorage } from '../support/fake-web-storage'
import { createLatch } from '../../src/utils/waiting'
import { recordOf } from '../support/storage-contract'
import { createTestApp, keyOf, rejection, signedIn, startServer } from '../support/test-app'

const areaKeyOf = (server: AuthServer): string => `vue-auth-refresh:${keyOf(server)}`
const WARNING = /^\[vue-auth-refresh\] .*storage failed/i

const refuse = (name: string) => (): never => {
  throw new DOMException('The storage refuses.', name)
}

/** `localStorage` as the faults of the corpus leave it, for an app that is about to boot. */
const brokenAreas: Record<string, () => void> = {
  'getItem throws SecurityError on property access': () => {
    fakeWebStorage()
    Object.defineProperty(globalThis, 'localStorage', {
      configurable: true,
      get: refuse('SecurityError'),
    })
  },
  'getItem throws on call': () => {
    fakeWebStorage().getItem = refuse('InvalidStateError')
  },
  'setItem throws QuotaExceededError': () => {
    fakeWebStorage().setItem = refuse('QuotaExceededError')
  },
  'setItem silently no-op (Safari private)': () => {
    fakeWebStorage().setItem = () => {}
  },
  'setItem writes then read-back differs': () => {
    const area = fakeWebStorage()
    area.setItem = (key) => {
      area.items.set(key, '"something else"')
    }
  },
}

describe('24: one tab still works, with one warning', () => {
  test.each(Object.keys(brokenAreas))('%s', async (fault) => {
    brokenAreas[fault]!()
    expectWarning(WARNING)
    const server = await startServer()

    const { api, store } = await signedIn(server, { storage: webStorage() })
    server.expireAccessTokens()

    expect((await api.get('/orders/1')).status).toBe(200)
    expect(server.reusedTokens).toBe(0)
    await store.logout()
    expect(store.status).toBe('anonymous')
  })

  test('a storage that fails once is asked again, and goes on being used', async () => {
    const storage = memoryStorage()
    let failures = 0
    const once =
      <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>) =>
      async (...args: Args): Promise<Result> => {
        if (failures++ % 2 === 0) throw new DOMException('Connection lost.', 'UnknownError')
        return work(...args)
      }
    const shaky: AuthStorage = { read: once(storage.read), update: once(storage.update) }
    const server = await startServer()
    const { store } = await signedIn(server, { storage: shaky })
    await store.refresh()
    expect(await storage.read(keyOf(server))).toMatchObject({ token: store.token })
    await store.logout()
    expect(await storage.read(keyOf(server))).toBeNull()
  })

  test('removeItem throws', async () => {
    const area = fakeWebStorage()
    const server = await startServer()
    const { api, store } = await signedIn(server, { storage: webStorage() })
    expectWarning(WARNING)
    area.removeItem = refuse('InvalidStateError')

    await store.logout()

    expect(store.token).toBeNull()
    await store.login({ user: 'grace' })
    expect((await api.get<{ user: string }>('/orders/1')).data.user).toBe('grace')
  })

  test('getItem never resolves (async adapter)', async () => {
    const clock = driveClock()
    const hang = (): Promise<never> => new Promise(() => {})
    expectWarning(WARNING)
    const server = await startServer()
    const { api, store, plugin } = createTestApp(server, { storage: { read: hang, update: hang } })
    const waiting = api.get('/public')

    await clock.advance(3_000)
    await plugin.ready

    expect(store.status).toBe('anonymous')
    expect((await waiting).data).toEqual({ authorization: null })
    await store.login({ user: 'ada' })
    expect(store.status).toBe('authenticated')
  })
})

test('getItem resolves after logout: the session stays ended, and does not stay stored', async () => {
  const server = await startServer()
  const latch = createLatch()
  const inner = memoryStorage()
  await inner.update(keyOf(server), () => recordOf())
  const storage: AuthStorage = {
    ...inner,
    read: async (key) => {
      const record = await inner.read(key)
      await latch.opened
      return record
    },
  }
  const { api, store, plugin, count } = createTestApp(server, { storage })

  const loggedOut = store.logout()
  latch.open()
  await loggedOut
  await plugin.ready

  expect([store.status, store.token]).toEqual(['anonymous', null])
  expect((await api.get('/public')).data).toEqual({ authorization: null })
  expect(await inner.read(keyOf(server))).toBeNull()
  expect(count('restored')).toBe(0)
})

describe('a record that other code takes away or replaces while a refresh is out', () => {
  test.each<[string, (area: FakeWebStorage, key: string) => void, string | undefined]>([
    ['clear() by other code mid-refresh', (area) => area.clear(), undefined],
    [
      'key replaced by same-app other version',
      ({ items }, key) => items.set(key, '{"version":2}'),
      '{"version":2}',
    ],
  ])(
    '%s: the answer is not stored, and the session is over here too',
    async (_op, meddle, left) => {
      const area = fakeWebStorage()
      const server = await startServer()
      const { api, store, count } = await signedIn(server, { storage: webStorage() })
      server.expireAccessTokens()
      const release = server.hold('/auth/refresh')
      const waiting = rejection(api.get('/orders/1'))
      await server.sees('/auth/refresh')

      meddle(area, areaKeyOf(server))
      release()

      expect(isAuthError(await waiting, 'signed-out')).toBe(true)
      expect(area.items.get(areaKeyOf(server))).toBe(left)
      expect(store.status).toBe('anonymous')
      expect(count('session-ended')).toBe(1)
      await store.login({ user: 'grace' })
      expect((await api.get<{ user: string }>('/orders/2')).data.user).toBe('grace')
    },
  )
})

test('localStorage evicted (ITP 7 days): the next page load starts signed out', async () => {
  const area = fakeWebStorage()
  const server = await startServer()
  const { plugin } = await signedIn(server, { storage: webStorage() })
  plugin.dispose()
  expect(area.items.has(areaKeyOf(server))).toBe(true)

  area.items.clear()
  const next = createTestApp(server, { storage: webStorage() })
  await next.plugin.ready

  expect(next.store.status).toBe('anonymous')
})

describe('localStorage getter replaced / Proxy', () => {
  test('by an object that answers every read with an object: no user is signed in', async () => {
    fakeWebStorage()
    vi.stubGlobal('localStorage', new Proxy({}, { get: () => () => ({ token: 'EVIL' }) }))
    const { plugin, store } = createTestApp(await startServer(), { storage: webStorage() })

    await plugin.ready

    expect([store.status, store.token]).toEqual(['anonymous', null])
  })

  test('by another area in the middle of a session: it ends as if it had been removed', async () => {
    fakeWebStorage()
    const server = await startServer()
    const { api, store } = await signedIn(server, { storage: webStorage() })
    fakeWebStorage()
    server.expireAccessTokens()

    expect(isAuthError(await rejection(api.get('/orders/1')), 'signed-out')).toBe(true)
    expect(store.status).toBe('anonymous')
  })
})
