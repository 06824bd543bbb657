import axios from 'axios'
import { expect, test } from 'vitest'
import {
  isAuthError,
  memoryStorage,
  useAuthStore,
  type AuthEvent,
  type AuthStore,
} from 'vue-auth-refresh'
import { expectError, expectWarning } from '../setup/console'
import { driveClock } from '../support/clock'
import { shells } from '../support/shells'
import {
  createTestApp,
  createTestRouter,
  rejection,
  signedIn,
  startServer,
} from '../support/test-app'

test.each(shells)(
  '16: every waiting request settles within refreshTimeout, and the session is kept (%s)',
  async (_shell, through) => {
    const clock = driveClock()
    const server = await startServer()
    const { api, store } = through(await signedIn(server, { refreshTimeout: 5_000 }))
    server.expireAccessTokens()
    server.everyFault = { kind: 'hang' }
    const refused = rejection(api.get('/orders/1'))
    await server.sees('/auth/refresh')
    const waiting = rejection(api.get('/orders/2'))

    await clock.advance(5_000)

    for (const error of [await refused, await waiting]) {
      expect(isAuthError(error, 'unreachable')).toBe(true)
      expect(axios.isAxiosError(error)).toBe(true)
    }
    expect(store.status).toBe('authenticated')
    expect(store.error?.code).toBe('unreachable')
  },
)

test.each(shells)(
  '16: who waited in vain for a refresh ahead, and is then refused, has not that long to wait again (%s)',
  async (_shell, through) => {
    const clock = driveClock()
    const server = await startServer()
    server.expiresIn = 60
    const { api } = through(await signedIn(server, { refreshTimeout: 5_000 }))
    await clock.advance(50_000)
    server.expireAccessTokens()
    server.everyFault = { kind: 'hang' }
    let isSettled = false
    const call = rejection(api.get('/orders/1')).finally(() => (isSettled = true))
    await server.sees('/auth/refresh')
    await clock.advance(5_000)
    await server.answers('/orders/1')
    while (!isSettled) await clock.advance(0)
    const error = await call
    expect(isAuthError(error, 'unreachable')).toBe(true)
    expect(axios.isAxiosError(error) && error.response?.status).toBe(401)
  },
)

test.each(shells)(
  '16: a late answer is still put into use, and its refresh token is not sent twice (%s)',
  async (_shell, through) => {
    const clock = driveClock()
    const server = await startServer()
    const { api, store } = through(await signedIn(server, { refreshTimeout: 5_000 }))
    server.expireAccessTokens()
    const release = server.hold('/auth/refresh')
    const first = rejection(api.get('/orders/1'))
    await server.sees('/auth/refresh')
    await clock.advance(5_000)
    await first

    const second = api.get('/orders/2')
    await server.sees('/orders/2')
    release()

    expect((await second).status).toBe(200)
    expect(server.refreshes).toBe(1)
    expect(server.reusedTokens).toBe(0)
    expect(store.error).toBeNull()
  },
)

test.each(shells)(
  '16: an exchange that is never answered is given up in the end, and the next one succeeds (%s)',
  async (_shell, through) => {
    const clock = driveClock()
    const server = await startServer()
    const { api } = through(await signedIn(server, { refreshTimeout: 5_000 }))
    server.expireAccessTokens()
    server.faults.push({ kind: 'hang' })
    const first = rejection(api.get('/orders/1'))
    await server.sees('/auth/refresh')
    await clock.advance(5_000)
    await first
    await clock.advance(10_000)

    expect((await api.get('/orders/2')).status).toBe(200)
    expect(server.refreshes).toBe(2)
  },
)

test.each(shells)(
  '17: a request that is aborted while it waits rejects at once and is not sent (%s)',
  async (_shell, through) => {
    const server = await startServer()
    const { api, store } = through(await signedIn(server))
    const release = server.hold('/auth/refresh')
    const refreshed = store.refresh()
    await server.sees('/auth/refresh')
    const controller = new AbortController()
    const source = axios.CancelToken.source()
    const bySignal = rejection(api.get('/orders/1', { signal: controller.signal }))
    const byToken = rejection(api.get('/orders/2', { cancelToken: source.token }))

    controller.abort()
    source.cancel('by hand')

    expect(axios.isCancel(await bySignal)).toBe(true)
    const cancelled = await byToken
    expect(axios.isCancel(cancelled) && cancelled.message).toBe('by hand')
    release()
    await refreshed
    expect(server.countOf('/orders/1') + server.countOf('/orders/2')).toBe(0)
  },
)

test.each(shells)(
  '17: a request that is aborted between its 401 and the replay is not replayed (%s)',
  async (_shell, through) => {
    const server = await startServer()
    const { api } = through(await signedIn(server))
    server.expireAccessTokens()
    const release = server.hold('/auth/refresh')
    const controller = new AbortController()
    const call = rejection(api.get('/orders/1', { signal: controller.signal }))
    await server.sees('/auth/refresh')

    controller.abort()
    expect(axios.isCancel(await call)).toBe(true)
    release()
    await api.get('/orders/2')
    expect(server.countOf('/orders/1')).toBe(1)
  },
)

test('18: logout settles every waiter at once, without waiting for a hanging exchange', async () => {
  const server = await startServer()
  const { api, store } = await signedIn(server)
  server.expireAccessTokens()
  server.everyFault = { kind: 'hang' }
  const refused = rejection(api.get('/orders/1'))
  await server.sees('/auth/refresh')
  const waiting = rejection(api.get('/orders/2'))

  await store.logout()

  expect(isAuthError(await refused, 'signed-out')).toBe(true)
  expect(isAuthError(await waiting, 'signed-out')).toBe(true)
  expect(store.status).toBe('anonymous')
})

test('18: logout is done here at once, and bounded where the server hangs', async () => {
  const clock = driveClock()
  const server = await startServer()
  const { store } = await signedIn(server, { refreshTimeout: 5_000 })
  server.hold('/auth/logout')
  const done = store.logout()
  expect(store.status).toBe('anonymous')
  expect(store.token).toBeNull()

  await server.sees('/auth/logout')
  await clock.advance(5_000)
  await done
})

test('21: every action may be called from an event handler', async () => {
  const server = await startServer()
  const calls: Promise<unknown>[] = []
  const seen = new Set<AuthEvent['type']>()
  let store: AuthStore | undefined
  const test = createTestApp(server, {
    onEvent: ({ type }) => {
      if (!store || seen.has(type)) return
      seen.add(type)
      calls.push(
        store.getAccessToken().catch(() => null),
        store.refresh().catch(() => null),
      )
      if (type === 'session-ended') calls.push(store.login({ user: 'ben' }))
    },
  })
  store = useAuthStore(test.pinia)
  await store.login({ user: 'ada' })
  server.expireAccessTokens()
  await test.api.get('/orders/1')
  await store.logout()
  await Promise.all(calls)

  expect([...seen]).toEqual(
    expect.arrayContaining(['session-started', 'refresh-started', 'session-ended']),
  )
  expect(store.token).toContain('ben')
})

test('21: every action may be called from the callbacks and from interceptors', async () => {
  const server = await startServer()
  let store: AuthStore | undefined
  const test = createTestApp(server, {
    fetchUser: async ({ http }) => {
      await store?.getAccessToken()
      return (await http.get<unknown>('/me')).data
    },
  })
  store = useAuthStore(test.pinia)
  test.api.interceptors.request.use(async (config) => {
    await store?.getAccessToken()
    return config
  })
  await store.login({ user: 'ada' })
  server.expireAccessTokens()

  expect((await test.api.get('/orders/1')).status).toBe(200)
  expect(store.user).toEqual({ name: 'ada' })
})

test('22: the exchange passes no interceptor, and its own 401 refreshes nothing', async () => {
  const server = await startServer()
  const { api, store } = await signedIn(server)
  const urls: (string | undefined)[] = []
  api.interceptors.request.use((config) => {
    urls.push(config.url)
    return config
  })
  server.expireAccessTokens()
  server.faults.push({ kind: 'answer', status: 401, body: '{}' })

  await rejection(api.get('/orders/1'))
  expect(urls).toEqual(['/orders/1'])
  expect(server.refreshes).toBe(1)
  expect(server.seen.find(({ path }) => path === '/auth/refresh')?.headers.authorization).toBe(
    undefined,
  )
  expect(store.status).toBe('expired')
})

test.each(shells)('23: an onEvent that throws changes nothing (%s)', async (_shell, through) => {
  const server = await startServer()
  const { api } = through(
    await signedIn(server, {
      onEvent: ({ type }) => {
        if (type === 'refresh-started') throw new Error('from the application')
      },
    }),
  )
  expectError('onEvent threw')
  server.expireAccessTokens()
  expect((await api.get('/orders/1')).status).toBe(200)
})

test.each(shells)(
  '24: a storage that refuses everything costs one warning, and the session works (%s)',
  async (_shell, through) => {
    const server = await startServer()
    expectWarning('Storage failed')
    const refuse = (): Promise<never> => Promise.reject(new Error('refused'))
    const { api, store } = through(
      await signedIn(server, { storage: { read: refuse, update: refuse } }),
    )
    server.expireAccessTokens()

    expect((await api.get('/orders/1')).status).toBe(200)
    await store.logout()
    expect(store.status).toBe('anonymous')
  },
)

test.each(shells)('24: without crypto one tab still works (%s)', async (_shell, through) => {
  const crypto = Object.getOwnPropertyDescriptor(globalThis, 'crypto')!
  Object.defineProperty(globalThis, 'crypto', { value: undefined, configurable: true })
  try {
    const server = await startServer()
    const { api } = through(await signedIn(server))
    expect((await api.get('/orders/1')).status).toBe(200)
  } finally {
    Object.defineProperty(globalThis, 'crypto', crypto)
  }
})

test.each(shells)(
  '17: a cancel token is heard also where a signal is given (%s)',
  async (_shell, through) => {
    const server = await startServer()
    const { api, store } = through(await signedIn(server))
    const release = server.hold('/auth/refresh')
    const refreshed = store.refresh()
    await server.sees('/auth/refresh')
    const source = axios.CancelToken.source()
    const { signal } = new AbortController()
    const call = rejection(api.get('/orders/1', { signal, cancelToken: source.token }))
    await expect.poll(() => store.isRefreshing).toBe(true)

    source.cancel('by hand')
    expect(axios.isCancel(await call)).toBe(true)
    release()
    await refreshed
  },
)

test('21: logout may be called from an event handler and from a guard', async () => {
  const server = await startServer()
  const router = createTestRouter()
  let store: AuthStore | undefined
  const { pinia } = await signedIn(server, {
    router,
    onEvent: ({ type }) => {
      if (type === 'refresh-succeeded') void store?.logout()
    },
  })
  store = useAuthStore(pinia)
  expect(isAuthError(await rejection(store.refresh()), 'signed-out')).toBe(true)
  expect(store.status).toBe('anonymous')

  await store.login({ user: 'ada' })
  router.beforeEach(async (to) => {
    if (to.path === '/private') await store?.logout()
  })
  await router.push('/private')
  await expect.poll(() => router.currentRoute.value.path).toBe('/login')
})

test.each(shells)('23: an onEvent that rejects changes nothing (%s)', async (_shell, through) => {
  const server = await startServer()
  expectError('onEvent threw')
  const { api } = through(
    await signedIn(server, {
      onEvent: async ({ type }) => {
        if (type === 'refresh-started') throw new Error('from the application')
      },
    }),
  )
  server.expireAccessTokens()
  expect((await api.get('/orders/1')).status).toBe(200)
})

test.each(shells)(
  '16: an exchange that ignores its signal is given up in the end as well (%s)',
  async (_shell, through) => {
    const clock = driveClock()
    const server = await startServer()
    let calls = 0
    const { api } = through(
      await signedIn(server, {
        refreshTimeout: 5_000,
        refresh: async ({ refreshToken }, { http }) => {
          if (++calls === 1) return new Promise(() => {})
          return (await http.post<unknown>('/auth/refresh', { refreshToken })).data
        },
      }),
    )
    server.expireAccessTokens()
    const first = rejection(api.get('/orders/1'))
    await expect.poll(() => calls).toBe(1)
    await clock.advance(5_000)
    await first
    await clock.advance(10_000)

    expect((await api.get('/orders/2')).status).toBe(200)
    expect(calls).toBe(2)
  },
)

test('16: nobody is asked again once nobody waits', async () => {
  const clock = driveClock()
  const server = await startServer()
  let calls = 0
  let fail: ((error: Error) => void) | undefined
  const { store } = await signedIn(server, {
    refreshTimeout: 5_000,
    refresh: () => {
      calls++
      return new Promise((_resolve, reject) => (fail = reject))
    },
  })
  const refreshed = rejection(store.refresh())
  await expect.poll(() => fail).toBeDefined()
  await clock.advance(5_000)
  await refreshed

  fail?.(new Error('at last'))
  await clock.advance(5_000)
  expect(calls).toBe(1)
})

test.each(shells)(
  '17: a request that is aborted while the session is still being restored is not sent (%s)',
  async (_shell, through) => {
    const server = await startServer()
    const inner = memoryStorage()
    let read: (() => void) | undefined
    const { api, plugin } = through(
      createTestApp(server, {
        storage: {
          ...inner,
          read: (key) => new Promise((resolve) => (read = () => resolve(inner.read(key)))),
        },
      }),
    )
    const controller = new AbortController()
    const call = rejection(api.get('/public', { signal: controller.signal }))
    await expect.poll(() => read).toBeDefined()
    controller.abort()

    expect(axios.isCancel(await call)).toBe(true)
    read?.()
    await plugin.ready
    expect(server.countOf('/public')).toBe(0)
  },
)

test('18: what begins right after a logout has nothing to do with what was waited for', async () => {
  const server = await startServer()
  const { store } = await signedIn(server)
  const release = server.hold('/auth/refresh')
  const old = rejection(store.refresh())
  await server.sees('/auth/refresh')
  const second = createTestApp(server)
  await second.store.login({ user: 'ben' })

  void store.logout()
  await store.setSession({
    token: second.store.token ?? '',
    refreshToken: second.store.refreshToken,
  })
  const refreshed = store.refresh()
  await server.sees('/auth/refresh', 2)
  release()

  expect(isAuthError(await old, 'signed-out')).toBe(true)
  expect(await refreshed).toContain('ben')
})
