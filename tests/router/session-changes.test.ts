// @vitest-environment jsdom
import { setImmediate } from 'node:timers/promises'
import axios from 'axios'
import { expect, test } from 'vitest'
import type { RouteMeta, RouteRecordRaw } from 'vue-router'
import { isAuthError, memoryStorage, type AuthStorage } from 'vue-auth-refresh'
import type { AuthServer } from '../fixtures/auth-server'
import { expectError } from '../setup/console'
import { createLatch, type Latch } from '../../src/utils/waiting'
import { useSingleTab } from '../support/jsdom-tab'
import { arrival, createRoutedApp, type RoutedApp } from '../support/router-app'
import { createTestRouter, rejection, startServer } from '../support/test-app'

useSingleTab()

const page = { render: () => null }
const tokens = { access_token: 'A1', refresh_token: 'R1' }
const admin = { requiresAuth: (user: unknown) => (user as { name: string }).name === 'ada' }

/** Reading what is stored takes until the latch is opened. */
const slowToRead = (storage: AuthStorage, { opened }: Latch): AuthStorage => ({
  ...storage,
  read: (key) => opened.then(() => storage.read(key)),
})

/** A session as an earlier page load left it. */
async function storedSession(server: AuthServer): Promise<AuthStorage> {
  const storage = memoryStorage()
  const { store, plugin } = createRoutedApp({ server, storage })
  await store.login({ user: 'ada' })
  plugin.dispose()
  return storage
}

interface SlowPage {
  readonly route: RouteRecordRaw
  /** Opened once every guard has let the user pass and the component is being loaded. */
  readonly begun: Latch
  readonly loaded: Latch
}

function createSlowPage(path: string, meta: RouteMeta): SlowPage {
  const begun = createLatch()
  const loaded = createLatch()
  const component = async () => {
    begun.open()
    await loaded.opened
    return page
  }
  return { route: { path, meta, component }, begun, loaded }
}

async function onPrivatePage(server?: AuthServer): Promise<RoutedApp> {
  const routed = createRoutedApp(server ? { server } : {})
  await (server ? routed.store.login({ user: 'ada' }) : routed.store.setSession(tokens))
  await routed.router.push('/private?tab=2')
  return routed
}

test('a reload of a protected page stays there: the guard waits for the stored session', async () => {
  const server = await startServer()
  const latch = createLatch()
  const storage = slowToRead(await storedSession(server), latch)
  const { router, visited, store } = createRoutedApp({ server, storage })

  const navigation = router.push('/private')
  await setImmediate()
  expect(store.status).toBe('restoring')
  expect(router.currentRoute.value.matched).toEqual([])
  latch.open()
  await navigation

  expect(visited).toEqual(['/private'])
})

test('the guard waits for the user of a stored session as well', async () => {
  const server = await startServer()
  const { router, visited } = createRoutedApp({
    server,
    storage: await storedSession(server),
    fetchUser: async ({ http }) => (await http.get<unknown>('/me')).data,
    routes: [{ path: '/admin', component: page, meta: admin }],
  })

  await router.push('/admin')

  expect(visited).toEqual(['/admin'])
})

test('a stored session that turns out to be over leads to the login page, with the way back', async () => {
  const server = await startServer()
  const storage = await storedSession(server)
  server.revoke()
  const { router, visited, store } = createRoutedApp({
    server,
    storage,
    fetchUser: async ({ http }) => (await http.get<unknown>('/me')).data,
  })

  await router.push('/private')

  expect(store.status).toBe('expired')
  expect(router.currentRoute.value.fullPath).toBe('/login?redirect=/private')
  expect(visited).toEqual(['/login?redirect=/private'])
})

test('after the login the plugin itself goes back to where the user was', async () => {
  const server = await startServer()
  const { router, store, visited } = createRoutedApp({ server })
  await router.push('/private?tab=2#part')

  await store.login({ user: 'ada' })
  await arrival(router, '/private?tab=2#part')

  expect(visited).toHaveLength(2)
})

test.each(['//evil.com', '/\\evil.com', 'javascript:alert(1)', '/nowhere', '/login'])(
  'after the login a return path of %s leads home',
  async (redirect) => {
    const { router, store } = createRoutedApp({
      routes: [{ path: '/:path(.*)*', component: page, meta: { guestOnly: true } }],
    })
    await router.push({ path: '/login', query: { redirect } })

    void store.setSession(tokens)

    await arrival(router, '/')
  },
)

test('a login on a page that is not for guests leaves the user there', async () => {
  const { router, store, visited } = createRoutedApp()
  await router.push('/')

  await store.setSession(tokens)
  await router.push('/private')

  expect(visited).toEqual(['/', '/private'])
})

test('a login that ends while the login page is still being loaded moves on all the same', async () => {
  const { route, begun, loaded } = createSlowPage('/welcome', { guestOnly: true })
  const { router, store } = createRoutedApp({ routes: [route], names: { login: '/welcome' } })
  const navigation = router.push('/welcome?redirect=/private')
  await begun.opened

  await store.setSession(tokens)
  loaded.open()
  await navigation

  await arrival(router, '/private')
})

test('34: however many requests fail, the user is taken to the login page once, with the way back', async () => {
  const server = await startServer()
  const { api, router, store, visited, count } = await onPrivatePage(server)
  server.revoke()

  const errors = await Promise.all(
    Array.from({ length: 20 }, (_, index) => rejection(api.get(`/orders/${index}`))),
  )
  await arrival(router, '/login?redirect=/private?tab=2')

  expect(visited).toEqual(['/private?tab=2', '/login?redirect=/private?tab=2'])
  expect(count('session-ended')).toBe(1)
  expect(store.status).toBe('expired')
  for (const error of errors) {
    expect(axios.isAxiosError(error) && error.response?.status).toBe(401)
    expect(isAuthError(error, 'rejected')).toBe(true)
  }
})

test('34: requests that fail after the end redirect no more', async () => {
  const server = await startServer()
  const { api, router, visited } = await onPrivatePage(server)
  server.revoke()
  await rejection(api.get('/orders/1'))
  await arrival(router, '/login?redirect=/private?tab=2')

  await Promise.all([rejection(api.get('/orders/2')), rejection(api.get('/orders/3'))])
  await router.push('/')

  expect(visited).toEqual(['/private?tab=2', '/login?redirect=/private?tab=2', '/'])
})

test('a session that ends while the user is somewhere public redirects nowhere', async () => {
  const server = await startServer()
  const { api, router, store, visited } = createRoutedApp({ server })
  await store.login({ user: 'ada' })
  await router.push('/')
  server.revoke()

  await rejection(api.get('/orders/1'))
  await router.push('/?again')

  expect(visited).toEqual(['/', '/?again'])
})

test('an explicit logout leaves no return path', async () => {
  const server = await startServer()
  const { router, store, visited } = await onPrivatePage(server)

  await store.logout()
  await arrival(router, '/login')

  expect(visited).toEqual(['/private?tab=2', '/login'])
})

test('the history holds no way back to the protected page from which the session ended', async () => {
  const { router, store } = createRoutedApp()
  await router.push('/')
  await store.setSession(tokens)
  await router.push('/private')
  void store.logout()
  await arrival(router, '/login')

  router.back()

  await arrival(router, '/')
})

test('a session that ends while a protected page is being loaded leads to the login page', async () => {
  const server = await startServer()
  const { route, begun, loaded } = createSlowPage('/slow', { requiresAuth: true })
  const { api, router, store, visited } = createRoutedApp({ server, routes: [route] })
  await store.login({ user: 'ada' })
  const navigation = router.push('/slow')
  await begun.opened
  server.revoke()
  await rejection(api.get('/orders/1'))
  expect(store.status).toBe('expired')

  loaded.open()
  await navigation
  await arrival(router, '/login?redirect=/slow')

  expect(visited.at(-1)).toBe('/login?redirect=/slow')
})

test('after dispose() nothing is guarded and nothing redirects', async () => {
  const { router, store, plugin, visited } = createRoutedApp()
  await store.setSession(tokens)
  await router.push('/private')

  plugin.dispose()
  await router.push('/')
  await router.push('/private')
  await router.push('/login')

  expect(visited).toEqual(['/private', '/', '/private', '/login'])
})

test('another user who signs in on the spot is judged anew', async () => {
  const { router, store } = createRoutedApp({
    routes: [
      { path: '/admin', component: {}, meta: { requiresAuth: (user) => user === 'ada' } },
      { path: '/sorry', component: {} },
    ],
    names: { forbidden: '/sorry' },
    fetchUser: async () => (store.token === 'of-ada' ? 'ada' : 'ben'),
  })
  await store.setSession({ token: 'of-ada' })
  await router.push('/admin')
  expect(router.currentRoute.value.path).toBe('/admin')

  await store.setSession({ token: 'of-ben' })
  await expect.poll(() => router.currentRoute.value.path).toBe('/sorry')
})

test('a requiresAuth function that throws when the page is judged anew is printed, and login succeeds', async () => {
  const { router, store, plugin } = createRoutedApp({
    routes: [
      {
        path: '/admin',
        component: {},
        meta: { requiresAuth: (user) => (user as { roles: string[] }).roles.includes('admin') },
      },
    ],
    fetchUser: async () => (store.token === 'of-ada' ? { roles: ['admin'] } : {}),
  })
  await store.setSession({ token: 'of-ada' })
  await router.push('/admin')
  expectError('requiresAuth threw')

  await store.setSession({ token: 'of-ben' })
  await plugin.ready
  expect(store.status).toBe('authenticated')
})

test('a session that is set at once is waited for by the first navigation', async () => {
  const { router, store } = createRoutedApp({ fetchUser: async () => 'ada' })
  const visits: string[] = []
  router.afterEach((to) => void visits.push(to.path))
  void store.setSession({ token: 'from-a-callback' })
  await router.push('/private')
  expect(visits).toEqual(['/private'])
})

test('15: an app that is unmounted while its session is being read redirects nobody', async () => {
  const latch = createLatch()
  const router = createTestRouter()
  await router.push('/private')
  const { plugin } = createRoutedApp({ router, storage: slowToRead(memoryStorage(), latch) })
  plugin.dispose()
  latch.open()
  await plugin.ready
  await setImmediate()
  expect(router.currentRoute.value.fullPath).toBe('/private')
})
