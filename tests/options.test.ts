import axios, { type AxiosInstance } from 'axios'
import { createPinia, setActivePinia } from 'pinia'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createApp } from 'vue'
import { createMemoryHistory, createRouter, type RouteLocationRaw } from 'vue-router'
import {
  createAuth,
  isAuthError,
  memoryStorage,
  useAuth,
  useAuthStore,
  type AuthOptions,
} from 'vue-auth-refresh'
import { expectError, expectWarning } from './setup/console'
import {
  createTestApp,
  createTestRouter,
  keyOf,
  optionsFor,
  rejection,
  signedIn,
  startServer,
} from './support/test-app'

const page = { render: () => null }
const options = (): AuthOptions => optionsFor(axios.create())

/** Passes options that only JavaScript lets through, not the types. Returns the error. */
const misuse = (wrong: Record<string, unknown>): unknown => {
  try {
    createAuth({ ...options(), ...wrong })
  } catch (error) {
    return error
  }
  return 'It was accepted.'
}

describe('a wrong option is a TypeError that names it and says what to do', () => {
  test.each<[string, Record<string, unknown>, string, string]>([
    ['no axios', { axios: undefined }, '`axios`', 'axios.create()'],
    ['axios that is no instance', { axios: { get() {} } }, '`axios`', 'axios.create()'],
    ['no axios in the list', { axios: [] }, '`axios`', 'empty list: put an axios instance into it'],
    ['a URL in the list', { axios: [axios.create(), '/api'] }, '`axios[1]`', 'axios.create()'],
    ['a hole in the list', { axios: [undefined] }, '`axios[0]`', 'axios.create()'],
    [
      'the same twice',
      { axios: [axios, axios.create(), axios] },
      '`axios[2]`',
      'twice: list it once',
    ],
    ['no login', { login: undefined }, '`login`', 'pass an async function'],
    ['login that is a URL', { login: '/auth/login' }, '`login`', 'pass an async function'],
    ['no refresh', { refresh: undefined }, '`refresh`', 'pass an async function'],
    ['refresh that is a URL', { refresh: '/auth/refresh' }, '`refresh`', 'pass an async function'],
    [
      'logout that is a URL',
      { logout: '/auth/logout' },
      '`logout`',
      'must be a function: write `async (tokens, { http }) => …`',
    ],
    [
      'fetchUser that is a URL',
      { fetchUser: '/me' },
      '`fetchUser`',
      'must be a function: write `async ({ http }) => user`',
    ],
    [
      'reauthenticate that is true',
      { reauthenticate: true },
      '`reauthenticate`',
      'must be a function: write `async ({ signal }) => …`',
    ],
    [
      'isSameUser that is a claim',
      { fetchUser() {}, isSameUser: 'sub' },
      '`isSameUser`',
      'must be a function: write `(before, after) => boolean`',
    ],
    ['isSameUser without fetchUser', { isSameUser: () => true }, '`isSameUser`', '`fetchUser`'],
    [
      'storeUser that is a word',
      { fetchUser() {}, storeUser: 'name' },
      '`storeUser`',
      'must be true, false or a function: write `(user) => user`',
    ],
    ['storeUser without fetchUser', { storeUser: true }, '`storeUser`', '`fetchUser`'],
    [
      'isExpired that is a status',
      { isExpired: 401 },
      '`isExpired`',
      'must be a function: write `(response) => boolean`',
    ],
    [
      'classifyFailure that is a class',
      { classifyFailure: 'rejected' },
      '`classifyFailure`',
      "must be a function: write `(error) => 'rejected' | 'unreachable'`",
    ],
    [
      'attach that is a header',
      { attach: 'X-Token' },
      '`attach`',
      'must be a function: write `(config, token) => …`',
    ],
    [
      'onEvent that is null',
      { onEvent: null },
      '`onEvent`',
      'must be a function: write `(event) => …`, or leave it out',
    ],
    ['leeway that is negative', { leeway: -1 }, '`leeway`', 'milliseconds of at least 0'],
    ['leeway that is true', { leeway: true }, '`leeway`', 'milliseconds of at least 0, or false.'],
    ['leeway that is endless', { leeway: Infinity }, '`leeway`', 'milliseconds'],
    ['keepFresh that is a number', { keepFresh: 60_000 }, '`keepFresh`', 'true or false'],
    [
      'a session that is a cookie',
      { session: 'sid' },
      '`session`',
      "one of: 'tokens', 'refresh-cookie'",
    ],
    ['a session that is null', { session: null }, '`session`', "one of: 'tokens'"],
    ['a session of a prototype', { session: 'toString' }, '`session`', "one of: 'tokens'"],
    [
      'the older cookieSession',
      { cookieSession: true },
      '`cookieSession`',
      "`session: 'refresh-cookie'`",
    ],
    ['its function', { cookieSession: () => true }, '`cookieSession`', '`mayBeSignedIn`'],
    [
      'mayBeSignedIn that is true',
      { session: 'refresh-cookie', mayBeSignedIn: true },
      '`mayBeSignedIn`',
      'write `() => boolean`',
    ],
    [
      'mayBeSignedIn without a cookie',
      { mayBeSignedIn: () => true },
      '`mayBeSignedIn`',
      "`session: 'refresh-cookie'`",
    ],
    ['prove that is a key', { prove: {} }, '`prove`', 'write `async (request) => …`'],
    [
      'prove where tokens are cookies',
      { session: 'cookies', prove() {} },
      '`prove`',
      "no token to prove with `session: 'cookies'`: leave it out",
    ],
    ['attach beside prove', { attach() {}, prove() {} }, '`attach`', 'leave one of them out'],
    [
      'attach where tokens are cookies',
      { session: 'cookies', attach() {} },
      '`attach`',
      'leave it out',
    ],
    [
      'reauthenticate where no token names a user',
      { session: 'cookies', fetchUser() {}, reauthenticate() {} },
      '`isSameUser`',
      'is missing',
    ],
    ['leeway in words', { leeway: '30s' }, '`leeway`', 'milliseconds'],
    ['minValidity that is negative', { minValidity: -1 }, '`minValidity`', 'at least 0'],
    ['minValidity in words', { minValidity: '2s' }, '`minValidity`', 'milliseconds'],
    ['refreshTimeout of 0', { refreshTimeout: 0 }, '`refreshTimeout`', 'at least 1'],
    ['refreshTimeout of NaN', { refreshTimeout: NaN }, '`refreshTimeout`', 'milliseconds'],
    ['idleTimeout in words', { idleTimeout: '15m' }, '`idleTimeout`', 'milliseconds'],
    ['idleTimeout in seconds', { idleTimeout: 900 }, '`idleTimeout`', 'at least 2000'],
    ['idleTimeout without end', { idleTimeout: Infinity }, '`idleTimeout`', 'milliseconds'],
    ['maxAge of 0', { maxAge: 0 }, '`maxAge`', 'at least 2000'],
    ['maxAge that is null', { maxAge: null }, '`maxAge`', 'milliseconds'],
    ['endingLead that is negative', { endingLead: -1 }, '`endingLead`', 'at least 0'],
    ['endingLead that is NaN', { endingLead: NaN }, '`endingLead`', 'milliseconds'],
    ['retries of a half', { retries: 0.5 }, '`retries`', 'whole number'],
    ['retries of -1', { retries: -1 }, '`retries`', 'whole number'],
    ['retries without end', { retries: Infinity }, '`retries`', 'whole number'],
    ['an empty name', { name: '' }, '`name`', 'not empty'],
    ['a name that is a number', { name: 1 }, '`name`', 'string'],
    ['storage that is null', { storage: null }, '`storage`', 'AuthStorage'],
    ['localStorage as storage', { storage: { getItem() {}, setItem() {} } }, '`storage`', 'read()'],
    ['storage without update', { storage: { read() {} } }, '`storage`', 'update()'],
    [
      'allowedOrigins that is one origin',
      { allowedOrigins: 'https://a.example' },
      '`allowedOrigins`',
      'list',
    ],
    [
      'an origin with a path',
      { allowedOrigins: ['https://a.example/api'] },
      '`allowedOrigins[0]`',
      "write 'https://a.example'.",
    ],
    [
      'an origin with a slash',
      { allowedOrigins: ['https://a.example', 'https://b.example/'] },
      '`allowedOrigins[1]`',
      "write 'https://b.example'.",
    ],
    ['a host', { allowedOrigins: ['a.example'] }, '`allowedOrigins[0]`', 'scheme and host'],
    ['an asterisk', { allowedOrigins: ['*'] }, '`allowedOrigins[0]`', 'scheme and host'],
    ['a regular expression', { allowedOrigins: [/a/] }, '`allowedOrigins[0]`', 'scheme and host'],
    [
      'a data URL',
      { allowedOrigins: ['data:,'] },
      '`allowedOrigins[0]`',
      'https://api.example.com',
    ],
    ['a router that is a list of routes', { router: [] }, '`router`', 'createRouter()'],
    ['a router that is null', { router: null }, '`router`', 'createRouter()'],
    ['routes that are a path', { routes: '/login' }, '`routes`', "write `{ login: '/sign-in' }`"],
    ['routes that are null', { routes: null }, '`routes`', "write `{ login: '/sign-in' }`"],
    ['a login page that is a number', { routes: { login: 1 } }, '`routes.login`', "write '/login'"],
    ['a home page that is null', { routes: { home: null } }, '`routes.home`', 'a function'],
    [
      'requiresAuth that is a role',
      { routes: { requiresAuth: 'admin' } },
      '`routes.requiresAuth`',
      'true, false or a function: `(to) => boolean`',
    ],
    [
      'isCallback that is a path',
      { isCallback: '/callback' },
      '`isCallback`',
      'must be a function: write `(to) => boolean`',
    ],
  ])('%s', (_what, wrong, name, advice) => {
    const error = misuse(wrong)

    expect(error).toBeInstanceOf(TypeError)
    expect((error as TypeError).message).toContain(name)
    expect((error as TypeError).message).toContain(advice)
  })

  test.each([undefined, null, 'options'])('no options at all: %j', (nothing) => {
    expect(() => createAuth(nothing as unknown as AuthOptions)).toThrow(
      /^createAuth\(\): pass an object of options: axios, login and refresh/,
    )
  })
})

describe('54: no location of `routes` is checked before it is needed, as its route may be added later', () => {
  test.each<[string, RouteLocationRaw]>([
    ['a path', '/later'],
    ['a name', { name: 'later' }],
    ['a name without its params', { name: 'private' }],
    ['a page for guests', '/login'],
  ])('%s', (_what, location) => {
    const router = createTestRouter([
      { path: '/:locale/private', name: 'private', component: page, meta: { requiresAuth: true } },
    ])
    const routes = { login: location, home: location, forbidden: location }

    expect(misuse({ router, routes })).toBe('It was accepted.')
    expect(misuse({ router, routes: { login: () => location } })).toBe('It was accepted.')
  })

  test('nor that there is a login page at all', () => {
    const routes = [{ path: '/', component: page }]

    expect(misuse({ router: createRouter({ history: createMemoryHistory(), routes }) })).toBe(
      'It was accepted.',
    )
  })

  test('undefined counts as not given', () => {
    const routes = {
      login: undefined,
      home: undefined,
      forbidden: undefined,
      requiresAuth: undefined,
    }
    expect(misuse({ router: createTestRouter(), routes })).toBe('It was accepted.')
  })
})

test('what is right is accepted', () => {
  const router = createTestRouter([{ path: '/sorry', name: 'sorry', component: page }])

  expect(() =>
    createAuth({
      ...options(),
      router,
      routes: {
        login: '/login',
        home: () => '/',
        forbidden: { name: 'sorry' },
        requiresAuth: true,
      },
      leeway: 0,
      minValidity: 0,
      refreshTimeout: 1,
      idleTimeout: 2_000,
      maxAge: 2_000,
      endingLead: 0,
      retries: 0,
      allowedOrigins: ['https://a.example', 'http://localhost:8080'],
      name: 'admin',
    }),
  ).not.toThrow()
  expect(() => createAuth({ ...options(), leeway: false, allowedOrigins: [] })).not.toThrow()
})

describe('installing', () => {
  test('without Pinia says what is missing, and what to do', () => {
    const plugin = createAuth(options())

    expect(() => createApp(page).use(plugin)).toThrow(
      /^createAuth\(\): Pinia is missing.*app\.use\(createPinia\(\)\)/,
    )
  })

  test('works once Pinia is there', () => {
    const plugin = createAuth(options())
    onTestFinished(() => plugin.dispose())
    expect(() => createApp(page).use(plugin)).toThrow('Pinia is missing')

    expect(() => createApp(page).use(createPinia()).use(plugin)).not.toThrow()
  })

  test('in a second app is refused, until the first one is unmounted', async () => {
    const { plugin } = createTestApp(await startServer())
    const second = createApp(page).use(createPinia())

    expect(() => second.use(plugin)).toThrow(/^createAuth\(\): .*for each app/)

    plugin.dispose()
    // Without a page, as here, it may be for another user.
    expectWarning('An axios instance serves one app after another.')
    expect(() => createApp(page).use(createPinia()).use(plugin)).not.toThrow()
  })

  test('changes nothing before: an instance whose plugin is not installed stays as it was', async () => {
    const server = await startServer()
    const api = axios.create({ baseURL: server.origin })
    createAuth(optionsFor(api))

    expect((await api.get('/public')).data).toEqual({ authorization: null })
  })
})

describe('without the plugin', () => {
  test('useAuth() says how to install it', () => {
    const pinia = createPinia()
    const app = createApp(page).use(pinia)

    expect(() => app.runWithContext(useAuth)).toThrow(
      /Install the plugin first: app\.use\(createPinia\(\)\)\.use\(authPlugin\)/,
    )
  })

  test('useAuthStore(pinia) says so, too', () => {
    const pinia = createPinia()
    createApp(page).use(pinia)

    expect(() => useAuthStore(pinia)).toThrow('There is no session. Install the plugin first')
  })

  test('and once it was disposed of, the error says so, and what to do', () => {
    const pinia = createPinia()
    const app = createApp(page).use(pinia)
    const plugin = createAuth({ ...options(), name: 'shop' })
    app.use(plugin)
    plugin.dispose()

    const cure = 'Install the plugin in a new app, as it was disposed of: app.use('
    expect(() => useAuthStore(pinia)).toThrow(cure)
    expect(() => useAuthStore(pinia, 'shop')).toThrow(cure)
    expect(() => app.runWithContext(useAuth)).toThrow(cure)
    expect(() => useAuthStore(pinia, 'other')).toThrow('Install the plugin first')
    const next = createAuth({ ...options(), name: 'shop' })
    createApp(page).use(pinia).use(next)
    onTestFinished(next.dispose)
    expect(useAuthStore(pinia)).toBe(useAuthStore(pinia, 'shop'))
  })

  test('and without an app, useAuth() says that there is none', () => {
    setActivePinia(undefined)
    // Pinia's own.
    expectError(/Pinia instance not found in context/)

    expect(() => useAuth()).toThrow(/no active Pinia\. Install the plugin first/)
  })
})

describe('an option that is undefined counts as not given', () => {
  test.each([
    'leeway',
    'keepFresh',
    'refreshTimeout',
    'idleTimeout',
    'maxAge',
    'endingLead',
    'retries',
    'classifyFailure',
    'name',
  ] as const)('%s', async (option) => {
    const server = await startServer()
    const storage = memoryStorage()
    const given: Record<string, unknown> = { storage, [option]: undefined }
    const { api, store } = await signedIn(server, given)
    server.expireAccessTokens()
    expect((await api.get('/orders/1')).status).toBe(200)
    expect(await storage.read(keyOf(server))).toMatchObject({ token: store.token })

    server.revoke()
    expect(isAuthError(await rejection(api.get('/orders/1')), 'rejected')).toBe(true)
  })
})

describe('a store that is there already', () => {
  test('is made anew where useAuthStore() was called too early', async () => {
    const app = createApp(page)
    const pinia = createPinia()
    app.use(pinia)
    expect(() => useAuthStore(pinia)).toThrow('Install the plugin first')
    const plugin = createAuth(options())
    app.use(plugin)
    onTestFinished(plugin.dispose)
    await plugin.ready
    expect(useAuthStore(pinia).status).toBe('anonymous')
  })

  test('is not taken over by a second plugin of that name, nor is anything of it set up', () => {
    const app = createApp(page)
    const plugin = createAuth(options())
    app.use(createPinia()).use(plugin)
    onTestFinished(plugin.dispose)
    const second = options()
    const handlers = vi.spyOn((second.axios as AxiosInstance).interceptors.request, 'use')

    expect(() => app.use(createAuth(second))).toThrow('session named "auth" already')
    expect(handlers).not.toHaveBeenCalled()
  })
})
