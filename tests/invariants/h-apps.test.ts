// @vitest-environment jsdom
import axios, { type AxiosError, type AxiosInstance } from 'axios'
import { createPinia } from 'pinia'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createApp, type App } from 'vue'
import {
  createAuth,
  isAuthError,
  memoryStorage,
  useAuth,
  useAuthStore,
  type AuthEvent,
  type AuthOptions,
  type AuthPlugin,
  type AuthStore,
} from 'vue-auth-refresh'
import type { AuthServer } from '../fixtures/auth-server'
import { PageChannel, useSingleTab } from '../support/jsdom-tab'
import { ordersOfThree } from '../support/orders'
import { arrival } from '../support/router-app'
import { createTestRouter, optionsFor, rejection, startServer } from '../support/test-app'

useSingleTab()

const page = { render: () => null }
/** Real requests: those of jsdom would be judged by CORS. */
const apiOf = ({ origin }: AuthServer): AxiosInstance =>
  axios.create({ baseURL: origin, adapter: 'http' })

function createPlugin(options: AuthOptions): AuthPlugin {
  const plugin = createAuth(options)
  onTestFinished(plugin.dispose)
  return plugin
}

/** Mounts an app that uses the plugin. */
function mount(plugin: AuthPlugin): { app: App; store: AuthStore } {
  const pinia = createPinia()
  const app = createApp(page).use(pinia).use(plugin)
  app.mount(document.createElement('div'))
  return { app, store: useAuthStore(pinia) }
}

/** A storage in which a user is signed in, as a reload finds it. */
async function storageOf(server: AuthServer, user = 'ada') {
  const storage = memoryStorage()
  const plugin = createAuth({ ...optionsFor(apiOf(server)), storage })
  const { app, store } = mount(plugin)
  await store.login({ user })
  app.unmount()
  server.seen.length = 0
  return storage
}

const bearersAt = (server: AuthServer, path: string): (string | undefined)[] =>
  server.seen.filter((seen) => seen.path === path).map(({ headers }) => headers.authorization)

describe('47: apps of one page that share an instance and a session', () => {
  let islandsMade = 0
  async function createIslands() {
    vi.stubGlobal('BroadcastChannel', PageChannel)
    // Apps of other tests would hear each other by that channel.
    const name = `islands-${++islandsMade}`
    const server = await startServer()
    const storage = memoryStorage()
    const api = apiOf(server)
    const islands = ['header', 'main', 'footer'].map(() =>
      mount(createPlugin({ ...optionsFor(api), name, storage })),
    )
    await islands[1]!.store.login({ user: 'ada' })
    await expect.poll(() => islands.map(({ store }) => store.isAuthenticated)).not.toContain(false)
    return { server, api, name, islands }
  }

  test.each(ordersOfThree)(
    'go in the order %i, %i, %i, and those that stay go on',
    async (...order) => {
      const { server, api, islands } = await createIslands()
      for (const gone of order.slice(0, 2)) {
        islands[gone]!.app.unmount()
        server.expireAccessTokens()
        expect((await api.get<{ user: string }>('/orders/1')).data.user).toBe('ada')
      }
      expect(server.refreshes).toBe(2)
      islands[order[2]]!.app.unmount()
      await api.get('/public')
      expect(bearersAt(server, '/public')).toEqual([undefined])
    },
  )

  test('serve the user who acts, in whichever of them that is', async () => {
    const { server, api, islands } = await createIslands()
    await islands[0]!.store.login({ user: 'grace' })
    expect((await api.get<{ user: string }>('/orders/1')).data.user).toBe('grace')
    await islands[1]!.store.login({ user: 'eve' })
    expect((await api.get<{ user: string }>('/orders/2')).data.user).toBe('eve')
    await islands[0]!.store.logout()
    await api.get('/public')
    expect(bearersAt(server, '/public')).toEqual([undefined])
  })

  test('leave one handler on the instance, however many users sign in and out', async () => {
    const { api, islands } = await createIslands()
    for (const user of ['grace', 'eve', 'ben']) {
      await islands[0]!.store.login({ user })
      await islands[1]!.store.logout()
    }
    const { handlers } = api.interceptors.request as unknown as { handlers: unknown[] }
    expect(handlers).toHaveLength(1)
  })

  test('one that comes later takes over, and gives back what it took', async () => {
    const { server, api, name, islands } = await createIslands()
    const late = mount(createPlugin({ ...optionsFor(api), name, storage: memoryStorage() }))
    expect((await api.get<{ user: string }>('/orders/1')).data.user).toBe('ada')
    late.app.unmount()

    expect((await api.get<{ user: string }>('/orders/1')).data.user).toBe('ada')
    expect(islands[2]!.store.isAuthenticated).toBe(true)
    expect(server.refreshes).toBe(0)
  })
})

test('47: a plugin that is made anew and not used, as by a module that runs twice, takes nothing over', async () => {
  const server = await startServer()
  const api = apiOf(server)
  const { store } = mount(createPlugin({ ...optionsFor(api), storage: memoryStorage() }))
  createPlugin({ ...optionsFor(api), storage: memoryStorage() })
  await store.login({ user: 'ada' })
  await api.get('/orders/1')
  expect(bearersAt(server, '/orders/1')).toEqual([`Bearer ${store.token}`])
})

describe('12, 47: a call that is sent again', () => {
  /** Two apps of one session on one instance, and a call of theirs that failed. The plugin of `later` serves. */
  async function createFailed() {
    vi.stubGlobal('BroadcastChannel', PageChannel)
    const name = `retries-${++namesUsed}`
    const server = await startServer()
    let isUp = false
    server.route('/flaky', ({ headers }, response) => {
      const user = server.userOf(String(headers['x-token']))
      response.writeHead(isUp ? 200 : 503, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ user, authorization: headers.authorization ?? null }))
    })
    const api = apiOf(server)
    const sent: AuthEvent[] = []
    const options = {
      ...optionsFor(api),
      name,
      storage: memoryStorage(),
      attach: vi.fn<NonNullable<AuthOptions['attach']>>(({ headers }, token) => {
        headers.set('X-Token', token)
      }),
      onEvent: (event: AuthEvent) => event.type === 'request-sent' && sent.push(event),
    }
    const [first, plugin] = [createPlugin(options), createPlugin(options)]
    const [mine, later] = [mount(first), mount(plugin)]
    await Promise.all([first.ready, plugin.ready])
    await later.store.login({ user: 'ada' })
    await expect.poll(() => mine.store.isAuthenticated).toBe(true)
    const { config } = (await rejection(api.get('/flaky'))) as AxiosError
    isUp = true
    options.attach.mockClear()
    sent.length = 0
    /** Sends it again, and counts how often the token was put into it. */
    const again = async (through = api) => {
      const { data } = await through.request<{ user: string }>(config!)
      return [data.user, options.attach.mock.calls.length, sent.length]
    }
    return { server, api, options, plugin, mine, later, again }
  }
  let namesUsed = 0

  test('through another plugin of its session is still one call', async () => {
    const { options, again } = await createFailed()
    const newest = createPlugin(options)
    mount(newest)
    await newest.ready
    expect(await again()).toEqual(['ada', 1, 1])
  })

  test('goes on with the other app of its session, where its own is gone', async () => {
    const { later, again } = await createFailed()
    later.app.unmount()
    expect((await again()).slice(0, 2)).toEqual(['ada', 1])
  })

  test('goes on where its app is mounted again', async () => {
    const { plugin, mine, later, again } = await createFailed()
    mine.app.unmount()
    later.app.unmount()
    mount(plugin)
    await plugin.ready
    expect(await again()).toEqual(['ada', 1, 1])
  })

  test('is not sent where its session is over, whichever session the instance has by then', async () => {
    const { server, options, mine, later, again } = await createFailed()
    mine.app.unmount()
    later.app.unmount()
    const other = createPlugin({
      ...options,
      name: `${options.name}-admin`,
      storage: memoryStorage(),
    })
    const { store } = mount(other)
    await store.login({ user: 'grace' })
    expect(isAuthError(await rejection(again()), 'signed-out')).toBe(true)
    expect(server.countOf('/flaky')).toBe(1)
  })

  test('by another instance of the plugin is a new call, and carries the token once', async () => {
    const { server, plugin, again } = await createFailed()
    const reports = apiOf(server)
    plugin.protect(reports)
    expect(await again(reports)).toEqual(['ada', 1, 1])
  })

  test('by the instance of another session carries the token of that one alone', async () => {
    const { server, options, again } = await createFailed()
    const admin = apiOf(server)
    const name = `${options.name}-admin`
    const { store } = mount(
      createPlugin({ ...options, axios: admin, name, storage: memoryStorage() }),
    )
    await store.login({ user: 'grace' })
    expect(await again(admin)).toEqual(['grace', 1, 1])
  })
})

describe('48: one plugin', () => {
  test('is mounted, unmounted and mounted again, each time with a `ready` of its own', async () => {
    const server = await startServer()
    const router = createTestRouter()
    const plugin = createPlugin({
      ...optionsFor(apiOf(server)),
      router,
      storage: await storageOf(server),
      fetchUser: async ({ http }) => (await http.get('/me')).data,
    })
    const readies = [plugin.ready]
    for (let times = 0; times < 3; times++) {
      const release = server.hold('/me')
      const { app, store } = mount(plugin)
      const { ready } = plugin
      const isReady = ready.then(() => 'ready')
      expect(await Promise.race([isReady, server.sees('/me', times + 1)])).toBeUndefined()
      const navigation = router.push('/private')
      release()
      await navigation

      expect(await isReady).toBe('ready')
      expect([store.status, store.user]).toEqual(['authenticated', { name: 'ada' }])
      expect(router.currentRoute.value.path).toBe('/private')
      app.unmount()
      readies.push(ready)
      await router.push('/')
    }
    expect(new Set(readies).size).toBe(3)
    expect(readies[0]).toBe(readies[1])
  })

  test('serves one app at a time, and says what to do for two', async () => {
    const server = await startServer()
    const plugin = createPlugin(optionsFor(apiOf(server)))
    const { app } = mount(plugin)
    expect(() => mount(plugin)).toThrow('call createAuth() beside createApp()')
    app.unmount()
    expect(() => mount(plugin)).not.toThrow()
  })

  test('is not taken from its new app when the old one is unmounted late', async () => {
    const server = await startServer()
    const api = apiOf(server)
    const plugin = createPlugin({ ...optionsFor(api), storage: await storageOf(server) })
    const old = mount(plugin)
    plugin.dispose()
    const { store } = mount(plugin)
    await plugin.ready
    old.app.unmount()

    await api.get('/orders/1')
    expect(store.isAuthenticated).toBe(true)
    expect(bearersAt(server, '/orders/1')).toEqual([`Bearer ${store.token}`])
  })

  test('guards its router once, however often it was mounted', async () => {
    const server = await startServer()
    const router = createTestRouter()
    const plugin = createPlugin({ ...optionsFor(apiOf(server)), router })
    mount(plugin).app.unmount()
    await router.push('/private')
    expect(router.currentRoute.value.path).toBe('/private')
    mount(plugin)
    await arrival(router, '/login?redirect=/private')
  })

  test('that was disposed of before an app used it can be used', async () => {
    const server = await startServer()
    const api = apiOf(server)
    const plugin = createPlugin({ ...optionsFor(api), storage: await storageOf(server) })
    plugin.dispose()
    await api.get('/public')
    const { store } = mount(plugin)
    await plugin.ready
    await api.get('/orders/1')

    expect(bearersAt(server, '/public')).toEqual([undefined])
    expect(bearersAt(server, '/orders/1')).toEqual([`Bearer ${store.token}`])
  })
})

describe('49: a request before app.use()', () => {
  test('waits for the stored session, and carries its token', async () => {
    const server = await startServer()
    const storage = await storageOf(server)
    const api = apiOf(server)
    const plugin = createPlugin({ ...optionsFor(api), storage })
    const early = api.get<{ user: string }>('/orders/1')
    const { store } = mount(plugin)

    expect((await early).data.user).toBe('ada')
    await plugin.ready
    expect(bearersAt(server, '/orders/1')).toEqual([`Bearer ${store.token}`])
  })

  test('does not wait for app.use(): a module may await it before the app is made', async () => {
    const server = await startServer()
    const api = apiOf(server)
    const storage = await storageOf(server)
    server.expireAccessTokens()
    const events: AuthEvent[] = []
    const onEvent = (event: AuthEvent) => events.push(event)
    const plugin = createPlugin({ ...optionsFor(api), storage, onEvent })

    const burst = await Promise.all([1, 2, 3].map((n) => api.get(`/orders/${n}`)))
    const { store } = mount(plugin)
    await plugin.ready

    expect(burst.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(server.refreshes).toBe(1)
    expect(store.status).toBe('authenticated')
    expect(events.at(-1)).toMatchObject({ type: 'restored', authenticated: true })
  })

  test('goes out without a token where no user is signed in', async () => {
    const server = await startServer()
    const api = apiOf(server)
    createPlugin(optionsFor(api))
    await api.get('/public')
    expect(bearersAt(server, '/public')).toEqual([undefined])
  })

  test('belongs to the user of that time, not to the one who signs in', async () => {
    const server = await startServer()
    const api = apiOf(server)
    const early = createPlugin(optionsFor(api))
    const boot = api.get('/public')
    await mount(early).store.login({ user: 'ada' })
    await boot
    expect(bearersAt(server, '/public')).toEqual([undefined])
  })
})

describe('an instance that is added later', () => {
  test('carries the token and shares the refresh, until it is let go', async () => {
    const server = await startServer()
    const plugin = createPlugin({ ...optionsFor(apiOf(server)), storage: await storageOf(server) })
    mount(plugin)
    const remote = apiOf(server)
    const undo = plugin.protect(remote)
    server.expireAccessTokens()

    const answers = await Promise.all([remote.get('/orders/1'), remote.get('/orders/2')])
    undo()
    await remote.get('/public')

    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(server.refreshes).toBe(1)
    expect(bearersAt(server, '/public')).toEqual([undefined])
  })

  test('is let go with the app, and carries the token again in the next one', async () => {
    const server = await startServer()
    const remote = apiOf(server)
    const plugin = createPlugin({ ...optionsFor(apiOf(server)), storage: await storageOf(server) })
    plugin.protect(remote)
    await remote.get('/orders/1')
    plugin.dispose()
    await remote.get('/public')
    const { store } = mount(plugin)
    await plugin.ready
    await remote.get('/orders/2')

    expect(bearersAt(server, '/orders/1')).toEqual([`Bearer ${store.token}`])
    expect(bearersAt(server, '/public')).toEqual([undefined])
    expect(bearersAt(server, '/orders/2')).toEqual([`Bearer ${store.token}`])
  })

  test('that is the app’s own already stays, and so does one that another caller has added', async () => {
    const server = await startServer()
    const api = apiOf(server)
    const plugin = createPlugin({ ...optionsFor(api), storage: await storageOf(server) })
    const { store } = mount(plugin)
    await plugin.ready
    plugin.protect(api)()
    const remote = apiOf(server)
    const [first] = [plugin.protect(remote), plugin.protect(remote)]
    first()
    first()

    await Promise.all([api.get('/orders/1'), remote.get('/orders/1')])
    const bearer = `Bearer ${store.token}`
    expect(bearersAt(server, '/orders/1')).toEqual([bearer, bearer])
  })

  test('of another session is refused', async () => {
    const server = await startServer()
    const api = apiOf(server)
    createPlugin({ ...optionsFor(api), name: 'admin' })
    const plugin = createPlugin(optionsFor(apiOf(server)))
    expect(() => plugin.protect(api)).toThrow('belongs to the session "admin"')
    mount(plugin)
  })
})

describe('a function as `axios`', () => {
  test('makes instances for each app; components find theirs', async () => {
    const server = await startServer()
    const storage = await storageOf(server)
    const made: AxiosInstance[] = []
    const make = (): AxiosInstance => {
      made.push(apiOf(server))
      return made.at(-1)!
    }
    const plugin = createPlugin({ ...optionsFor(make), storage })
    expect(made).toEqual([])

    for (let times = 1; times <= 2; times++) {
      const { app, store } = mount(plugin)
      await plugin.ready
      const api = app.runWithContext(() => useAuth().axios)
      expect(made).toHaveLength(times)
      expect([api, store.axios]).toEqual([made.at(-1), made.at(-1)])
      await api.get(`/orders/${times}`)
      expect(bearersAt(server, `/orders/${times}`)).toEqual([`Bearer ${store.token}`])
      app.unmount()
    }
  })

  test('may make a list', async () => {
    const server = await startServer()
    const list = [apiOf(server), apiOf(server)] as const
    const plugin = createPlugin({
      ...optionsFor(() => list),
      storage: await storageOf(server),
    })
    const { store } = mount(plugin)
    await plugin.ready
    await list[1].get('/orders/1')
    expect(store.axios).toBe(list[0])
    expect(bearersAt(server, '/orders/1')).toEqual([`Bearer ${store.token}`])
  })

  test.each([
    ['nothing', () => undefined],
    ['a promise', async () => axios.create()],
    ['an empty list', () => []],
  ])('that makes %s is refused when the app is made', async (_what, make) => {
    const plugin = createPlugin(optionsFor(make as unknown as () => AxiosInstance))
    expect(() => mount(plugin)).toThrow(/`axios`.*axios\.create\(\)/)
  })
})
