// @vitest-environment jsdom
import axios, { type InternalAxiosRequestConfig } from 'axios'
import { expect, test, vi } from 'vitest'
import { memoryStorage, type AuthOptions, type FetchUserContext } from 'vue-auth-refresh'
import { createAuthFetch } from 'vue-auth-refresh/fetch'
import { createFakeAuthServer, type FakeAuthServerOptions } from 'vue-auth-refresh/testing'
import { useSingleTab } from '../support/jsdom-tab'
import { createTestApp, rejection, type TestApp } from '../support/test-app'

useSingleTab()

const ORIGIN = 'https://api.test'
const KEY = `auth@${ORIGIN}`

/** A browser that keeps the cookies of a server. */
function createBrowser(given: FakeAuthServerOptions = {}) {
  const server = createFakeAuthServer({ mode: 'cookies', ...given })
  const storage = memoryStorage()
  const configs: InternalAxiosRequestConfig[] = []
  const adapter = (config: InternalAxiosRequestConfig) => {
    configs.push({ ...config })
    return server.adapter(config)
  }
  const load = (options: Partial<AuthOptions> = {}): TestApp =>
    createTestApp(
      { origin: ORIGIN },
      {
        session: 'cookies',
        storage,
        login: async (credentials, { http }) =>
          (await http.post<unknown>('/auth/login', credentials)).data,
        refresh: async (_tokens, { http }) => (await http.post<unknown>('/auth/refresh')).data,
        logout: async (_tokens, { http }) => http.post('/auth/logout'),
        fetchUser: async ({ http }) => (await http.get<unknown>('/me')).data,
        ...options,
      },
      { adapter },
    )
  return { server, storage, configs, load, paths: () => server.log.map(({ path }) => path) }
}

test('the record says when the cookies came and how long they last, and holds no token', async () => {
  const { load, storage } = createBrowser()
  const { store } = load()
  await store.login()
  expect(await storage.read(KEY)).toEqual({
    version: 1,
    id: expect.any(String),
    generation: 0,
    token: null,
    refreshToken: null,
    lifetime: 3_600_000,
    receivedAt: expect.any(Number),
  })
  await store.refresh()
  expect(await storage.read(KEY)).toMatchObject({ generation: 1, token: null })
  expect(store.isAuthenticated).toBe(true)
  expect(store.token).toBeNull()
})

test('40: cookies are asked for, and the CSRF token, on requests to allowed origins alone', async () => {
  const { load, configs } = createBrowser()
  const { api, store } = load()
  await store.login()
  configs.length = 0
  const bare = { 'X-Requested-With': undefined }
  await api.get('/orders/1')
  await api.get('/orders/1', { skipAuth: true }).catch(() => {})
  await api.get('https://elsewhere.test/', { baseURL: '' }).catch(() => {})
  const [mine, skipped, foreign] = configs
  expect(mine).toMatchObject({ withCredentials: true, withXSRFToken: true })
  expect(mine?.headers.get('X-Requested-With')).toBe('XMLHttpRequest')
  for (const other of [skipped, foreign]) {
    expect(other).not.toHaveProperty('withXSRFToken')
    expect(other?.withCredentials).toBeUndefined()
    expect(other?.headers.toJSON()).not.toMatchObject(bare)
    expect(other?.headers.has('X-Requested-With')).toBe(false)
  }
  expect(mine?.headers.has('Authorization')).toBe(false)
})

test('what the app has set stays: its header, and no CSRF token', async () => {
  const { load, configs } = createBrowser()
  const { api, store } = load()
  await store.login()
  await api.get('/orders/1', { withXSRFToken: false, headers: { 'X-Requested-With': 'mine' } })
  const sent = configs.at(-1)
  expect(sent?.withXSRFToken).toBe(false)
  expect(sent?.headers.get('X-Requested-With')).toBe('mine')
})

test('40: `fetch` includes cookies for allowed origins alone', async () => {
  const { load, server } = createBrowser()
  const sent: RequestInit[] = []
  const { store, plugin } = load()
  const authFetch = createAuthFetch(plugin, {
    fetch: (input, init = {}) => {
      sent.push(init)
      return server.fetch(input, init)
    },
  })
  await store.login()
  await authFetch(`${ORIGIN}/orders/1`)
  await authFetch('https://elsewhere.test/')
  expect(sent.map(({ credentials }) => credentials)).toEqual(['include', undefined])
  const names = sent.map(({ headers }) => [...new Headers(headers).keys()])
  expect(names).toEqual([['x-requested-with'], []])
})

test('54: a CSRF cookie that is no URI component goes along as it is', async () => {
  const { load, server } = createBrowser()
  const { store, plugin } = load()
  document.cookie = 'XSRF-TOKEN=50%'
  const seen: (string | null)[] = []
  const authFetch = createAuthFetch(plugin, {
    fetch: (input, init) => {
      seen.push(new Headers(init?.headers).get('X-XSRF-TOKEN'))
      return server.fetch(input, init)
    },
  })
  await store.login()
  await authFetch(`${ORIGIN}/orders/1`)
  document.cookie = 'XSRF-TOKEN=; Max-Age=0'
  await authFetch(`${ORIGIN}/orders/1`)
  expect(seen).toEqual(['50%', null])
})

test('the start asks by `fetchUser` alone, and shows the user that it found', async () => {
  const { load, server, paths } = createBrowser()
  server.issue()
  const { plugin, store, events } = load()
  await plugin.ready
  expect(store.user).toEqual({ name: 'ada' })
  expect(paths()).toEqual(['/me'])
  expect(events.map(({ type }) => type)).toContain('restored')
  await store.reloadUser()
  expect(paths()).toEqual(['/me', '/me'])
})

test('without `fetchUser`, an exchange finds out', async () => {
  const { load, server, paths } = createBrowser()
  server.issue()
  const { plugin, store } = load({ fetchUser: undefined as never })
  await plugin.ready
  expect(store.isAuthenticated).toBe(true)
  expect(paths()).toEqual(['/auth/refresh'])
})

test.each([
  ['a refusal', 401],
  ['a refusal of a framework without challenges', 403],
])('a start that meets %s of the access cookie refreshes once', async (_what, status) => {
  const { load, server, paths } = createBrowser()
  server.issue()
  const fetchUser = vi.fn<NonNullable<AuthOptions['fetchUser']>>(async ({ http }) => {
    if (fetchUser.mock.calls.length > 1) return (await http.get<unknown>('/me')).data
    const data = { detail: 'Authentication credentials were not provided.' }
    throw Object.assign(new Error('refused'), { response: { status, data } })
  })
  const { plugin, store } = load({ fetchUser })
  await plugin.ready
  expect(store.user).toEqual({ name: 'ada' })
  expect(paths()).toEqual(['/auth/refresh', '/me'])
})

test.each([null, undefined, '', false, 0])(
  'a server that answers "no user" with a 2xx and %j is asked by a refresh, and its no is remembered',
  async (user) => {
    const { load, storage, paths } = createBrowser()
    const options: Partial<AuthOptions> = { fetchUser: async () => user }
    const first = load(options)
    await first.plugin.ready
    expect(first.store.status).toBe('anonymous')
    expect(paths()).toEqual(['/auth/refresh'])
    expect(await storage.read(KEY)).toEqual({ version: 1, nobody: true })
    await load(options).plugin.ready
    expect(paths()).toHaveLength(1)
  },
)

test('31: an outage at the start signs nobody out: a later request finds the user', async () => {
  const { load, server, paths } = createBrowser()
  server.issue()
  const up = server.goDown({ status: 503 })
  const { api, plugin, store } = load({ refreshTimeout: 300, retries: 0 })
  await plugin.ready
  expect([store.status, store.error?.code]).toEqual(['anonymous', 'unreachable'])
  expect(paths()).not.toContain('/auth/refresh')
  up()
  expect((await api.get<unknown>('/orders/1')).data).toMatchObject({ user: { name: 'ada' } })
  await vi.waitUntil(() => store.status === 'authenticated')
  expect(server.exchanges).toBe(0)
})

test('31: the page of a proxy in place of an answer neither signs in nor out', async () => {
  const { load } = createBrowser()
  const { store } = load({ refresh: async () => '<html>', retries: 0 })
  await store.login()
  expect(await rejection(store.refresh())).toMatchObject({ code: 'unreachable' })
  expect(store.isAuthenticated).toBe(true)
  const other = load({ storage: memoryStorage(), login: async () => '<html>' })
  expect(await rejection(other.store.login())).toMatchObject({ code: 'malformed' })
})

test('31: a 200 that names a failure again and again ends the session', async () => {
  const { load } = createBrowser()
  const { store } = load({ refresh: async () => ({ code: 401 }), retries: 0, refreshTimeout: 300 })
  await store.login()
  for (let count = 0; count < 3; count++) await rejection(store.refresh())
  expect(store.status).toBe('expired')
})

test('10: a logout tells the server, which clears the cookies, and the next start asks nobody', async () => {
  const { load, server, paths } = createBrowser()
  const { store, plugin } = load()
  await store.login()
  await store.logout()
  plugin.dispose()
  const before = paths().length
  const next = load()
  await next.plugin.ready
  expect(next.store.status).toBe('anonymous')
  expect(paths()).toHaveLength(before)
  expect(server.log.at(-1)).toMatchObject({ path: '/auth/logout', status: 204 })
})

test('a logout whose access cookie has died refreshes it once', async () => {
  const { load, server } = createBrowser()
  const { store, count } = load({ logout: async (_tokens, { http }) => http.get('/me') })
  await store.login()
  server.expireAll()
  await store.logout()
  expect(server.exchanges).toBe(1)
  expect(count('logout-failed')).toBe(0)
})

test('callbacks are given no token', async () => {
  const refresh = vi.fn<AuthOptions['refresh']>(async () => {})
  const logout = vi.fn(async () => {})
  const { load } = createBrowser()
  const { store } = load({ refresh, logout })
  await store.login()
  await store.refresh()
  await store.logout()
  const none = { token: null, refreshToken: null }
  expect(refresh.mock.calls[0]?.[0]).toEqual(none)
  expect(logout.mock.calls[0]).toEqual([none, expect.anything()])
})

test('setSession(null) begins a session by cookies that are there, and `fetchUser` is given its answer once', async () => {
  const { load, server } = createBrowser()
  const given: unknown[] = []
  const fetchUser = async ({ http, tokenResponse }: FetchUserContext): Promise<unknown> => {
    given.push(tokenResponse)
    return (await http.get<unknown>('/me')).data
  }
  const { plugin, store } = load({ mayBeSignedIn: () => false, fetchUser })
  await plugin.ready
  server.issue()
  await store.setSession(null)
  expect(store.user).toEqual({ name: 'ada' })
  await store.login()
  await store.reloadUser()
  expect(given).toEqual([null, { expires_in: 3_600 }, null])
})

test('53: updateTokens(null) says that newer cookies have come: nothing ends, and the lifetime begins anew', async () => {
  const { load, storage } = createBrowser()
  const { store, count } = load()
  await store.login()
  await store.updateTokens(null)
  expect(await storage.read(KEY)).toMatchObject({ generation: 1, token: null, lifetime: null })
  expect(count('session-ended')).toBe(0)
  expect(count('refresh-succeeded')).toBe(0)
})

test('a start with the record of another mode begins anew, and no token of it is sent', async () => {
  const { load, server, storage, configs } = createBrowser()
  const record = {
    version: 1 as const,
    id: 'a',
    generation: 3,
    token: 'older',
    refreshToken: 'older',
  }
  await storage.update(KEY, () => ({ ...record, lifetime: null, receivedAt: Date.now() }))
  server.issue()
  const { plugin, store } = load()
  await plugin.ready
  expect(store.user).toEqual({ name: 'ada' })
  expect(configs.some(({ headers }) => headers.has('Authorization'))).toBe(false)
})

test('43: nor does another mode begin with a record that has no token', async () => {
  const server = createFakeAuthServer()
  const storage = memoryStorage()
  const record = { version: 1 as const, id: 'a', generation: 3, token: null, refreshToken: null }
  await storage.update(KEY, () => ({ ...record, lifetime: null, receivedAt: Date.now() }))
  const api = axios.create({ baseURL: ORIGIN, adapter: server.adapter })
  const { plugin, store } = createTestApp({ origin: ORIGIN }, { axios: api, storage })
  await plugin.ready
  expect(store.status).toBe('anonymous')
})

test('57: polling what is refused for good refreshes no more than with tokens', async () => {
  const { load, server } = createBrowser()
  const { api, store } = load({
    isExpired: ({ status, config }) => status === 401 || config.url === '/never',
  })
  await store.login()
  for (let count = 0; count < 20; count++) await api.get('/never').catch(() => {})
  expect(server.exchanges).toBeLessThanOrEqual(2)
  expect(store.isAuthenticated).toBe(true)
})
