// @vitest-environment jsdom
/**
 * A canary token goes through every path, and is then looked for in all that can be seen from outside: what callers
 * get, what the application is told, what devtools are sent, what is printed, where the router has been, and what
 * other tabs hear. Left out is the raw request that Node keeps in an axios error (README, Limits).
 */
import { inspect } from 'node:util'
import axios from 'axios'
import { createPinia, defineStore, type Pinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createSSRApp, defineComponent, h, onServerPrefetch, ref, type App } from 'vue'
import { renderToString } from 'vue/server-renderer'
import type { Router } from 'vue-router'
import {
  AuthError,
  createAuth,
  isAuthError,
  memoryStorage,
  useAuthStore,
  webStorage,
  type AuthErrorCode,
  type AuthEvent,
  type AuthOptions,
  type AuthStorage,
  type AuthStore,
  type SessionRecord,
} from 'vue-auth-refresh'
import { connectDevtools } from 'vue-auth-refresh/devtools'
import type { AuthServer, Fault } from '../fixtures/auth-server'
import { findLeaks } from '../support/find-leaks'
import { showPage } from '../support/jsdom-tab'
import {
  createTestApp,
  createTestRouter,
  keyOf,
  optionsFor,
  rejection,
  startServer,
  type TestApp,
} from '../support/test-app'

/** Matches every token of the server. */
const canary = /(?:access|refresh)-[a-z]+-\d/

type Told = Record<'console' | 'devtools' | 'channel' | 'storage event', unknown[]>

const told: Told = { console: [], devtools: [], channel: [], 'storage event': [] }

type Ask = (payload: Record<string, unknown>) => unknown
const devtools = vi.hoisted(() => ({
  handlers: [] as { event: string; ask: Ask }[],
  tell: (_message: unknown): void => {},
}))

vi.mock('@vue/devtools-api', () => {
  const on = new Proxy(
    {},
    {
      get: (_target, event: string) => (ask: Ask) => devtools.handlers.push({ event, ask }),
    },
  )
  const tell = (...message: unknown[]): void => devtools.tell(message)
  const api = {
    on,
    now: () => 0,
    getSettings: () => ({}),
    addTimelineLayer: tell,
    addTimelineEvent: tell,
    addInspector: () => {},
    notifyComponentUpdate: tell,
    sendInspectorState: tell,
    sendInspectorTree: tell,
  }
  const setupDevtoolsPlugin = (_plugin: unknown, setup: (_api: object) => void) => setup(api)
  // Pinia's name for it, and that of the entry `vue-auth-refresh/devtools`.
  return { setupDevtoolsPlugin, setupDevToolsPlugin: setupDevtoolsPlugin }
})

beforeEach(() => {
  for (const list of Object.values(told)) list.length = 0
  devtools.handlers.length = 0
  devtools.tell = (message) => told['devtools'].push(message)
  // Pinia talks to devtools in a browser only, and not in tests.
  vi.stubEnv('NODE_ENV', 'development')
  for (const level of ['debug', 'error', 'info', 'log', 'warn'] as const) {
    vi.spyOn(console, level).mockImplementation((...args) => void told['console'].push(args))
  }
  vi.stubGlobal(
    'BroadcastChannel',
    class extends EventTarget {
      constructor(private readonly name: string) {
        super()
      }
      postMessage(message: unknown) {
        told['channel'].push([this.name, message])
      }
      close() {}
    },
  )
  const { setItem } = Storage.prototype
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(function (this: Storage, ...entry) {
    told['storage event'].push(entry)
    setItem.apply(this, entry)
  })
  const request = async (_name: string, _options: LockOptions, granted: () => unknown) => granted()
  const locks = { request, query: async () => ({ held: [], pending: [] }) }
  Object.defineProperty(navigator, 'locks', { value: locks, configurable: true })
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
  localStorage.clear()
})

/** A storage of the application's own, which only the test sees. */
function createStorage(): AuthStorage & { readonly written: unknown[] } {
  const written: unknown[] = []
  let record: unknown = null
  return {
    written,
    read: async () => record,
    async update(_key, change) {
      const next = change(record)
      if (next !== undefined) written.push((record = next))
      return record
    },
  }
}

interface World extends TestApp {
  readonly router: Router
  readonly server: AuthServer
}

async function createWorld(options: Partial<AuthOptions> = {}): Promise<World> {
  const server = await startServer()
  const router = createTestRouter()
  const app = createTestApp(
    server,
    { storage: createStorage(), router, retries: 0, ...options },
    { adapter: 'http' },
  )
  onTestFinished(connectDevtools(app.app, app.plugin))
  return { ...app, router, server }
}

/** The contents of the stores that devtools show when they are opened. */
async function inspectedBy(app: App, pinia: Pinia): Promise<unknown[]> {
  const nodes = [
    ...['_root', ...pinia._s.keys()].map((nodeId) => ({ inspectorId: 'pinia', nodeId })),
    { inspectorId: 'vue-auth-refresh', nodeId: 'auth' },
  ]
  const asked = nodes.flatMap((node) =>
    devtools.handlers.map(async ({ event, ask }) => {
      const payload = { app, ...node, filter: '' }
      // That of the sessions answers later.
      if (event.startsWith('getInspector')) await ask(payload)
      const { app: _app, ...shown } = payload
      return shown
    }),
  )
  return Promise.all(asked)
}

/** A thing, and how it is printed and reported. */
function views(thing: unknown): unknown[] {
  const { request, response } = Object(thing) as { request?: unknown; response?: object }
  if (request !== undefined) Reflect.deleteProperty(Object(thing), 'request')
  if (response) Reflect.deleteProperty(response, 'request')
  return [thing, JSON.stringify(thing), inspect(thing, { depth: 12 })]
}

/** Where the canary can be seen. */
async function leaksOf(
  { app, pinia, store, router, server, events }: World,
  got: unknown[],
): Promise<string[]> {
  const seen = {
    ...told,
    got: got.flatMap(views),
    events: events,
    state: [pinia.state.value, store.$state, { ...store }, JSON.stringify(pinia.state.value)],
    error: views(store.error),
    inspector: await inspectedBy(app, pinia),
    urls: [
      router.currentRoute.value.fullPath,
      router.options.history.location,
      location.href,
      document.cookie,
      history.state,
      server.seen.map(({ url }) => url),
    ],
  }
  return findLeaks(seen, canary)
}

const failures: [string, AuthErrorCode, Fault][] = [
  ['refused', 'rejected', { kind: 'answer', status: 400, body: '{"error":"invalid_grant"}' }],
  ['not answered', 'unreachable', { kind: 'reset' }],
  ['answered, but lost', 'unreachable', { kind: 'lost-answer' }],
  ['cut off in the answer', 'unreachable', { kind: 'reset-mid-body' }],
  ['left hanging', 'unreachable', { kind: 'hang' }],
  ['put off', 'unreachable', { kind: 'answer', status: 429, headers: { 'retry-after': '9' } }],
]

describe('41: no token is seen', () => {
  test('where all goes well', async () => {
    const world = await createWorld({
      fetchUser: async ({ http }) => (await http.get<unknown>('/me')).data,
    })
    const { api, store, server, router } = world
    const actions: unknown[] = []
    store.$onAction((action) => actions.push(action))
    await store.login({ user: 'ada' })
    await router.push('/private')
    const got: unknown[] = [await api.get('/orders/1')]
    server.expireAccessTokens()
    got.push(await api.post('/orders', { text: 'x' }, { params: { page: 1 } }))
    const [token, refreshToken] = [String(await store.refresh()), store.refreshToken]
    expect([token, refreshToken].join()).toMatch(canary)
    await store.setSession({ token, refreshToken })
    expect(await leaksOf(world, got)).toEqual([])
    await store.logout()
    expect(await leaksOf(world, got)).toEqual([])
    expect(actions).toEqual([])
    // Or nothing was looked at.
    for (const heard of [
      told['devtools'],
      told['channel'],
      await inspectedBy(world.app, world.pinia),
    ]) {
      expect(heard.length).toBeGreaterThan(0)
    }
  })

  test.each(failures)('where a refresh is %s', async (_what, code, fault) => {
    // An answer that never comes need not be waited for long.
    const world = await createWorld(code === 'unreachable' ? { refreshTimeout: 100 } : {})
    const { api, store, server, router } = world
    await store.login({ user: 'ada' })
    await router.push('/private')
    server.expireAccessTokens()
    server.everyFault = fault
    const got = [await rejection(api.get('/orders/1'))]
    expect(isAuthError(got[0], code)).toBe(true)
    got.push(await rejection(store.refresh()))
    expect(await leaksOf(world, got)).toEqual([])
  })

  test.each([
    ['repeats what was sent', 503, (token: string) => `{"echo":"${token}"}`],
    ['is no token response', 200, (token: string) => `{"access_token":["${token}"]}`],
    ['is half of one', 200, (token: string) => `{"access_token":"${token}`],
  ])('where the answer to a refresh %s', async (_what, status, bodyOf) => {
    const world = await createWorld({ refreshTimeout: 2_000 })
    const { api, store, server } = world
    await store.login({ user: 'ada' })
    server.expireAccessTokens()
    server.everyFault = { kind: 'answer', status, body: bodyOf(`${store.refreshToken}`) }
    const got = [await rejection(api.get('/orders/1')), await rejection(store.refresh())]
    expect(isAuthError(got[0], 'unreachable')).toBe(true)
    expect(await leaksOf(world, got)).toEqual([])
  })

  test('where the answer to a login is no token response', async () => {
    const world = await createWorld({ login: async () => ({ token: ['access-ada-1'] }) })
    const got = [
      await rejection(world.store.login({ user: 'ada' })),
      await rejection(world.store.setSession({ token: 'access-ada-1\n' })),
      await rejection(world.store.refresh()),
    ]
    expect(got.map((error) => (error as AuthError).code)).toEqual([
      'malformed',
      'malformed',
      'unauthenticated',
    ])
    expect(await leaksOf(world, got)).toEqual([])
  })

  test('where another user signs in, and where a logout comes in between', async () => {
    const world = await createWorld()
    const { api, store, server } = world
    await store.login({ user: 'ada' })
    server.expireAccessTokens()
    server.hold('/auth/refresh')
    const first = rejection(api.get('/orders/1'))
    await server.sees('/auth/refresh')
    await store.login({ user: 'ben' })
    server.expireAccessTokens()
    const second = rejection(api.get('/orders/2'))
    await server.sees('/auth/refresh', 2)
    server.route('/auth/logout', (_request, response) => response.writeHead(500).end())
    await store.logout()
    const got = [await first, await second]
    expect(isAuthError(got[0], 'superseded')).toBe(true)
    expect(isAuthError(got[1], 'signed-out')).toBe(true)
    expect(await leaksOf(world, got)).toEqual([])
  })

  test('where the API refuses, and where no user can be fetched', async () => {
    const world = await createWorld({
      fetchUser: async ({ http }) => (await http.get<unknown>('/forbidden')).data,
    })
    const { api, store } = world
    await store.login({ user: 'ada' })
    const got = [await rejection(api.get('/forbidden')), await rejection(api.get('/always-401'))]
    expect(world.count('user-failed')).toBeGreaterThan(0)
    expect(await leaksOf(world, got)).toEqual([])
  })

  test('where the application puts tokens into its errors', async () => {
    const world = await createWorld({
      refresh: async ({ token, refreshToken }) => {
        const cause = new Error(String(refreshToken))
        throw Object.assign(new Error(`${token} is no good`, { cause }), {
          token,
          config: { token },
        })
      },
    })
    await world.store.login({ user: 'ada' })
    const error = await rejection(world.store.refresh())
    expect(isAuthError(error, 'unreachable')).toBe(true)
    expect(inspect(error)).toContain('[redacted] is no good')
    expect(await leaksOf(world, [error])).toEqual([])
  })

  test('where a session is refused, and its user asked to sign in again', async () => {
    showPage(true)
    const storage = createStorage()
    const events: unknown[] = []
    const world: World = await createWorld({
      storage,
      isSameUser: () => true,
      reauthenticate: async (context) => {
        events.push({ user: context.user })
        // No token is left in what the other tabs read meanwhile.
        events.push(storage.written.at(-1))
        await world.store.login({ user: 'ada' })
      },
      fetchUser: async ({ http }) => (await http.get<unknown>('/me')).data,
    })
    const { api, store, server } = world
    await store.login({ user: 'ada' })
    server.revoke()
    const got: unknown[] = [await api.get('/orders/1')]
    expect(events).toEqual([
      { user: { name: 'ada' } },
      { version: 1, id: expect.any(String), generation: 1, isLapsed: true },
    ])
    expect(await leaksOf(world, [...got, ...events])).toEqual([])
  })

  test('where the storage is full', async () => {
    const world = await createWorld({ storage: webStorage() })
    vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('Setting the value exceeded the quota.', 'QuotaExceededError')
    })
    await world.store.login({ user: 'ada' })
    expect(told['console']).toHaveLength(1)
    expect(await leaksOf(world, [await world.api.get('/orders/1')])).toEqual([])
  })
})

describe('41: of a session by cookie', () => {
  test('the refresh token is stored nowhere, even if the server repeats it in its answers', async () => {
    const storage = createStorage()
    let cookie = ''
    const world = await createWorld({ storage, session: 'refresh-cookie', ...exchanges() })
    function exchanges(): Pick<AuthOptions, 'login' | 'refresh' | 'logout'> {
      const post = async (path: string, body: object): Promise<unknown> => {
        const response = await fetch(world.server.origin + path, {
          method: 'POST',
          body: JSON.stringify(body),
        })
        const answer = (await response.json()) as { refresh_token: string }
        cookie = answer.refresh_token
        return answer
      }
      return {
        login: (credentials) => post('/auth/login', Object(credentials)),
        refresh: () =>
          cookie ? post('/auth/refresh', { refreshToken: cookie }) : Promise.reject(),
        logout: async () => {},
      }
    }
    const { store, plugin } = world
    await plugin.ready
    await store.login({ user: 'ada' })
    await store.refresh()
    expect(findLeaks(storage.written, /access-ada-\d/).length).toBeGreaterThan(0)
    await store.logout()
    expect(storage.written.at(-1)).toEqual({ version: 1, nobody: true })
    expect(findLeaks(storage.written, /refresh-ada-\d/)).toEqual([])
    expect(await leaksOf(world, [])).toEqual([])
  })
})

type Rendering = Pick<World, 'store' | 'server' | 'api' | 'pinia'>

interface Rendered {
  readonly world: World
  /** The page with the state that it hands to the browser. */
  readonly html: string
}

const fetchUser: NonNullable<AuthOptions['fetchUser']> = async ({ http }) =>
  (await http.get<unknown>('/me')).data

/** A page that is rendered where there is no browser: this is done before, and this is shown of the store. */
async function renderOnServer(
  work: (rendering: Rendering) => Promise<unknown>,
  show: (store: AuthStore) => unknown = ({ status, user, error }) => [status, user, error],
): Promise<Rendered> {
  const server = await startServer()
  const router = createTestRouter()
  const api = axios.create({ baseURL: server.origin, adapter: 'http' })
  const { storage: _default, ...options } = optionsFor(api)
  const events: AuthEvent[] = []
  const onEvent = (event: AuthEvent): unknown => events.push(event)
  const pinia = createPinia()
  const Page = defineComponent(() => {
    const store = useAuthStore()
    onServerPrefetch(() => work({ store, server, api, pinia }))
    return () => h('main', [inspect(show(store)), JSON.stringify(show(store))])
  })

  const { window } = globalThis
  vi.stubGlobal('window', undefined)
  const plugin = createAuth({
    ...options,
    router,
    retries: 0,
    refreshTimeout: 500,
    fetchUser,
    onEvent,
  })
  onTestFinished(() => plugin.dispose())
  const app = createSSRApp(Page).use(pinia).use(plugin).use(router)
  await router.push('/')
  const main = await renderToString(app)
  vi.stubGlobal('window', window)

  const html = `${main}<script>window.pinia = ${JSON.stringify(pinia.state.value)}</script>`
  const count = (type: AuthEvent['type']): number =>
    events.filter((event) => event.type === type).length
  const store = useAuthStore(pinia)
  return { world: { api, app, pinia, plugin, store, events, count, router, server }, html }
}

describe('41: of a page that was rendered on a server', () => {
  test('where somebody is signed in', async () => {
    const got: unknown[] = []
    const { world, html } = await renderOnServer(async ({ store, server, api }) => {
      await store.login({ user: 'ada' })
      got.push(await api.get('/orders/1'))
      server.expireAccessTokens()
      got.push(await api.get('/orders/2'))
    })
    expect(html).toContain('{ name: &#39;ada&#39; }')
    expect([world.store.token, world.store.refreshToken].join()).toMatch(canary)
    expect(await leaksOf(world, [...got, html])).toEqual([])
  })

  test.each([
    ...failures,
    [
      'answered with what was sent',
      'unreachable',
      { kind: 'answer', status: 503, body: '{"echo":"refresh-ada-1"}' },
    ] satisfies (typeof failures)[number],
  ])('where a refresh was %s', async (_what, code, fault) => {
    const got: unknown[] = []
    const { world, html } = await renderOnServer(async ({ store, server, api }) => {
      await store.login({ user: 'ada' })
      server.expireAccessTokens()
      server.everyFault = fault
      got.push(await rejection(api.get('/orders/1')))
    })
    expect(isAuthError(Object(got[0]).cause, code)).toBe(true)
    expect(await leaksOf(world, [...got, html])).toEqual([])
  })
})

/** The entries that tell of a change, without the id of a session that is being ended. */
const changes = (entries: unknown[]) =>
  (entries as [string, string | null][]).filter(
    ([name, value]) => !name.startsWith('vue-auth-refresh/ending:') || findLeaks(value, canary)[0],
  )

describe('41: what other tabs hear', () => {
  test('is the id of what has ended where there is a channel, or nothing, but for the session that memory hands over', async () => {
    const storage = memoryStorage()
    const { store, server } = await createWorld({ storage })
    await store.login({ user: 'ada' })
    await store.refresh()
    const { id } = (await storage.read(keyOf(server))) as SessionRecord
    await store.logout()
    const topic = `vue-auth-refresh:${keyOf(server)}`
    const messages = told['channel'] as [string, unknown][]
    const on = (channel: string) => messages.filter(([name]) => name === channel)
    expect(new Set(on(topic).map(([, message]) => message))).toEqual(new Set([null, id]))
    // By design, see the README: it is the session that is handed over.
    expect(findLeaks(on('vue-auth-refresh/memory'), canary).length).toBeGreaterThan(0)
    // One question: has another tab a session that could not be stored?
    const spare = on(`vue-auth-refresh/spare:${keyOf(server)}`)
    expect(spare.map(([, message]) => message)).toEqual([null])
    const known = [...on(topic), ...on('vue-auth-refresh/memory'), ...spare]
    expect(messages).toHaveLength(known.length)
    expect(changes(told['storage event'])).toEqual([])
  })

  test('is a number by chance where there is none', async () => {
    vi.stubGlobal('BroadcastChannel', undefined)
    const { store, server } = await createWorld()
    await store.login({ user: 'ada' })
    await store.refresh()
    await store.logout()
    const entries = changes(told['storage event'])
    expect(entries.length).toBeGreaterThanOrEqual(3)
    for (const entry of entries) {
      expect(entry).toEqual([
        `vue-auth-refresh/changed:${keyOf(server)}`,
        expect.stringMatching(/^0\.\d+(?:e-\d+)?$/),
      ])
    }
  })

  test('is the record, where that is in `localStorage`', async () => {
    const { store, server } = await createWorld({ storage: webStorage() })
    await store.login({ user: 'ada' })
    const keys = (told['storage event'] as [string, string][]).map(([key]) => key)
    expect(new Set(keys)).toEqual(new Set([`vue-auth-refresh:${keyOf(server)}`]))
    await store.logout()
    expect(localStorage).toHaveLength(0)
  })
})

test.each<[string, (world: World) => unknown]>([
  ['console', () => console.info({ deep: [new Error('access-ada-1')] })],
  ['channel', () => new BroadcastChannel('x').postMessage({ token: 'access-ada-1' })],
  ['storage event', () => localStorage.setItem('x', 'refresh-ada-1')],
  [
    'events',
    ({ events }) =>
      events.push({
        type: 'request-replayed',
        at: 0,
        request: 1,
        method: 'GET',
        path: '/access-ada-1',
      }),
  ],
  ['urls', ({ router }) => router.push('/?token=access-ada-1')],
  ['urls', ({ api }) => api.get('/public?token=access-ada-1', { skipAuth: true })],
  ['state', ({ pinia }) => (pinia.state.value['x'] = { token: 'access-ada-1' })],
  [
    'inspector',
    ({ pinia }) => defineStore('x', { getters: { token: () => 'access-ada-1' } })(pinia),
  ],
  ['devtools', ({ api }) => api.get('/public/access-ada-1', { skipAuth: true }).catch(() => {})],
  [
    'devtools',
    ({ pinia }) =>
      defineStore('x', () => {
        const isIn = ref(false)
        return { isIn, login: (_token: string) => (isIn.value = true) }
      })(pinia).login('access-ada-1'),
  ],
])('the canary is found in what there is to be seen: %s', async (where, leak) => {
  const world = await createWorld()
  await world.plugin.ready
  expect(await leaksOf(world, [])).toEqual([])
  await leak(world)
  expect((await leaksOf(world, [])).some((path) => path.startsWith(`.${where}`))).toBe(true)
})

test.each<[string, Parameters<typeof renderOnServer>]>([
  ['got', [({ store }) => store.login({}), ({ token }) => token]],
  [
    'state',
    [
      async ({ store, pinia }) => {
        await store.login({})
        pinia.state.value['x'] = { token: store.refreshToken }
      },
    ],
  ],
])('the canary is found in a page that was rendered on a server: %s', async (where, rendering) => {
  const { world, html } = await renderOnServer(...rendering)
  const leaks = await leaksOf(world, [html])
  expect(leaks.some((path) => path.startsWith(`.${where}`))).toBe(true)
  // Whatever is in the state is in the page.
  expect(leaks.some((path) => path.startsWith('.got'))).toBe(true)
})

test.each([
  new AuthError('rejected', 'no luck with access-ada-1'),
  new AuthError('rejected', 'no luck', { cause: new Error('access-ada-1') }),
  Object.assign(new Error('no luck'), { toJSON: () => ({ token: 'refresh-ada-1' }) }),
  { headers: new Map([['authorization', 'access-ada-1']]) },
])('the canary is found in what callers get: %o', async (thing) => {
  expect(await leaksOf(await createWorld(), [thing])).not.toEqual([])
})
