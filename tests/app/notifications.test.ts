// @vitest-environment jsdom
import axios, { type AxiosResponse, type InternalAxiosRequestConfig } from 'axios'
import { setImmediate } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { watch } from 'vue'
import { memoryStorage, type AuthEvent, type AuthOptions } from 'vue-auth-refresh'
import { driveClock } from '../support/clock'
import { showPage, useSingleTab } from '../support/jsdom-tab'
import { createRoutedApp } from '../support/router-app'
import { createTestApp, createTestRouter, keyOf } from '../support/test-app'

useSingleTab()

const nowhere = { origin: 'http://api.invalid' }
const page = { render: () => null }
const tokens = (n: number) => ({ access_token: `A${n}`, refresh_token: `R${n}`, expires_in: 3600 })

/** An API that answers every request, and notes the credentials. */
function createApi() {
  const sent: string[] = []
  const adapter = async (config: InternalAxiosRequestConfig): Promise<AxiosResponse> => {
    sent.push(String(config.headers.get('Authorization')))
    return { config, data: {}, headers: {}, status: 200, statusText: 'OK' }
  }
  return { api: axios.create({ baseURL: nowhere.origin, adapter }), sent }
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await setImmediate()
}

test('a refresh is no sign-in: the guard does not judge the page anew', async () => {
  const asked = vi.fn(() => true)
  let refreshes = 1
  const { store, router } = createRoutedApp({
    axios: createApi().api,
    fetchUser: async () => ({ name: 'ada' }),
    refresh: async () => tokens(++refreshes),
    routes: [{ path: '/admin', component: page, meta: { requiresAuth: asked } }],
  })
  await store.setSession(tokens(1))
  await router.push('/admin')
  asked.mockClear()
  await store.refresh()
  await settle()
  expect(asked).not.toHaveBeenCalled()
})

test('a refresh does not cancel the navigation that the app has begun after a login', async () => {
  let load = (): void => {}
  const loaded = new Promise<void>((resolve) => (load = resolve))
  let refreshes = 1
  const router = createTestRouter([
    {
      path: '/slow',
      component: async () => {
        await loaded
        return page
      },
    },
  ])
  const { store, visited } = createRoutedApp({
    axios: createApi().api,
    router,
    refresh: async () => tokens(++refreshes),
  })
  await router.push('/login')
  await store.setSession(tokens(1))
  // The app goes where it likes after the login, to a page that takes a while to load.
  const navigation = router.push('/slow')
  await settle()
  await store.refresh()
  await settle()
  load()
  expect(await navigation).toBeUndefined()
  await settle()
  expect(visited.at(-1)).toBe('/slow')
})

test('a handler that logs out at the end of a session does not end the next one', async () => {
  const { api } = createApi()
  const logout = vi.fn(async () => {})
  const { store, events } = createTestApp(nowhere, {
    axios: api,
    logout,
    onEvent(event) {
      events.push(event)
      if (event.type === 'session-ended') void store.logout()
    },
  })
  await store.setSession(tokens(1))
  await store.setSession(tokens(2))
  expect(store.status).toBe('authenticated')
  expect(store.token).toBe('A2')
  expect(logout).not.toHaveBeenCalled()
})

test('an adopted session: a handler that logs out at the end of the old one does not end it', async () => {
  const storage = memoryStorage()
  const { api } = createApi()
  const { store, plugin, events } = createTestApp(nowhere, {
    axios: api,
    storage,
    onEvent(event) {
      events.push(event)
      if (event.type === 'session-ended') void store.logout()
    },
  })
  await plugin.ready
  await store.setSession(tokens(1))
  const other = createTestApp(nowhere, { axios: createApi().api, storage })
  await other.store.setSession(tokens(2))
  showPage(true)
  await settle()
  expect(store.token).toBe('A2')
  expect(await storage.read(keyOf(nowhere))).toMatchObject({ token: 'A2' })
})

test('a session that ends shows no token any more when its end is told', async () => {
  const { api } = createApi()
  const seen: unknown[] = []
  const { store } = createTestApp(nowhere, {
    axios: api,
    fetchUser: async () => ({ name: 'ada' }),
    onEvent(event) {
      if (event.type === 'session-ended') seen.push(store.token, store.user)
    },
  })
  await store.setSession(tokens(1))
  await store.setSession(tokens(2))
  expect(seen).toEqual([null, null])
})

test('a request made at the end of a session does not go out as the next user', async () => {
  const { api, sent } = createApi()
  const { store } = createTestApp(nowhere, {
    axios: api,
    onEvent(event) {
      if (event.type === 'session-ended') void api.post('/audit', event)
    },
  })
  await store.setSession(tokens(1))
  await store.setSession(tokens(2))
  await settle()
  expect(sent).toEqual(['undefined'])
})

test('a session that a handler begins at the end of another is told of once', async () => {
  const storage = memoryStorage()
  const { api } = createApi()
  const events: AuthEvent[] = []
  let isDone = false
  const { store, plugin } = createTestApp(nowhere, {
    axios: api,
    storage,
    onEvent(event) {
      events.push(event)
      if (event.type !== 'session-ended' || isDone) return
      isDone = true
      store.setSession(tokens(3)).catch(() => {})
    },
  })
  await plugin.ready
  await store.setSession(tokens(1))
  const other = createTestApp(nowhere, { axios: createApi().api, storage })
  await other.store.setSession(tokens(2))
  events.length = 0
  showPage(true)
  await settle()
  const types = events.map((event) => [event.type, 'adopted' in event && event.adopted])
  expect(store.token).toBe('A3')
  expect(types.filter(([type]) => type === 'session-started')).toHaveLength(1)
})

test('a synchronous watcher of the user that signs in again leaves a session with its token', async () => {
  const { api } = createApi()
  let user = 'ada'
  let release = (): void => {}
  const { store } = createTestApp(nowhere, {
    axios: api,
    fetchUser: async () => {
      if (user === 'bob') await new Promise<void>((resolve) => (release = resolve))
      return { name: user }
    },
  })
  await store.setSession(tokens(1))
  watch(
    () => store.user,
    (next) => {
      if (next !== null || user === 'bob') return
      user = 'bob'
      store.setSession(tokens(2)).catch(() => {})
    },
    { flush: 'sync' },
  )
  await store.logout()
  await settle()
  expect(store.token).toBe('A2')
  release()
  await settle()
  expect(store.token).toBe('A2')
})

test('a request made while the refresh of the session before is aborted is no part of that', async () => {
  const sent: string[] = []
  const api = axios.create({
    baseURL: nowhere.origin,
    adapter: async (config) => {
      const credential = String(config.headers.get('Authorization'))
      sent.push(credential)
      const status = credential === 'Bearer A1' ? 401 : 200
      return { config, data: {}, headers: {}, status, statusText: '' }
    },
  })
  let told: Promise<unknown> | undefined
  const { store } = createTestApp(nowhere, {
    axios: api,
    refresh: (_tokens, { signal }) => {
      signal.addEventListener('abort', () => {
        told = api.post('/telemetry').then(() => 'told', String)
      })
      return new Promise(() => {})
    },
  })
  await store.setSession(tokens(1))
  const refused = api.get('/orders')
  await settle()
  await store.setSession(tokens(2))
  await refused
  expect(await told).toBe('told')
})

test('the plugin is disposed of: the store does not tell of a sign-out', async () => {
  const { api } = createApi()
  const { store, plugin } = createTestApp(nowhere, { axios: api })
  await store.setSession(tokens(1))
  const seen: string[] = []
  watch(
    () => store.status,
    (status) => seen.push(status),
    { flush: 'sync' },
  )
  plugin.dispose()
  expect(seen).toEqual([])
})

test('a session that a synchronous watcher of the user begins is kept fresh', async () => {
  const clock = driveClock()
  const refresh = vi.fn(async () => tokens(3))
  const { store } = createTestApp(nowhere, {
    axios: createApi().api,
    fetchUser: async () => ({ name: 'ada' }),
    keepFresh: true,
    refresh,
  })
  showPage(true)
  await clock.until(store.setSession(tokens(1)))
  let isLeaving = true
  watch(
    () => store.user,
    (next) => {
      if (next !== null || !isLeaving) return
      isLeaving = false
      store.setSession(tokens(2)).catch(() => {})
    },
    { flush: 'sync' },
  )
  await clock.until(store.logout())
  await clock.advance(100)
  expect(store.token).toBe('A2')
  await clock.advance(3_600_000)
  expect(refresh).toHaveBeenCalled()
})

const cookie: Partial<AuthOptions> = { session: 'refresh-cookie' }

test('a login while the owner of a cookie is still searched is told of once, and by this tab', async () => {
  const clock = driveClock()
  const { api } = createApi()
  const { store, plugin, events } = createTestApp(nowhere, {
    ...cookie,
    axios: api,
    storage: memoryStorage(),
    refreshTimeout: 1_000,
    refresh: () => new Promise(() => {}),
    login: async () => tokens(1),
  })
  await clock.until(plugin.ready)
  expect(store.status).toBe('anonymous')
  await clock.until(store.login({ user: 'ada' }))
  await clock.advance(100)
  expect(store.status).toBe('authenticated')
  expect(events.filter(({ type }) => type === 'session-started')).toEqual([
    expect.objectContaining({ adopted: false }),
  ])
})
