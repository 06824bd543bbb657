import axios, { type AxiosInstance } from 'axios'
import { describe, expect, test } from 'vitest'
import type { AuthOptions } from 'vue-auth-refresh'
import { expectWarning } from '../setup/console'
import { createLatch } from '../../src/utils/waiting'
import { createTestApp, rejection, signedIn, startServer } from '../support/test-app'

/** Resolves after everything that is due at once. */
const later = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

type Refresh = AuthOptions['refresh']

/** A body that does not show what is in it. */
const concealed = (body: unknown): Blob => new Blob([JSON.stringify(body)])

/** Refreshes through the very instance whose requests wait for it. */
const throughItself: Record<string, (api: AxiosInstance) => Refresh> = {
  'at once': (api) => async (tokens) =>
    (await api.post<unknown>('/auth/refresh', concealed(tokens))).data,
  'later, with the signal':
    (api) =>
    async (tokens, { signal }) => {
      await later()
      return (await api.post<unknown>('/auth/refresh', concealed(tokens), { signal })).data
    },
  'later, with the refresh token in the body':
    (api) =>
    async ({ refreshToken }) => {
      await later()
      return (await api.post<unknown>('/auth/refresh', { refreshToken })).data
    },
}
const advice = /^\[vue-auth-refresh\] A callback sends through .* use the `http` it is given/

describe.each(Object.keys(throughItself))('22: a refresh through the very instance, %s,', (how) => {
  test('does not wait for itself: one refresh, and everybody is answered', async () => {
    const server = await startServer()
    const api = axios.create({ baseURL: server.origin })
    const { events } = await signedIn(server, { axios: api, refresh: throughItself[how]!(api) })
    expectWarning(advice)

    for (let round = 1; round <= 2; round++) {
      server.expireAccessTokens()
      await Promise.all([api.get('/orders/1'), api.get('/orders/2')])
      expect(server.refreshes).toBe(round)
    }
    expect(server.answersTo('/auth/refresh')).toEqual([200, 200])
    expect(events.map(({ type }) => type)).not.toContain('refresh-failed')
    const exchanges = server.seen.filter(({ path }) => path === '/auth/refresh')
    expect(exchanges.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined])
  })

  test('ahead of expiry neither', async () => {
    const server = await startServer()
    const api = axios.create({ baseURL: server.origin })
    const { store } = await signedIn(server, { axios: api, refresh: throughItself[how]!(api) })
    expectWarning(advice)

    await store.refresh()

    expect(server.answersTo('/auth/refresh')).toEqual([200])
  })

  test('ends the session when it is refused, and is not tried again', async () => {
    const server = await startServer()
    const api = axios.create({ baseURL: server.origin })
    const { store } = await signedIn(server, { axios: api, refresh: throughItself[how]!(api) })
    expectWarning(advice)
    server.faults.push({ kind: 'answer', status: 401 })
    server.expireAccessTokens()

    expect(await rejection(api.get('/orders/1'))).toMatchObject({ response: { status: 401 } })

    expect(store.status).toBe('expired')
    expect(server.answersTo('/auth/refresh')).toEqual([401])
  })
})

test('22: login and logout through the very instance pass untouched, also for who is signed in', async () => {
  const server = await startServer()
  const api = axios.create({ baseURL: server.origin })
  const { store } = await signedIn(server, {
    axios: api,
    login: async (credentials) => (await api.post<unknown>('/auth/login', credentials)).data,
    logout: ({ refreshToken }) => api.post('/auth/logout', { refreshToken }),
  })
  expectWarning(advice)
  server.expireAccessTokens()

  expect(await rejection(store.login({ user: 'nobody' }))).toMatchObject({
    response: { status: 401 },
  })
  await store.login({ user: 'ben' })
  await store.logout()

  expect(server.refreshes).toBe(0)
  expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(
    server.seen.map(() => undefined),
  )
  expect(server.answersTo('/auth/login')).toEqual([200, 401, 200])
  expect(server.answersTo('/auth/logout')).toEqual([204])
})

test('12: a logout that sends later, with the signal, through the very instance is not the next user’s', async () => {
  const server = await startServer()
  const api = axios.create({ baseURL: server.origin })
  const latch = createLatch()
  const logout: AuthOptions['logout'] = async (tokens, { signal }) => {
    await latch.opened
    await api.post('/auth/logout', tokens, { signal })
  }
  const { store } = await signedIn(server, { axios: api, logout })
  expectWarning(advice)
  const leaving = store.logout()
  await store.login({ user: 'ben' })
  latch.open()
  await leaving
  const told = server.seen.find(({ path }) => path === '/auth/logout')
  expect(told?.headers.authorization).toBeUndefined()
})

test('the user is fetched through the very instance with the token, refreshed where it has expired', async () => {
  const server = await startServer()
  const api = axios.create({ baseURL: server.origin })
  const options: Partial<AuthOptions> = {
    axios: api,
    fetchUser: async ({ signal }) => {
      await later()
      return (await api.get<{ name: string }>('/me', { signal })).data
    },
  }
  const { store } = await signedIn(server, options)
  expect(store.user).toEqual({ name: 'ada' })

  await store.logout()
  await store.login({ user: 'ben' })
  expect(store.user).toEqual({ name: 'ben' })
})

test('`skipAuth` says that it is meant so, without a warning', async () => {
  const server = await startServer()
  const api = axios.create({ baseURL: server.origin })
  const { store } = await signedIn(server, {
    axios: api,
    refresh: async ({ refreshToken }) =>
      (await api.post<unknown>('/auth/refresh', { refreshToken }, { skipAuth: true })).data,
  })

  await store.refresh()

  expect(server.answersTo('/auth/refresh')).toEqual([200])
})

test('a call of the application during a refresh is none of the library: it waits, and has the token', async () => {
  const server = await startServer()
  const { api, store } = createTestApp(server)
  await store.login({ user: 'ada' })
  const release = server.hold('/auth/refresh')
  server.expireAccessTokens()
  const refused = api.get('/orders/0')
  await server.sees('/auth/refresh')
  const waiting = api.post('/orders/1', { note: 'refresh-ada' })
  release()

  await Promise.all([refused, waiting])
  expect(server.answersTo('/orders/1')).toEqual([200])
})

test('22: a refresh token that a form has to encode is recognised as well', async () => {
  const server = await startServer()
  const api = axios.create({ baseURL: server.origin })
  const tokens = { token: 'first', refreshToken: 'a+b/c==' }
  server.route('/token', (_request, response) =>
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ ...tokens, token: 'second' })),
  )
  const { store } = createTestApp(server, {
    axios: api,
    login: async () => tokens,
    refreshTimeout: 500,
    refresh: async ({ refreshToken }) => {
      await later()
      const form = new URLSearchParams({ refresh_token: String(refreshToken) })
      return (await api.post<unknown>('/token', form)).data
    },
  })
  expectWarning(advice)
  await store.login({})

  expect(await store.refresh()).toBe('second')
})
