// @vitest-environment jsdom
import axios from 'axios'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  createMemoryHistory,
  createRouter,
  createWebHashHistory,
  createWebHistory,
  type RouteLocationNormalized,
  type RouteMeta,
  type RouteRecordRaw,
  type Router,
  type RouterHistory,
} from 'vue-router'
import { AuthError, createAuth, useAuthStore, type AuthRoutes } from 'vue-auth-refresh'
import { oauth2 } from 'vue-auth-refresh/oauth2'
import { expectError, expectWarning } from '../setup/console'
import { useSingleTab } from '../support/jsdom-tab'
import { arrival, createRoutedApp } from '../support/router-app'
import { createTestRouter, optionsFor } from '../support/test-app'

useSingleTab()
beforeEach(() => history.replaceState(null, '', '/'))

const page = { render: () => null }
const tokens = { access_token: 'A1', refresh_token: 'R1' }
const ada = { name: 'ada' }

const histories: [string, () => RouterHistory][] = [
  ['paths', createWebHistory],
  ['hashes', createWebHashHistory],
  ['memory', createMemoryHistory],
]
const at = (router: Router): string => router.currentRoute.value.fullPath

/** Goes there, and returns where that ends. */
async function visit(router: Router, path: string): Promise<string> {
  await router.push(path)
  return at(router)
}

describe.each(histories)('54: in a history of %s', (_kind, createHistory) => {
  const localized = (prefix: string): Router =>
    createRouter({
      history: createHistory(),
      routes: [
        { path: prefix, name: 'home', component: page },
        { path: `${prefix}/login`, name: 'login', component: page, meta: { guestOnly: true } },
        { path: `${prefix}/orders`, component: page, meta: { requiresAuth: true } },
        { path: `${prefix}/admin`, component: page, meta: { requiresAuth: () => false } },
        { path: `${prefix}/sorry`, name: 'sorry', component: page },
      ],
    })
  const named = (name: string) => (to: RouteLocationNormalized) => ({
    name,
    params: { locale: to.params['locale'] },
  })

  test.each([
    ['required', '/:locale(de|en)'],
    ['optional', '/:locale(de|en)?'],
  ])(
    'the pages of the options are found by the locale of the path, which is %s',
    async (_, path) => {
      const names = { login: named('login'), home: named('home'), forbidden: named('sorry') }
      const router = localized(path)
      const { store } = createRoutedApp({ router, names, fetchUser: async () => ada })

      expect(await visit(router, '/de/orders?tab=2')).toBe('/de/login?redirect=/de/orders?tab=2')
      expect(await visit(router, '/en/orders')).toBe('/en/login?redirect=/en/orders')
      void store.setSession(tokens)
      await arrival(router, '/en/orders')
      expect(await visit(router, '/de/login')).toBe('/de')
      expect(await visit(router, '/en/admin')).toBe('/en/sorry')
      await visit(router, '/de/orders')
      void store.logout()
      await arrival(router, '/de/login')
    },
  )

  test('a location lacks no param that the path has', async () => {
    const names = { login: { name: 'login' }, home: { name: 'home' }, forbidden: { name: 'sorry' } }
    const router = localized('/:locale(de|en)')
    const { store } = createRoutedApp({ router, names, fetchUser: async () => ada })

    expect(await visit(router, '/de/orders')).toBe('/de/login?redirect=/de/orders')
    expect(await visit(router, '/en/orders')).toBe('/en/login?redirect=/en/orders')
    void store.setSession(tokens)
    await arrival(router, '/en/orders')
    expect(await visit(router, '/de/login')).toBe('/de')
    expect(await visit(router, '/en/admin')).toBe('/en/sorry')
  })

  /** An app that adds routes for the user who is signed in, as admin templates do. */
  function createLateApp(late: RouteRecordRaw[], meta: RouteMeta = { requiresAuth: true }) {
    const router = createRouter({
      history: createHistory(),
      routes: [
        { path: '/', component: page, meta },
        { path: '/login', component: page, meta: { guestOnly: true } },
      ],
    })
    const app = createRoutedApp({ router, names: { requiresAuth: true } })
    let isAdded = false
    router.beforeEach((to) => {
      if (!app.store.isAuthenticated || isAdded) return true
      isAdded = true
      for (const route of late) router.addRoute(route)
      return to.fullPath
    })
    return app
  }

  test('a user comes back to a route that is added after the login', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { router, store } = createLateApp([{ path: '/late/:id', component: page }])

    expect(await visit(router, '/late/7?tab=2#part')).toBe('/login?redirect=/late/7?tab=2%23part')
    void store.setSession(tokens)
    await arrival(router, '/late/7?tab=2#part')

    expect(router.currentRoute.value.matched).toHaveLength(1)
  })

  test('a user who comes back to a route that is never added is at home in the end', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { router, store, visited } = createLateApp([{ path: '/late/:id', component: page }])

    expect(await visit(router, '/never?a=b c#d')).toMatch(/^\/login\?redirect=\/never/)
    void store.setSession(tokens)
    await arrival(router, '/')

    expect(visited.at(-1)).toBe('/')
    void router.push('/login?redirect=/never')
    await arrival(router, '/never')
    await arrival(router, '/')
  })
})

test('54: a user may go to a path that the router does not have, if nothing led back there', async () => {
  expectWarning('No match found')
  const { router, store } = createRoutedApp()
  await store.setSession(tokens)

  expect(await visit(router, '/unknown')).toBe('/unknown')
  expect(router.currentRoute.value.matched).toEqual([])
})

describe('54: the end of a session on a path without a route', () => {
  async function createLost(requiresAuth: NonNullable<AuthRoutes['requiresAuth']>) {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const app = createRoutedApp({ names: { requiresAuth } })
    await app.store.setSession(tokens)
    expect(await visit(app.router, '/unknown')).toBe('/unknown')
    return app
  }

  test.each<[string, NonNullable<AuthRoutes['requiresAuth']>]>([
    ['where all routes are protected', true],
    ['where a function protects it', ({ path }) => path === '/unknown'],
  ])('leads to the login page %s', async (_where, requiresAuth) => {
    const { router, store } = await createLost(requiresAuth)
    void store.logout()
    await arrival(router, '/login')
  })

  test('leads there with the way back, where the user did not ask for it', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const refresh = () => Promise.reject(new AuthError('rejected'))
    const { router, store } = createRoutedApp({ names: { requiresAuth: true }, refresh })
    await store.setSession(tokens)
    await visit(router, '/unknown')
    void store.refresh().catch(() => {})
    await arrival(router, '/login?redirect=/unknown')
  })

  test.each<[string, NonNullable<AuthRoutes['requiresAuth']>]>([
    ['where nothing is protected', false],
    ['where a function leaves it open', ({ path }) => path !== '/unknown'],
  ])('leaves the user there %s', async (_where, requiresAuth) => {
    const { router, store } = await createLost(requiresAuth)
    const replace = vi.spyOn(router, 'replace')
    await store.logout()
    expect([at(router), replace.mock.calls]).toEqual(['/unknown', []])
  })

  test('leads nowhere before the router has gone anywhere', async () => {
    const { router, store, plugin } = createRoutedApp({ names: { requiresAuth: true } })
    const replace = vi.spyOn(router, 'replace')
    await plugin.ready
    await store.setSession(tokens)
    await store.logout()
    expect(replace).not.toHaveBeenCalled()
  })
})

describe('54: a path without a route that the guard has led back to once', () => {
  const entry = { path: '/late/:id', name: 'late', component: page }

  /** Goes there. The guard would lead on before the navigation ends. */
  async function expectToStay(router: Router, path: string): Promise<void> {
    const replace = vi.spyOn(router, 'replace')
    expect(await visit(router, path)).toBe(path)
    expect(replace).not.toHaveBeenCalled()
  }

  test('may be typed later', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { router, store } = createRoutedApp()
    await store.setSession(tokens)
    await router.push('/login?redirect=/never')
    await arrival(router, '/')

    await expectToStay(router, '/never')
  })

  test('may be typed once its route is gone', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { router, store } = createRoutedApp({ routes: [entry] })
    await store.setSession(tokens)
    expect(await visit(router, '/login?redirect=/late/7')).toBe('/late/7')
    router.removeRoute('late')
    await router.push('/private')

    await expectToStay(router, '/late/7')
  })

  test('may be typed if a guard of the app has led elsewhere', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { router, store } = createRoutedApp()
    let isClosed = true
    router.beforeEach(({ path }) => path !== '/never' || !isClosed || '/private')
    await store.setSession(tokens)
    expect(await visit(router, '/login?redirect=/never')).toBe('/private')
    isClosed = false

    await expectToStay(router, '/never')
  })

  test('leads home each time that the guard leads there', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { router, store, visited } = createRoutedApp()
    await store.setSession(tokens)
    for (const _time of [1, 2]) {
      await router.push('/login?redirect=/never')
      await arrival(router, '/')
    }

    expect(visited.slice(-4)).toEqual(['/never', '/', '/never', '/'])
  })
})

describe('54: the meta as the router has it', () => {
  /** An app with a guard of its own that is earlier, and sets the meta. */
  async function visitAfter(change: object, own: RouteMeta[], isSignedIn = false) {
    const routes = own.reduceRight<RouteRecordRaw[]>(
      (children, meta, index) => [
        { path: index === 0 ? '/page' : '', component: page, meta, children },
      ],
      [],
    )
    const router = createRouter({
      history: createMemoryHistory(),
      routes: [
        { path: '/', component: page },
        { path: '/login', component: page, meta: { guestOnly: true } },
        { path: '/sorry', component: page },
        ...routes,
      ],
    })
    router.beforeEach((to) => {
      if (to.path === '/page') Object.assign(to.meta, change)
    })
    const { store } = createRoutedApp({
      router,
      names: { forbidden: '/sorry' },
      fetchUser: async () => ada,
    })
    if (isSignedIn) await store.setSession(tokens)
    return visit(router, '/page')
  }
  const login = '/login?redirect=/page'
  const refuse = () => false
  const admit = () => true

  test.each<[string, object, RouteMeta[], string]>([
    ['true, on a page that says nothing', { requiresAuth: true }, [{}], login],
    ['true, on a page that says false', { requiresAuth: true }, [{ requiresAuth: false }], login],
    [
      'true, below a page that says false',
      { requiresAuth: true },
      [{ requiresAuth: false }, {}],
      login,
    ],
    ['a function', { requiresAuth: admit }, [{}], login],
    ['false', { requiresAuth: false }, [{ requiresAuth: true }], '/page'],
    ['false, below a function', { requiresAuth: false }, [{ requiresAuth: admit }, {}], '/page'],
    ['undefined, which says nothing', { requiresAuth: undefined }, [{ requiresAuth: true }], login],
    ['guestOnly', { guestOnly: true }, [{ requiresAuth: true }], '/page'],
    ['nothing', {}, [{ requiresAuth: true }, {}], login],
  ])('an earlier guard sets %s, for a signed-out user', async (_what, change, own, end) => {
    expect(await visitAfter(change, own)).toBe(end)
  })

  test.each<[string, object, RouteMeta[], string]>([
    ['true', { requiresAuth: true }, [{}], '/page'],
    ['a function that refuses', { requiresAuth: refuse }, [{}], '/sorry'],
    ['a function that admits', { requiresAuth: admit }, [{ requiresAuth: true }], '/page'],
    [
      'true, below a function that refuses',
      { requiresAuth: true },
      [{ requiresAuth: refuse }, {}],
      '/sorry',
    ],
    [
      'true, over a function that refuses',
      { requiresAuth: true },
      [{ requiresAuth: refuse }],
      '/sorry',
    ],
    [
      'false, below a function that refuses',
      { requiresAuth: false },
      [{ requiresAuth: refuse }, {}],
      '/page',
    ],
    ['guestOnly', { guestOnly: true }, [{}], '/'],
    ['guestOnly: false', { guestOnly: false }, [{ guestOnly: true }], '/page'],
    ['guestOnly: false, below', { guestOnly: false }, [{ guestOnly: true }, {}], '/page'],
    [
      'guestOnly: undefined, which says nothing',
      { guestOnly: undefined },
      [{ guestOnly: true }],
      '/',
    ],
    ['guestOnly: 0, which says nothing', { guestOnly: 0 }, [{ guestOnly: true }], '/'],
    ['nothing; a child says false', {}, [{ guestOnly: true }, { guestOnly: false }], '/page'],
    ['nothing; a child says true', {}, [{ guestOnly: false }, { guestOnly: true }], '/'],
  ])('an earlier guard sets %s, for a signed-in user', async (_what, change, own, end) => {
    expect(await visitAfter(change, own, true)).toBe(end)
  })

  test('a function that the router has merged is asked once', async () => {
    const asked = vi.fn(() => true)
    const { router, store } = createRoutedApp({
      routes: [
        {
          path: '/parent',
          component: page,
          meta: { requiresAuth: asked },
          children: [{ path: 'child', component: page }],
        },
      ],
      fetchUser: async () => ada,
    })
    await store.setSession(tokens)
    await visit(router, '/parent/child')

    // Before the page is entered, and once it is shown.
    expect(asked).toHaveBeenCalledTimes(2)
  })
})

describe('54: the meta of a parent binds the session of the parent alone', () => {
  /** An app of users and of an office, where the parent speaks of users and the child names the office. */
  async function visitOffice(
    parent: RouteMeta,
    {
      child = {},
      set = {},
      names = {},
      signedIn = [],
    }: {
      child?: RouteMeta
      /** Set by an earlier guard. */
      set?: RouteMeta
      names?: AuthRoutes
      signedIn?: ('users' | 'office')[]
    } = {},
  ): Promise<string> {
    const office = { authSession: 'office' }
    const router = createTestRouter([
      { path: '/office/login', component: page, meta: { ...office, guestOnly: true } },
      { path: '/office/home', component: page, meta: office },
      { path: '/sorry', component: page },
      {
        path: '/parent',
        component: page,
        meta: parent,
        children: [{ path: 'office', component: page, meta: { ...office, ...child } }],
      },
    ])
    router.beforeEach((to) => {
      if (to.path === '/parent/office') Object.assign(to.meta, set)
    })
    const users = createRoutedApp({
      router,
      names: { forbidden: '/sorry' },
      fetchUser: async () => ada,
    })
    const plugin = createAuth({
      ...optionsFor(() => axios.create()),
      name: 'office',
      router,
      routes: { login: '/office/login', home: '/office/home', forbidden: '/sorry', ...names },
      fetchUser: async () => ({ desk: 7 }),
    })
    users.app.use(plugin)
    onTestFinished(() => plugin.dispose())
    const stores = { users: users.store, office: useAuthStore(users.pinia, 'office') }
    for (const name of signedIn) await stores[name].setSession(tokens)
    return visit(router, '/parent/office')
  }
  const isAda = (user: unknown): boolean => (user as typeof ada).name === 'ada'

  test('its `requiresAuth: true` does not send a user to the login page of the office', async () => {
    const parent = { requiresAuth: true }
    expect(await visitOffice(parent, { signedIn: ['users'] })).toBe('/parent/office')
    expect(await visitOffice(parent)).toBe('/login?redirect=/parent/office')
  })

  test('its function is not asked of a user of the office', async () => {
    const asked = vi.fn(isAda)

    const end = await visitOffice({ requiresAuth: asked }, { signedIn: ['users', 'office'] })

    expect(end).toBe('/parent/office')
    expect(asked.mock.calls.every(([user]) => isAda(user))).toBe(true)
  })

  test('its `guestOnly` does not keep a user of the office out', async () => {
    expect(await visitOffice({ guestOnly: true }, { signedIn: ['office'] })).toBe('/parent/office')
  })

  test('its `requiresAuth: false` does not open the child, which says nothing', async () => {
    const names = { requiresAuth: true }
    expect(await visitOffice({ requiresAuth: false }, { names })).toBe(
      '/office/login?redirect=/parent/office',
    )
  })

  test('the name that an earlier guard sets does not carry the requirement along', async () => {
    const set = { authSession: 'office' }
    const child = { authSession: 'auth' }
    const parent = { requiresAuth: true }
    expect(await visitOffice(parent, { child, set, signedIn: ['users'] })).toBe('/parent/office')
  })

  test.each<[string, RouteMeta, string]>([
    ['true', { requiresAuth: true }, '/office/login?redirect=/parent/office'],
    ['false, which takes back nothing of the parent', { requiresAuth: false }, '/parent/office'],
    ['a function', { requiresAuth: isAda }, '/office/login?redirect=/parent/office'],
  ])('an earlier guard that sets %s speaks of the office', async (_what, set, end) => {
    const parent = { requiresAuth: () => true }
    expect(await visitOffice(parent, { set, signedIn: ['users'] })).toBe(end)
  })
})

describe('54: what a route that says nothing means', () => {
  const routes: RouteRecordRaw[] = [
    { path: '/silent', component: page },
    { path: '/open', component: page, meta: { requiresAuth: false } },
    { path: '/open/silent', component: page },
    { path: '/admin', component: page, meta: { requiresAuth: () => false } },
    { path: '/sorry/:why', name: 'sorry', component: page },
    { path: '/enter', name: 'enter', component: page },
    { path: '/callback', component: page },
    { path: '/:path(.*)*', name: 'not-found', component: page },
  ]
  const forbidden = { name: 'sorry', params: { why: 'role' } }

  test.each<[string, NonNullable<Parameters<typeof createRoutedApp>[0]>['names'], string[]]>([
    ['open by default', {}, ['/silent', '/', '/unknown']],
    ['open by false', { requiresAuth: false }, ['/silent', '/', '/unknown']],
    [
      'open where a function says false',
      { requiresAuth: (to) => to.path !== '/silent' },
      ['/silent'],
    ],
    ['protected by true, unless it says false', { requiresAuth: true }, ['/open', '/login']],
    [
      'protected, but not the login page',
      { requiresAuth: true, login: '/enter' },
      ['/enter', '/enter?a=1'],
    ],
    ['protected, but not the forbidden page', { requiresAuth: true, forbidden }, ['/sorry/role']],
  ])('is %s', async (_what, names, open) => {
    const { router } = createRoutedApp({ routes, names: names ?? {} })

    for (const path of open) expect(await visit(router, path)).toBe(path)
  })

  test.each<[string, NonNullable<Parameters<typeof createRoutedApp>[0]>['names'], string[]]>([
    ['by true', { requiresAuth: true }, ['/silent', '/', '/unknown', '/open/silent', '/admin']],
    ['where a function says true', { requiresAuth: ({ path }) => path === '/silent' }, ['/silent']],
    ['on another page of the forbidden route', { requiresAuth: true, forbidden }, ['/sorry/other']],
    [
      'where the forbidden page shows itself in place of any other',
      {
        requiresAuth: true,
        forbidden: ({ path }) => ({
          name: 'not-found',
          params: { path: path.slice(1).split('/') },
        }),
      },
      ['/silent', '/open/silent', '/admin'],
    ],
    [
      'on a callback with an answer that nothing awaits',
      { requiresAuth: true },
      ['/callback?code=c&state=s'],
    ],
  ])('is protected %s', async (_what, names, guarded) => {
    const { router } = createRoutedApp({ routes, names: names ?? {} })

    for (const path of guarded) {
      await router.push(path)
      expect(router.currentRoute.value.path).toBe('/login')
      expect(router.currentRoute.value.query).toEqual({ redirect: path })
    }
  })

  test('is admitted by a session', async () => {
    const { router, store } = createRoutedApp({ routes, names: { requiresAuth: true } })
    await store.setSession(tokens)

    for (const path of ['/silent', '/unknown', '/sorry/other', '/enter']) {
      expect(await visit(router, path)).toBe(path)
    }
  })

  test('is closed, and warned of, where a function returns a promise', async () => {
    expectWarning(/`requiresAuth` of \/silent is a promise, which admits no user/)
    const requiresAuth = (async () => false) as unknown as () => boolean
    const { router, store } = createRoutedApp({ routes, names: { requiresAuth } })

    expect(await visit(router, '/silent')).toBe('/login?redirect=/silent')
    await store.setSession(tokens)
    expect(await visit(router, '/silent?again')).toBe('/login?redirect=/silent')
  })

  test('is closed where a function returns a promise that rejects', async () => {
    expectWarning(/`requiresAuth` of \/silent is a promise, which admits no user/)
    const requiresAuth = (async () => {
      throw new Error('no rights')
    }) as unknown as () => boolean
    const { router, store } = createRoutedApp({ routes, names: { requiresAuth } })

    // A rejection that is not handled fails the run.
    expect(await visit(router, '/silent')).toBe('/login?redirect=/silent')
    await store.setSession(tokens)
    expect(await visit(router, '/silent?again')).toBe('/login?redirect=/silent')
  })

  test('is protected where `isCallback` throws', async () => {
    expectError(/isCallback threw.*out of order/)
    const isCallback = () => {
      throw new Error('out of order')
    }
    const { router } = createRoutedApp({ routes, isCallback, names: { requiresAuth: true } })

    expect(await visit(router, '/silent')).toBe('/login?redirect=/silent')
  })

  test.each<[string, () => unknown]>([
    ['a promise of true', async () => true],
    ['a promise that rejects', () => Promise.reject(new Error('out of order'))],
    ['a state', () => 'CA'],
    ['nothing', () => undefined],
  ])('is protected where `isCallback` returns %s', async (_what, answer) => {
    const isCallback = answer as () => boolean
    const { router } = createRoutedApp({ routes, isCallback, names: { requiresAuth: true } })

    expect(await visit(router, '/silent')).toBe('/login?redirect=/silent')
  })

  test('is protected where the browser blocks the storage of logins', async () => {
    const block = () => {
      throw new DOMException('The operation is insecure.', 'SecurityError')
    }
    vi.spyOn(window, 'sessionStorage', 'get').mockImplementation(block)
    const provider = oauth2({
      clientId: 'app',
      tokenEndpoint: 'http://localhost:1/token',
      authorizationEndpoint: 'http://localhost:1/authorize',
    })
    const { router } = createRoutedApp({ routes, ...provider, names: { requiresAuth: true } })

    expect(await visit(router, '/silent?state=CA')).toBe('/login?redirect=/silent?state=CA')
  })

  test('does not take a user from a page that the router has not entered yet', async () => {
    const { router, plugin } = createRoutedApp({ routes, names: { requiresAuth: true } })
    await plugin.ready

    expect(router.currentRoute.value.matched).toEqual([])
    expect(await visit(router, '/open')).toBe('/open')
  })

  test('is open to the answer of a provider that a login in this tab awaits', async () => {
    const leave = vi.fn<(to: URL) => void>()
    // The digests of Node are not of jsdom's ArrayBuffer.
    const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(1))
    vi.stubGlobal('ArrayBuffer', digest.constructor)
    vi.stubGlobal('location', { search: '', href: 'https://app.example/login', assign: leave })
    const endpoints = {
      clientId: 'app',
      tokenEndpoint: 'http://localhost:1/token',
      authorizationEndpoint: 'http://localhost:1/authorize',
    }
    const provider = oauth2(endpoints)
    const { router, store } = createRoutedApp({
      routes,
      ...provider,
      names: { requiresAuth: true },
    })
    store.login().catch(() => {})
    await vi.waitUntil(() => leave.mock.calls.length > 0)
    const state = leave.mock.lastCall?.[0].searchParams.get('state')
    const answer = `/callback?code=c&state=${state}`

    expect(await visit(router, answer)).toBe(answer)
    expect(await visit(router, `/callback?error=access_denied&state=${state}`)).toContain(
      '/callback',
    )
    const another = oauth2({ ...endpoints, clientId: 'another' })
    const { router: other } = createRoutedApp({ routes, ...another, names: { requiresAuth: true } })
    expect(await visit(other, answer)).toMatch(/^\/login/)
    expect(await visit(router, '/callback?code=c&state=other')).toMatch(/^\/login/)
    expect(await visit(router, `/callback?state=a&state=${state}`)).toMatch(/^\/login/)
    expect(await visit(router, '/callback')).toBe('/login?redirect=/callback')
  })
})

test.each<[string, unknown]>([
  ['undefined', undefined],
  ['null', null],
  ['0', 0],
  ['an empty string', ''],
])('54: a function that returns %s admits no user', async (_what, answer) => {
  const { router, store } = createRoutedApp({
    routes: [{ path: '/odd', component: page, meta: { requiresAuth: () => answer as boolean } }],
    fetchUser: async () => ada,
  })
  await store.setSession(tokens)

  expect(await visit(router, '/odd')).toBe('/')
})

test.each([
  '/article/می‌خواهم',
  '/article/ශ්‍රී-ලංකා',
  '/team/👩‍💻',
  '/article/東京',
  '/files/a//b',
  '/files/a%2F%2Fb',
  '/files/a%252Fb',
  '/wiki/C%2525',
  `/search/${'x'.repeat(8_000)}`,
])('54: a login leads back to %s', async (path) => {
  const { router, store } = createRoutedApp({
    routes: [{ path: '/:kind/:name(.*)', component: page, meta: { requiresAuth: true } }],
  })
  await visit(router, path)
  expect(router.currentRoute.value.path).toBe('/login')

  void store.setSession(tokens)

  await arrival(router, router.resolve(path).fullPath)
})

describe('54: pages that are reached by redirect records', () => {
  const refuseAll = (): boolean => false
  const routes: RouteRecordRaw[] = [
    { path: '/', redirect: '/dashboard' },
    { path: '/dashboard', component: page, meta: { requiresAuth: refuseAll } },
    { path: '/login', redirect: { name: 'sign-in' } },
    { path: '/sign-in', name: 'sign-in', component: page },
    { path: '/private', component: page, meta: { requiresAuth: true } },
  ]

  test('a refused user of the home page is not sent there again and again', async () => {
    const router = createRouter({ history: createMemoryHistory(), routes })
    const { store } = createRoutedApp({ router })
    await store.setSession({ access_token: 'A1' })
    await router.push('/dashboard')
    expect(router.currentRoute.value.matched).toEqual([])
  })

  test('a protected login page is open, also behind a redirect', async () => {
    const router = createRouter({ history: createMemoryHistory(), routes })
    createRoutedApp({ router, names: { requiresAuth: true } })
    await router.push('/private')
    expect(router.currentRoute.value.path).toBe('/sign-in')
  })
})
