// @vitest-environment jsdom
import { describe, expect, test } from 'vitest'
import {
  createMemoryHistory,
  createRouter,
  type RouteLocationRaw,
  type RouteRecordRaw,
} from 'vue-router'
import { expectWarning } from '../setup/console'
import { useSingleTab } from '../support/jsdom-tab'
import { arrival, createRoutedApp } from '../support/router-app'

useSingleTab()

const page = { render: () => null }
const tokens = { access_token: 'A1', refresh_token: 'R1' }

/** The router itself warns, as often as it looks for the location: here, and twice when it goes there. */
function expectUnmatched(times: number): void {
  for (let time = 0; time < 3 * times; time++) expectWarning('No match found for location')
}

/** Leads the router to the page of an option: signed out to `login`, signed in to the others. */
async function lead(option: string, location: RouteLocationRaw, routes: RouteRecordRaw[] = []) {
  const refused = { path: '/refused', component: page, meta: { requiresAuth: () => false } }
  const { router, store } = createRoutedApp({
    routes: [refused, ...routes],
    names: { [option]: location },
    fetchUser: async () => 'ada',
  })
  router.onError(() => {})
  if (option !== 'login') await store.setSession(tokens)
  const from = { login: '/private', home: '/login', forbidden: '/refused' }[option]!
  return router.push(from).then(
    () => router.currentRoute.value.fullPath,
    (error: Error) => error.message,
  )
}

describe('54: a location that the router does not have when it is needed', () => {
  test.each(['login', 'home', 'forbidden'])('%s, by path', async (option) => {
    expectWarning(
      new RegExp(
        `\`routes\\.${option}\` must be a route of the router; "/nowhere" is none\\. ` +
          `Add it to the router before it is needed, or write \`routes: { ${option}: '/`,
      ),
    )
    expectUnmatched(1)

    expect(await lead(option, '/nowhere')).toMatch(/^\/nowhere/)
  })

  test.each(['login', 'home', 'forbidden'])('%s, by name', async (option) => {
    expectWarning(
      new RegExp(
        `\`routes\\.${option}\` must be a route .*"nowhere".* is none \\(.*Add it to`,
        's',
      ),
    )

    // The router takes it for a navigation that failed.
    expect(await lead(option, { name: 'nowhere' })).toBe('/')
  })

  test.each(['login', 'home', 'forbidden'])('%s, by a name that lacks a param', async (option) => {
    expectWarning(
      `\`routes.${option}\` must be a route of the router; {"name":"localized"} is none ` +
        '(Missing required param "locale"). Add it to the router before it is needed, or write ' +
        `\`routes: { ${option}: (to) => ({ name, params: { … } })\` for its params.`,
    )

    const localized = { path: '/:locale/page', name: 'localized', component: page }
    expect(await lead(option, { name: 'localized' }, [localized])).toContain('Missing required')
  })

  test('the default, /login', async () => {
    expectWarning('`routes.login` must be a route of the router; "/login" is none')
    expectUnmatched(1)
    const routes = [{ path: '/', component: page, meta: { requiresAuth: true } }]
    const router = createRouter({ history: createMemoryHistory(), routes })
    createRoutedApp({ router })

    await router.push('/')

    expect(router.currentRoute.value.fullPath).toBe('/login?redirect=/')
  })

  test('is warned of once for each option', async () => {
    expectWarning('`routes.login` must be a route of the router; "/nowhere" is none')
    expectUnmatched(2)
    const { router } = createRoutedApp({ names: { login: () => '/nowhere' } })

    await router.push('/private?1')
    await router.push('/private?2')
  })

  test.each(['/:anything(.*)*', '/:anything(.*)'])(
    'is not there because of a catch-all like %s',
    async (path) => {
      expectWarning('`routes.forbidden` must be a route of the router; "/nowhere" is none')

      expect(await lead('forbidden', '/nowhere', [{ path, component: page }])).toBe('/nowhere')
    },
  )

  test('is there if it names the catch-all itself', async () => {
    const notFound = { path: '/:path(.*)*', name: 'not-found', component: page }

    expect(await lead('forbidden', { name: 'not-found' }, [notFound])).toBe('/')
  })

  const catchAlls: [string, RouteRecordRaw][] = [
    ['a page', { path: '/:anything(.*)*', component: page }],
    ['a redirect', { path: '/:anything(.*)*', redirect: '/404' }],
  ]
  /** An app whose guard adds routes once a user is signed in, and goes on to where the user was going. */
  function createMenuApp(option: string, late: RouteRecordRaw[], catchAll?: RouteRecordRaw) {
    const routes = [
      { path: '/refused', component: page, meta: { requiresAuth: () => false } },
      { path: '/404', component: page },
      ...(catchAll ? [catchAll] : []),
    ]
    const names = { [option]: '/dashboard' }
    const app = createRoutedApp({ routes, names, fetchUser: async () => 'ada' })
    let isLoaded = false
    app.router.beforeEach((to) => {
      if (isLoaded || !app.store.isAuthenticated) return true
      isLoaded = true
      for (const route of late) app.router.addRoute(route)
      return { path: to.redirectedFrom?.path ?? to.path, replace: true }
    })
    return app
  }
  const froms: [string, string][] = [
    ['home', '/login'],
    ['forbidden', '/refused'],
  ]

  describe.each(catchAlls)('with a catch-all that is %s', (_kind, catchAll) => {
    test.each(froms)('`%s` is not missed if a guard of the app adds it', async (option, from) => {
      const dashboard = { path: '/dashboard', component: page }
      const { router, store } = createMenuApp(option, [dashboard], catchAll)
      await store.setSession(tokens)
      await router.push(from)
      expect(router.currentRoute.value.path).toBe('/dashboard')
    })

    test.each(froms)('`%s` is missed if no guard adds it', async (option, from) => {
      expectWarning(`\`routes.${option}\` must be a route of the router; "/dashboard" is none`)
      const { router, store } = createMenuApp(option, [], catchAll)
      await store.setSession(tokens)
      await router.push(from)
      expect(router.currentRoute.value.path).toMatch(/dashboard|404/)
    })
  })

  test('with a state that holds itself, and a param that JSON does not know', async () => {
    const state: Record<string, never> = {}
    Object.assign(state, { state })
    expectWarning('`routes.forbidden` must be a route of the router; {"path":"/nowhere"} is none')
    expectUnmatched(1)
    expect(await lead('forbidden', { path: '/nowhere', state })).toBe('/nowhere')

    expectWarning('`routes.home` must be a route of the router; {"name":"gone"} is none')
    const params = { id: 7n as unknown as number }
    expect(await lead('home', { name: 'gone', params })).toBe('/')
  })

  test('is not missed if it was added in time', async () => {
    const { router, store } = createRoutedApp({ names: { login: '/later' } })
    router.addRoute({ path: '/later', component: page, meta: { guestOnly: true } })

    await router.push('/private')
    expect(router.currentRoute.value.fullPath).toBe('/later?redirect=/private')
    void store.setSession(tokens)
    await arrival(router, '/private')
  })
})

describe('a page of the options that cannot do', () => {
  test.each([
    ['itself', [{ path: '/enter', component: page, meta: { requiresAuth: true } }]],
    [
      'by its parent',
      [
        {
          path: '/enter',
          component: page,
          meta: { requiresAuth: true },
          children: [{ path: '', component: page }],
        },
      ],
    ],
  ])(
    'a login page that is protected %s is shown all the same, with a warning',
    async (_how, routes) => {
      expectWarning(/`routes\.login` must be open.*take `requiresAuth` off that route/)

      expect(await lead('login', '/enter', routes)).toBe('/enter?redirect=/private')
    },
  )

  test('a home page for guests only is shown all the same, with a warning', async () => {
    expectWarning(/`routes\.home` must be open.*take `guestOnly` off that route/)
    const routes = [{ path: '/hello', component: page, meta: { guestOnly: true } }]

    expect(await lead('home', '/hello', routes)).toBe('/hello')
  })

  test('a forbidden page that asks the user for more is not shown, with a warning', async () => {
    expectWarning(/`routes\.forbidden` must be open.*take the function off `requiresAuth` there/)
    const routes = [{ path: '/sorry', component: page, meta: { requiresAuth: () => false } }]

    expect(await lead('forbidden', '/sorry', routes)).toBe('/')
  })
})

const circular: unknown[] = []
circular.push(circular)

test.each<[string, (user: unknown) => unknown, string]>([
  [
    'a promise of true',
    async () => true,
    'is a promise, which admits no user: return true or false',
  ],
  [
    'a promise that rejects',
    () => Promise.reject(new Error('no rights')),
    'is a promise, which admits no user: return true or false',
  ],
  ['a role', () => 'admin', 'is a string, which admits no user: return true or false'],
  ['a list of roles', () => ['admin'], 'is an object, which admits no user'],
  ['the user', (user) => ({ user }), 'is an object, which admits no user'],
  ['an object that holds itself', () => circular, 'is an object, which admits no user'],
  ['a number', () => 7, 'is a number, which admits no user'],
  ['a bigint', () => 7n, 'is a bigint, which admits no user'],
  ['a symbol', () => Symbol('admin'), 'is a symbol, which admits no user'],
  ['a function', () => () => true, 'is a function, which admits no user'],
])(
  '54: a function that returns %s is warned of by its kind, and admits no user',
  async (_what, answer, words) => {
    expectWarning(`\`requiresAuth\` of /odd ${words}`)
    const { router, store } = createRoutedApp({
      routes: [{ path: '/odd', component: page, meta: { requiresAuth: answer as () => boolean } }],
      fetchUser: async () => 'ada',
    })
    await store.setSession(tokens)

    await router.push('/odd')
    await router.push('/odd?again')

    expect(router.currentRoute.value.fullPath).toBe('/')
  },
)
