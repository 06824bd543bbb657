// @vitest-environment jsdom
import type { ServerResponse } from 'node:http'
import { describe, expect, test, vi } from 'vitest'
import { memoryStorage, type AuthOptions, type AuthStorage } from 'vue-auth-refresh'
import { createLatch } from '../../src/utils/waiting'
import { expectWarning } from '../setup/console'
import { driveClock } from '../support/clock'
import { createCookieJar } from '../support/cookie-jar'
import { FakeLocks } from '../support/fake-locks'
import { setOnline, useSingleTab } from '../support/jsdom-tab'
import { createTestApp, keyOf, startServer, type TestApp } from '../support/test-app'

useSingleTab()

const untold = { version: 1, nobody: true, isUntold: true }
const told = { version: 1, nobody: true }

/** A browser that keeps a cookie of the server's, and what its pages store. */
async function createBrowser() {
  const server = await startServer()
  const storage = memoryStorage()
  const { signIn, login, refresh, logout } = createCookieJar(server)
  let outage: ((response: ServerResponse) => void) | undefined
  server.route('/auth/logout', (_request, response) => {
    if (outage) outage(response)
    else {
      server.revoke()
      response.writeHead(204).end()
    }
  })
  const load = (options: Partial<AuthOptions> = {}): TestApp =>
    createTestApp(
      server,
      {
        storage,
        // The cookie that says whether a user may be signed in is still there.
        session: 'refresh-cookie',
        ...(options.session !== 'tokens' && { mayBeSignedIn: () => true }),
        login,
        refresh,
        logout,
        ...options,
      },
      { adapter: 'http' },
    )
  return {
    server,
    storage,
    signIn,
    load,
    /** Answers logouts in this way; without one, as usual. */
    answerLogoutsBy: (answer?: typeof outage) => void (outage = answer),
  }
}

describe('61: a logout by cookie', () => {
  const fail = (response: ServerResponse): void => void response.socket?.destroy()

  test.each<[string, (response: ServerResponse) => void]>([
    ['a network error', fail],
    ['an outage', (response) => response.writeHead(503).end()],
    ['too many requests', (response) => response.writeHead(429).end()],
  ])('that met %s is not undone by a reload, and told at the next start', async (_, fault) => {
    const { server, storage, load, answerLogoutsBy } = await createBrowser()
    const first = load()
    await first.store.login({ user: 'ada' })
    answerLogoutsBy(fault)
    await first.store.logout()
    expect(await storage.read(keyOf(server))).toEqual(untold)
    first.plugin.dispose()

    // The server is still out of reach.
    const second = load()
    await second.plugin.ready
    expect([second.store.status, server.refreshes]).toEqual(['anonymous', 0])
    await vi.waitUntil(() => second.count('logout-failed') === 1)
    second.plugin.dispose()

    answerLogoutsBy()
    server.seen.length = 0
    const third = load()
    await third.plugin.ready
    await server.answers('/auth/logout')
    await vi.waitUntil(async () => !('isUntold' in Object(await storage.read(keyOf(server)))))
    expect([third.store.status, server.refreshes]).toEqual(['anonymous', 0])
    expect(server.answersTo('/auth/logout')).toEqual([204])
    third.plugin.dispose()

    // The app has said that a user may be signed in. By now, only the server can tell.
    const fourth = load()
    await fourth.plugin.ready
    expect(fourth.store.status).toBe('anonymous')
    expect(server.countOf('/auth/logout')).toBe(1)
  })

  test('is told again when there is a network, by one of all tabs', async () => {
    const { server, storage, load, answerLogoutsBy } = await createBrowser()
    Object.defineProperty(navigator, 'locks', { value: new FakeLocks(), configurable: true })
    const [first, ...others] = Array.from({ length: 3 }, () => load())
    await first!.store.login({ user: 'ada' })
    answerLogoutsBy(fail)
    await first!.store.logout()
    answerLogoutsBy()
    server.seen.length = 0

    setOnline(true)
    await vi.waitUntil(async () => !('isUntold' in Object(await storage.read(keyOf(server)))))
    setOnline(true)
    const last = load()
    await last.plugin.ready
    expect(server.countOf('/auth/logout')).toBe(1)
    expect(others.map(({ store }) => store.status)).toEqual(['anonymous', 'anonymous'])
  })

  test('is not told again once a user has signed in', async () => {
    const { server, storage, load, answerLogoutsBy } = await createBrowser()
    const { store } = load()
    await store.login({ user: 'ada' })
    answerLogoutsBy(fail)
    await store.logout()
    answerLogoutsBy()
    await store.login({ user: 'ben' })
    server.seen.length = 0

    setOnline(true)
    const next = load()
    await next.plugin.ready
    expect(await storage.read(keyOf(server))).toMatchObject({ token: store.token })
    expect([next.store.status, server.countOf('/auth/logout')]).toEqual(['authenticated', 0])
  })

  test.each([
    ['succeeded', 204],
    ['was refused, because the session is over already', 401],
  ])('that %s is told once', async (_name, status) => {
    const { server, storage, load, answerLogoutsBy } = await createBrowser()
    const { store } = load({ refresh: () => Promise.reject({ response: { status: 400 } }) })
    await store.login({ user: 'ada' })
    answerLogoutsBy((response) => response.writeHead(status).end())
    await store.logout()
    expect(await storage.read(keyOf(server))).toEqual(told)
  })
})

describe('61: a logout by cookie is not told again', () => {
  test.each<[string, NonNullable<AuthOptions['logout']>]>([
    ['where its callback left the page', () => new Promise(() => {})],
    [
      'where its callback throws an error of its own',
      async () => {
        throw new Error('Logout answered 404.')
      },
    ],
  ])('%s', async (_name, leave) => {
    const { load, storage, server, signIn } = await createBrowser()
    const logout = vi.fn(leave)
    const first = load({ logout })
    await first.store.login({ user: 'ada' })
    void first.store.logout()
    await vi.waitUntil(() => logout.mock.calls.length === 1)
    await vi.waitUntil(async () => 'nobody' in Object(await storage.read(keyOf(server))))
    first.plugin.dispose()

    for (const user of ['ben', 'cyd']) {
      // The user signs in at a page of the server.
      await signIn(user)
      const next = load({ logout })
      await next.plugin.ready
      expect([next.store.status, logout.mock.calls.length]).toEqual(['authenticated', 1])
      next.plugin.dispose()
    }
  })

  test('once more than at the next start, if its callback leaves the page then', async () => {
    const { load, answerLogoutsBy, storage, server } = await createBrowser()
    const first = load()
    await first.store.login({ user: 'ada' })
    answerLogoutsBy((response) => response.writeHead(503).end())
    await first.store.logout()
    first.plugin.dispose()
    const logout = vi.fn(() => new Promise(() => {}))
    for (let start = 0; start < 3; start++) {
      const next = load({ logout })
      await next.plugin.ready
      await vi.waitUntil(async () => !('isUntold' in Object(await storage.read(keyOf(server)))))
      next.plugin.dispose()
    }
    expect(logout).toHaveBeenCalledTimes(1)
  })

  test('while a login is under way', async () => {
    const { load, answerLogoutsBy, server } = await createBrowser()
    const { store } = load()
    await store.login({ user: 'ada' })
    answerLogoutsBy((response) => response.writeHead(503).end())
    await store.logout()
    answerLogoutsBy()
    server.seen.length = 0
    const release = server.hold('/auth/login')
    const login = store.login({ user: 'ben' })
    await server.sees('/auth/login')
    setOnline(true)
    release()
    await login
    await store.refresh()
    expect([store.status, server.countOf('/auth/logout')]).toEqual(['authenticated', 0])
  })

  test('where no user has signed out, but one was not back in time', async () => {
    const { load, storage, server } = await createBrowser()
    const { api, store } = load({ reauthenticate: async () => {} })
    await store.login({ user: 'ada' })
    server.revoke()
    await api.get('/orders/1').catch(() => {})
    await vi.waitUntil(() => store.status === 'expired')
    expect(await storage.read(keyOf(server))).toEqual(told)
  })
})

/** A storage whose writes are lost once the page goes away. */
function unloading(storage: AuthStorage): { readonly storage: AuthStorage; unload(): void } {
  let isGone = false
  return {
    storage: {
      read: (key) => storage.read(key),
      update: (key, change) => (isGone ? new Promise(() => {}) : storage.update(key, change)),
    },
    unload: () => void (isGone = true),
  }
}

describe('61: a logout while the page goes away', () => {
  const kinds = [
    ['with a refresh token', 'tokens'],
    ['with a cookie', 'refresh-cookie'],
  ] as const

  test.each(kinds)(
    'holds after the reload, and is told to the server, %s',
    async (_name, session) => {
      const { server, storage, load } = await createBrowser()
      const page = unloading(storage)
      const options: Partial<AuthOptions> =
        session === 'refresh-cookie'
          ? {}
          : {
              session,
              logout: async ({ refreshToken }, { http }) =>
                http.post('/auth/logout', { refreshToken }),
            }
      const first = load({ ...options, storage: page.storage })
      await first.store.login({ user: 'ada' })
      page.unload()
      void first.store.logout()
      first.plugin.dispose()
      expect(await storage.read(keyOf(server))).toMatchObject({ token: expect.any(String) })

      const second = load(options)
      await second.plugin.ready
      expect([second.store.status, second.store.token]).toEqual(['anonymous', null])
      await server.answers('/auth/logout')
      await vi.waitUntil(
        () => localStorage.getItem(`vue-auth-refresh/ending:${keyOf(server)}`) === null,
      )
      expect(Object(await storage.read(keyOf(server)))).not.toHaveProperty('token')
      expect(server.answersTo('/auth/logout')).toEqual([204])
      expect(server.refreshes).toBe(0)
    },
  )

  test.each(kinds)(
    'holds where the next start does not find the storage in time, %s',
    async (_name, session) => {
      const { server, storage, load } = await createBrowser()
      const page = unloading(storage)
      const options: Partial<AuthOptions> = session === 'refresh-cookie' ? {} : { session }
      const first = load({ ...options, storage: page.storage })
      await first.store.login({ user: 'ada' })
      page.unload()
      void first.store.logout()
      first.plugin.dispose()

      const clock = driveClock()
      const database = createLatch()
      const wait = async <T>(work: () => Promise<T> | T): Promise<T> => {
        await database.opened
        return work()
      }
      // Both pages say so.
      expectWarning('Storage failed')
      expectWarning('Storage failed')
      const second = load({
        ...options,
        storage: {
          read: (key) => wait(() => storage.read(key)),
          update: (key, change) => wait(() => storage.update(key, change)),
        },
      })
      await clock.until(second.plugin.ready, 500)
      expect(second.store.status).toBe('anonymous')
      database.open()
      await vi.waitUntil(async () => {
        await clock.advance(1_000)
        return !('token' in Object(await storage.read(keyOf(server))))
      })
      expect([second.store.status, server.refreshes]).toEqual(['anonymous', 0])
    },
  )

  test('does not touch the session that another tab has begun since', async () => {
    const { server, storage, load } = await createBrowser()
    const page = unloading(storage)
    const first = load({ storage: page.storage })
    await first.store.login({ user: 'ada' })
    page.unload()
    void first.store.logout()
    first.plugin.dispose()

    const second = load()
    await second.store.login({ user: 'ben' })
    server.seen.length = 0
    const third = load()
    await third.plugin.ready
    expect([third.store.status, server.countOf('/auth/logout')]).toEqual(['authenticated', 0])
  })
})

describe('an app without `logout`', () => {
  test('leaves a logout that is owed to one that has it', async () => {
    const { server, storage, load, answerLogoutsBy } = await createBrowser()
    const first = load()
    await first.store.login({ user: 'ada' })
    answerLogoutsBy((response) => response.writeHead(503).end())
    await first.store.logout()
    first.plugin.dispose()

    answerLogoutsBy()
    const withoutLogout: Record<string, unknown> = { logout: undefined }
    const second = load(withoutLogout)
    await second.plugin.ready
    await second.store.logout()
    setOnline(true)
    await second.store.logout()
    expect([second.store.status, server.refreshes]).toEqual(['anonymous', 0])
    expect(await storage.read(keyOf(server))).toEqual(untold)
    second.plugin.dispose()

    const third = load()
    await third.plugin.ready
    await vi.waitUntil(async () => !('isUntold' in Object(await storage.read(keyOf(server)))))
    expect([third.store.status, server.refreshes]).toEqual(['anonymous', 0])
    expect(server.answersTo('/auth/logout')).toEqual([503, 204])
  })
})
