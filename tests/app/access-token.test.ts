import { describe, expect, test, vi } from 'vitest'
import { memoryStorage, type AuthOptions } from 'vue-auth-refresh'
import { createFakeAuthServer } from 'vue-auth-refresh/testing'
import { driveClock } from '../support/clock'
import { createTestApp, keyOf, rejection, startServer, type TestApp } from '../support/test-app'

const callbacks: Pick<AuthOptions, 'login' | 'refresh' | 'logout'> = {
  login: async (credentials, { http }) =>
    (await http.post<unknown>('/token/login', credentials)).data,
  refresh: async (_tokens, { http, signal }) =>
    (await http.post<unknown>('/token/refresh', null, { signal })).data,
  logout: async (_tokens, { http }) => http.post('/token/logout'),
}

/** An app of a server that exchanges access tokens, with Ada signed in. */
async function signedIn(options: Partial<AuthOptions> = {}) {
  const server = await startServer()
  const storage = memoryStorage()
  const load = (): TestApp =>
    createTestApp(server, { session: 'access-token', storage, ...callbacks, ...options })
  const app = load()
  await app.store.login({ user: 'ada' })
  return { ...app, server, storage, load }
}

test('the access token is exchanged, in the header that it is sent in, and nothing else is', async () => {
  const { api, store, server } = await signedIn()
  const { token } = store
  server.expireAccessTokens()
  expect((await api.get('/orders/1')).data).toMatchObject({ user: 'ada' })
  const exchange = server.seen.find(({ path }) => path === '/token/refresh')
  expect(exchange?.headers.authorization).toBe(`Bearer ${token}`)
  expect(exchange?.body.toString()).toBe('')
  expect(store.token).not.toBe(token)
  expect(server.reusedTokens).toBe(0)
})

test('`refresh` is given the access token, for a server that wants it elsewhere', async () => {
  const refresh = vi.fn<AuthOptions['refresh']>(async ({ token }, { http }) => {
    const headers = { Authorization: `Bearer ${token}` }
    return (await http.post<unknown>('/token/refresh', null, { headers })).data
  })
  const { store, server } = await signedIn({ refresh })
  const { token } = store
  await store.refresh()
  expect(refresh.mock.calls[0]?.[0]).toEqual({ token, refreshToken: null })
  expect(server.answersTo('/token/refresh')).toEqual([200])
})

test('a custom `attach` puts it where it puts every token', async () => {
  const { store, server } = await signedIn({
    attach: ({ headers }, token) =>
      headers.set({ 'X-Token': token, Authorization: 'Bearer ' + token }),
  })
  const { token } = store
  await store.refresh()
  expect(server.seen.at(-1)?.headers['x-token']).toBe(token)
})

test('a token that has expired is exchanged before it is used, also after a reload', async () => {
  const clock = driveClock()
  const { server, load, plugin } = await signedIn()
  plugin.dispose()
  await clock.advance(3_601_000)
  const { api, plugin: next } = load()
  await next.ready
  expect((await api.get('/orders/1')).data).toMatchObject({ user: 'ada' })
  expect(server.answersTo('/orders/1')).toEqual([200])
  expect(server.refreshes).toBe(1)
})

test('a refresh token that comes all the same is not kept', async () => {
  const { store, server, storage } = await signedIn()
  server.faults.push({ kind: 'extra', members: { refresh_token: 'unasked' } })
  await store.refresh()
  expect(store.refreshToken).toBeNull()
  expect(await storage.read(keyOf(server))).toMatchObject({ refreshToken: null })
})

test('a start without a stored session asks nothing', async () => {
  const server = await startServer()
  const { plugin, store } = createTestApp(server, { session: 'access-token', ...callbacks })
  await plugin.ready
  expect(store.status).toBe('anonymous')
  expect(server.seen).toEqual([])
})

test('31: a token that can be exchanged no more ends the session', async () => {
  const { api, store, server, count } = await signedIn()
  server.revoke()
  expect(await rejection(api.get('/orders/1'))).toMatchObject({
    response: { status: 401 },
    cause: { code: 'rejected' },
  })
  expect(store.status).toBe('expired')
  expect(count('session-ended')).toBe(1)
})

test('8: an outage does not, and the token is exchanged later', async () => {
  const { api, store, server } = await signedIn({ retries: 0 })
  server.expireAccessTokens()
  server.faults.push({ kind: 'answer', status: 503 })
  await rejection(api.get('/orders/1'))
  expect(store.isAuthenticated).toBe(true)
  await store.refresh()
  expect((await api.get('/orders/1')).data).toMatchObject({ user: 'ada' })
  expect(server.reusedTokens).toBe(0)
})

test('a logout with a token that has expired exchanges it once, and tells the server then', async () => {
  const { store, server, count } = await signedIn({
    logout: async (_tokens, { http }) => http.get('/orders/last'),
  })
  server.expireAccessTokens()
  await store.logout()
  expect(server.answersTo('/orders/last')).toEqual([401, 200])
  expect(server.refreshes).toBe(1)
  expect(count('logout-failed')).toBe(0)
})

test.each<[string, (response: Response) => object]>([
  ['a `Response`', (response) => response],
  ['an object that inherits all', ({ status }) => Object.create({ status }) as object],
  ['a plain object', ({ status }) => ({ status })],
])('a logout that fails by %s exchanges the token in the same way', async (_kind, shown) => {
  const { store, server, count } = await signedIn({
    async logout({ token }) {
      const headers = { authorization: `Bearer ${token}` }
      const response = await fetch(`${server.origin}/orders/last`, { headers })
      if (!response.ok) throw Object.assign(new Error('refused'), { response: shown(response) })
    },
  })
  server.expireAccessTokens()
  await store.logout()
  expect(server.answersTo('/orders/last')).toEqual([401, 200])
  expect(count('logout-failed')).toBe(0)
})

describe('53: a newer token that came with a response', () => {
  test('replaces the one that a refresh under way has sent', async () => {
    const { api, store, server } = await signedIn()
    const release = server.hold('/token/refresh')
    const refreshed = store.refresh()
    await server.sees('/token/refresh')
    const newer = server.slide('ada')
    await store.updateTokens({ access_token: newer })
    release()
    await refreshed
    expect(store.token).toBe(newer)
    expect((await api.get('/orders/1')).data).toMatchObject({ user: 'ada' })
    expect(store.isAuthenticated).toBe(true)
  })
})

test('41: an error of the exchange does not show what was sent', async () => {
  const { store } = await signedIn({
    refresh: async ({ token }) => {
      throw new Error(`cannot exchange ${token}`)
    },
    retries: 0,
  })
  expect(await rejection(store.refresh())).toMatchObject({
    cause: { message: 'cannot exchange [redacted]' },
  })
})

test('2: the fake server rotates, and tells of a token that is exchanged twice', async () => {
  const mock = createFakeAuthServer({ mode: 'access-token' })
  const server = await startServer()
  const { api, store } = createTestApp(
    server,
    {
      session: 'access-token',
      login: async (_credentials, { http }) => (await http.post<unknown>('/auth/login', {})).data,
      refresh: async (_tokens, { http }) => (await http.post<unknown>('/auth/refresh')).data,
    },
    { adapter: mock.adapter },
  )
  await store.login()
  const { token } = store
  mock.expireAll()
  await Promise.all([api.get('/a'), api.get('/b')])
  expect([mock.exchanges, mock.reused]).toEqual([1, 0])
  const again = await mock.fetch('https://api.test/auth/refresh', {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}` },
  })
  expect(again.status).toBe(400)
  expect(mock.reused).toBe(1)
  expect(await rejection(store.refresh())).toMatchObject({ code: 'rejected' })
})
