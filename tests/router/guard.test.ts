// @vitest-environment jsdom
import { describe, expect, test, vi } from 'vitest'
import {
  createMemoryHistory,
  createRouter,
  isNavigationFailure,
  NavigationFailureType,
  type RouteMeta,
  type RouteRecordRaw,
} from 'vue-router'
import { useSingleTab } from '../support/jsdom-tab'
import { arrival, createRoutedApp } from '../support/router-app'

useSingleTab()

const page = { render: () => null }
const tokens = { access_token: 'A1', refresh_token: 'R1' }
const isAdmin = (user: unknown): boolean => (user as { roles: string[] }).roles.includes('admin')

describe('requiresAuth', () => {
  test('true sends a signed-out user to the login page, with the way back', async () => {
    const { router } = createRoutedApp()

    await router.push('/private?tab=2#part')

    expect(router.currentRoute.value.path).toBe('/login')
    expect(router.currentRoute.value.query).toEqual({ redirect: '/private?tab=2#part' })
  })

  test('true lets a signed-in user pass', async () => {
    const { router, store, visited } = createRoutedApp()
    await store.setSession(tokens)

    await router.push('/private')

    expect(visited).toEqual(['/private'])
  })

  test('a route without it is open to everyone', async () => {
    const { router, store, visited } = createRoutedApp()
    await router.push('/')
    await store.setSession(tokens)

    await router.push('/?again')

    expect(visited).toEqual(['/', '/?again'])
  })

  const nested = (parent: RouteMeta, child: RouteMeta): RouteRecordRaw => ({
    path: '/parent',
    component: page,
    meta: parent,
    children: [{ path: 'child', component: page, meta: child }],
  })

  test.each<[string, RouteMeta, RouteMeta, string]>([
    ['true holds for children too', { requiresAuth: true }, {}, '/login?redirect=/parent/child'],
    ['false of a child opens it', { requiresAuth: true }, { requiresAuth: false }, '/parent/child'],
    [
      'false of a child opens it to a predicate, too',
      { requiresAuth: isAdmin },
      { requiresAuth: false },
      '/parent/child',
    ],
    ['true of a child alone', {}, { requiresAuth: true }, '/login?redirect=/parent/child'],
    [
      'false of a parent says nothing of a child',
      { requiresAuth: false },
      { requiresAuth: true },
      '/login?redirect=/parent/child',
    ],
    ['nothing at all', {}, {}, '/parent/child'],
  ])('nested: %s', async (_why, parent, child, expected) => {
    const { router } = createRoutedApp({ routes: [nested(parent, child)] })

    await router.push('/parent/child')

    expect(router.currentRoute.value.fullPath).toBe(expected)
  })

  test('nested predicates are all asked', async () => {
    const asked: string[] = []
    const says = (name: string, answer: boolean) => () => {
      asked.push(name)
      return answer
    }
    const { router, store } = createRoutedApp({
      routes: [
        nested({ requiresAuth: says('parent', true) }, { requiresAuth: says('child', false) }),
      ],
      fetchUser: async () => ({ roles: [] }),
    })
    await router.push('/')
    await store.setSession(tokens)

    await router.push('/parent/child')

    expect(asked).toEqual(['parent', 'child'])
    expect(router.currentRoute.value.path).toBe('/')
  })
})

describe('a requiresAuth function', () => {
  const routes: RouteRecordRaw[] = [
    { path: '/admin', component: page, meta: { requiresAuth: isAdmin } },
    { path: '/sorry', name: 'sorry', component: page },
  ]

  test('is given the user and lets them pass', async () => {
    const user = { roles: ['admin'] }
    const { router, store } = createRoutedApp({ routes, fetchUser: async () => user })
    await store.setSession(tokens)

    await router.push('/admin')

    expect(router.currentRoute.value.path).toBe('/admin')
  })

  test('that says no leads to routes.forbidden', async () => {
    const { router, store } = createRoutedApp({
      routes,
      names: { forbidden: { name: 'sorry' } },
      fetchUser: async () => ({ roles: [] }),
    })
    await store.setSession(tokens)

    await router.push('/admin')

    expect(router.currentRoute.value.fullPath).toBe('/sorry')
  })

  test('that says no refuses the navigation where there is no routes.forbidden', async () => {
    const { router, store } = createRoutedApp({ routes, fetchUser: async () => ({ roles: [] }) })
    await router.push('/')
    await store.setSession(tokens)

    const failure = await router.push('/admin')

    expect(isNavigationFailure(failure, NavigationFailureType.aborted)).toBe(true)
    expect(router.currentRoute.value.path).toBe('/')
  })

  test('that says no leads home where there is no page to stay on', async () => {
    const { router, store, visited } = createRoutedApp({
      routes,
      fetchUser: async () => ({ roles: [] }),
    })
    await store.setSession(tokens)

    await router.push('/admin')

    // The path of nowhere is that of the home page, too.
    expect(visited).toEqual(['/'])
  })

  test('that says no to the home page itself leads nowhere', async () => {
    const { router, store, visited } = createRoutedApp({
      routes,
      names: { home: '/admin' },
      fetchUser: async () => ({ roles: [] }),
    })
    await store.setSession(tokens)

    const failure = await router.push('/admin')

    expect(isNavigationFailure(failure, NavigationFailureType.aborted)).toBe(true)
    expect(visited).toEqual([])
  })

  test('that says no to another user who signs in on the page leads home', async () => {
    const users = [{ roles: ['admin'] }, { roles: [] }]
    const { router, store } = createRoutedApp({
      routes,
      fetchUser: async () => users.shift() ?? null,
    })
    await store.setSession(tokens)
    await router.push('/admin')

    const home = arrival(router, '/')
    await store.setSession({ access_token: 'B1', refresh_token: 'S1' })
    await home
  })

  test('has the user fetched only where it is asked and there is none yet', async () => {
    const outOfOrder = createRoutedApp({
      routes,
      fetchUser: () => Promise.reject(new Error('out of order')),
    })
    await outOfOrder.store.setSession(tokens)
    await outOfOrder.router.push('/private')
    expect(outOfOrder.count('user-failed')).toBe(1)

    const fetchUser = vi.fn(async () => ({ roles: ['admin'] }))
    const { router, store } = createRoutedApp({ routes, fetchUser })
    await store.setSession(tokens)
    await router.push('/admin')
    expect(fetchUser).toHaveBeenCalledTimes(1)
  })

  test('that says no to the page that a login led back to leads home', async () => {
    const { router, store } = createRoutedApp({ routes, fetchUser: async () => ({ roles: [] }) })
    await router.push('/login?redirect=/admin')

    await store.setSession(tokens)

    await expect.poll(() => router.currentRoute.value.path).toBe('/')
  })

  test('is not asked about nobody: a signed-out user goes to the login page', async () => {
    const { router } = createRoutedApp({ routes })

    await router.push('/admin')

    expect(router.currentRoute.value.fullPath).toBe('/login?redirect=/admin')
  })

  test('is not asked without a user, and refuses', async () => {
    const { router, store, count } = createRoutedApp({
      routes,
      names: { forbidden: '/sorry' },
      fetchUser: () => Promise.reject(new Error('out of order')),
    })
    await store.setSession(tokens)

    await router.push('/admin')

    expect(count('user-failed')).toBe(2)
    expect(router.currentRoute.value.path).toBe('/sorry')
  })
})

describe('guestOnly', () => {
  test('lets a signed-out user pass', async () => {
    const { router, visited } = createRoutedApp()

    await router.push('/login')

    expect(visited).toEqual(['/login'])
  })

  test.each([
    ['to the home page', '/login', '/'],
    ['to the return path', '/login?redirect=/private?tab%3D2', '/private?tab=2'],
    ['to the home page for a hostile return path', '/login?redirect=//evil.com', '/'],
    ['to the home page for a script', '/login?redirect=javascript:alert(1)', '/'],
    ['to the home page for two return paths', '/login?redirect=/private&redirect=/private', '/'],
    [
      'to the home page when the way back is the login page',
      '/login?redirect=/login?redirect%3D/login',
      '/',
    ],
  ])('takes a signed-in user %s', async (_where, from, expected) => {
    const { router, store, visited } = createRoutedApp()
    await store.setSession(tokens)

    await router.push(from)

    expect(visited).toEqual([expected])
  })

  test('of a parent holds for its children', async () => {
    const { router, store } = createRoutedApp({
      routes: [
        {
          path: '/guests',
          component: page,
          meta: { guestOnly: true },
          children: [{ path: 'welcome', component: page }],
        },
      ],
    })
    await store.setSession(tokens)

    await router.push('/guests/welcome')

    expect(router.currentRoute.value.path).toBe('/')
  })
})

describe('the routes of the options', () => {
  const routes: RouteRecordRaw[] = [
    { path: '/:lang/sign-in', name: 'sign-in', component: page, meta: { guestOnly: true } },
    { path: '/start', name: 'start', component: page },
  ]
  const names = {
    login: { name: 'sign-in', params: { lang: 'de' }, query: { from: 'app' } },
    home: { name: 'start' },
  }

  test('may be named, with params and a query that are kept', async () => {
    const { router } = createRoutedApp({ routes, names })

    await router.push('/private')

    expect(router.currentRoute.value.path).toBe('/de/sign-in')
    expect(router.currentRoute.value.query).toEqual({ from: 'app', redirect: '/private' })
  })

  test('home may be named', async () => {
    const { router, store } = createRoutedApp({ routes, names })
    await store.setSession(tokens)

    await router.push('/en/sign-in')

    expect(router.currentRoute.value.path).toBe('/start')
  })
})

test('the return path is one of the router, below whatever base the app is served from', async () => {
  const router = createRouter({
    history: createMemoryHistory('/shop/'),
    routes: [
      { path: '/login', component: page, meta: { guestOnly: true } },
      { path: '/', component: page },
      { path: '/private', component: page, meta: { requiresAuth: true } },
    ],
  })
  const { store } = createRoutedApp({ router })
  await router.push('/private')
  expect(router.currentRoute.value.query['redirect']).toBe('/private')

  void store.setSession(tokens)

  await arrival(router, '/private')
})
