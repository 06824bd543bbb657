// @vitest-environment jsdom
import axios, { type CreateAxiosDefaults } from 'axios'
import { http } from 'msw'
import { setupServer } from 'msw/node'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { isAuthError, type AuthOptions } from 'vue-auth-refresh'
import {
  createFakeAuthServer,
  type FakeAuthServer,
  type FakeAuthServerOptions,
} from 'vue-auth-refresh/testing'
import { useSingleTab } from '../support/jsdom-tab'
import { createTestApp, rejection } from '../support/test-app'

useSingleTab()

const fetchUser: NonNullable<AuthOptions['fetchUser']> = async ({ http }) =>
  (await http.get<unknown>('/me')).data

/** The ways in which an app gets to the server: a base URL and an adapter. */
const ways: [string, (server: FakeAuthServer) => CreateAxiosDefaults][] = [
  ['adapter', ({ adapter }) => ({ adapter, baseURL: '/api' })],
  [
    'fetch',
    ({ fetch }) => ({ adapter: 'fetch', env: { fetch }, baseURL: 'https://api.example.test' }),
  ],
  [
    'handlers',
    ({ handlers }) => {
      const worker = setupServer(...handlers({ http }, 'https://api.example.test/*'))
      worker.listen({ onUnhandledRequest: 'error' })
      onTestFinished(() => worker.close())
      return { adapter: 'http', baseURL: 'https://api.example.test' }
    },
  ],
]

/** An app that talks to a fake server. */
function createWorld(
  options: FakeAuthServerOptions = {},
  auth: Partial<AuthOptions> = {},
  [, configOf] = ways[0]!,
) {
  const server = createFakeAuthServer(options)
  const api = axios.create(configOf(server))
  const app = createTestApp({ origin: '' }, { axios: api, fetchUser, ...auth })
  return { server, ...app }
}

test.each([
  ['https://app.test', 'https://app.test', 'true'],
  [undefined, '*', undefined],
])(
  'by `route`, a page of origin %s may read answers, and send its cookies where it names itself',
  async (origin, allowed, withCredentials) => {
    const answers: Record<string, string>[] = []
    const headers: Record<string, string> = origin ? { origin } : {}
    await createFakeAuthServer().route({
      request: () => ({
        url: () => 'https://api.test/me',
        method: () => 'GET',
        headers: () => headers,
        postData: () => null,
      }),
      fulfill: async ({ headers }) => answers.push(headers),
      abort: async () => {},
    })
    expect(answers).toHaveLength(1)
    expect(answers[0]?.['access-control-allow-origin']).toBe(allowed)
    expect(answers[0]?.['access-control-allow-credentials']).toBe(withCredentials)
  },
)

describe.each(ways)('by `%s`', (...way) => {
  test('an app signs in, refreshes once, signs out and is refused', async () => {
    const { server, store, api } = createWorld({}, {}, way)
    await store.login({})
    expect(store.user).toEqual({ name: 'ada' })
    server.expireAll()
    const answers = await Promise.all([api.get('/orders?page=1'), api.post('/orders', { id: 1 })])
    expect(answers.map(({ data }) => data)).toEqual([
      { user: { name: 'ada' }, method: 'GET', path: expect.stringMatching(/\/orders$/) },
      { user: { name: 'ada' }, method: 'POST', path: expect.stringMatching(/\/orders$/) },
    ])
    expect([server.exchanges, server.reused]).toEqual([1, 0])
    server.revoke()
    expect(isAuthError(await rejection(api.get('/orders')), 'rejected')).toBe(true)
    expect(store.status).toBe('expired')
    await store.login({})
    await store.logout()
    const { status } = await api.get('/me', { validateStatus: () => true })
    expect([status, server.log.at(-1)?.status]).toEqual([401, 401])
  })

  test('without a network, and without an answer, requests fail as axios has them fail', async () => {
    const { server, store, api } = createWorld({}, { retries: 0 }, way)
    await store.login({})
    const comeBack = server.goDown()
    const failure = await rejection(api.get('/orders'))
    expect(axios.isAxiosError(failure) && failure.response).toBeUndefined()
    comeBack()
    const recover = server.goDown({ path: '/orders', status: 503 })
    expect(await rejection(api.get('/orders'))).toMatchObject({ response: { status: 503 } })
    expect((await api.get('/me')).status).toBe(200)
    recover()

    const release = server.hang('/orders')
    const controller = new AbortController()
    const call = api.get('/orders', { signal: controller.signal })
    await server.sees('/orders', 3)
    controller.abort()
    expect(axios.isCancel(await rejection(call))).toBe(true)
    const late = rejection(api.get('/orders', { timeout: 5 }))
    expect(await late).toMatchObject({ message: 'timeout of 5ms exceeded' })
    const patient = api.get('/last/orders')
    await server.sees('/last/orders')
    release()
    expect((await patient).status).toBe(200)
  })
})

test('the log has every request, with its user and without a token', async () => {
  const { server, store, api } = createWorld()
  await store.login({ password: 'secret' })
  server.expireAll()
  await api.get('/orders?page=1')
  const user = { name: 'ada' }
  expect(server.log).toEqual([
    { method: 'POST', path: '/api/auth/login', status: 200, user },
    { method: 'GET', path: '/api/me', status: 200, user },
    { method: 'GET', path: '/api/orders', status: 401, user: null },
    { method: 'POST', path: '/api/auth/refresh', status: 200, user },
    { method: 'GET', path: '/api/orders', status: 200, user },
  ])
  expect(JSON.stringify(server.log)).not.toMatch(/access-|refresh-\d|secret/)
})

test('users sign in by what their credentials say, and are who `/me` says', async () => {
  const users = [
    { credentials: { email: 'ada@example.com', password: 'lovelace' }, user: { name: 'Ada' } },
    { credentials: { email: 'ben@example.com', password: 'franklin' }, user: { name: 'Ben' } },
  ]
  const { server, store } = createWorld({ users })
  const wrong = await rejection(store.login({ email: 'ben@example.com', password: 'lovelace' }))
  expect(wrong).toMatchObject({ response: { status: 401 } })
  await store.login({ email: 'ben@example.com', password: 'franklin', remember: true })
  expect(store.user).toEqual({ name: 'Ben' })
  await store.setSession(server.issue({ name: 'Ada' }))
  expect(store.user).toEqual({ name: 'Ada' })
  await store.setSession(server.issue())
  expect(store.user).toEqual({ name: 'Ada' })
})

test('an account without credentials is signed in by any, after those that have some', async () => {
  const credentials = { email: 'ben@example.com', password: 'franklin' }
  const users = [{ credentials, user: { name: 'Ben' } }, { user: { name: 'Ada' } }]
  const { store } = createWorld({ users })
  await store.login(credentials)
  expect(store.user).toEqual({ name: 'Ben' })
  await store.login({ email: 'ben@example.com', password: 'lovelace' })
  expect(store.user).toEqual({ name: 'Ada' })
})

describe('a refresh token that comes twice', () => {
  const twice = async (options: FakeAuthServerOptions) => {
    const server = createFakeAuthServer(options)
    const { refresh_token } = server.issue() as { refresh_token: string }
    const send = async () => {
      const body = JSON.stringify({ refreshToken: refresh_token })
      const response = await server.fetch('/auth/refresh', { method: 'POST', body })
      return [response.status, (await response.json()) as Record<string, string>] as const
    }
    const [, tokens] = await send()
    const [status] = await send()
    const headers = { authorization: `Bearer ${tokens['access_token']}` }
    const { status: later } = await server.fetch('/me', { headers })
    return { status, later, reused: server.reused, hasNew: 'refresh_token' in tokens }
  }

  test.each<[string, FakeAuthServerOptions, object]>([
    ['ends its session', {}, { status: 400, later: 401, reused: 1, hasNew: true }],
    [
      'is refused, without detection',
      { detectReuse: false },
      { status: 400, later: 200, reused: 1, hasNew: true },
    ],
    [
      'is good, without rotation',
      { rotate: false },
      { status: 200, later: 200, reused: 0, hasNew: false },
    ],
  ])('%s', async (_what, options, expected) => {
    expect(await twice(options)).toEqual(expected)
  })
})

test('a token lives as long as it is said to, by the clock of the test', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const server = createFakeAuthServer({ lifetime: 60_000 })
  const tokens = server.issue() as Record<string, unknown>
  expect(tokens['expires_in']).toBe(60)
  const ask = async () => {
    const headers = { authorization: `Bearer ${String(tokens['access_token'])}` }
    return (await server.fetch('/me', { headers })).status
  }
  vi.setSystemTime(Date.now() + 59_999)
  expect(await ask()).toBe(200)
  vi.setSystemTime(Date.now() + 1)
  expect(await ask()).toBe(401)
})

test('in a cookie, the refresh token is in no answer, and the next page finds its user', async () => {
  const server = createFakeAuthServer({ mode: 'refresh-cookie' })
  const load = () =>
    createTestApp(
      { origin: '' },
      {
        axios: axios.create({ baseURL: '/api', adapter: server.adapter }),
        fetchUser,
        session: 'refresh-cookie',
      },
    )
  const first = load()
  await first.plugin.ready
  expect(first.store.status).toBe('anonymous')
  await first.store.login({})
  expect(first.store.refreshToken).toBeNull()
  server.expireAll()
  expect((await first.api.get('/orders')).status).toBe(200)
  first.plugin.dispose()

  const second = load()
  await second.plugin.ready
  expect(second.store.user).toEqual({ name: 'ada' })
  await second.store.logout()
  const third = load()
  await third.plugin.ready
  expect(third.store.status).toBe('anonymous')
  expect([server.exchanges, server.reused]).toEqual([4, 0])
})

test('paths, bodies and answers are those of the app', async () => {
  const server = createFakeAuthServer({
    paths: { login: '/sessions', refresh: '/oauth/token', me: '/whoami' },
    answer: async (request, user) => Response.json({ user, sent: await request.json() }),
  })
  const begun = await server.fetch('/sessions', { method: 'POST' })
  const { refresh_token } = (await begun.json()) as { refresh_token: string }
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token })
  const renewed = await server.fetch('https://id.example.test/oauth/token', {
    method: 'POST',
    body,
  })
  const { access_token } = (await renewed.json()) as { access_token: string }
  const headers = { authorization: `Bearer ${access_token}` }
  const request = new Request('http://localhost/notes', { method: 'PUT', headers, body: '{"a":1}' })
  expect(await (await server.fetch(request)).json()).toEqual({
    user: { name: 'ada' },
    sent: { a: 1 },
  })
  expect(await (await server.fetch('/whoami', { headers })).json()).toEqual({ name: 'ada' })
})

test('each server has sessions of its own', async () => {
  const [one, two] = [createFakeAuthServer(), createFakeAuthServer()]
  const { refresh_token } = one.issue() as { refresh_token: string }
  const body = JSON.stringify({ refreshToken: refresh_token })
  expect((await two.fetch('/auth/refresh', { method: 'POST', body })).status).toBe(400)
  expect((await one.fetch('/auth/refresh', { method: 'POST', body })).status).toBe(200)
})
