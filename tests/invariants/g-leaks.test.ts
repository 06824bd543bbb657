import { inspect } from 'node:util'
import axios, { type AxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { isAuthError, memoryStorage, type AuthOptions } from 'vue-auth-refresh'
import { expectWarning } from '../setup/console'
import { findLeaks } from '../support/find-leaks'
import {
  createTestApp,
  createTestRouter,
  keyOf,
  rejection,
  signedIn,
  startServer,
} from '../support/test-app'

afterEach(() => {
  vi.restoreAllMocks()
})

test('40: the credential goes to the origin of the base URL only, judged on the final URL', async () => {
  const server = await startServer()
  const foreign = await startServer()
  const { api } = await signedIn(server)
  const host = foreign.origin.replace('http://', '')

  await api.get(`${foreign.origin}/public`)
  await api.get(`//${host}/public`, { adapter: async (config) => answer(config, foreign.origin) })
  await api.get('/public', { baseURL: foreign.origin })
  await api.get(`http:\\\\${host}/public`).catch(() => {})
  await api.get(`\t//${host}/public`).catch(() => {})
  await rejection(api.get(`${foreign.origin}/orders/1`))

  expect(foreign.seen.length).toBeGreaterThanOrEqual(3)
  expect(foreign.seen.filter(({ headers }) => headers.authorization)).toEqual([])
  expect(server.refreshes).toBe(0)
  expect((await api.get(`${server.origin}/orders/1`)).status).toBe(200)
})

test('40: an interceptor that redirects a request elsewhere takes the credential off it', async () => {
  const server = await startServer()
  const foreign = await startServer()
  const { api } = await signedIn(server)
  api.interceptors.request.use((config) => ({ ...config, baseURL: foreign.origin }))
  expectWarning('an interceptor set its `baseURL`')
  expect((await api.get('/public')).data).toEqual({ authorization: null })
})

test('40: other origins are allowed by name', async () => {
  const server = await startServer()
  const other = await startServer()
  const { api, store } = await signedIn(server, { allowedOrigins: [server.origin, other.origin] })
  const { data } = await api.get<unknown>(`${other.origin}/public`)
  expect(data).toEqual({ authorization: `Bearer ${store.token}` })
})

test("a request that carries the caller's own Authorization, or skipAuth, is left alone", async () => {
  const server = await startServer()
  const { api } = await signedIn(server)
  const own = { headers: { Authorization: 'Basic abc' } }
  expect((await api.get('/public', own)).data).toEqual({ authorization: 'Basic abc' })
  expect((await api.get('/public', { skipAuth: true })).data).toEqual({ authorization: null })
  await rejection(api.get('/orders/1', own))
  await rejection(api.get('/orders/1', { skipAuth: true }))
  expect(server.refreshes).toBe(0)
})

test('41: no token in errors, events, console output, serialised state or URLs', async () => {
  const printed: unknown[] = []
  for (const level of ['debug', 'error', 'info', 'log', 'warn'] as const) {
    vi.spyOn(console, level).mockImplementation((...args: unknown[]) => void printed.push(args))
  }
  const server = await startServer()
  const router = createTestRouter()
  const { api, store, pinia, events } = await signedIn(server, { router, retries: 0 })
  await router.push('/private')
  const found: unknown[] = []
  const leaks = (thing: unknown): void => void found.push(thing)

  server.expireAccessTokens()
  leaks(await rejection(api.get('/always-401')))
  leaks(await api.get('/public', { skipAuth: true }))
  leaks((await api.get('/orders/0')).config)
  server.faults.push({ kind: 'answer', status: 503, body: `{"echo":"${store.refreshToken}"}` })
  server.expireAccessTokens()
  leaks(await rejection(api.get('/orders/1')))
  leaks(store.error)
  server.faults.push({ kind: 'answer', status: 200, body: `{"access_token":["${store.token}"]}` })
  leaks(await rejection(store.refresh()))
  server.revoke()
  leaks(await rejection(api.get('/orders/1')))
  expect(store.status).toBe('expired')
  leaks([store.error, events, pinia.state.value, store.$state, { ...store }])
  leaks([router.currentRoute.value.fullPath, await rejection(store.refresh())])
  leaks(printed)

  const token = /(?:access|refresh)-ada-\d/
  expect(findLeaks({ deep: new Map([['x', { y: 'access-ada-1' }]]) }, token)).toHaveLength(1)
  expect(findLeaks(found, token)).toEqual([])
})

test('41: an error thrown by the application with a token in its message is redacted', async () => {
  const server = await startServer()
  const { store } = await signedIn(server, {
    retries: 0,
    refresh: async ({ token, refreshToken }) => {
      throw new Error(`no luck with ${token} and ${refreshToken}`)
    },
  })
  const error = await rejection(store.refresh())
  expect(isAuthError(error, 'unreachable')).toBe(true)
  expect(inspect(error, { depth: 10 })).toContain('no luck with [redacted] and [redacted]')
})

test('41: the response and the config hold no token once the answer is there', async () => {
  const server = await startServer()
  const { api, store } = await signedIn(server, {
    attach: (config, token) => config.headers.set('X-Token', token),
  })
  server.route('/orders/1', ({ headers }, response) => {
    response.end(headers['x-token'] === store.token ? 'yes' : 'no')
  })
  const response = await api.get<string>('/orders/1')
  expect(response.data).toBe('yes')
  expect(findLeaks(response.config, /access-ada/)).toEqual([])
  const error = await rejection(api.get('/forbidden'))
  expect(findLeaks(error, /access-ada/)).toEqual([])
})

const password = 'canary+p4ss/word='
const passwordPattern = /canary(?:\+|%2B)p4ss|Y2FuYXJ5K3A0c3M/
const throwResponse = ({ response }: { response?: unknown }): never => {
  throw response
}
const withCause = (cause: unknown): never => {
  throw new Error('The login failed.', { cause })
}

describe('41: a login that is refused keeps its password to itself', () => {
  type Login = AuthOptions['login']
  const basic = `Basic ${btoa(`${password}:`)}`
  test.each<[string, Login]>([
    ['JSON', (_, { http }) => http.post('/auth/login', { password })],
    ['a form', (_, { http }) => http.post('/auth/login', new URLSearchParams({ password }))],
    ['the form of a password grant', (_, { http }) => http.postForm('/auth/login', { password })],
    ['text', (_, { http }) => http.post('/auth/login', `password=${password}`)],
    [
      'basic authentication',
      (_, { http }) => http.get('/auth/login', { auth: { username: 'ada', password } }),
    ],
    ['a header', (_, { http }) => http.get('/auth/login', { headers: { Authorization: basic } })],
    ['parameters', (_, { http }) => http.get('/auth/login', { params: { password } })],
    [
      'the query',
      (_, { http }) => http.get(`/auth/login?password=${encodeURIComponent(password)}`),
    ],
    ['JSON, without an answer', (_, { http }) => http.post('http://127.0.0.1:1/', { password })],
    [
      'JSON, and its error is a cause',
      (_, { http }) => http.post('/auth/login', { password }).catch(withCause),
    ],
    [
      'JSON, and rejects with the answer',
      (_, { http }) => http.post('/auth/login', { password }).catch(throwResponse),
    ],
  ])('where it is sent in %s', async (_, login) => {
    const server = await startServer()
    server.route('/auth/login', (_request, response) =>
      response.writeHead(422).end('{"field":"password"}'),
    )
    const { store } = createTestApp(server, { login }, { adapter: 'http' })
    const error = await rejection(store.login({ user: 'ada' }))
    expect(findLeaks(error, passwordPattern)).toEqual([])
  })

  test('and is still an error of axios, that says where it was sent and what was answered', async () => {
    const server = await startServer()
    server.route('/auth/login', (_request, response) =>
      response.writeHead(422).end('{"field":"password"}'),
    )
    const { store } = createTestApp(server, {}, { adapter: 'http' })
    const error = await rejection(store.login({ user: 'ada', password }))
    expect(axios.isAxiosError(error)).toBe(true)
    expect(error).toMatchObject({
      config: { method: 'post', url: '/auth/login', baseURL: server.origin },
      response: { status: 422, data: { field: 'password' } },
    })
    expect(JSON.stringify(error)).not.toMatch(passwordPattern)
  })

  test.each(['http', 'fetch'])(
    'and the client’s own request, which has the headers and the query, by the %s adapter',
    async (adapter) => {
      const server = await startServer()
      server.route('/auth/login', (_request, response) => response.writeHead(422).end())
      const login: Login = (_, { http }) =>
        http.get('/auth/login', { params: { password }, auth: { username: 'ada', password } })
      const { store } = createTestApp(server, { login }, { adapter })
      const error = (await rejection(store.login({}))) as AxiosError
      expect([error.request, error.response?.request]).toEqual([undefined, undefined])
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(passwordPattern)
    },
  )

  test.each([
    ['a config of its own', { config: { url: '/help', factors: ['otp'] } }],
    ['a config that is no object', { config: 'mfa' }],
    ['nothing', {}],
  ])('and an error of the application with %s is left as it is', async (_, members) => {
    const given = Object.freeze(Object.assign(new Error('no'), members))
    const login = () => Promise.reject(given)
    const { store } = createTestApp(await startServer(), { login })
    const error = await rejection(store.login({}))
    expect(error).toBe(given)
    expect(error).toMatchObject(members)
  })
})

const hostile: unknown[] = [
  '\u0000',
  [],
  {},
  { version: 1 },
  { version: 1, id: 'x', generation: 0, token: 'a\r\nX: y', refreshToken: null, lifetime: null },
  JSON.parse('{"__proto__":{"token":"evil"},"version":1}'),
]

test.each(hostile.map((record) => [record]))(
  '43: hostile storage content %j boots, signs nobody in and sends nothing',
  async (record) => {
    const server = await startServer()
    const storage = { ...memoryStorage(), read: async () => record }
    const { api, plugin, store } = createTestApp(server, { storage })
    await plugin.ready
    expect(store.status).toBe('anonymous')
    expect((await api.get('/public')).data).toEqual({ authorization: null })
    expect(server.seen).toHaveLength(1)
  },
)

test.each(['a\r\nX-Evil: 1', 'tök', '', 'undefined', 'null'])(
  '43: a token such as %j is never put into a header',
  async (token) => {
    const server = await startServer()
    const { store } = createTestApp(server, { login: async () => ({ access_token: token }) })
    expect(isAuthError(await rejection(store.login({})), 'malformed')).toBe(true)
    expect(store.token).toBeNull()
    expect(store.status).not.toBe('authenticated')
  },
)

test('44: marks cannot be forged through a polluted prototype', async () => {
  const server = await startServer()
  const { api, store } = await signedIn(server)
  // Copies the config, like a cache or a mock that wraps the adapter. Only the copy has a prototype by now.
  api.interceptors.request.use((config) => {
    const { adapter } = config
    if (typeof adapter !== 'function') throw new Error('It was expected to be wrapped already.')
    return Object.assign(config, { adapter: (final: typeof config) => adapter({ ...final }) })
  })
  const polluted: Record<string, unknown> = Object.prototype as never
  polluted['skipAuth'] = true
  try {
    expect((await api.get('/public')).data).toEqual({ authorization: `Bearer ${store.token}` })
  } finally {
    delete polluted['skipAuth']
  }
})

describe('44: options that are not given do not come from a polluted prototype', () => {
  /** Every option that may be left out, and what would be seen of it. */
  const options: Record<string, unknown> = {
    minValidity: 3_600_000,
    allowedOrigins: [],
    attach: () => 'polluted',
    session: 'refresh-cookie',
    isPerTab: true,
    api: 'https://polluted.test',
    name: 'polluted',
    keepFresh: true,
    reauthenticate: async () => {},
    onOwnCall: () => 'polluted',
  }

  test.each(Object.keys(options))('%s', async (option) => {
    const server = await startServer()
    server.expiresIn = 600
    const polluted: Record<string, unknown> = Object.prototype as never
    Object.defineProperty(polluted, option, { value: options[option], configurable: true })
    try {
      const storage = memoryStorage()
      const { api, store } = await signedIn(server, { storage }, { adapter: 'http' })
      for (const given of [undefined, {}]) {
        expect(await store.getAccessToken(given)).toBe(store.token)
      }
      expect((await api.get('/public')).data).toEqual({ authorization: `Bearer ${store.token}` })
      expect(server.refreshes).toBe(0)
      expect(await storage.read(keyOf(server))).toMatchObject({ token: store.token })
    } finally {
      Reflect.deleteProperty(polluted, option)
    }
  })
})

test("44: marks cannot be forged by a caller's config", async () => {
  const server = await startServer()
  const { api, store } = await signedIn(server)
  const { config } = await api.get('/public')
  await store.login({ user: 'ben' })
  for (const key of Reflect.ownKeys(config)) {
    const value = (config as unknown as Record<PropertyKey, unknown>)[key]
    if (typeof value === 'object' && value !== null) {
      expect(inspect(value, { depth: 10 })).not.toContain('access-')
    }
  }
  // The adapter of another call only ever leads to the session that call belonged to.
  const stolen = await rejection(api.get('/orders/1', { adapter: config.adapter! }))
  expect(isAuthError(stolen, 'superseded')).toBe(true)
})

function answer(config: InternalAxiosRequestConfig, origin: string): AxiosResponse {
  const header = config.headers.get('Authorization')
  if (header) throw new Error(`a credential for ${origin}`)
  return { data: '', status: 200, statusText: 'OK', headers: {}, config }
}

test.each(['ht\ttp://', 'h\nttp://', '\t//', '/\t/'])(
  '40: without a base URL %j does not smuggle the credential to another origin',
  async (prefix) => {
    const server = await startServer()
    const foreign = await startServer()
    const { api, store } = createTestApp(server, {
      axios: axios.create({ adapter: 'http' }),
      login: async () => ({ token: 'access-ada-1', refreshToken: 'refresh-ada-1' }),
    })
    await store.login({})
    expectWarning('its instance has no `baseURL`')
    await api.get(`${prefix}${foreign.origin.replace('http://', '')}/public`).catch(() => {})
    expect(foreign.seen.filter(({ headers }) => headers.authorization)).toEqual([])
  },
)
