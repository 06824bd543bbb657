import axios, { type AxiosError, type AxiosRequestConfig } from 'axios'
import { createPinia } from 'pinia'
import { describe, expect, test } from 'vitest'
import { createApp } from 'vue'
import {
  createAuth,
  isAuthError,
  memoryStorage,
  useAuthStore,
  type AuthOptions,
  type AuthStorage,
  type AuthStore,
} from 'vue-auth-refresh'
import { expectWarning } from '../setup/console'
import { driveClock } from '../support/clock'
import { shells } from '../support/shells'
import {
  createTestApp,
  createTestRouter,
  keyOf,
  optionsFor,
  rejection,
  signedIn,
  startServer,
} from '../support/test-app'

test('10: after a logout during a refresh its answer is stored nowhere', async () => {
  const server = await startServer()
  const storage = memoryStorage()
  const { store } = await signedIn(server, { storage })
  const release = server.hold('/auth/refresh')
  const refreshed = rejection(store.refresh())
  await server.sees('/auth/refresh')

  await store.logout()
  release()
  expect(isAuthError(await refreshed, 'signed-out')).toBe(true)
  await server.sees('/auth/logout')

  expect(store.token).toBeNull()
  expect(await storage.read(keyOf(server))).toBeNull()
})

test('10: an answer that ignores the aborted signal is stored nowhere either', async () => {
  const server = await startServer()
  const storage = memoryStorage()
  let answer!: (tokens: unknown) => void
  const { store } = await signedIn(server, {
    storage,
    refresh: () => new Promise((resolve) => (answer = resolve)),
  })
  const refreshed = rejection(store.refresh())
  await expect.poll(() => answer).toBeDefined()

  await store.logout()
  answer({ token: 'late' })
  await refreshed

  expect(store.token).toBeNull()
  expect(await storage.read(keyOf(server))).toBeNull()
})

test('12: a request of one session is never sent under another, however late it reaches the wire', async () => {
  const server = await startServer()
  const { api, store } = await signedIn(server)
  let letGo!: () => void
  const held = new Promise<void>((resolve) => (letGo = resolve))
  api.interceptors.request.use(async (config) => {
    if (config.url === '/slow') await held
    return config
  })
  const ofAda = rejection(api.post('/slow', { write: 'by ada' }))

  await store.login({ user: 'ben' })
  letGo()

  const error = await ofAda
  expect(axios.isAxiosError(error)).toBe(true)
  expect(isAuthError(error, 'superseded')).toBe(true)
  expect(server.countOf('/slow')).toBe(0)
})

describe('12: an answer to one user', () => {
  /** An app whose user waits for their orders. Each answer brings a newer token. */
  async function waitingForOrders(
    options: Partial<AuthOptions> = {},
    config: AxiosRequestConfig = {},
  ) {
    const server = await startServer()
    server.route('/orders', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end('{"orders":"of ada"}')
    })
    const app = await signedIn(server, options)
    app.api.interceptors.response.use(async (response) => {
      if (app.store.token) await app.store.updateTokens({ access_token: 'of-ada' })
      return response
    })
    const release = server.hold('/orders')
    const answer = app.api.get('/orders', config).then(
      () => 'delivered',
      (error: AxiosError) => (isAuthError(error) ? error.code : error),
    )
    await server.sees('/orders')
    return { ...app, release, answer }
  }
  const kinds: [string, Partial<AuthOptions>, AxiosRequestConfig][] = [
    ['as JSON', {}, {}],
    ['as a stream', {}, { responseType: 'stream', adapter: 'http' }],
    ['through fetch', {}, { adapter: 'fetch' }],
    ['with a verdict of the app', { isExpired: ({ data }) => data?.code === 401 }, {}],
    ['to a request that takes a 401 as an answer', {}, { skipAuthRefresh: true }],
  ]

  test.each(kinds)('%s is not delivered after a logout', async (_kind, options, config) => {
    const { store, release, answer } = await waitingForOrders(options, config)
    await store.logout()
    release()
    expect(await answer).toBe('signed-out')
  })

  test.each(kinds)('%s is not delivered to the next user', async (_kind, options, config) => {
    const { store, release, answer } = await waitingForOrders(options, config)
    await store.login({ user: 'ben' })
    const { token } = store
    release()
    expect(await answer).toBe('superseded')
    expect(store.token).toBe(token)
  })

  test.each(kinds)('%s is delivered after an unmount', async (_kind, options, config) => {
    const { plugin, release, answer } = await waitingForOrders(options, config)
    plugin.dispose()
    release()
    expect(await answer).toBe('delivered')
  })
})

test.each(shells)(
  '12: a refused request of one session is not replayed under another (%s)',
  async (_shell, through) => {
    const server = await startServer()
    const { api, store } = through(await signedIn(server))
    const release = server.hold('/write')
    server.expireAccessTokens()
    const ofAda = rejection(api.post('/write', { write: 'by ada' }))
    await server.sees('/write')

    await store.login({ user: 'ben' })
    release()

    const error = await ofAda
    expect(axios.isAxiosError(error) && error.response?.status).toBe(401)
    expect(isAuthError(error, 'superseded')).toBe(true)
    expect(server.countOf('/write')).toBe(1)
  },
)

test.each(shells)(
  '12: a request that waits for a refresh is not sent as the user who logs in meanwhile (%s)',
  async (_shell, through) => {
    const server = await startServer()
    const { api, store } = through(await signedIn(server))
    const release = server.hold('/auth/refresh')
    server.expireAccessTokens()
    const ofAda = rejection(api.post('/write', { write: 'by ada' }))
    await server.sees('/auth/refresh')

    await store.login({ user: 'ben' })
    release()

    expect(isAuthError(await ofAda, 'superseded')).toBe(true)
    expect(server.countOf('/write')).toBe(1)
  },
)

test('12: a config that a retry library sends again still belongs to its first user', async () => {
  const server = await startServer()
  const { api, store } = await signedIn(server)
  server.route('/flaky', (_request, response) => response.writeHead(503).end())
  const error = await rejection(api.post('/flaky', { write: 'by ada' }))
  if (!axios.isAxiosError(error) || !error.config) throw error
  await store.login({ user: 'ben' })

  const again = await rejection(api.request({ ...error.config }))
  expect(isAuthError(again, 'superseded')).toBe(true)
  expect(server.countOf('/flaky')).toBe(1)
})

test('12: a call made by nobody is sent as nobody, also after a login', async () => {
  const server = await startServer()
  const { api, store, plugin } = createTestApp(server)
  await plugin.ready
  let letGo!: () => void
  const held = new Promise<void>((resolve) => (letGo = resolve))
  api.interceptors.request.use(async (config) => {
    await held
    return config
  })
  const call = api.get('/public')

  await store.login({ user: 'ada' })
  letGo()
  expect((await call).data).toEqual({ authorization: null })
})

test.each(shells)(
  '13: a login during a refresh is neither overwritten by it nor joined to it (%s)',
  async (_shell, through) => {
    const server = await startServer()
    const storage = memoryStorage()
    const { api, store } = through(await signedIn(server, { storage }))
    const release = server.hold('/auth/refresh')
    const refreshed = rejection(store.refresh())
    await server.sees('/auth/refresh')

    await store.login({ user: 'ben' })
    const token = store.token
    release()
    expect(isAuthError(await refreshed, 'superseded')).toBe(true)

    expect((await api.get('/orders/1')).data).toMatchObject({ user: 'ben' })
    expect(store.token).toBe(token)
    expect(await storage.read(keyOf(server))).toMatchObject({ token })
  },
)

test('13: of two logins the later one counts', async () => {
  const server = await startServer()
  const { store } = createTestApp(server)
  const release = server.hold('/auth/login')
  const first = rejection(store.login({ user: 'ada' }))
  await server.sees('/auth/login')
  release()
  const second = store.login({ user: 'ben' })

  expect(isAuthError(await first, 'superseded')).toBe(true)
  await second
  expect(store.token).toContain('ben')
})

test.each(shells)('14: apps made side by side share nothing (%s)', async (_shell, through) => {
  const server = await startServer()
  const [ada, ben] = [through(createTestApp(server)), through(createTestApp(server))]
  await Promise.all([ada.store.login({ user: 'ada' }), ben.store.login({ user: 'ben' })])

  const answers = await Promise.all([ada.api.get('/me'), ben.api.get('/me')])
  expect(answers.map(({ data }) => data as unknown)).toEqual([{ name: 'ada' }, { name: 'ben' }])
  await ada.store.logout()
  expect(ben.store.isAuthenticated).toBe(true)
})

test('15: dispose takes down handlers, guards and store, and settles who waits', async () => {
  const server = await startServer()
  const api = axios.create({ baseURL: server.origin })
  const router = createTestRouter()
  const plugin = createAuth({ ...optionsFor(api), router })
  const app = createApp({ render: () => null })
  const pinia = createPinia()
  app.use(pinia).use(plugin)
  const store = useAuthStore(pinia)
  await store.login({ user: 'ada' })
  server.expireAccessTokens()
  const release = server.hold('/auth/refresh')
  const waiting = rejection(api.get('/orders/1'))
  await server.sees('/auth/refresh')

  plugin.dispose()
  release()

  expect(isAuthError(await waiting, 'signed-out')).toBe(true)
  expect(handlersOf(api)).toBe(0)
  expect(() => useAuthStore(pinia)).toThrow('as it was disposed of')
  await router.push('/private')
  expect(router.currentRoute.value.path).toBe('/private')
  expect((await api.get('/public')).data).toEqual({ authorization: null })
})

function handlersOf(api: ReturnType<typeof axios.create>): number {
  let handlers = 0
  const count = (): void => void handlers++
  ;(api.interceptors.request as unknown as { forEach(each: () => void): void }).forEach(count)
  return handlers
}

/** A storage that does one thing after the other, as IndexedDB does, and whose next write takes that long. */
function slowStorage(): AuthStorage & { nextWriteTakes: number } {
  const inner = memoryStorage()
  let last: Promise<unknown> = Promise.resolve()
  const enqueue = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }
  const storage = {
    nextWriteTakes: 0,
    read: (key: string) => enqueue(() => inner.read(key)),
    update: (key: string, change: Parameters<AuthStorage['update']>[1]) =>
      enqueue(async () => {
        const next = change(await inner.read(key))
        const delay = storage.nextWriteTakes
        storage.nextWriteTakes = 0
        if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
        return inner.update(key, () => next)
      }),
  }
  return storage
}

test.each([100, 4_000])(
  '10: a logout while the answer of a refresh takes %i ms to be written leaves nothing behind',
  async (delay) => {
    const clock = driveClock()
    const server = await startServer()
    const storage = slowStorage()
    const { store } = await signedIn(server, { storage })
    if (delay > 3_000) expectWarning('Storage failed')
    storage.nextWriteTakes = delay
    const refreshed = rejection(store.refresh())
    await expect.poll(() => storage.nextWriteTakes).toBe(0)

    const done = store.logout()
    await clock.advance(10_000)
    await Promise.all([done, refreshed])
    expect(await storage.read(keyOf(server))).toBeNull()
  },
)

test('10: a storage that fails once is still told of every rotation', async () => {
  const server = await startServer()
  const inner = memoryStorage()
  let isFull = false
  const storage: AuthStorage = {
    read: inner.read,
    update: async (key, change) => {
      if (isFull) throw new Error('QuotaExceeded')
      return inner.update(key, change)
    },
  }
  const { store } = await signedIn(server, { storage })
  expectWarning('Storage failed')
  isFull = true
  await store.refresh()
  isFull = false
  await store.refresh()

  expect(await inner.read(keyOf(server))).toMatchObject({ refreshToken: store.refreshToken })
})

test('12: a login whose record is still being written is not lost to a refresh', async () => {
  const clock = driveClock()
  const server = await startServer()
  const storage = slowStorage()
  const { store } = createTestApp(server, { storage })
  storage.nextWriteTakes = 50
  const login = store.login({ user: 'ada' })
  await expect.poll(() => store.token).not.toBeNull()
  const refreshed = store.refresh()
  await clock.advance(50)

  await login
  expect(await refreshed).toBe(store.token)
  expect(store.status).toBe('authenticated')
})

test('a logout before the stored session was read tells the server as well', async () => {
  const server = await startServer()
  const storage = memoryStorage()
  const before = await signedIn(server, { storage })
  before.plugin.dispose()
  const { store } = createTestApp(server, { storage })
  await store.logout()

  expect(await storage.read(keyOf(server))).toBeNull()
  expect(server.countOf('/auth/logout')).toBe(1)
})

test.each(shells)(
  '12: who waited for a refresh is not sent as somebody who signs in the moment it succeeds (%s)',
  async (_shell, through) => {
    const server = await startServer()
    const other = through(createTestApp(server))
    await other.store.login({ user: 'ben' })
    let store: AuthStore | undefined
    const test = through(
      await signedIn(server, {
        onEvent: ({ type }) => {
          if (type === 'refresh-succeeded') {
            void store?.setSession({ token: other.store.token ?? '', refreshToken: 'unused' })
          }
        },
      }),
    )
    store = test.store
    server.expireAccessTokens()
    const error = await rejection(test.api.post('/write', { write: 'by ada' }))

    expect(isAuthError(error, 'superseded')).toBe(true)
    expect(server.countOf('/write')).toBe(1)
  },
)
