// @vitest-environment jsdom
import axios, { type AxiosInstance } from 'axios'
import { createPinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApp } from 'vue'
import { createAuth, useAuthStore, type AuthStorage, type AuthStore } from 'vue-auth-refresh'
import { bytesLeftBy } from './garbage'

/** In bytes for each repetition: less than any object that is kept, more than the noise of the collector. */
const LEAK = 250
/** The same for an app, of which there is more noise. One that is kept by its options alone weighs 16 kB. */
const APP_LEAK = 1_000

const page = { render: () => null }
const channels = new Set<BroadcastChannel>()
const timers = new Set<unknown>()
/** How often something listens to the window or the document, by what it listens to. */
const listeners = new Map<string, number>()
const undo: (() => void)[] = []
/** The time that has passed beside the real one, in ms. */
let passed = 0

/** Replaces a method until the test is over. Not by a spy: that would keep every call. */
function replace<Target extends object, Name extends keyof Target>(
  target: Target,
  name: Name,
  replacement: (original: Target[Name]) => unknown,
): void {
  const original = target[name]
  Object.defineProperty(target, name, {
    value: replacement(original),
    configurable: true,
    writable: true,
  })
  undo.push(() => {
    Object.defineProperty(target, name, { value: original, configurable: true, writable: true })
  })
}

beforeEach(() => {
  const change = (type: string, by: number): void => {
    listeners.set(type, (listeners.get(type) ?? 0) + by)
  }
  for (const target of [window, document] as EventTarget[]) {
    replace(target, 'addEventListener', (add) => (...args: Parameters<typeof add>) => {
      change(args[0], 1)
      add.apply(target, args)
    })
    replace(target, 'removeEventListener', (remove) => (...args: Parameters<typeof remove>) => {
      change(args[0], -1)
      remove.apply(target, args)
    })
  }
  replace(globalThis, 'setTimeout', (set) => (callback: () => void, delay?: number) => {
    const timer: unknown = set(() => {
      timers.delete(timer)
      callback()
    }, delay)
    timers.add(timer)
    return timer
  })
  replace(globalThis, 'clearTimeout', (clear) => (timer: Parameters<typeof clear>[0]) => {
    timers.delete(timer)
    clear(timer)
  })
  replace(performance, 'now', (now) => () => now.call(performance) + passed)
  class CountedChannel extends BroadcastChannel {
    constructor(name: string) {
      super(name)
      channels.add(this)
    }
    override close(): void {
      channels.delete(this)
      super.close()
    }
  }
  replace(globalThis, 'BroadcastChannel', () => CountedChannel)
  const request = async (_name: string, _options: LockOptions, granted: () => unknown) => granted()
  const locks = { request, query: () => Promise.resolve({ held: [], pending: [] }) }
  Object.defineProperty(navigator, 'locks', { value: locks, configurable: true })
})
afterEach(() => {
  for (const restore of undo.splice(0).toReversed()) restore()
  for (const all of [channels, timers, listeners]) all.clear()
})

interface Mounted {
  readonly store: AuthStore
  unmount(): void
}

/** A server without a memory, so that what is left is not its own. */
function createApi(): { api: AxiosInstance; expire(): void } {
  let number = 0
  let live = 0
  const api = axios.create({
    baseURL: 'https://api.example.test',
    adapter: async (config) => {
      const answer = (status: number, data: unknown) => ({
        status,
        data,
        statusText: '',
        headers: {},
        config,
      })
      if (config.url?.startsWith('/auth')) {
        live = ++number
        return answer(200, { token: `access-${live}`, refreshToken: `refresh-${live}` })
      }
      const isLive = config.headers.get('Authorization') === `Bearer access-${live}`
      if (isLive) return answer(200, 'yes')
      throw new axios.AxiosError('', '', config, null, answer(401, 'no'))
    },
  })
  return { api, expire: () => void (live = 0) }
}

/** One that waits for nothing, as the storages of a browser do. */
function instantStorage(): AuthStorage {
  let record: unknown = null
  return {
    read: async () => record,
    async update(_key, change) {
      const next = change(record)
      return next === undefined ? record : (record = next)
    },
  }
}

function mount(api: AxiosInstance): Mounted {
  const plugin = createAuth({
    axios: api,
    storage: instantStorage(),
    keepFresh: true,
    login: async (_credentials, { http }) => (await http.post<unknown>('/auth/login')).data,
    refresh: async (_tokens, { http }) => (await http.post<unknown>('/auth/refresh')).data,
  })
  const pinia = createPinia()
  const app = createApp(page).use(pinia).use(plugin)
  app.mount(document.createElement('div'))
  return { store: useAuthStore(pinia), unmount: () => app.unmount() }
}

const handlersOf = (api: AxiosInstance): number => {
  const { request, response } = api.interceptors as unknown as Record<
    'request' | 'response',
    { handlers: unknown[] }
  >
  return [...request.handlers, ...response.handlers].filter((handler) => handler !== null).length
}
const counts = (api: AxiosInstance): Record<string, unknown> => ({
  handlers: handlersOf(api),
  listeners: Object.fromEntries([...listeners].filter(([, count]) => count !== 0)),
  channels: channels.size,
  timers: timers.size,
})

test('15: two thousand apps, mounted and unmounted, leave nothing: no handler, timer, store or heap', async () => {
  const { api, expire } = createApi()
  const before = counts(api)
  const stores: WeakRef<AuthStore>[] = []
  const bytes = await bytesLeftBy(async () => {
    const { store, unmount } = mount(api)
    await store.login({})
    expire()
    await api.get('/orders')
    stores.push(new WeakRef(store))
    unmount()
  }, 500)
  expect(counts(api)).toEqual(before)
  expect(stores).toHaveLength(2_000)
  expect(stores.filter((store) => store.deref()).length).toBeLessThanOrEqual(1)
  expect(bytes).toBeLessThan(APP_LEAK)
}, 60_000)

test('15: a thousand expiries leave what one has left', async () => {
  const { api, expire } = createApi()
  const { store, unmount } = mount(api)
  await store.login({})
  const expireOnce = async (): Promise<void> => {
    expire()
    // Refreshes in quicker succession are spaced.
    passed += 5_000
    await Promise.all([api.get('/orders/1'), api.get('/orders/2')])
  }
  await expireOnce()
  const before = counts(api)
  const bytes = await bytesLeftBy(expireOnce, 500)
  expect(counts(api)).toEqual(before)
  expect(bytes).toBeLessThan(LEAK)
  unmount()
}, 60_000)

test('15: a thousand logins and logouts leave what one has left', async () => {
  const { api } = createApi()
  const { store, unmount } = mount(api)
  const loginOnce = async (): Promise<void> => {
    await store.login({})
    await api.get('/orders/1')
    await store.logout()
    // The timers of the logout are cleared just after it.
    await vi.waitUntil(() => timers.size === 0, { interval: 1 })
  }
  await loginOnce()
  const before = counts(api)
  const bytes = await bytesLeftBy(loginOnce, 500)
  expect(counts(api)).toEqual(before)
  expect(bytes).toBeLessThan(LEAK)
  unmount()
}, 60_000)
