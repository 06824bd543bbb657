// @vitest-environment jsdom
import { createTestingPinia } from '@pinia/testing'
import { mount } from '@vue/test-utils'
import { createPinia, defineStore, getActivePinia, setActivePinia, type Pinia } from 'pinia'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createApp, defineComponent, h, nextTick, type App } from 'vue'
import { createAuth, isAuthError, useAuth, useAuthStore, type AuthStore } from 'vue-auth-refresh'
import { createAuthFetch } from 'vue-auth-refresh/fetch'
import { createTestingAuth, type TestingAuthOptions } from 'vue-auth-refresh/testing'
import { arrival } from '../support/router-app'
import { createTestRouter, optionsFor, rejection } from '../support/test-app'

const ada = { name: 'ada', roles: ['admin'] }
const createSpy = vi.fn

afterEach(() => setActivePinia(undefined))

/** A header of an app, with a store of its own. */
const useCart = defineStore('cart', {
  state: () => ({ items: 1 }),
  actions: {
    empty() {
      this.items = 0
    },
  },
})
const Header = defineComponent(() => {
  const { user, status, isRefreshing, error, logout } = useAuth()
  const cart = useCart()
  return () =>
    h('button', { onClick: () => logout() }, [
      `${status.value} ${JSON.stringify(user.value)} ${String(isRefreshing.value)} `,
      `${error.value?.code ?? 'no error'} ${cart.items}`,
    ])
})

const testingAuth = (options: TestingAuthOptions = {}) =>
  createTestingAuth({ createSpy, ...options })

test('a component shows the user that the test gives', () => {
  const wrapper = mount(Header, { global: { plugins: [testingAuth({ user: ada })] } })
  expect(wrapper.text()).toBe(`authenticated ${JSON.stringify(ada)} false no error 1`)
})

test('without options nobody is signed in', () => {
  const wrapper = mount(Header, { global: { plugins: [testingAuth()] } })
  expect(wrapper.text()).toBe('anonymous null false no error 1')
})

describe('createAuthFetch() of it', () => {
  const sent: (string | null)[] = []
  const answer = vi.fn<typeof fetch>(async (input, init) => {
    const { headers } = new Request(input, init)
    sent.push(headers.get('authorization') ?? headers.get('x-token'))
    return new Response('42', { status: 401 })
  })
  const url = 'https://api.test/orders'

  afterEach(() => {
    sent.length = 0
    vi.unstubAllGlobals()
  })

  test('sends by the fetch of the test, with the token while a user is signed in', async () => {
    vi.stubGlobal('fetch', answer)
    const auth = testingAuth()
    const authFetch = createAuthFetch(auth)
    expect(await (await authFetch(url)).text()).toBe('42')
    auth.store.user = ada
    expect((await authFetch(new Request(url))).status).toBe(401)
    await authFetch(url, { skipAuth: true })
    await authFetch(url, { headers: { Authorization: 'Basic mine' } })
    auth.store.status = 'expired'
    await authFetch(url)
    expect(sent).toEqual([null, 'Bearer testing-token', null, 'Basic mine', null])
  })

  test('takes the options of the app', async () => {
    const isExpired = vi.fn(() => true)
    const authFetch = createAuthFetch(testingAuth({ user: ada }), {
      fetch: answer,
      isExpired,
      attach: async (headers, token) => headers.set('X-Token', token),
    })
    expect((await authFetch(url)).status).toBe(401)
    expect(sent).toEqual(['testing-token'])
    const reason = new TypeError('no network')
    answer.mockRejectedValueOnce(reason)
    expect(await rejection(authFetch(url))).toBe(reason)
  })
})

test('an action is a spy, which changes nothing', async () => {
  const auth = testingAuth({ user: ada })
  const wrapper = mount(Header, { global: { plugins: [auth] } })
  await wrapper.find('button').trigger('click')
  expect(auth.store.logout).toHaveBeenCalledOnce()
  expect(auth.store.status).toBe('authenticated')
})

test('every action of the store is a spy that resolves', async () => {
  const { store } = testingAuth({ user: ada })
  await store.login({})
  await store.logout()
  await store.setSession({ token: 't' })
  await store.updateTokens({ token: 't' })
  await store.reloadUser()
  expect(await store.refresh()).toBe(store.token)
  expect(await store.getAccessToken({ minValidity: 1 })).toBe(store.token)
  expect(store.getAccessToken).toHaveBeenCalledWith({ minValidity: 1 })
  const others = ['login', 'logout', 'setSession', 'updateTokens', 'reloadUser', 'refresh'] as const
  for (const action of others) {
    expect(store[action]).toHaveBeenCalledOnce()
  }
})

test('without a user there is no token', async () => {
  const { store } = testingAuth()
  expect(store.token).toBeNull()
  expect(isAuthError(await rejection(store.getAccessToken()), 'unauthenticated')).toBe(true)
  expect(isAuthError(await rejection(store.refresh()), 'unauthenticated')).toBe(true)
})

test('a spy can be told to fail', async () => {
  const { store } = testingAuth()
  vi.mocked(store.login).mockRejectedValueOnce(new Error('wrong password'))
  await expect(store.login({})).rejects.toThrow('wrong password')
})

describe('state that is set', () => {
  test('is shown', async () => {
    const auth = testingAuth()
    const wrapper = mount(Header, { global: { plugins: [auth] } })
    auth.store.user = ada
    auth.store.isRefreshing = true
    await nextTick()
    expect(wrapper.text()).toBe(`authenticated ${JSON.stringify(ada)} true no error 1`)
    expect(auth.store.refreshing).toBeInstanceOf(Promise)
  })

  test('has the end of the session, and keepAlive() as a spy', () => {
    const { store } = testingAuth()
    expect(store.endsAt).toBeNull()
    store.endsAt = 1_000
    expect(store.endsAt).toBe(1_000)
    expect(store.keepAlive()).toBeUndefined()
    expect(store.keepAlive).toHaveBeenCalledOnce()
  })

  test('is that of a real session: a user is signed in, and leaves with the session', () => {
    const { store } = testingAuth()
    store.user = ada
    expect([store.status, store.isAuthenticated]).toEqual(['authenticated', true])
    store.status = 'expired'
    expect([store.user, store.isAuthenticated, store.token]).toEqual([null, false, null])
    store.status = 'authenticated'
    expect([store.user, store.isAuthenticated]).toEqual([null, true])
    store.user = ada
    store.user = null
    expect(store.status).toBe('authenticated')
  })

  test('may be given at first', () => {
    const auth = testingAuth({ status: 'expired', error: 'rejected' })
    const wrapper = mount(Header, { global: { plugins: [auth] } })
    expect(wrapper.text()).toBe('expired null false rejected 1')
    expect(isAuthError(auth.store.error, 'rejected')).toBe(true)
    auth.store.error = null
    expect(auth.store.error).toBeNull()
    auth.store.expiresAt = 5
    expect(auth.store.expiresAt).toBe(5)
  })

  test('cannot be a user who is not signed in', () => {
    expect(() => testingAuth({ user: ada, status: 'expired' })).toThrow(TypeError)
  })
})

test('the store has every member that the real one has', () => {
  const pinia = createPinia()
  const plugin = createAuth(optionsFor(testingAuth().store.axios))
  createApp({}).use(pinia).use(plugin)
  const real = useAuthStore(pinia)
  const { store } = testingAuth()
  const membersOf = (of: AuthStore) => Object.getOwnPropertyNames(of).toSorted()
  expect(membersOf(store)).toEqual(membersOf(real))
  for (const name of membersOf(real)) {
    const [mine, its] = [store, real].map((one) => typeof Reflect.get(one, name))
    expect([name, mine]).toEqual([name, its === 'string' && name === 'token' ? 'object' : its])
  }
  plugin.dispose()
})

describe('Pinia', () => {
  const orders: [string, (auth: object, pinia: Pinia) => object[]][] = [
    ['before', (auth, pinia) => [pinia, auth]],
    ['after', (auth, pinia) => [auth, pinia]],
  ]
  describe.each(orders)('a Pinia that is installed %s the plugin', (_order, inOrder) => {
    test('has the session and the stores of the app', async () => {
      const pinia = createTestingPinia({ createSpy, initialState: { cart: { items: 7 } } })
      const auth = testingAuth({ user: ada })
      const plugins = inOrder(auth, pinia) as never[]
      const wrapper = mount(Header, { global: { plugins } })
      expect(wrapper.text()).toContain('no error 7')
      await wrapper.find('button').trigger('click')
      expect(auth.store.logout).toHaveBeenCalledOnce()
      expect(useAuthStore(pinia) === auth.store).toBe(true)
      auth.store.user = { name: 'ben' }
      await nextTick()
      expect(wrapper.text()).toContain('ben')
      useCart(pinia).empty()
      expect(useCart(pinia).items).toBe(7)
      wrapper.unmount()
    })

    test('is left when the app is unmounted', () => {
      const pinia = createPinia()
      const plugins = inOrder(testingAuth({ user: ada }), pinia) as never[]
      mount(Header, { global: { plugins } }).unmount()
      expect(() => useAuthStore(pinia)).toThrow('no session')
      expect(Object.keys(pinia.state.value)).toEqual(['cart'])
    })

    test('may have two sessions', () => {
      const pinia = createTestingPinia({ createSpy })
      const [auth, admin] = [testingAuth({ user: ada }), testingAuth({ name: 'admin' })]
      const both = { install: (app: App) => void app.use(auth).use(admin) }
      mount(Header, { global: { plugins: inOrder(both, pinia) as never[] } })
      expect(useAuthStore(pinia) === auth.store).toBe(true)
      expect(useAuthStore(pinia, 'admin') === admin.store).toBe(true)
    })
  })

  test('an app without one has that of the plugin, also outside of components', () => {
    const auth = testingAuth({ user: ada })
    createApp({}).use(auth)
    expect(useAuthStore() === auth.store).toBe(true)
    mount(Header, { global: { plugins: [auth] } })
    expect(useAuthStore() === auth.store).toBe(true)
  })

  test('two sessions of an app without one share that of the first', () => {
    const auth = testingAuth({ user: ada })
    const admin = testingAuth({ name: 'admin' })
    mount(Header, { global: { plugins: [auth, admin] } })
    const pinia = getActivePinia()!
    expect(useAuthStore(pinia) === auth.store).toBe(true)
    expect(useAuthStore(pinia, 'admin') === admin.store).toBe(true)
  })

  test('an app of an earlier test that was not unmounted gives its place up', () => {
    const pinia = createPinia()
    mount(Header, { global: { plugins: [pinia, testingAuth({ user: ada })] } })
    const auth = testingAuth()
    const wrapper = mount(Header, { global: { plugins: [pinia, auth] } })
    expect(wrapper.text()).toContain('anonymous null')
    expect(useAuthStore(pinia) === auth.store).toBe(true)
  })

  test('the plugin may serve one app after the other, and the earlier ends nothing', () => {
    const auth = testingAuth({ user: ada })
    const [first, second] = [0, 1].map(() => mount(Header, { global: { plugins: [auth] } }))
    first!.unmount()
    expect(second!.text()).toContain('ada')
    expect(useAuthStore() === auth.store).toBe(true)
  })

  test('a session of the app itself is not replaced', () => {
    const pinia = createPinia()
    const plugin = createAuth(optionsFor(testingAuth().store.axios))
    const app = createApp({}).use(pinia).use(plugin)
    expect(() => app.use(testingAuth())).toThrow('there is a session named "auth" already')
    plugin.dispose()
  })
})

describe('the router guard', () => {
  const routes = [
    { path: '/forbidden', component: {} },
    { path: '/admin', component: {}, meta: { requiresAuth: isAdmin } },
  ]
  function isAdmin(user: unknown): boolean {
    return (user as typeof ada).roles.includes('admin')
  }

  test.each([
    ['nobody', {}, '/login?redirect=/admin'],
    ['a user whom the route refuses', { user: { ...ada, roles: [] } }, '/forbidden'],
    ['a user whom it admits', { user: ada }, '/admin'],
  ])('leads %s from /admin to where the app would', async (_who, options, path) => {
    const router = createTestRouter(routes)
    testingAuth({ ...options, router, routes: { forbidden: '/forbidden' } })
    await router.push('/admin')
    expect(router.currentRoute.value.fullPath).toBe(path)
  })

  test('leads to the login page when the session expires, and back', async () => {
    const router = createTestRouter(routes)
    const auth = testingAuth({ user: ada, router })
    createApp({}).use(auth).use(router)
    await router.push('/private')
    auth.store.status = 'expired'
    await arrival(router, '/login?redirect=/private')
    auth.store.user = ada
    await arrival(router, '/private')
  })

  test('judges the page anew when the user is another one', async () => {
    const router = createTestRouter(routes)
    const auth = testingAuth({ user: ada, router, routes: { forbidden: '/forbidden' } })
    await router.push('/admin')
    auth.store.user = { ...ada, roles: [] }
    await arrival(router, '/forbidden')
  })

  test('waits while the status is restoring', async () => {
    const router = createTestRouter(routes)
    const auth = testingAuth({ status: 'restoring', router })
    const navigation = router.push('/private')
    auth.store.user = ada
    await navigation
    await auth.ready
    expect(router.currentRoute.value.fullPath).toBe('/private')
  })

  test('is that of the last test alone', async () => {
    const router = createTestRouter(routes)
    testingAuth({ user: ada, router })
    const auth = testingAuth({ router })
    await router.push('/private')
    expect(router.currentRoute.value.fullPath).toBe('/login?redirect=/private')
    auth.dispose()
    await router.push('/private')
    expect(router.currentRoute.value.fullPath).toBe('/private')
  })

  test('of another session leaves a route alone, and a session that is not there is an error', async () => {
    const router = createTestRouter([
      { path: '/office', component: {}, meta: { requiresAuth: true, authSession: 'admin' } },
      { path: '/office/login', component: {}, meta: { guestOnly: true, authSession: 'admin' } },
    ])
    router.onError(() => {})
    const pinia = createPinia()
    const auth = testingAuth({ router })
    const app = createApp({}).use(pinia).use(auth)
    await expect(router.push('/office')).rejects.toThrow('no session named "admin"')
    app.use(testingAuth({ name: 'admin', router, routes: { login: '/office/login' } }))
    await router.push('/office')
    expect(router.currentRoute.value.fullPath).toBe('/office/login?redirect=/office')
  })
})

describe('createSpy', () => {
  afterEach(() => vi.unstubAllGlobals())

  test.each(['vi', 'jest'])('is by default that of a global %s', (name) => {
    vi.stubGlobal(name, { fn: createSpy })
    expect(vi.isMockFunction(createTestingAuth().store.login)).toBe(true)
  })

  test('must be given where there is none, and must not be a spy', () => {
    expect(() => createTestingAuth()).toThrow('pass `createSpy: vi.fn`')
    expect(() => createTestingAuth({ createSpy: vi.fn() })).toThrow('not `vi.fn()`')
  })
})

test('nothing is sent: requests of the instance fail', async () => {
  const { store } = testingAuth({ user: ada })
  await expect(store.axios.get('https://api.example.test/')).rejects.toThrow('pass `axios`')
})
