import axios from 'axios'
import {
  createPinia,
  defineStore,
  setActivePinia,
  type Pinia,
  type StateTree,
  type StoreGeneric,
} from 'pinia'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createApp, ref, toRaw, type App } from 'vue'
import {
  createAuth,
  useAuth,
  useAuthStore,
  type AuthOptions,
  type AuthPlugin,
} from 'vue-auth-refresh'
import { expectError } from '../setup/console'
import { findLeaks } from '../support/find-leaks'
import {
  createTestApp,
  createTestRouter,
  optionsFor,
  signedIn,
  startServer,
} from '../support/test-app'

const tokens = { access_token: 'canary-access', refresh_token: 'canary-refresh' }
const ID = 'vue-auth-refresh/auth'

/** An app with a Pinia, and no plugin yet. */
function createEmptyApp(): { app: App; pinia: Pinia } {
  const app = createApp({ render: () => null })
  const pinia = createPinia()
  app.use(pinia)
  return { app, pinia }
}

function install(app: App, options: Partial<AuthOptions> = {}): AuthPlugin {
  const plugin = createAuth({ ...optionsFor(axios.create()), ...options })
  app.use(plugin)
  onTestFinished(plugin.dispose)
  return plugin
}

/** A store of the application, with a member that sessions have, too. */
const defineOwn = (id: string) =>
  defineStore(id, () => ({ theme: ref('dark'), token: ref<string | null>('theirs') }))

describe("the application's own stores live on", () => {
  const ids = ['auth', 'auth:auth', 'auth:admin', 'vue-auth-refresh', 'admin']

  test.each(ids)('a store "%s" that is used before the plugin is installed', (id) => {
    const { app, pinia } = createEmptyApp()
    const own = defineOwn(id)(pinia)
    own.theme = 'light'

    const plugins = [install(app), install(app, { name: 'admin' })]
    expect(defineOwn(id)(pinia)).toBe(own)
    expect(useAuthStore(pinia)).not.toBe(own)
    plugins.forEach((plugin) => plugin.dispose())
    install(app)

    expect(defineOwn(id)(pinia)).toBe(own)
    expect(pinia.state.value[id]).toEqual({ theme: 'light', token: 'theirs' })
    own.theme = 'blue'
    expect(pinia.state.value[id]).toEqual({ theme: 'blue', token: 'theirs' })
  })

  test.each(ids)('a store "%s" that is used after it, and outlives it', (id) => {
    const { app, pinia } = createEmptyApp()
    const plugins = [install(app), install(app, { name: 'admin' })]
    const own = defineOwn(id)(pinia)

    expect([own.theme, own.token]).toEqual(['dark', 'theirs'])
    own.theme = 'light'
    expect(useAuthStore(pinia, 'admin').name).toBe('admin')
    plugins.forEach((plugin) => plugin.dispose())
    expect(() => useAuthStore(pinia)).toThrow('There is no session')
    install(app, { name: 'admin' })

    expect(defineOwn(id)(pinia)).toBe(own)
    expect(pinia.state.value[id]).toEqual({ theme: 'light', token: 'theirs' })
    expect(useAuthStore(pinia)).not.toBe(own)
  })

  test.each(ids)('a store "%s" is no session, and may be disposed of', (id) => {
    const { app, pinia } = createEmptyApp()
    const own = defineOwn(id)(pinia)
    expect(() => useAuthStore(pinia)).toThrow('There is no session.')
    expect(() => useAuthStore(pinia, id)).toThrow(`There is no session named "${id}".`)
    install(app)

    own.$dispose()

    expect(useAuthStore(pinia).status).toBe('restoring')
  })

  test('looking for a session that there is not makes, disposes and leaves nothing', () => {
    const { app, pinia } = createEmptyApp()
    const made = vi.fn()
    pinia.use(({ store }) => made(store.$id))
    for (const name of [undefined, 'auth', 'admin'])
      expect(() => useAuthStore(pinia, name)).toThrow('There is no session')
    const plugin = install(app)
    expect(() => useAuthStore(pinia, 'admin')).toThrow('There is no session')
    useAuthStore(pinia)

    expect(made.mock.calls).toEqual([[ID]])
    plugin.dispose()
    expect([[...pinia._s.keys()], pinia.state.value]).toEqual([[], {}])
  })
})

describe("a store of the application with a session's id", () => {
  test('is a clear error where it is there first, and stays as it was', () => {
    const { app, pinia } = createEmptyApp()
    const own = defineOwn(ID)(pinia)
    const api = axios.create()
    const handlers = vi.spyOn(api.interceptors.request, 'use')

    expect(() => install(app, { axios: api })).toThrow(
      'createAuth(): there is a store "vue-auth-refresh/auth" already; rename it.',
    )

    expect(handlers).not.toHaveBeenCalled()
    expect(defineOwn(ID)(pinia)).toBe(own)
    expect(pinia.state.value).toEqual({ [ID]: { theme: 'dark', token: 'theirs' } })
    own.$dispose()
    install(app)
    expect(useAuthStore(pinia).status).toBe('restoring')
  })

  test('does the session no harm where it comes later', async () => {
    const { pinia, store, api, plugin } = await signedIn(await startServer())
    const own = defineOwn(ID)(pinia)

    expect(() => (own.token = 'forged')).toThrow(TypeError)
    own.$patch({ token: 'forged' })
    own.$dispose()
    delete pinia.state.value[ID]
    const again = defineOwn(ID)(pinia)

    expect([again.theme, again.token]).toEqual(['dark', 'theirs'])
    expect(useAuthStore(pinia)).toBe(store)
    expect(store.token).toMatch(/^access-ada/)
    expect((await api.get('/orders/1')).data).toMatchObject({ user: 'ada' })
    plugin.dispose()
    expect(defineOwn(ID)(pinia)).toBe(again)
    expect(pinia.state.value).toHaveProperty([ID, 'theme'])
  })
})

const change: StateTree = { user: 'eve', isAuthenticated: false, token: null }
const forAll = (pinia: Pinia, work: (store: StoreGeneric) => void): void =>
  pinia._s.forEach((store) => work(store))

describe('what applications do to all stores neither throws nor signs out', () => {
  test.each<[string, (pinia: Pinia) => void]>([
    ['$reset()', (pinia) => forAll(pinia, (store) => store.$reset())],
    [
      '$reset() on its own',
      (pinia) => forAll(pinia, ({ $reset }) => [$reset].forEach((reset) => reset())),
    ],
    ['$dispose()', (pinia) => forAll(pinia, (store) => store.$dispose())],
    [
      '$dispose(), and removing the state',
      (pinia) =>
        forAll(pinia, (store) => {
          store.$dispose()
          delete pinia.state.value[store.$id]
        }),
    ],
    [
      '$dispose(), and a new state',
      (pinia) => {
        forAll(pinia, (store) => store.$dispose())
        pinia.state.value = {}
      },
    ],
    ['$dispose(), twice', (pinia) => [0, 1].forEach(() => forAll(pinia, (one) => one.$dispose()))],
    ['$patch() by an object', (pinia) => forAll(pinia, (store) => store.$patch(change))],
    [
      '$patch() by a function',
      (pinia) =>
        forAll(pinia, (store) => store.$patch((state) => void (state['status'] = 'anonymous'))),
    ],
    ['$state = …', (pinia) => forAll(pinia, (store) => (store.$state = change))],
    [
      'restoring a snapshot of the state',
      (pinia) => (pinia.state.value = structuredClone(toRaw(pinia.state.value))),
    ],
    [
      'restoring a snapshot of each store',
      (pinia) => forAll(pinia, (store) => (store.$state = structuredClone({ ...store.$state }))),
    ],
  ])('%s', async (_name, work) => {
    const fetchUser = async (): Promise<unknown> => 'ada'
    const router = createTestRouter()
    const { pinia, store, api, app, plugin } = await signedIn(await startServer(), {
      fetchUser,
      router,
    })
    const auth = app.runWithContext(() => useAuth())
    const [before] = [store.token]

    work(pinia)

    for (const one of [store, useAuthStore(pinia)]) {
      expect([one.status, one.isAuthenticated, one.user, one.token]).toEqual([
        'authenticated',
        true,
        'ada',
        before,
      ])
      expect([one.name, one.$id]).toEqual(['auth', ID])
    }
    expect(auth.status.value).toBe('authenticated')
    expect((await api.get('/orders/1')).data).toMatchObject({ user: 'ada' })
    await router.push('/private')
    expect(router.currentRoute.value.path).toBe('/private')
    expect(findLeaks([pinia.state.value, { ...useAuthStore(pinia) }], /access-|refresh-/)).toEqual(
      [],
    )
    expect([...pinia._s.keys()]).toEqual([ID])

    work(pinia)
    await store.logout()
    expect([auth.status.value, useAuthStore(pinia).token]).toEqual(['anonymous', null])
    plugin.dispose()
    expect([[...pinia._s.keys()], pinia.state.value]).toEqual([[], {}])
  })

  test('the store that is made again can be subscribed to', async () => {
    const { pinia } = createTestApp(await startServer())
    forAll(pinia, (store) => store.$dispose())
    const heard = vi.fn()

    useAuthStore(pinia).$subscribe(heard, { flush: 'sync' })
    useAuthStore(pinia).$patch({})

    expect(heard).toHaveBeenCalledOnce()
  })

  test('$reset() that a Pinia plugin of the app has taken', async () => {
    const { app, pinia } = createEmptyApp()
    const resets: (() => void)[] = []
    pinia.use(({ store }) => void resets.push(store.$reset))
    install(app)
    await useAuthStore(pinia).setSession(tokens)

    resets.forEach((reset) => reset())

    expect(resets).toHaveLength(1)
    expect(useAuthStore(pinia).status).toBe('authenticated')
  })

  test('disposing, and uninstalling the plugin before the store is used again', async () => {
    const { pinia, plugin } = createTestApp(await startServer())
    forAll(pinia, (store) => store.$dispose())

    plugin.dispose()

    expect([[...pinia._s.keys()], pinia.state.value]).toEqual([[], {}])
  })

  test('a state that was stored or rendered before signs nobody in', async () => {
    const { app, pinia } = createEmptyApp()
    pinia.state.value = { [ID]: { status: 'authenticated', isAuthenticated: true, token: 'old' } }

    await install(app).ready

    const { status, isAuthenticated, token } = useAuthStore(pinia)
    expect([status, isAuthenticated, token]).toEqual(['anonymous', false, null])
  })
})

test('41: members that a Pinia plugin of the app gives to all stores take no place of the session’s', async () => {
  const { app, pinia } = createEmptyApp()
  const theirs = { token: ref('theirs'), user: ref('eve'), isAuthenticated: ref(true), api: ref(1) }
  pinia.use(() => theirs)
  await install(app).ready
  const store = useAuthStore(pinia)
  expect([store.isAuthenticated, store.user, store.token]).toEqual([false, null, null])
  expect(store).toHaveProperty('api', 1)

  await store.setSession(tokens)

  expect([store.isAuthenticated, store.token]).toEqual([true, 'canary-access'])
  expect(Object.values({ ...store })).not.toContain('canary-access')
  expect(theirs.token.value).toBe('theirs')
})

describe('the Pinia that is meant', () => {
  test('is the one of the component’s app, and elsewhere the active one', async () => {
    const one = createEmptyApp()
    const other = createEmptyApp()
    install(one.app, { name: 'one' })
    install(other.app, { name: 'other' })
    const { name } = useAuthStore(one.pinia)
    setActivePinia(other.pinia)

    expect(name).toBe('one')
    expect(one.app.runWithContext(() => useAuthStore().name)).toBe('one')
    expect(one.app.runWithContext(() => useAuthStore('one').name)).toBe('one')
    expect(() => one.app.runWithContext(() => useAuthStore('other'))).toThrow(
      'session named "other"',
    )
    expect(one.app.runWithContext(() => useAuthStore(other.pinia).name)).toBe('other')
    expect(useAuthStore(one.pinia, 'one').name).toBe('one')

    setActivePinia(other.pinia)
    // Pinia's own warning: a server may have several at once.
    expectError(/Pinia instance not found in context/)
    expect(useAuthStore('other').name).toBe('other')
  })

  test('is not changed by a guard that looks for the session of a route', async () => {
    const router = createTestRouter([
      { path: '/admin', component: {}, meta: { authSession: 'admin', requiresAuth: true } },
    ])
    const { app } = createEmptyApp()
    install(app, { router })
    await install(app, { name: 'admin' }).ready
    const other = createEmptyApp()
    install(other.app)
    await router.push('/admin')

    expectError(/Pinia instance not found in context/)
    expect(useAuthStore().$id).toBe(useAuthStore(other.pinia).$id)
  })
})

describe('a second copy of the library, as after a hot reload', () => {
  /** Another copy beside the one Pinia of the app. */
  async function loadCopy() {
    const shared = await import('pinia')
    vi.resetModules()
    vi.doMock('pinia', () => shared)
    onTestFinished(() => {
      vi.doUnmock('pinia')
    })
    const copy = await import('vue-auth-refresh')
    expect(copy.useAuthStore).not.toBe(useAuthStore)
    return copy
  }

  test('finds the session of the first', async () => {
    const { app, pinia } = createEmptyApp()
    install(app)
    await useAuthStore(pinia).setSession(tokens)
    const copy = await loadCopy()

    expect(copy.useAuthStore(pinia)).toBe(useAuthStore(pinia))
    expect(copy.useAuthStore(pinia).token).toBe('canary-access')
    expect(app.runWithContext(() => copy.useAuth().isAuthenticated.value)).toBe(true)
  })

  test('takes no name that the first has, and takes its place once that is disposed of', async () => {
    const { app, pinia } = createEmptyApp()
    const first = install(app)
    install(app, { name: 'admin' })
    const copy = await loadCopy()
    const api = axios.create()
    const again = copy.createAuth(optionsFor(api))
    onTestFinished(again.dispose)

    expect(() => app.use(again)).toThrow('session named "auth" already')
    first.dispose()
    expect(() => useAuthStore(pinia)).toThrow(
      'There is no session. Install the plugin in a new app',
    )
    const next = copy.createAuth(optionsFor(api))
    onTestFinished(next.dispose)
    app.use(next)

    expect(useAuthStore(pinia).name).toBe('auth')
    expect(copy.useAuthStore(pinia, 'admin').name).toBe('admin')
  })
})
