import { Buffer } from 'node:buffer'
import { createRequire } from 'node:module'
import axios, {
  AxiosError,
  AxiosHeaders,
  type AxiosInstance,
  type AxiosRequestConfig,
  type AxiosResponse,
  type AxiosStatic,
  type InternalAxiosRequestConfig,
} from 'axios'
import { describe, expect, test, vi } from 'vitest'
import {
  AuthError,
  isAuthError,
  memoryStorage,
  type AuthErrorCode,
  type AuthOptions,
} from 'vue-auth-refresh'
import { createLatch } from '../../src/utils/waiting'
import type { AuthServer } from '../fixtures/auth-server'
import { driveClock } from '../support/clock'
import { expectWarning } from '../setup/console'
import { createTestApp, rejection, signedIn, startServer, type TestApp } from '../support/test-app'

const attachElsewhere = (config: InternalAxiosRequestConfig, token: string) =>
  config.headers.set('X-Token', token)

/** The headers of the requests to a path, as the server has seen them. */
const headersOf = (server: AuthServer, path: string) =>
  server.seen.filter((request) => request.path === path).map(({ headers }) => headers)

const copies: [string, AxiosStatic][] = [
  ['that this library imports', axios],
  ['of its own', createRequire(import.meta.url)('axios') as AxiosStatic],
]

describe.each(copies)('39: an app with the copy of axios %s', (_which, { create }) => {
  const none = [undefined, null, false, ''] as unknown as undefined[]
  test.each(none)('may have no adapter among its defaults: %j', async (adapter) => {
    const server = await startServer()
    const api = create({ baseURL: server.origin })
    if (adapter === undefined) delete api.defaults.adapter
    else api.defaults.adapter = adapter
    const { store } = await signedIn(server, { axios: api })
    const authorization = `Bearer ${store.token}`
    expect((await api.get('/public')).data).toEqual({ authorization })
    server.expireAccessTokens()
    expect((await api.post('/orders/1', { a: 1 })).status).toBe(200)
    expect((await api.get('/public', { skipAuth: true })).data).toEqual({ authorization: null })
    expect(server.refreshes).toBe(1)
  })
})

describe('49: in development, a request without its token is warned of', () => {
  test('where an interceptor sets the base URL, once for an instance', async () => {
    const server = await startServer()
    const { api, store } = await signedIn(server, {
      axios: axios.create(),
      login: async () => ({ token: 'access-ada-1', refreshToken: 'refresh-ada-1' }),
    })
    api.interceptors.request.use((config) => ({ ...config, baseURL: server.origin }))
    expectWarning('an interceptor set its `baseURL`. Name the origin in `allowedOrigins`')
    expect((await api.get('/public')).data).toEqual({ authorization: null })
    await api.get('/public')
    expect(store.isAuthenticated).toBe(true)
  })

  test.each<[string, (config: InternalAxiosRequestConfig) => InternalAxiosRequestConfig]>([
    ['in place', (config) => Object.assign(config, { adapter: 'fetch' })],
    ['in a copy', (config) => ({ ...config, adapter: 'fetch' })],
    ['as a list', (config) => ({ ...config, adapter: ['http'] })],
    ['as a function of axios', (config) => ({ ...config, adapter: axios.getAdapter('http') })],
    ['as its function for fetch', (config) => ({ ...config, adapter: axios.getAdapter('fetch') })],
  ])('where an interceptor sets the adapter %s', async (_how, change) => {
    const server = await startServer()
    const { api } = await signedIn(server)
    api.interceptors.request.use(change)
    expectWarning('an interceptor set its `adapter`. Set `adapter` where the instance is made')
    expect((await api.get('/public')).data).toEqual({ authorization: null })
    await rejection(api.get('/orders/1'))
  })

  test.each<[string, (list: { handlers: unknown[]; eject(id: number): void }) => void]>([
    ['empties the list of interceptors', (list) => (list.handlers.length = 0)],
    ['replaces the list of interceptors', (list) => (list.handlers = [])],
    ['takes the first interceptor out', (list) => void list.handlers.shift()],
    ['ejects all interceptors', (list) => [0, 1, 2].forEach((id) => list.eject(id))],
  ])('where the app %s, with that reason', async (_how, remove) => {
    const server = await startServer()
    const { api } = await signedIn(server)
    remove(api.interceptors.request as never)
    api.interceptors.request.use((config) => config)
    expectWarning('the app removed all request interceptors of its instance. Write `interceptors')
    expect((await api.get('/public')).data).toEqual({ authorization: null })
    await api.get('/public')
  })

  test('also once the app has cleared its response interceptors', async () => {
    const server = await startServer()
    const { api } = await signedIn(server)
    api.interceptors.response.clear()
    api.interceptors.request.use((config) => Object.assign(config, { adapter: 'http' }))
    expectWarning('an interceptor set its `adapter`')
    await api.get('/public')
  })

  test.each<[string, (config: InternalAxiosRequestConfig) => InternalAxiosRequestConfig]>([
    [
      'makes a new config',
      ({ url = '', baseURL = '', headers }): InternalAxiosRequestConfig => ({
        method: 'get',
        url,
        baseURL,
        headers,
      }),
    ],
    [
      'makes a new one, with adapter: undefined',
      (config) => Object.assign({ ...config }, { adapter: undefined } as object),
    ],
    [
      'deletes the adapter',
      (config) => {
        delete config.adapter
        return config
      },
    ],
  ])('where an interceptor %s', async (_how, change) => {
    const server = await startServer()
    const { api } = await signedIn(server)
    api.interceptors.request.use(change)
    expectWarning('an interceptor left out its `adapter`. Return the config that it was given')
    await api.get('/public')
    await api.get('/public')
    const seen = headersOf(server, '/public').map(({ authorization }) => authorization)
    expect(seen).toEqual([undefined, undefined])
  })

  test('but not of an answer whose config axios never sent', async () => {
    const server = await startServer()
    const { api } = await signedIn(server)
    const configs = [{}, { headers: {} }, { headers: null }] as InternalAxiosRequestConfig[]
    for (const config of configs) {
      const answer = { data: 'made up', status: 200, statusText: '', headers: {}, config }
      const call = { skipAuth: true, adapter: async () => answer }
      expect((await api.get('/public', call)).data).toBe('made up')
      const failure = Object.assign(new Error('made up'), { config })
      const failing = { skipAuth: true, adapter: () => Promise.reject(failure) }
      expect(await rejection(api.get('/public', failing))).toBe(failure)
    }
  })

  test('but not where it was meant to have none, or where the adapter is a cache', async () => {
    const server = await startServer()
    const { api, store } = await signedIn(server)
    const cached = { data: 'cached', status: 200, statusText: '', headers: {} }
    api.interceptors.request.use((config) =>
      Object.assign(config, {
        adapter: config.url === '/cached' ? async () => ({ ...cached, config }) : 'http',
      }),
    )
    await api.get('/public', { skipAuth: true })
    await api.get('/public', { headers: { Authorization: 'Basic abc' } })
    await api.get('/public', { baseURL: (await startServer()).origin })
    expect((await api.get('/cached')).data).toBe('cached')
    await store.logout()
    await api.get('/public')
  })

  test('nor of an absolute URL, whatever base URL an interceptor sets', async () => {
    const server = await startServer()
    const foreign = await startServer()
    const { api } = await signedIn(server)
    api.interceptors.request.use((config) => ({ ...config, baseURL: `${server.origin}/v1` }))
    expect((await api.get(`${foreign.origin}/public`)).data).toEqual({ authorization: null })
  })

  test('whose absolute URL is not of the page, where the instance has no base URL', async () => {
    const server = await startServer()
    const { api, store } = createTestApp(server, {
      axios: axios.create({ adapter: 'http' }),
      login: async () => ({ token: 'access-ada-1', refreshToken: 'refresh-ada-1' }),
    })
    await api.get(`${server.origin}/public`)
    await store.login({})
    await api.get(`${server.origin}/public`, { skipAuth: true })
    expectWarning('its instance has no `baseURL`. Name the origin of the API in `allowedOrigins`')
    const { data } = await api.get<unknown>(`${server.origin}/public`)
    expect(data).toEqual({ authorization: null })
    await api.get('/public', { baseURL: server.origin })
  })

  test.each<[string, string, { allowedOrigins?: string[] }]>([
    ['the instance has a base URL', 'https://api.test', {}],
    ['its base URL is a path', '/api', {}],
    ['origins are named', '', { allowedOrigins: ['https://api.test'] }],
  ])('but not where %s', async (_how, baseURL, options) => {
    const server = await startServer()
    const { api } = await signedIn(server, {
      axios: axios.create({ adapter: 'http', baseURL }),
      login: async () => ({ token: 'access-ada-1', refreshToken: 'refresh-ada-1' }),
      ...options,
    })
    const { data } = await api.get<unknown>(`${server.origin}/public`)
    expect(data).toEqual({ authorization: null })
  })

  test('and nothing is left of it on an instance that is let go of', async () => {
    const server = await startServer()
    const { api, plugin } = await signedIn(server)
    api.interceptors.request.use((config) => Object.assign(config, { adapter: 'http' }))
    plugin.dispose()
    expect((await api.get('/public')).data).toEqual({ authorization: null })
  })
})

describe('49: an app that replaces `defaults` keeps its token', () => {
  const makers: [string, (server: AuthServer, api: AxiosInstance) => object][] = [
    ['by others without a base URL', () => ({ timeout: 5_000, headers: {} })],
    ['by others with another one', () => ({ baseURL: 'https://other.test', headers: {} })],
    ['by a copy', (_server, api) => ({ ...api.defaults })],
  ]
  test.each(makers)('%s', async (_how, make) => {
    const server = await startServer()
    const { api, store } = await signedIn(server)
    const others = make(server, api)
    api.defaults = others as typeof api.defaults
    const authorization = `Bearer ${store.token}`
    expect((await api.get('/public')).data).toEqual({ authorization })
    const { data } = await api.get<unknown>(`${server.origin}/public`)
    expect(data).toEqual({ authorization })
  })

  test('and may name its API there', async () => {
    const server = await startServer()
    const { api, store } = await signedIn(server, {
      axios: axios.create({ adapter: 'http' }),
      login: async () => ({ token: 'access-ada-1', refreshToken: 'refresh-ada-1' }),
    })
    api.defaults = { ...api.defaults, baseURL: server.origin }
    const { data } = await api.get<unknown>(`${server.origin}/public`)
    expect(data).toEqual({ authorization: `Bearer ${store.token}` })
  })
})

const blanks = ['', ' ', 'Bearer', 'bearer ', 'Bearer null', 'BEARER undefined', 'Token undefined']
const blankHeaders = ['Authorization', 'authorization', 'AUTHORIZATION'].flatMap((name) =>
  [...blanks, 'null', 'undefined', null].map((value) => ({ [name]: value })),
)

describe('49: an Authorization without a credential', () => {
  test.each(blankHeaders)('is replaced by the token, and warned of: %j', async (headers) => {
    const server = await startServer()
    const { api, store } = await signedIn(server)
    expectWarning('Remove the code that sets it')
    const config = { headers } as AxiosRequestConfig
    await api.get('/orders/1', config)
    await api.get('/orders/1', config)
    const raw = server.seen.at(-1)!.rawHeaders.filter((name) => /^authorization$/i.test(name))
    expect(raw).toHaveLength(1)
    expect(headersOf(server, '/orders/1')).toMatchObject([
      { authorization: `Bearer ${store.token}` },
      { authorization: `Bearer ${store.token}` },
    ])
  })

  test('comes from old code of the app in an interceptor, and without a user is not sent', async () => {
    const server = await startServer()
    const { api, store } = createTestApp(server)
    api.interceptors.request.use((config) => {
      config.headers['authorization'] = `Bearer ${String(store.user)}`
      return config
    })
    expectWarning('`Bearer undefined`')
    expect((await api.get('/public')).data).toEqual({ authorization: null })
  })

  test('`false` is a choice: none is sent, in silence', async () => {
    const server = await startServer()
    const { api } = await signedIn(server)
    const headers = { Authorization: false }
    expect((await api.get('/public', { headers })).data).toEqual({ authorization: null })
  })

  test('is left alone where the token may not go', async () => {
    const server = await startServer()
    const foreign = await startServer()
    const { api } = await signedIn(server)
    await api.get(`${foreign.origin}/public`, { headers: { Authorization: 'Bearer null' } })
    expect(headersOf(foreign, '/public')).toMatchObject([{ authorization: 'Bearer null' }])
  })
})

describe('49: with an `attach` of the app, another credential does not keep the token away', () => {
  const basic = `Basic ${Buffer.from('team:secret').toString('base64')}`
  const gateway: [string, AxiosRequestConfig][] = [
    ['auth among the defaults', { auth: { username: 'team', password: 'secret' } }],
    ['Authorization among the defaults', { headers: { Authorization: basic } }],
  ]
  test.each(gateway)('%s', async (_how, defaults) => {
    const server = await startServer()
    const api = axios.create({ baseURL: server.origin, ...(defaults as object) })
    const { store } = await signedIn(server, { axios: api, attach: attachElsewhere })
    await api.get('/public')
    expect(headersOf(server, '/public')).toMatchObject([
      { authorization: basic, 'x-token': store.token },
    ])
  })

  test('of a single call, too; `skipAuth` still does', async () => {
    const server = await startServer()
    const { api, store } = await signedIn(server, { attach: attachElsewhere })
    await api.get('/public', { headers: { Authorization: basic } })
    await api.get('/public', { headers: { Authorization: basic }, skipAuth: true })
    const seen = headersOf(server, '/public').map((headers) => headers['x-token'])
    expect(seen).toEqual([store.token, undefined])
  })
})

describe.each(copies)(
  '49: where `attach` sets `Authorization`, with the copy of axios %s',
  (_, { create }) => {
    const auth = { username: 'gateway', password: 'secret' }

    test.each<[string, AuthOptions['attach']]>([
      ['at once', (config, token) => config.headers.set('authorization', `DPoP ${token}`)],
      [
        'later',
        async (config, token) => {
          await Promise.resolve()
          config.headers.set('Authorization', `DPoP ${token}`)
        },
      ],
      [
        'in headers of its own',
        (config, token) => {
          config.headers = new AxiosHeaders({ Authorization: `DPoP ${token}` })
        },
      ],
    ])('`auth` among the defaults does not replace it: %s', async (_how, attach) => {
      const server = await startServer()
      const api = create({ baseURL: server.origin, auth })
      const { store } = await signedIn(server, { axios: api, attach: attach! })
      const before = store.token
      server.expireAccessTokens()
      const { config } = await api.get('/orders/1', { validateStatus: null })
      const seen = headersOf(server, '/orders/1').map(({ authorization }) => authorization)
      expect(seen).toEqual([`DPoP ${before}`, `DPoP ${store.token}`])
      expect(store.token).not.toBe(before)
      expect(config.auth).toEqual(auth)
    })

    test('but `auth` that `attach` sets itself is sent', async () => {
      const server = await startServer()
      const api = create({ baseURL: server.origin })
      const { store } = await signedIn(server, {
        axios: api,
        attach: (config, token) => {
          config.auth = { username: token, password: '' }
        },
      })
      await api.get('/public')
      const authorization = `Basic ${btoa(`${store.token}:`)}`
      expect(headersOf(server, '/public')).toMatchObject([{ authorization }])
    })
  },
)

describe('49: an asynchronous `attach`', () => {
  test('is awaited, and called anew for the replay', async () => {
    const server = await startServer()
    let proofs = 0
    const { api } = await signedIn(server, {
      attach: async (config, token) => {
        const proof = await Promise.resolve(++proofs)
        config.headers.set({ 'X-Proof': String(proof), Authorization: `Bearer ${token}` })
      },
    })
    server.expireAccessTokens()
    const { config } = await api.get('/orders/1')
    expect(server.answersTo('/orders/1')).toEqual([401, 200])
    expect(headersOf(server, '/orders/1').map((headers) => headers['x-proof'])).toEqual(['1', '2'])
    expect(config.headers.has('X-Proof')).toBe(false)
  })

  test.each([
    ['rejects', () => Promise.reject(new TypeError('no key'))],
    [
      'throws',
      () => {
        throw new TypeError('no key')
      },
    ],
  ])('that %s is what the caller gets, and nothing is sent', async (_how, fail) => {
    const server = await startServer()
    const { api, count } = await signedIn(server, { attach: () => fail() })
    expect(await rejection(api.get('/orders/1'))).toEqual(new TypeError('no key'))
    expect([server.countOf('/orders/1'), count('request-sent')]).toEqual([0, 0])
  })

  test('that fails for the replay is what the caller gets', async () => {
    const server = await startServer()
    let calls = 0
    const { api } = await signedIn(server, {
      attach: async (config, token) => {
        if (++calls > 1) throw new TypeError('no key')
        config.headers.setAuthorization(`Bearer ${token}`)
      },
    })
    server.expireAccessTokens()
    expect(await rejection(api.get('/orders/1'))).toEqual(new TypeError('no key'))
    expect(server.answersTo('/orders/1')).toEqual([401])
  })

  /** An attach that takes until it is told to go on. */
  async function createSlow() {
    const server = await startServer()
    let release!: () => void
    const held = new Promise<void>((resolve) => (release = resolve))
    const app = await signedIn(server, {
      attach: async (config, token) => {
        await held
        config.headers.setAuthorization(`Bearer ${token}`)
      },
    })
    return { server, release, ...app }
  }

  test('12: a user who signs out meanwhile takes the request along', async () => {
    const { server, api, store, release } = await createSlow()
    const failure = rejection(api.get('/orders/1'))
    // The server is told with a token, too, so the logout would wait for `attach` until its time is up.
    const told = store.logout()
    expect(store.status).toBe('anonymous')
    release()
    await told
    expect(isAuthError(await failure, 'signed-out')).toBe(true)
    expect(server.countOf('/orders/1')).toBe(0)
  })

  describe('that never settles', () => {
    const ends: [string, string, (app: TestApp, server: AuthServer) => unknown][] = [
      ['a logout', 'signed-out', ({ store }) => store.logout()],
      ['unmounting the app', 'signed-out', ({ plugin }) => plugin.dispose()],
      ['another login', 'superseded', ({ store }) => store.login({ user: 'grace' })],
      ['tokens from elsewhere', 'superseded', ({ store }) => store.setSession({ token: 'A1' })],
      [
        'a refusal of its refresh token',
        'rejected',
        ({ store }, server) => {
          server.revoke()
          return rejection(store.refresh())
        },
      ],
    ]
    test.each(ends)('12, 18: ends with its session: %s', async (_how, code, end) => {
      const server = await startServer()
      const app = await signedIn(server, { attach: () => new Promise(() => {}) })
      const failures = ['/orders/1', '/orders/2'].map((url) => rejection(app.api.get(url)))
      // A logout waits for `attach`, too, to tell the server.
      void end(app, server)
      for (const failure of await Promise.all(failures)) {
        expect(failure).toMatchObject({ code, isAxiosError: true })
        expect(isAuthError(failure, code as AuthErrorCode)).toBe(true)
      }
      expect(server.countOf('/orders/1')).toBe(0)
    })

    test('12, 18: ends with its session before a replay, too', async () => {
      const server = await startServer()
      let calls = 0
      const replaying = createLatch()
      const { api, store } = await signedIn(server, {
        attach: (config, token) => {
          if (++calls === 1) return attachElsewhere(config, token)
          replaying.open()
          return new Promise(() => {})
        },
      })
      const failure = rejection(api.get('/orders/1'))
      await replaying.opened
      void store.logout()
      expect(isAuthError(await failure, 'signed-out')).toBe(true)
      expect(server.answersTo('/orders/1')).toEqual([401])
    })

    test('16: ends after `refreshTimeout`, and leaves no timer and no listener', async () => {
      const server = await startServer()
      const { api, store } = await signedIn(server, {
        refreshTimeout: 2_000,
        attach: () => new Promise(() => {}),
      })
      const clock = driveClock()
      const failure = rejection(api.get('/orders/1'))
      await clock.advance(1_999)
      expect(vi.getTimerCount()).toBe(1)
      await clock.advance(1)
      expect(await failure).toMatchObject({ code: 'unreachable', isAxiosError: true })
      expect(isAuthError(await failure, 'unreachable')).toBe(true)
      expect([server.countOf('/orders/1'), vi.getTimerCount()]).toEqual([0, 0])
      expect(store.isAuthenticated).toBe(true)
    })
  })

  test('5, 25: a token that is renewed meanwhile costs one replay, with the newer token', async () => {
    const { server, api, store, release } = await createSlow()
    const sending = api.get('/orders/1')
    await store.refresh()
    release()
    expect((await sending).status).toBe(200)
    expect(server.answersTo('/orders/1')).toEqual([401, 200])
    expect(server.refreshes).toBe(1)
  })

  test('17, 57: a caller who gives up meanwhile is answered at once', async () => {
    const { server, api } = await createSlow()
    const controller = new AbortController()
    const failure = rejection(api.get('/orders/1', { signal: controller.signal }))
    const late = rejection(api.get('/orders/1', { timeout: 1 }))
    controller.abort()
    expect(axios.isCancel(await failure)).toBe(true)
    expect(await late).toMatchObject({ code: 'ECONNABORTED' })
    expect(server.countOf('/orders/1')).toBe(0)
  })

  test('35: a body that is changed meanwhile is sent as it was, unless `attach` replaces it', async () => {
    const { server, api, release } = await createSlow()
    const bytes = new Uint8Array([1, 2])
    const sending = api.post('/orders/1', bytes)
    await Promise.resolve()
    bytes.fill(9)
    release()
    await sending
    expect([...server.seen.at(-1)!.body]).toEqual([1, 2])

    const { api: signing } = await signedIn(server, {
      attach: async (config, token) => {
        config.headers.setAuthorization(`Bearer ${token}`)
        config.data = 'signed'
      },
    })
    await signing.post('/orders/2', new Uint8Array([1, 2]))
    expect(String(server.seen.at(-1)!.body)).toBe('signed')
  })
})

describe('52: with `skipAuthRefresh`', () => {
  test('a refusal is the answer: one request, no refresh, and the token counts on', async () => {
    const server = await startServer()
    let attempts = 0
    server.route('/password', ({ headers }, response) => {
      if (server.userOf(headers.authorization)) attempts++
      response.writeHead(401).end()
    })
    const { api, store } = await signedIn(server)
    const { token } = store
    for (const count of [1, 2, 3]) {
      const failure = await rejection(api.post('/password', {}, { skipAuthRefresh: true }))
      expect(failure).toMatchObject({ response: { status: 401 } })
      expect([attempts, server.refreshes, store.token]).toEqual([count, 0, token])
    }
    // The refusals say nothing of the path either: a token that died is refreshed.
    await rejection(api.post('/password', {}))
    expect(server.refreshes).toBe(1)
  })

  test('false, or among the members of every object, changes nothing', async () => {
    const server = await startServer()
    const { api } = await signedIn(server)
    server.expireAccessTokens()
    await api.get('/orders/1', { skipAuthRefresh: false })
    const polluted: Record<string, unknown> = Object.prototype as never
    polluted['skipAuthRefresh'] = true
    try {
      server.expireAccessTokens()
      await api.get('/orders/2')
    } finally {
      delete polluted['skipAuthRefresh']
    }
    expect(server.answersTo('/orders/2')).toEqual([401, 200])
  })

  test('the verdict of the app is overruled, too, and success counts as ever', async () => {
    const server = await startServer()
    const { api } = await signedIn(server, { isExpired: ({ status }) => status === 403 })
    const failure = await rejection(api.get('/forbidden', { skipAuthRefresh: true }))
    expect(failure).toMatchObject({ response: { data: { error: 'insufficient_scope' } } })
    expect((await api.get('/orders/1', { skipAuthRefresh: true })).status).toBe(200)
    expect([server.refreshes, server.countOf('/forbidden')]).toEqual([0, 1])
  })
})

describe('57: the `timeout` of a caller', () => {
  /** A user whose next request waits for a refresh, before it is sent or after it was refused. */
  async function createWaiting(when: string) {
    const clock = driveClock()
    const server = await startServer()
    server.expiresIn = 600
    const app = await signedIn(server)
    const release = server.hold('/auth/refresh')
    if (when === 'before it is sent') await clock.advance(599_000)
    else server.expireAccessTokens()
    return { clock, server, release, ...app }
  }

  describe.each(['before it is sent', 'for its replay'])(
    'counts while a request waits %s',
    (when) => {
      test.each<[AxiosRequestConfig, string, string]>([
        [{}, 'ECONNABORTED', 'timeout of 1500ms exceeded'],
        [
          { transitional: { clarifyTimeoutError: true } },
          'ETIMEDOUT',
          'timeout of 1500ms exceeded',
        ],
        [{ timeoutErrorMessage: 'too slow' }, 'ECONNABORTED', 'too slow'],
      ])('as that of axios: %j', async (config, code, message) => {
        const { clock, server, api, release } = await createWaiting(when)
        const failure = rejection(api.get('/orders/1', { timeout: 1_500, ...config }))
        await server.sees('/auth/refresh')
        const count = server.countOf('/orders/1')
        await clock.advance(1_500)
        const error = await failure
        expect(error).toBeInstanceOf(AxiosError)
        expect(error).toMatchObject({ code, message, config: { url: '/orders/1', timeout: 1_500 } })
        release()
        expect((await api.get('/orders/2')).status).toBe(200)
        expect(server.countOf('/orders/1')).toBe(count)
      })

      test('and its send has only the rest of it, under the name of the whole', async () => {
        const { clock, server, api, release } = await createWaiting(when)
        const limits: unknown[] = []
        const adapter = (config: InternalAxiosRequestConfig): Promise<AxiosResponse> => {
          limits.push([config.timeout, config.timeoutErrorMessage])
          return axios.getAdapter('http')(config)
        }
        const sending = api.get('/orders/1', { timeout: 5_000, adapter })
        await server.sees('/auth/refresh')
        await clock.advance(2_000)
        release()
        const { config } = await sending
        const first = when === 'for its replay' ? [[5_000, undefined]] : []
        expect(limits).toEqual([...first, [3_000, 'timeout of 5000ms exceeded']])
        expect([config.timeout, config.timeoutErrorMessage]).toEqual([5_000, undefined])
      })

      test('and without one, or with none, it waits on', async () => {
        const { clock, server, api, release } = await createWaiting(when)
        const sending = Promise.all([api.get('/orders/1', { timeout: 0 }), api.get('/orders/1')])
        await server.sees('/auth/refresh')
        await clock.advance(9_000)
        release()
        expect((await sending).map(({ status }) => status)).toEqual([200, 200])
      })
    },
  )

  test('counts while it is not known who is signed in, also where it turns out that no user is', async () => {
    const clock = driveClock()
    const server = await startServer()
    let open!: () => void
    const opened = new Promise<void>((resolve) => (open = resolve))
    const storage = { ...memoryStorage(), read: () => opened }
    const { api } = createTestApp(server, { storage })
    const late = rejection(api.get('/public', { timeout: 1_000 }))
    const limits: unknown[] = []
    const sending = api.get('/public', {
      timeout: 2_500,
      adapter: (config) => {
        limits.push(config.timeout)
        return axios.getAdapter('http')(config)
      },
    })
    await clock.advance(1_600)
    expect(await late).toMatchObject({ code: 'ECONNABORTED' })
    open()
    expect((await clock.until(sending)).config.timeout).toBe(2_500)
    expect(limits).toEqual([900])
    expect(server.countOf('/public')).toBe(1)
  })

  test('begins anew when a retry library sends the same config again', async () => {
    const { clock, api, server, release } = await createWaiting('for its replay')
    const failure = rejection(api.get('/orders/1', { timeout: 1_000 }))
    await server.sees('/auth/refresh')
    await clock.advance(1_000)
    const { config } = (await failure) as AxiosError
    const again = api.request(config!)
    await clock.advance(900)
    release()
    expect((await clock.until(again)).status).toBe(200)
  })
})

describe('35: a body that has to wait before it is sent', () => {
  /** Sends a body, and lets the caller change it while the request waits. */
  async function sendChanged<Body>(
    body: Body,
    change: (body: Body) => void,
    config: AxiosRequestConfig = {},
  ): Promise<Buffer> {
    const clock = driveClock()
    const server = await startServer()
    server.expiresIn = 600
    const { api } = await signedIn(server)
    await clock.advance(599_000)
    const release = server.hold('/auth/refresh')
    const sending = api.post('/orders/1', body, config)
    await server.sees('/auth/refresh')
    change(body)
    release()
    await sending
    return server.seen.at(-1)!.body
  }
  const fill = (bytes: Uint8Array): void => void bytes.fill(9)

  test.each<[string, Uint8Array]>([
    ['a typed array', new Uint8Array([1, 2, 3])],
    ['a Buffer', Buffer.from([1, 2, 3])],
  ])('is sent as it was: %s', async (_kind, body) => {
    expect([...(await sendChanged(body, fill))]).toEqual([1, 2, 3])
  })

  test('is sent as it was: an ArrayBuffer', async () => {
    const { buffer } = new Uint8Array([1, 2, 3])
    const sent = await sendChanged(buffer, () => fill(new Uint8Array(buffer)))
    expect([...sent]).toEqual([1, 2, 3])
  })

  test('is sent as it was: a form, with its files', async () => {
    const form = new FormData()
    form.append('name', 'one')
    form.append('file', new Blob(['bytes']), 'a.txt')
    const sent = String(
      await sendChanged(form, () => {
        form.set('name', 'two')
        form.delete('file')
      }),
    )
    expect(sent).toContain('one')
    expect(sent).toContain('filename="a.txt"')
    expect(sent).toContain('bytes')
    expect(sent).not.toContain('two')
  })

  test.each<[string, AxiosRequestConfig]>([
    ['as axios makes text of them', {}],
    ['as an app leaves them to the adapter', { adapter: 'fetch', transformRequest: [] }],
  ])('is sent as it was: URL parameters, %s', async (_how, config) => {
    const parameters = new URLSearchParams('a=1&b=2')
    const sent = await sendChanged(parameters, () => parameters.set('a', '9'), config)
    expect(String(sent)).toBe('a=1&b=2')
  })

  test('is sent as it was: an object with a buffer, which an adapter of the app reads', async () => {
    const seen: unknown[] = []
    const body = { buffer: new Uint8Array([1, 2, 3]).buffer, name: 'a.bin' }
    await sendChanged(body, () => {}, {
      transformRequest: [],
      adapter: (config) => {
        seen.push(config.data)
        return axios.getAdapter('http')({ ...config, data: body.buffer })
      },
    })
    expect(seen).toEqual([body])
  })

  test('goes out as it is then where it is larger than a megabyte', async () => {
    const sent = await sendChanged(new Uint8Array(1_048_577), fill)
    expect([sent.length, sent[0]]).toEqual([1_048_577, 9])
    const copied = await sendChanged(new Uint8Array(1_048_576), fill)
    expect([copied.length, copied[0]]).toEqual([1_048_576, 0])
  })
})

describe('39: an app with another copy of axios', () => {
  const other = createRequire(import.meta.url)('axios') as AxiosStatic

  async function createForeign() {
    const server = await startServer()
    const api = other.create({ baseURL: server.origin })
    return { server, ...(await signedIn(server, { axios: api })) }
  }

  test('gets errors of its own classes', async () => {
    expect(other.AxiosError).not.toBe(AxiosError)
    const { server, api, store } = await createForeign()
    const refused = await rejection(api.get('/forbidden'))
    expect(refused).toBeInstanceOf(other.AxiosError)
    expect(refused).toMatchObject({ response: { data: { error: 'insufficient_scope' } } })
    expect((refused as AxiosError).response?.headers).toBeInstanceOf(other.AxiosHeaders)
    expect(findAuthorization(refused)).toBeUndefined()

    const controller = new AbortController()
    server.hold('/held')
    const aborted = rejection(api.get('/held', { signal: controller.signal }))
    await server.sees('/held')
    controller.abort()
    expect(await aborted).toBeInstanceOf(other.CanceledError)

    const release = server.hold('/auth/refresh')
    server.expireAccessTokens()
    const late = await rejection(api.get('/orders/1', { timeout: 200 }))
    expect(late).toBeInstanceOf(other.AxiosError)
    expect(late).toMatchObject({ code: 'ECONNABORTED', config: { url: '/orders/1' } })

    release()
    await api.get('/orders/2')
    server.revoke()
    const ended = await rejection(api.get('/orders/3'))
    expect(ended).toBeInstanceOf(other.AxiosError)
    expect(isAuthError(ended, 'rejected')).toBe(true)
    expect(store.status).toBe('expired')
    const unknown = await rejection(api.get('/a', { adapter: 'nonesuch' as 'http' }))
    expect(unknown).toBeInstanceOf(other.AxiosError)
  })

  test('gets one of a request that was never sent', async () => {
    const { api, store } = await createForeign()
    let release!: () => void
    const held = new Promise<void>((resolve) => (release = resolve))
    api.interceptors.request.use(async (config) => {
      await held
      return config
    })
    const failure = rejection(api.get('/orders/1'))
    await store.login({ user: 'ben' })
    release()
    const error = await failure
    expect(error).toBeInstanceOf(other.AxiosError)
    expect(error).toMatchObject({ code: 'superseded', cause: { code: 'superseded' } })
  })

  test('sends the same bytes and headers, before and after an expiry', async () => {
    const { server, api } = await createForeign()
    api.defaults.transformRequest = [
      ...[api.defaults.transformRequest ?? []].flat(),
      (data: unknown) => (typeof data === 'string' ? `${data} ` : data),
    ]
    server.expireAccessTokens()
    const config = { params: { a: [1, 2] }, headers: { 'X-Own': 'yes', Accept: false } }
    await api.post('/orders/1', { a: 1 }, config)
    const form = new FormData()
    form.set('name', new Blob(['bytes']), 'a.txt')
    await api.post('/form', form)
    const [first, second] = server.seen.filter(({ path }) => path === '/orders/1')
    expect(String(first!.body)).toBe('{"a":1} ')
    expect(second!.body).toEqual(first!.body)
    expect([second!.url, first!.url]).toEqual(Array(2).fill('/orders/1?a%5B%5D=1&a%5B%5D=2'))
    expect(first!.headers).toMatchObject({ 'x-own': 'yes', 'content-type': 'application/json' })
    expect({ ...second!.headers, authorization: '' }).toEqual({
      ...first!.headers,
      authorization: '',
    })
    expect(String(server.seen.at(-1)!.body)).toContain('bytes')
    expect(server.refreshes).toBe(1)
  })

  test('may have deleted a default: it does not come back', async () => {
    const { server, api } = await createForeign()
    api.defaults.params = { secret: 1 }
    api.interceptors.request.use((config) => {
      delete config.params
      return config
    })
    await api.get('/orders/1')
    expect(server.seen.at(-1)!.url).toBe('/orders/1')
  })

  const findAuthorization = (error: unknown): unknown =>
    (error as AxiosError).config?.headers.get('Authorization')
})

describe('39: with two copies of this library', () => {
  test('each understands the errors of the other', async () => {
    vi.resetModules()
    const copy = await import('../../src/errors')
    expect(copy.AuthError).not.toBe(AuthError)
    const theirs = new copy.AuthError('rejected')
    const caused = Object.assign(new Error('refused'), { cause: theirs })
    for (const error of [theirs, caused]) {
      expect(isAuthError(error)).toBe(true)
      expect(isAuthError(error, 'rejected')).toBe(true)
      expect(isAuthError(error, 'unreachable')).toBe(false)
    }
    expect(theirs).toBeInstanceOf(AuthError)
    expect(copy.isAuthError(new AuthError('superseded'), 'superseded')).toBe(true)
  })

  test('a refresh that throws the error of the other ends the session', async () => {
    vi.resetModules()
    const copy = await import('../../src/errors')
    const server = await startServer()
    const { api, store } = await signedIn(server, {
      refresh: () => Promise.reject(new copy.AuthError('rejected')),
    })
    server.expireAccessTokens()
    expect(isAuthError(await rejection(api.get('/orders/1')), 'rejected')).toBe(true)
    expect(store.status).toBe('expired')
  })

  test('nothing else is one, and a class of the app is only what it made', () => {
    class Own extends AuthError {}
    expect(new Own('rejected')).toBeInstanceOf(Own)
    expect(new Own('rejected')).toBeInstanceOf(AuthError)
    expect(new AuthError('rejected')).not.toBeInstanceOf(Own)
    const likes = [
      null,
      undefined,
      'AuthError',
      {},
      new Error('x'),
      { name: 'AuthError', code: 'x' },
    ]
    for (const like of likes) {
      expect(like).not.toBeInstanceOf(AuthError)
      expect(isAuthError(like)).toBe(false)
      expect(isAuthError({ cause: like })).toBe(false)
    }
  })

  test('the mark is not among its members', () => {
    const error = new AuthError('rejected')
    expect(Reflect.ownKeys(error).filter((key) => typeof key === 'symbol')).toEqual([])
    expect(JSON.parse(JSON.stringify(error))).toEqual({ code: 'rejected', name: 'AuthError' })
  })
})

describe('39: what comes back after a refused refresh tells why, whatever an app throws of it', () => {
  const isExpired = ({ data }: AxiosResponse<{ code?: number } | null>): boolean =>
    data?.code === 40_101

  /** A server that answers 200 to everything, and says in the body that the token has expired. */
  async function createEnvelope(body: string, options: object = {}) {
    const server = await startServer()
    server.route('/envelope', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(body)
    })
    const app = await signedIn(server, { isExpired, ...options })
    server.revoke()
    return { server, ...app }
  }

  test('a response, and its data', async () => {
    const { api } = await createEnvelope('{"code":40101}')
    const response = await api.get<object>('/envelope')
    expect(isAuthError(response, 'rejected')).toBe(true)
    expect(isAuthError(response.data, 'rejected')).toBe(true)
    expect(isAuthError(response.data, 'unreachable')).toBe(false)
    expect(JSON.stringify(response.data)).toBe('{"code":40101}')
    expect(response.data).toEqual({ code: 40_101 })
    expect(Object.keys(response)).not.toContain('cause')
  })

  test('data that an interceptor throws', async () => {
    const { api } = await createEnvelope('{"code":40101}')
    api.interceptors.response.use(({ data }) => {
      throw data
    })
    expect(isAuthError(await rejection(api.get('/envelope')), 'rejected')).toBe(true)
  })

  test('data with a cause of its own, frozen data, and data that is no object, stay', async () => {
    for (const body of ['{"code":40101,"cause":"mine"}', '{"code":40101}', '"40101"', 'null']) {
      const { api } = await createEnvelope(body, {
        isExpired: () => true,
      })
      const transformResponse = (text: string): unknown => {
        const data: unknown = JSON.parse(text)
        return body.includes('mine') ? data : Object.freeze(data)
      }
      const response = await api.get<unknown>('/envelope', { transformResponse })
      expect(response.data).toEqual(JSON.parse(body))
      expect(isAuthError(response, 'rejected')).toBe(true)
      expect(isAuthError(response.data)).toBe(false)
    }
  })

  test.each(['json', undefined] as const)(
    'an ordinary refusal, as an error or not: responseType %s',
    async (responseType) => {
      const server = await startServer()
      const { api, store } = await signedIn(server)
      const config = responseType ? { responseType } : {}
      server.revoke()
      const error = (await rejection(api.get('/orders/1', config))) as AxiosError
      expect(isAuthError(error, 'rejected')).toBe(true)
      expect(isAuthError(error.response, 'rejected')).toBe(true)
      expect(isAuthError(error.response?.data, 'rejected')).toBe(true)
      expect(error.response?.data).toEqual({ error: 'invalid_token' })

      await store.login({ user: 'ada' })
      server.revoke()
      const response = await api.get<object>('/orders/1', { validateStatus: () => true, ...config })
      expect(response.status).toBe(401)
      expect(isAuthError(response, 'rejected')).toBe(true)
      expect(isAuthError(response.data, 'rejected')).toBe(true)
    },
  )

  test('but not what was never refused', async () => {
    const server = await startServer()
    const { api } = await signedIn(server)
    expect(isAuthError(await api.get('/orders/1'))).toBe(false)
    expect(isAuthError(await rejection(api.get('/forbidden')))).toBe(false)
  })
})

test('49: an answer that is no response does not disturb the inspection of answers', async () => {
  const server = await startServer()
  const api = axios.create({ baseURL: server.origin })
  // Added before the plugin, so it runs first.
  api.interceptors.response.use((): never => undefined as never)
  await signedIn(server, { axios: api, login: async () => ({ token: 't', refreshToken: 'r' }) })
  expect(await api.get('/public')).toBeUndefined()
  expect(new AxiosHeaders().has('Authorization')).toBe(false)
})
