// @vitest-environment jsdom
import { beforeEach, describe, expect, test, vi } from 'vitest'
import {
  memoryStorage,
  type AuthOptions,
  type AuthStorage,
  type SessionMode,
} from 'vue-auth-refresh'
import { createFakeAuthServer } from 'vue-auth-refresh/testing'
import { useSingleTab } from '../support/jsdom-tab'
import { createTestApp, rejection, type TestApp } from '../support/test-app'

useSingleTab()
beforeEach(() => sessionStorage.clear())

const ORIGIN = 'https://api.test'
const KEY = `auth@${ORIGIN}`
const forget = { remember: false }

/** A browser with one tab and one storage, and a server of this mode. */
function createBrowser(session: SessionMode = 'tokens', storage: AuthStorage = memoryStorage()) {
  const server = createFakeAuthServer({ mode: session })
  const login = vi.fn<AuthOptions['login']>(
    async (credentials, { http }) => (await http.post<unknown>('/auth/login', credentials)).data,
  )
  const options: Partial<AuthOptions> = {
    session,
    storage,
    login,
    refresh: async ({ refreshToken }, { http }) =>
      (await http.post<unknown>('/auth/refresh', { refreshToken })).data,
    logout: async ({ refreshToken }, { http }) => http.post('/auth/logout', { refreshToken }),
    fetchUser: async ({ http }) => (await http.get<unknown>('/me')).data,
  }
  return {
    server,
    login,
    load: (more: Partial<AuthOptions> = {}): TestApp =>
      createTestApp({ origin: ORIGIN }, { ...options, ...more }, { adapter: server.adapter }),
    record: () => storage.read(KEY),
    paths: () => server.log.map(({ path }) => path),
  }
}

test('`login` is told, and the record says it over refreshes and newer tokens', async () => {
  const { load, login, record } = createBrowser()
  const { store } = load()
  await store.login({ user: 'ada' }, forget)
  expect(login.mock.lastCall?.[1].remember).toBe(false)
  await store.refresh()
  expect(await record()).toMatchObject({ remember: false, generation: 1 })
  await store.login({ user: 'ada' }, { remember: true })
  expect(await record()).not.toHaveProperty('remember')
  await store.login({ user: 'ada' })
  expect(login.mock.calls.map(([, { remember }]) => remember)).toEqual([false, true, true])
  expect(await record()).not.toHaveProperty('remember')
})

test('`setSession` takes it, too', async () => {
  const { load, record, server } = createBrowser()
  const { store } = load()
  await store.setSession(server.issue(), forget)
  expect(await record()).toMatchObject({ remember: false })
})

test('two clicks are one login, unless the box has changed in between: the later counts', async () => {
  const { load, login, record } = createBrowser()
  const { store } = load()
  const first = rejection(store.login({ user: 'ada' }))
  const [second, third] = [1, 2].map(() => store.login({ user: 'ada' }, forget))
  expect(second).toBe(third)
  await second
  expect(await first).toMatchObject({ code: 'superseded' })
  expect(login).toHaveBeenCalledTimes(2)
  expect(await record()).toMatchObject({ remember: false })
})

test.each([['on'], [null], [0]])('`remember: %j` is an error that names it', async (remember) => {
  const { load, login, server } = createBrowser()
  const { store } = load()
  const options = JSON.parse(JSON.stringify({ remember })) as { remember: boolean }
  const message = '`remember` must be true or false'
  expect(String(await rejection(store.login({}, options)))).toContain(message)
  expect(String(await rejection(store.setSession(server.issue(), options)))).toContain(message)
  expect(login).not.toHaveBeenCalled()
  expect(store.status).not.toBe('authenticated')
})

describe.each(['tokens', 'refresh-cookie', 'cookies', 'access-token'] as const)(
  'with `session: %s`',
  (session) => {
    const isByCookie = session.includes('cookie')

    test('the next page of the tab goes on', async () => {
      const { load } = createBrowser(session)
      const first = load()
      await first.store.login({}, forget)
      first.plugin.dispose()
      const { plugin, store } = load()
      await plugin.ready
      expect(store.status).toBe('authenticated')
    })

    test('without its tabs, nothing is used at the next start, and no cookie signs in', async () => {
      const { load, record, paths } = createBrowser(session)
      const first = load()
      await first.store.login({}, forget)
      first.plugin.dispose()
      sessionStorage.clear()
      const before = paths().length
      const { plugin, store } = load(isByCookie ? { mayBeSignedIn: () => true } : {})
      await plugin.ready
      expect([store.status, store.user, store.token]).toEqual(['anonymous', null, null])
      expect(await rejection(store.refresh())).toMatchObject({ code: 'unauthenticated' })
      const nothing = isByCookie ? { version: 1, nobody: true } : null
      await vi.waitFor(async () => expect(await record()).toEqual(nothing))
      const told = isByCookie ? ['/auth/logout'] : []
      await vi.waitFor(() => expect(paths().slice(before)).toEqual(told))
    })
  },
)

test('a logout by cookie that does not get through is told at the next start', async () => {
  const { load, record, paths, server } = createBrowser('refresh-cookie')
  const first = load()
  await first.store.login({}, forget)
  first.plugin.dispose()
  sessionStorage.clear()
  const end = server.goDown()
  const offline = load()
  await offline.plugin.ready
  await vi.waitFor(async () => expect(await record()).toMatchObject({ isUntold: true }))
  offline.plugin.dispose()
  end()
  const { plugin, store } = load({ mayBeSignedIn: () => true })
  await plugin.ready
  expect(store.status).toBe('anonymous')
  await vi.waitFor(async () => expect(await record()).toEqual({ version: 1, nobody: true }))
  expect(paths().at(-1)).toBe('/auth/logout')
})

test('a stored user is not shown where the visit is over', async () => {
  const { load } = createBrowser()
  const first = load({ storeUser: true })
  await first.store.login({}, forget)
  first.plugin.dispose()
  sessionStorage.clear()
  const { plugin, store } = load({ storeUser: true })
  await plugin.ready
  expect([store.status, store.user]).toEqual(['anonymous', null])
})

test('a storage that drops what it does not know is an error, and the session ends', async () => {
  const inner = memoryStorage()
  const storage: AuthStorage = {
    read: inner.read,
    update: (key, change) =>
      inner.update(key, (current) => {
        const next = change(current)
        if (!next) return next
        const { remember: _dropped, ...rest } = { remember: false, ...next }
        return rest
      }),
  }
  const { load, paths, record } = createBrowser('tokens', storage)
  const { store } = load()
  const error = await rejection(store.login({}, forget))
  expect(error).toBeInstanceOf(TypeError)
  expect(String(error)).toContain('`remember: false` needs a `storage` that keeps')
  expect(store.status).toBe('anonymous')
  await vi.waitFor(() => expect(paths()).toEqual(['/auth/login', '/auth/logout']))
  expect(await record()).toBeNull()
  await store.login({})
  expect(store.isAuthenticated).toBe(true)
})
