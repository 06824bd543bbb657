// @vitest-environment jsdom
import axios from 'axios'
import { createPinia } from 'pinia'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createApp, type App } from 'vue'
import type { Router } from 'vue-router'
import {
  createAuth,
  isAuthError,
  memoryStorage,
  useAuth,
  useAuthStore,
  type AuthOptions,
  type AuthPlugin,
  type AuthStore,
} from 'vue-auth-refresh'
import { useSingleTab } from '../support/jsdom-tab'
import { arrival } from '../support/router-app'
import { createTestRouter, keyOf, optionsFor, rejection, startServer } from '../support/test-app'

useSingleTab()

const page = { render: () => null }
const tokens = { access_token: 'A1', refresh_token: 'R1' }

interface TwoSessions {
  readonly app: App
  readonly plugins: readonly AuthPlugin[]
  readonly users: AuthStore
  readonly admins: AuthStore
}

/** One app with a session of users and one of admins, which has a name. */
function createTwoSessions(
  users: Partial<AuthOptions> = {},
  admins: Partial<AuthOptions> = {},
): TwoSessions {
  const plugins = [
    createAuth({ ...optionsFor(axios.create()), ...users }),
    createAuth({ ...optionsFor(axios.create()), name: 'admin', ...admins }),
  ]
  const app = createApp(page)
  const pinia = createPinia()
  app.use(pinia)
  for (const plugin of plugins) {
    app.use(plugin)
    onTestFinished(plugin.dispose)
  }
  return {
    app,
    plugins,
    users: useAuthStore(pinia),
    admins: useAuthStore(pinia, admins.name ?? 'admin'),
  }
}

describe('two sessions in one app', () => {
  test('have tokens, refreshes and ends of their own', async () => {
    const server = await startServer()
    const admin = await startServer()
    const api = axios.create({ baseURL: server.origin, adapter: 'http' })
    const adminApi = axios.create({ baseURL: admin.origin, adapter: 'http' })
    const storage = memoryStorage()
    const { users, admins } = createTwoSessions(
      { ...optionsFor(api), storage },
      { ...optionsFor(adminApi), storage },
    )
    await Promise.all([users.login({ user: 'ada' }), admins.login({ user: 'root' })])
    server.expireAccessTokens()

    const answers = await Promise.all([api.get('/orders/1'), adminApi.get('/orders/1')])

    expect(answers.map(({ data }) => data as unknown)).toMatchObject([
      { user: 'ada' },
      { user: 'root' },
    ])
    expect([server.refreshes, admin.refreshes]).toEqual([1, 0])
    expect(await storage.read(keyOf(server))).toMatchObject({ token: users.token })
    expect(await storage.read(keyOf(admin, 'admin'))).toMatchObject({ token: admins.token })

    await users.logout()
    expect([users.status, admins.status]).toEqual(['anonymous', 'authenticated'])
    expect((await adminApi.get('/orders/1')).status).toBe(200)

    admin.revoke()
    expect(isAuthError(await rejection(adminApi.get('/orders/1')), 'rejected')).toBe(true)
    expect([users.status, admins.status]).toEqual(['anonymous', 'expired'])
  })

  test('are picked by name; without one the first installed is meant, whatever its name', async () => {
    const { app, users, admins } = createTwoSessions({ name: 'shop' })
    await admins.setSession(tokens)
    const pick = (name?: string) => app.runWithContext(() => useAuth(name).isAuthenticated.value)

    expect([pick(), pick('shop'), pick('admin')]).toEqual([false, false, true])
    expect([users.name, admins.name]).toEqual(['shop', 'admin'])
    expect([users.$id, admins.$id]).toEqual(['vue-auth-refresh/shop', 'vue-auth-refresh/admin'])
  })

  test('a name that there is not is an error that names it, each time', () => {
    const { app, admins } = createTwoSessions()
    const pick = () => app.runWithContext(() => useAuth('amdin'))

    expect(pick).toThrow(/no session named "amdin"\. Install the plugin/)
    expect(pick).toThrow(/no session named "amdin"/)
    expect(admins.status).toBe('restoring')
  })

  test('are all that is in the Pinia', () => {
    const { app } = createTwoSessions()

    expect(Object.keys(app.config.globalProperties.$pinia.state.value)).toEqual([
      'vue-auth-refresh/auth',
      'vue-auth-refresh/admin',
    ])
  })

  test('a name needs one plugin: a second of the same name is refused', () => {
    const { app } = createTwoSessions()

    expect(() => app.use(createAuth({ ...optionsFor(axios.create()), name: 'admin' }))).toThrow(
      'session named "admin" already',
    )
  })

  test('15: one that is disposed leaves the other alone, and another may take its place', async () => {
    const { app, plugins, users, admins } = createTwoSessions()
    await users.setSession(tokens)
    const again = () => app.runWithContext(() => useAuthStore('admin'))
    plugins[1]!.dispose()

    expect(again).toThrow('no session named "admin"')
    expect(users.status).toBe('authenticated')

    const next = createAuth({ ...optionsFor(axios.create()), name: 'admin' })
    onTestFinished(next.dispose)
    app.use(next)
    expect(again()).not.toBe(admins)
    expect(again().$id).toBe('vue-auth-refresh/admin')
  })

  test('15: no other is meant without a name once the first is disposed of; the next installed is', () => {
    const { app, plugins, users } = createTwoSessions()
    const first = () => app.runWithContext(() => useAuthStore())
    plugins[0]!.dispose()

    expect(first).toThrow('There is no session. Install the plugin in a new app')
    expect(() => app.runWithContext(() => useAuthStore('auth'))).toThrow('no session named "auth"')

    const next = createAuth({ ...optionsFor(axios.create()), name: 'shop' })
    onTestFinished(next.dispose)
    app.use(next)
    expect(first()).not.toBe(users)
    expect(first().name).toBe('shop')
  })

  test('one axios instance belongs to one of them', () => {
    const api = axios.create()

    expect(() => createTwoSessions(optionsFor(api), { axios: api })).toThrow(
      'belongs to the session "auth"; make one for "admin"',
    )
  })
})

describe('two sessions and one router', () => {
  const isRoot = (user: unknown): boolean => user === 'root'

  function createRoutedSessions(admins: Partial<AuthOptions> = {}): TwoSessions & {
    router: Router
    visit(path: string): Promise<string>
  } {
    const meta = { authSession: 'admin' }
    const router = createTestRouter([
      { path: '/admin/login', component: page, meta: { ...meta, guestOnly: true } },
      {
        path: '/admin',
        component: page,
        meta: { ...meta, requiresAuth: true },
        children: [
          { path: 'users', component: page },
          { path: 'root', component: page, meta: { requiresAuth: isRoot } },
          { path: 'help', component: page, meta: { requiresAuth: false } },
          { path: 'both', component: page, meta: { authSession: 'auth', requiresAuth: true } },
          { path: 'open', component: page, meta: { authSession: 'auth', requiresAuth: false } },
        ],
      },
      { path: '/admin/free', component: page, meta },
      { path: '/lost', component: page, meta: { authSession: 'amdin', requiresAuth: true } },
    ])
    const two = createTwoSessions(
      { router },
      {
        router,
        routes: { login: '/admin/login', home: '/admin/users' },
        fetchUser: async () => 'root',
        ...admins,
      },
    )
    const visit = async (path: string): Promise<string> => {
      await router.push(path)
      return router.currentRoute.value.fullPath
    }
    return { ...two, router, visit }
  }

  test('each route sends who is signed out to the login page of its session', async () => {
    const { visit } = createRoutedSessions()

    expect(await visit('/private')).toBe('/login?redirect=/private')
    expect(await visit('/admin/users')).toBe('/admin/login?redirect=/admin/users')
    expect(await visit('/admin/help')).toBe('/admin/help')
  })

  test('who is signed in to the one is not signed in to the other', async () => {
    const { visit, users, admins } = createRoutedSessions()
    await users.setSession(tokens)

    expect(await visit('/private')).toBe('/private')
    expect(await visit('/admin/users')).toBe('/admin/login?redirect=/admin/users')
    await users.logout()
    await admins.setSession(tokens)
    expect(await visit('/private')).toBe('/login?redirect=/private')
    expect(await visit('/admin/root')).toBe('/admin/root')
  })

  test('a login page is left by a login to its own session', async () => {
    const { visit, router, users, admins } = createRoutedSessions()
    await visit('/admin/users')

    await users.setSession(tokens)
    expect(router.currentRoute.value.path).toBe('/admin/login')
    await admins.setSession(tokens)
    await arrival(router, '/admin/users')
    expect(await visit('/admin/login')).toBe('/admin/users')
    expect(await visit('/login')).toBe('/')
  })

  test('34: the end of one session redirects from its own pages only', async () => {
    const { visit, router, users, admins } = createRoutedSessions()
    await Promise.all([users.setSession(tokens), admins.setSession(tokens)])
    await visit('/admin/users')

    await users.logout()
    expect(router.currentRoute.value.path).toBe('/admin/users')
    await admins.logout()
    await arrival(router, '/admin/login')
  })

  test('a child that asks for another session asks for it as well; only the own can be taken back', async () => {
    const { visit, users, admins } = createRoutedSessions()

    expect(await visit('/admin/open')).toBe('/admin/login?redirect=/admin/open')
    await admins.setSession(tokens)
    expect(await visit('/admin/open')).toBe('/admin/open')
    expect(await visit('/admin/both')).toBe('/login?redirect=/admin/both')
    await users.setSession(tokens)
    expect(await visit('/admin/both')).toBe('/admin/both')
  })

  test('a route that asks for a session that there is not is not entered', async () => {
    const { router, users } = createRoutedSessions()
    router.onError(() => {})
    await users.setSession(tokens)
    await router.push('/')

    await expect(router.push('/lost')).rejects.toThrow('no session named "amdin"')
    expect(router.currentRoute.value.path).toBe('/')
  })

  test('the login page of another session would lead back for ever, and is refused when it is needed', async () => {
    const { visit, router, users, admins } = createRoutedSessions({ routes: {} })
    router.onError(() => {})
    await users.setSession(tokens)
    const wrong = /`routes\.login` is the login page of another session.*`authSession`/

    await expect(visit('/admin/users')).rejects.toThrow(wrong)
    await expect(visit('/admin/users')).rejects.toThrow(wrong)
    await admins.setSession(tokens)
    expect(await visit('/admin/users')).toBe('/admin/users')
  })

  test('54: what a route that says nothing means is said by its own session', async () => {
    const { visit, users, admins } = createRoutedSessions({
      routes: { login: '/admin/login', home: '/admin/users', requiresAuth: true },
    })

    expect(await visit('/admin/free')).toBe('/admin/login?redirect=/admin/free')
    expect(await visit('/')).toBe('/')
    await users.setSession(tokens)
    expect(await visit('/admin/free')).toBe('/admin/login?redirect=/admin/free')
    await admins.setSession(tokens)
    expect(await visit('/admin/free')).toBe('/admin/free')
  })
})
