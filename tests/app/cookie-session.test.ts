// @vitest-environment jsdom
import type { CreateAxiosDefaults } from 'axios'
import { describe, expect, test, vi } from 'vitest'
import { AuthError, isAuthError, memoryStorage, type AuthOptions } from 'vue-auth-refresh'
import { createFakeAuthServer } from 'vue-auth-refresh/testing'
import { subjectToken, type AuthServer } from '../fixtures/auth-server'
import { expectError } from '../setup/console'
import { driveClock } from '../support/clock'
import { createCookieJar } from '../support/cookie-jar'
import { setOnline, showPage, useSingleTab } from '../support/jsdom-tab'
import { createLatch } from '../../src/utils/waiting'
import { createTestApp, keyOf, rejection, startServer, type TestApp } from '../support/test-app'

useSingleTab()

const fetchUser: NonNullable<AuthOptions['fetchUser']> = async ({ http }) =>
  (await http.get<unknown>('/me')).data

/** A browser that keeps a cookie of the server's, and what the page stores. */
async function createBrowser() {
  const server = await startServer()
  const storage = memoryStorage()
  const { signIn, setCookie, login, refresh, logout } = createCookieJar(server)

  return {
    server,
    storage,
    clear: () => storage.update(keyOf(server), () => null),
    setCookie,
    signIn,
    /** A page of this browser. */
    load: (
      options: Partial<AuthOptions> = { fetchUser },
      config: CreateAxiosDefaults = {},
    ): TestApp =>
      createTestApp(
        server,
        {
          storage,
          session: 'refresh-cookie',
          login,
          refresh,
          logout: (...ended) => logout(...ended).catch(() => {}),
          ...options,
        },
        { adapter: 'http', ...config },
      ),
  }
}

const unreachable = { kind: 'answer', status: 503 } as const
const codeOf = async (promise: Promise<unknown>) => {
  const error = await rejection(promise)
  if (!isAuthError(error)) return error
  return error instanceof AuthError ? error.code : error.cause.code
}

test('the start finds the user of a cookie, and stores the access token alone', async () => {
  const { load, signIn, storage, server } = await createBrowser()
  await signIn('ada')
  const { plugin, store, api, events } = load()
  const asked = api.get('/orders/1')
  await plugin.ready
  expect(store.status).toBe('authenticated')
  expect(store.user).toEqual({ name: 'ada' })
  expect((await asked).data).toMatchObject({ user: 'ada' })
  expect(await storage.read(keyOf(server))).toMatchObject({
    token: store.token,
    refreshToken: null,
  })
  expect(events.map(({ type }) => type)).not.toContain('session-started')
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'refresh-started', reason: 'start' }),
  )
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'refresh-succeeded', adopted: false }),
  )
  expect(events).toContainEqual(expect.objectContaining({ type: 'restored', authenticated: true }))
  expect(server.refreshes).toBe(1)
})

test('the start finds nobody once: it is remembered, and requests are sent as nobody’s', async () => {
  const { load, server, storage } = await createBrowser()
  const first = load()
  const asked = first.api.get('/public')
  await first.plugin.ready
  expect(first.store.status).toBe('anonymous')
  expect(first.store.error).toBeNull()
  expect(first.count('session-ended')).toBe(0)
  expect((await asked).data).toEqual({ authorization: null })
  expect(await storage.read(keyOf(server))).toEqual({ version: 1, nobody: true })
  const second = load()
  await second.plugin.ready
  expect(second.store.status).toBe('anonymous')
  expect(await codeOf(second.store.refresh())).toBe('unauthenticated')
  expect(server.refreshes).toBe(1)
})

test('a stored token that is alive needs no exchange; one that has expired is refreshed at once', async () => {
  const clock = driveClock()
  const { load, server } = await createBrowser()
  const first = load({})
  await first.plugin.ready
  await first.store.login({ user: 'ada' })
  server.refreshes = 0
  const second = load({})
  await second.plugin.ready
  expect(second.store.token).toBe(first.store.token)
  expect(server.refreshes).toBe(0)
  first.plugin.dispose()
  second.plugin.dispose()
  await clock.advance(3_600_000)
  server.revoke()
  const third = load({})
  await third.plugin.ready
  expect(third.store.status).toBe('expired')
  expect(server.refreshes).toBe(1)
})

test('a server that does not answer keeps nobody waiting for longer than the timeout', async () => {
  const { load, signIn, clear, server } = await createBrowser()
  await signIn('ada')
  await clear()
  server.everyFault = { kind: 'hang' }
  const { plugin, store } = load({ refreshTimeout: 100, fetchUser })
  await plugin.ready
  expect(store.status).toBe('anonymous')
  expect(store.error?.code).toBe('unreachable')
})

test('nor does it sign out whose stored token has expired, or make the start wait twice', async () => {
  const clock = driveClock()
  const { load, server } = await createBrowser()
  const first = load()
  await first.plugin.ready
  await first.store.login({ user: 'ada' })
  first.plugin.dispose()
  await clock.advance(3_600_000)
  server.everyFault = unreachable
  const { plugin, store, api } = load({ retries: 0, fetchUser })
  // The user is not waited for: it comes after a cool-down, and the clock stands still.
  await plugin.ready
  expect(store.status).toBe('authenticated')
  expect(store.error?.code).toBe('unreachable')
  server.everyFault = null
  const asked = api.get('/orders/1')
  await clock.advance(1_000)
  expect((await asked).data).toMatchObject({ user: 'ada' })
  await vi.waitUntil(() => store.user)
})

test('an answer that comes after the start gave up begins the session all the same', async () => {
  const { load, signIn, server } = await createBrowser()
  await signIn('ada')
  const release = server.hold('/auth/refresh')
  const { plugin, store, events } = load({ refreshTimeout: 100, fetchUser })
  await plugin.ready
  expect(store.status).toBe('anonymous')
  release()
  await vi.waitUntil(() => store.status === 'authenticated')
  expect(store.user).toEqual({ name: 'ada' })
  expect(store.error).toBeNull()
  expect(events).toContainEqual(expect.objectContaining({ type: 'session-started', adopted: true }))
  expect(server.reusedTokens).toBe(0)
})

test.each<[string, (app: TestApp) => Promise<unknown>]>([
  ['a request', ({ api }) => api.get('/orders/1')],
  ['refresh()', ({ store }) => store.refresh()],
  ['getAccessToken()', ({ store }) => store.getAccessToken()],
  [
    'showing the page',
    async ({ store }) => {
      showPage(true)
      await vi.waitUntil(() => store.token)
    },
  ],
])('8: after a start without an answer, %s asks again', async (_, ask) => {
  const { load, signIn, server } = await createBrowser()
  await signIn('ada')
  server.everyFault = unreachable
  const app = load({ refreshTimeout: 500, retries: 0, fetchUser })
  await app.plugin.ready
  expect(app.store.status).toBe('anonymous')
  server.everyFault = null
  await ask(app)
  await vi.waitUntil(() => app.store.status === 'authenticated')
  expect(app.store.user).toEqual({ name: 'ada' })
  expect(server.reusedTokens).toBe(0)
})

test('refresh() says why it cannot tell who is signed in', async () => {
  const { load, server } = await createBrowser()
  server.everyFault = unreachable
  const { plugin, store } = load({ refreshTimeout: 500, retries: 0, fetchUser })
  await plugin.ready
  expect(await codeOf(store.refresh())).toBe('unreachable')
  server.everyFault = null
  expect(await codeOf(store.refresh())).toBe('unauthenticated')
  expect(store.status).toBe('anonymous')
  expect(store.error).toBeNull()
})

test('who a sibling has found meanwhile is not looked for any more', async () => {
  const { load, signIn, server } = await createBrowser()
  await signIn('ada')
  server.everyFault = unreachable
  const app = load({ refreshTimeout: 500, retries: 0 })
  await app.plugin.ready
  server.everyFault = null
  const sibling = load()
  await sibling.plugin.ready
  const before = server.refreshes
  showPage(true)
  await vi.waitUntil(() => app.store.status === 'authenticated')
  expect(app.store.token).toBe(sibling.store.token)
  expect(server.refreshes).toBe(before)
  await app.store.refresh()
  expect(server.refreshes).toBe(before + 1)
})

test('nor is anybody, once a sibling has found nobody, or after a logout', async () => {
  const { load, server, storage } = await createBrowser()
  server.everyFault = unreachable
  const [first, second] = [0, 1].map(() => load({ refreshTimeout: 500, retries: 0 }))
  await Promise.all([first!.plugin.ready, second!.plugin.ready])
  server.everyFault = null
  const before = server.refreshes
  await second!.store.logout()
  await second!.api.get('/public')
  await storage.update(keyOf(server), () => ({ version: 1, nobody: true }))
  expect(await codeOf(first!.store.refresh())).toBe('unauthenticated')
  await first!.api.get('/public')
  expect(server.refreshes).toBe(before)
})

test('13: a login while the start still asks is neither overwritten by the answer nor joined to it', async () => {
  const { load, signIn, server, storage } = await createBrowser()
  await signIn('ada')
  const release = server.hold('/auth/refresh')
  const { plugin, store, count } = load({ fetchUser, refreshTimeout: 1_000 })
  await server.sees('/auth/refresh')
  await store.login({ user: 'ben' })
  release()
  await plugin.ready
  await server.answers('/auth/refresh')
  expect(store.user).toEqual({ name: 'ben' })
  expect(await storage.read(keyOf(server))).toMatchObject({ token: store.token })
  expect(count('session-started')).toBe(1)
  expect(count('session-ended')).toBe(0)
})

test('10: a logout is remembered; the answer to an exchange is not stored after it', async () => {
  const { load, storage, server } = await createBrowser()
  const { store } = load()
  await store.login({ user: 'ada' })
  const release = server.hold('/auth/refresh')
  const refreshed = codeOf(store.refresh())
  await server.sees('/auth/refresh')
  const loggedOut = store.logout()
  expect(await refreshed).toBe('signed-out')
  release()
  await loggedOut
  expect(await storage.read(keyOf(server))).toEqual({ version: 1, nobody: true })
  server.refreshes = 0
  const next = load()
  await next.plugin.ready
  expect(next.store.status).toBe('anonymous')
  expect(server.refreshes).toBe(0)
})

test('an exchange is not aborted with those who wait for it: its cookie must arrive', async () => {
  const { load } = await createBrowser()
  let given: AbortSignal | undefined
  let timeout: number | undefined
  const refresh: AuthOptions['refresh'] = (_tokens, { http, signal }) => {
    given = signal
    timeout = http.defaults.timeout
    return new Promise(() => {})
  }
  const app = load({ refresh }, { timeout: 5_000 })
  await app.store.login({ user: 'ada' })
  void app.store.refresh().catch(() => {})
  await vi.waitUntil(() => given)
  app.plugin.dispose()
  expect(given?.aborted).toBe(false)
  expect(timeout).toBe(0)
})

test('callbacks talk by fetch with keepalive, cookies and a header that no form can send', async () => {
  const { load } = await createBrowser()
  const defaults: unknown[] = []
  const app = load({
    login: async (_credentials, { http }) => {
      defaults.push(http.defaults)
      return { token: 'mine', refreshToken: 'in-the-body' }
    },
  })
  await app.store.login({})
  expect(defaults).toMatchObject([
    {
      adapter: 'fetch',
      fetchOptions: { keepalive: true },
      withCredentials: true,
      headers: { 'X-Requested-With': 'XMLHttpRequest' },
    },
  ])
  // And what should have been in a cookie is not kept.
  expect(app.store.refreshToken).toBeNull()
})

test('an adapter of the application’s own stays, as a mock', async () => {
  const server = await startServer()
  const mock = createFakeAuthServer({ mode: 'refresh-cookie' })
  mock.issue()
  const app = createTestApp(
    server,
    { session: 'refresh-cookie', fetchUser },
    { adapter: mock.adapter },
  )
  await app.plugin.ready
  expect(app.store.user).toEqual({ name: 'ada' })
  expect(mock.log.map(({ path }) => path)).toEqual(['/auth/refresh', '/me'])
  expect(server.seen).toEqual([])
})

test('tokens are kept fresh without a refresh token that scripts know', async () => {
  const clock = driveClock()
  showPage(true)
  setOnline(true)
  const { load, server } = await createBrowser()
  const { plugin, store } = load({ keepFresh: true })
  await plugin.ready
  await store.login({ user: 'ada' })
  server.refreshes = 0
  for (let minute = 0; minute < 60; minute++) {
    await clock.advance(60_000)
    while (store.refreshing) await store.refreshing
  }
  expect(server.refreshes).toBe(1)
})

test('of the application’s own hint it depends whether the start asks', async () => {
  const { load, signIn, server, storage } = await createBrowser()
  const nobody = load({ mayBeSignedIn: () => false })
  await nobody.plugin.ready
  expect(nobody.store.status).toBe('anonymous')
  expect(server.refreshes).toBe(0)
  nobody.plugin.dispose()

  await storage.update(keyOf(server), () => ({ version: 1, nobody: true }))
  await signIn('ada')
  const somebody = load({ mayBeSignedIn: () => true, fetchUser })
  await somebody.plugin.ready
  expect(somebody.store.user).toEqual({ name: 'ada' })
  expect(server.refreshes).toBe(1)
})

test.each<[string, unknown, number]>([
  ['a match', 'seen=1'.match(/seen/), 1],
  ['no match', ''.match(/seen/), 0],
  ['a count', 1, 1],
  ['no text', '', 0],
])('a hint that is %s is taken as true or false', async (_kind, hint, asked) => {
  const { load, server } = await createBrowser()
  const { plugin } = load({ mayBeSignedIn: () => hint as boolean })
  await plugin.ready
  expect(server.countOf('/auth/refresh')).toBe(asked)
})

test('a hint that throws is printed, and what is stored decides', async () => {
  const { load, signIn } = await createBrowser()
  await signIn('ada')
  expectError('mayBeSignedIn threw')
  const { plugin, store } = load({
    mayBeSignedIn: () => {
      throw new Error('no cookies here')
    },
  })
  await plugin.ready
  expect(store.status).toBe('authenticated')
})

test('7: a refresh that is answered for somebody else ends the session, and stores nothing', async () => {
  const { load, signIn, server, storage } = await createBrowser()
  server.accessTokenOf = subjectToken
  const { store, events, api } = load()
  await store.login({ user: 'ada' })
  await signIn('ben')
  server.expireAccessTokens()
  expect(await codeOf(api.get('/orders/1'))).toBe('superseded')
  expect(store.status).toBe('anonymous')
  expect(store.error?.code).toBe('superseded')
  expect(store.token).toBeNull()
  expect(await storage.read(keyOf(server))).toBeNull()
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'session-ended', reason: 'superseded', adopted: false }),
  )
  // The next start finds out which user the cookie belongs to now.
  const next = load()
  await next.plugin.ready
  expect(next.store.user).toEqual({ name: 'ben' })
})

test('7: also where the refresh token is no cookie', async () => {
  const server: AuthServer = await startServer()
  server.accessTokenOf = subjectToken
  const storage = memoryStorage()
  const { store } = createTestApp(
    server,
    {
      storage,
      refresh: async (_tokens, { http }) =>
        (await http.post<unknown>('/auth/login', { user: 'ben' })).data,
    },
    { adapter: 'http' },
  )
  await store.login({ user: 'ada' })
  expect(await codeOf(store.refresh())).toBe('superseded')
  expect(await storage.read(keyOf(server))).toBeNull()
})

test('7: tokens that do not say whom they are for are taken as the same user’s', async () => {
  const { load, server } = await createBrowser()
  const { store } = load()
  await store.login({ user: 'ada' })
  const { accessTokenOf } = server
  server.accessTokenOf = subjectToken
  await store.refresh()
  server.accessTokenOf = accessTokenOf
  await store.refresh()
  expect(store.status).toBe('authenticated')
})

test('13: a login waits for an exchange on its way, whose cookie would take the place of its own', async () => {
  const { load, signIn, server } = await createBrowser()
  const { api, store } = load({})
  await store.login({ user: 'ada' })
  const release = server.hold('/auth/refresh')
  const refreshed = store.refresh()
  await server.sees('/auth/refresh')
  const login = store.login({ user: 'ben' })
  // Lasts as long as an answer takes.
  await signIn('ada')
  expect(server.countOf('/auth/login')).toBe(2)
  release()
  await Promise.all([refreshed, login])
  await store.refresh()
  expect((await api.get('/orders/1')).data.user).toBe('ben')
})

test('10: a logout brings the cookie of an exchange on its way to its end as well', async () => {
  const { load, server } = await createBrowser()
  const { store } = load({})
  await store.login({ user: 'ada' })
  const release = server.hold('/auth/refresh')
  const refreshed = codeOf(store.refresh())
  await server.sees('/auth/refresh')
  const logout = store.logout()
  expect(store.status).toBe('anonymous')
  expect(await refreshed).toBe('signed-out')
  release()
  await logout
  expect(server.seen.at(-1)?.body.toString()).toContain('refresh-ada-2')
})

test('a login that was waiting for that is not asked for any more after another one', async () => {
  const { load, server } = await createBrowser()
  const { store } = load({})
  await store.login({ user: 'ada' })
  const release = server.hold('/auth/refresh')
  const refreshed = store.refresh()
  await server.sees('/auth/refresh')
  const login = codeOf(store.login({ user: 'ben' }))
  const last = store.login({ user: 'carl' })
  release()
  expect(await login).toBe('superseded')
  await Promise.all([refreshed, last])
  expect(server.countOf('/auth/login')).toBe(2)
})

describe('a login that was overtaken by one that is refused', () => {
  /** A page without a user, whose first login is on its way and sets its cookie only when it is released. */
  async function createOvertaken(session: 'refresh-cookie' | 'cookies') {
    const { load, server, storage } = await createBrowser()
    await storage.update(keyOf(server), () => ({ version: 1, nobody: true }))
    const { plugin, store } = load({ session })
    await plugin.ready
    const release = server.hold('/auth/login')
    const first = codeOf(store.login({ user: 'ada' }))
    await server.sees('/auth/login')
    return { store, server, first, release }
  }

  test.each(['refresh-cookie', 'cookies'] as const)(
    'leaves no cookie behind with %s: the server is told of its end',
    async (session) => {
      const { store, server, first, release } = await createOvertaken(session)
      const last = rejection(store.login({ user: 'nobody' }))
      release()
      expect(await first).toBe('superseded')
      await last
      await vi.waitUntil(() => server.countOf('/auth/logout') === 1)
      expect(server.seen.at(-1)?.body.toString()).toContain('refresh-ada')
      expect(store.status).toBe('anonymous')
    },
  )

  test.each(['refresh-cookie', 'cookies'] as const)(
    'is told once with %s, where a logout comes between',
    async (session) => {
      const { store, server, first, release } = await createOvertaken(session)
      const last = codeOf(store.login({ user: 'ben' }))
      const logout = store.logout()
      release()
      expect(await first).toBe('superseded')
      expect(await last).toBe('signed-out')
      await logout
      // Anything else that were sent would be on its way before this.
      await store.logout()
      expect(server.countOf('/auth/logout')).toBe(2)
      expect(store.status).toBe('anonymous')
    },
  )

  test('leaves the cookie of one that succeeds', async () => {
    const { store, server, first, release } = await createOvertaken('refresh-cookie')
    const last = store.login({ user: 'ben' })
    release()
    expect(await first).toBe('superseded')
    await last
    await store.refresh()
    expect(server.countOf('/auth/logout')).toBe(0)
    expect(store.status).toBe('authenticated')
  })
})

test('a logout before it is known who is signed in is told to the server, and remembered', async () => {
  const { load, signIn, server, storage } = await createBrowser()
  await signIn('ada')
  server.everyFault = unreachable
  const { plugin, store, count } = load({ refreshTimeout: 500, retries: 0 })
  await plugin.ready
  server.everyFault = null
  await store.logout()
  expect(server.countOf('/auth/logout')).toBe(1)
  expect(await storage.read(keyOf(server))).toEqual({ version: 1, nobody: true })
  expect(count('session-ended')).toBe(0)
  const before = server.refreshes
  const next = load()
  await next.plugin.ready
  expect(next.store.status).toBe('anonymous')
  expect(server.refreshes).toBe(before)
})

test('10: a logout while the first login is on its way is told to the server: its cookie may arrive', async () => {
  const { load, server, storage } = await createBrowser()
  await storage.update(keyOf(server), () => ({ version: 1, nobody: true }))
  const { plugin, store } = load({})
  await plugin.ready
  const release = server.hold('/auth/login')
  const login = codeOf(store.login({ user: 'ada' }))
  await server.sees('/auth/login')
  const logout = store.logout()
  expect(await login).toBe('signed-out')
  release()
  await logout
  expect(server.countOf('/auth/logout')).toBe(1)
  expect(server.seen.at(-1)?.body.toString()).toContain('refresh-ada')
})

test('18: a logout does not wait for a start that hangs, and ends no login made after it', async () => {
  const { load, signIn, server } = await createBrowser()
  await signIn('ada')
  server.everyFault = { kind: 'hang' }
  const { plugin, store } = load({ refreshTimeout: 500, retries: 0 })
  await server.sees('/auth/refresh')
  server.everyFault = null
  const logout = store.logout()
  expect(store.status).toBe('anonymous')
  const login = store.login({ user: 'ben' })
  await plugin.ready
  await Promise.all([logout, login])
  expect(store.status).toBe('authenticated')
})

test('12: a request while a look is taken at the start waits for the search all the same', async () => {
  const { load, signIn, server } = await createBrowser()
  await signIn('ada')
  const release = server.hold('/auth/refresh')
  const { api } = load()
  await server.sees('/auth/refresh')
  document.dispatchEvent(new Event('visibilitychange'))
  const asked = api.get('/orders/1')
  release()
  expect((await asked).data).toMatchObject({ user: 'ada' })
})

test('10: a logout while what a search has found is being stored removes it', async () => {
  const { load, signIn, server, storage } = await createBrowser()
  await signIn('ada')
  const update = vi.fn(storage.update)
  const latch = createLatch()
  const stored = createLatch()
  update.mockImplementation(async (key, change) => {
    const record = await storage.update(key, change)
    if (!Object(record).token) return record
    stored.open()
    await latch.opened
    return record
  })
  const { store } = load({ storage: { ...storage, update } })
  await stored.opened
  const leaving = store.logout()
  latch.open()
  await leaving
  expect(server.countOf('/auth/logout')).toBe(1)
  expect(await storage.read(keyOf(server))).toEqual({ version: 1, nobody: true })
  const next = load()
  await next.plugin.ready
  expect(next.store.status).toBe('anonymous')
})

test('18: nor does one that is asked for before anything is known', async () => {
  const { load, signIn, server } = await createBrowser()
  await signIn('ada')
  server.everyFault = { kind: 'hang' }
  const { store } = load({ retries: 0 })
  const logout = store.logout()
  await vi.waitUntil(() => store.status === 'anonymous')
  await logout
  expect(server.countOf('/auth/logout')).toBe(1)
})

test('22: of many logouts at a time, and where nobody is signed in, the server is told once', async () => {
  const { load, server } = await createBrowser()
  const { plugin, store } = load({})
  await plugin.ready
  for (const count of [1, 2]) {
    await Promise.all([store.logout(), store.logout(), store.logout()])
    expect(server.countOf('/auth/logout')).toBe(count)
    await store.login({ user: 'ada' })
  }
})

const lapsed = { version: 1, id: 'lapsed', generation: 1, isLapsed: true } as const

test('the application’s own hint counts more than a session that lapsed', async () => {
  const { load, signIn, server, storage } = await createBrowser()
  await signIn('ada')
  await storage.update(keyOf(server), () => lapsed)
  const mayBeSignedIn = vi.fn(() => true)
  const { plugin, store } = load({ mayBeSignedIn, fetchUser })
  await plugin.ready
  expect(store.user).toEqual({ name: 'ada' })
  expect(await storage.read(keyOf(server))).toMatchObject({ token: store.token })
  expect(server.refreshes).toBe(1)
  expect(mayBeSignedIn).toHaveBeenCalledTimes(1)
})

test('but if the hint was wrong, that session can still be resumed in another tab', async () => {
  const { load, server, storage } = await createBrowser()
  await storage.update(keyOf(server), () => lapsed)
  const { plugin, store } = load({ mayBeSignedIn: () => true })
  await plugin.ready
  expect(store.status).toBe('anonymous')
  expect(server.refreshes).toBe(1)
  expect(await storage.read(keyOf(server))).toEqual(lapsed)
})

test('without a hint nobody is looked for after a session that lapsed', async () => {
  const { load, signIn, server, storage } = await createBrowser()
  await signIn('ada')
  await storage.update(keyOf(server), () => lapsed)
  const { plugin, store } = load()
  await plugin.ready
  expect(store.status).toBe('anonymous')
  expect(server.refreshes).toBe(0)
})

test('nor once the outage is over in which such a session was found', async () => {
  const { load, server, storage } = await createBrowser()
  server.everyFault = unreachable
  const { plugin, store } = load({ refreshTimeout: 500, retries: 0 })
  await plugin.ready
  await storage.update(keyOf(server), () => lapsed)
  server.everyFault = null
  const before = server.refreshes
  expect(await codeOf(store.refresh())).toBe('unauthenticated')
  expect(server.refreshes).toBe(before)
  expect(await storage.read(keyOf(server))).toEqual(lapsed)
})

test('13: an exchange waits for a login that is asked for, and is not sent once that has begun a session', async () => {
  const { load, server } = await createBrowser()
  const { api, store } = load({})
  await store.login({ user: 'ada' })
  const before = server.refreshes
  const release = server.hold('/auth/login')
  const login = store.login({ user: 'ben' })
  await server.sees('/auth/login', 2)
  const refreshed = codeOf(store.refresh())
  release()
  await login
  expect(await refreshed).toBe('superseded')
  expect((await api.get('/orders/1')).data.user).toBe('ben')
  expect(server.refreshes).toBe(before)
  await store.refresh()
  expect((await api.get('/orders/1')).data.user).toBe('ben')
  expect(server.refreshes).toBe(before + 1)
})

test('an exchange that has waited for a login in vain is sent', async () => {
  const { load, server } = await createBrowser()
  const { store } = load({})
  await store.login({ user: 'ada' })
  const release = server.hold('/auth/login')
  const login = codeOf(store.login({ user: 'nobody' }))
  await server.sees('/auth/login', 2)
  const refreshed = store.refresh()
  release()
  await login
  expect(await refreshed).toBe(store.token)
  expect(store.status).toBe('authenticated')
})

test('16: a login that is never answered keeps an exchange waiting for half of the timeout', async () => {
  const { load, server } = await createBrowser()
  const { store } = load({ refreshTimeout: 500 })
  await store.login({ user: 'ada' })
  server.hold('/auth/login')
  void store.login({ user: 'ben' }).catch(() => {})
  await server.sees('/auth/login', 2)
  expect(await store.refresh()).toBe(store.token)
})

test('13: a login waits for the answer to a logout, which would take its cookie away', async () => {
  const { load, server } = await createBrowser()
  const { store } = load({})
  await store.login({ user: 'ada' })
  const release = server.hold('/auth/logout')
  const logout = store.logout()
  await server.sees('/auth/logout')
  const login = store.login({ user: 'ben' })
  // Lasts as long as an answer takes.
  await fetch(`${server.origin}/public`)
  expect(server.countOf('/auth/login')).toBe(1)
  release()
  await Promise.all([logout, login])
  expect(server.countOf('/auth/login')).toBe(2)
})

test('in an outage only requests that are to carry a token ask who is signed in', async () => {
  const { load, signIn, server } = await createBrowser()
  await signIn('ada')
  server.everyFault = unreachable
  const { plugin, store, api } = load({ refreshTimeout: 500, retries: 0 })
  await plugin.ready
  const before = server.countOf('/auth/refresh')
  const foreign = await startServer()
  await api.get('/public', { skipAuth: true })
  await api.get(`${foreign.origin}/public`)
  expect(store.refreshing).toBeNull()
  await api.get('/public')
  expect(server.countOf('/auth/refresh')).toBe(before + 1)
})

test('16: a refresh through a protected instance, late and without its signal, waits no longer than the timeout', async () => {
  const { load, server } = await createBrowser()
  const clock = driveClock()
  const app: TestApp = load({
    refresh: async () => {
      await Promise.resolve()
      return (await app.api.post<unknown>('/auth/refresh', {})).data
    },
  })
  await app.store.login({ user: 'ada' })
  server.expireAccessTokens()
  expect(await clock.until(codeOf(app.api.get('/orders/1')), 100)).toBe('unreachable')
  expect(app.store.status).toBe('authenticated')
  expect(app.store.refreshing).toBeNull()
  expect(server.countOf('/auth/refresh')).toBe(0)
})
