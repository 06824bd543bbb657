// @vitest-environment jsdom
import { describe, expect, test, vi } from 'vitest'
import axios from 'axios'
import {
  memoryStorage,
  type AuthOptions,
  type AuthStorage,
  type SessionMode,
  type SessionRecord,
  type StoredRecord,
} from 'vue-auth-refresh'
import { createFakeAuthServer } from 'vue-auth-refresh/testing'
import { expectWarning } from '../setup/console'
import { setOnline, showPage, useSingleTab } from '../support/jsdom-tab'
import { arrival, createRoutedApp } from '../support/router-app'
import { createTestApp, rejection, type TestApp } from '../support/test-app'
import { createLatch } from '../../src/utils/waiting'

useSingleTab()

const ORIGIN = 'https://api.test'
const KEY = `auth@${ORIGIN}`
const ada = { name: 'ada', roles: ['admin'] }

const MODES = ['tokens', 'refresh-cookie', 'cookies', 'access-token'] as const

/** A browser with one storage, and a server of this mode. */
function createBrowser(session: SessionMode = 'tokens') {
  const users = ['ada', 'ben'].map((name) => ({ user: { name }, credentials: { user: name } }))
  const server = createFakeAuthServer({ mode: session, users })
  const storage = memoryStorage()
  /** The members of the user beside the name, which the server tells. */
  let others: object = { roles: ['admin'] }
  const fetchUser = vi.fn<NonNullable<AuthOptions['fetchUser']>>(async ({ http }) => ({
    ...(await http.get<object>('/me')).data,
    ...others,
  }))
  const optionsOf = (options: Partial<AuthOptions> = {}): Partial<AuthOptions> => ({
    session,
    storage,
    storeUser: true,
    login: async (credentials, { http }) =>
      (await http.post<unknown>('/auth/login', credentials)).data,
    refresh: async ({ refreshToken }, { http }) =>
      (await http.post<unknown>('/auth/refresh', { refreshToken })).data,
    logout: async ({ refreshToken }, { http }) => http.post('/auth/logout', { refreshToken }),
    fetchUser,
    ...options,
  })
  const load = (options: Partial<AuthOptions> = {}): TestApp =>
    createTestApp({ origin: ORIGIN }, optionsOf(options), { adapter: server.adapter })
  return {
    server,
    storage,
    fetchUser,
    optionsOf,
    load,
    /** Signs in, and takes the page away once the user is stored. */
    async visit(user = 'ada', options: Partial<AuthOptions> = {}) {
      const { store, plugin } = load(options)
      await store.login({ user })
      await vi.waitFor(async () => expect(await textIn(storage)).toContain(user))
      plugin.dispose()
      fetchUser.mockClear()
    },
    give: (next: object) => void (others = next),
    text: () => textIn(storage),
  }
}

/** The text of the stored user; null for none. */
async function textIn({ read }: AuthStorage): Promise<string | null> {
  const record = (await read(KEY)) as { user?: string } | null
  return record?.user ?? null
}

describe.each(MODES)('with `session: %s`', (session) => {
  test('a start shows the stored user before any answer, and fetches them anew', async () => {
    const { server, load, visit, give, text, fetchUser } = createBrowser(session)
    await visit()
    const release = server.hang('/me')
    give({ roles: [] })
    const { store, plugin, events } = load()
    await plugin.ready
    expect([store.status, store.user]).toEqual(['authenticated', ada])
    expect(events.map(({ type }) => type)).toContain('restored')
    release()
    await vi.waitFor(() => expect(store.user).toEqual({ name: 'ada', roles: [] }))
    await vi.waitFor(async () => expect(await text()).toBe('{"name":"ada","roles":[]}'))
    expect(fetchUser).toHaveBeenCalledTimes(1)
    expect(events.filter(({ type }) => type === 'restored')).toHaveLength(1)
    expect(server.reused).toBe(0)
  })

  test('a start without a network keeps the user, and fetches them once it is back', async () => {
    const { server, load, visit, give } = createBrowser(session)
    await visit()
    const end = server.goDown()
    const { store, plugin, events } = load()
    await plugin.ready
    await vi.waitFor(() => expect(events.map(({ type }) => type)).toContain('user-failed'))
    expect([store.status, store.user]).toEqual(['authenticated', ada])
    end()
    give({ roles: ['user'] })
    setOnline(true)
    await vi.waitFor(() => expect(store.user).toEqual({ name: 'ada', roles: ['user'] }))
  })

  test('a refresh keeps the user, also one with a token that had expired at the start', async () => {
    const { server, load, visit, text } = createBrowser(session)
    await visit()
    server.expireAll()
    const { store, plugin } = load()
    await plugin.ready
    expect(store.user).toEqual(ada)
    await store.refresh()
    expect(await text()).toBe(JSON.stringify(ada))
    expect(server.reused).toBe(0)
  })

  test.each<[string, (app: TestApp, server: ReturnType<typeof createFakeAuthServer>) => unknown]>([
    ['a logout', ({ store }) => store.logout()],
    [
      'a refusal',
      async ({ store }, server) => {
        server.revoke()
        await rejection(store.refresh())
      },
    ],
  ])('%s removes the user', async (_, end) => {
    const { server, load, visit, text, storage } = createBrowser(session)
    await visit()
    const app = load()
    await app.plugin.ready
    await end(app, server)
    expect(await text()).toBeNull()
    expect(JSON.stringify(await storage.read(KEY))).not.toContain('ada')
    expect(app.store.user).toBeNull()
  })

  test('another user is never shown the one before', async () => {
    const { server, load, visit, text } = createBrowser(session)
    await visit('ada')
    const first = load()
    await first.plugin.ready
    const release = server.hang('/me')
    const signingIn = first.store.login({ user: 'ben' })
    await server.sees('/me', 3)
    expect(await text()).toBeNull()
    first.plugin.dispose()
    const next = load()
    release()
    await next.plugin.ready
    await rejection(signingIn)
    expect(next.store.user).toMatchObject({ name: 'ben' })
    await vi.waitFor(async () => expect(await text()).toContain('ben'))
  })
})

test('a session that lapses leaves no user in storage; the same user is stored again', async () => {
  const { server, load, visit, text } = createBrowser()
  await visit()
  showPage(true)
  const asked = createLatch()
  const { store, plugin, api } = load({
    isSameUser: () => true,
    reauthenticate({ signal, user }) {
      expect(user).toEqual(ada)
      asked.open()
      return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    },
  })
  await plugin.ready
  server.revoke()
  const waiting = api.get('/orders/1')
  await asked.opened
  expect(await text()).toBeNull()
  await store.login({ user: 'ada' })
  expect((await waiting).status).toBe(200)
  await vi.waitFor(async () => expect(await text()).toBe(JSON.stringify(ada)))
})

test('a session that is refused at the start is asked in place, as its user is shown', async () => {
  const { server, load, visit } = createBrowser()
  await visit()
  server.revoke()
  showPage(true)
  const asked = createLatch()
  const { store, plugin } = load({
    isSameUser: () => true,
    reauthenticate({ signal }) {
      asked.open()
      return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    },
  })
  await plugin.ready
  void store.refresh().catch(() => {})
  await vi.waitFor(() => expect(store.error).toMatchObject({ code: 'rejected' }))
  expect([store.status, store.user]).toEqual(['authenticated', ada])
})

test('cookies that have become another user’s show that user once they are fetched', async () => {
  const { server, load, visit, text, storage } = createBrowser('cookies')
  await visit('ada')
  const record = await storage.read(KEY)
  await visit('ben')
  await storage.update(KEY, () => record as StoredRecord)
  const { store, plugin } = load({ isSameUser: (one, other) => nameOf(one) === nameOf(other) })
  await plugin.ready
  await vi.waitFor(() => expect(store.user).toMatchObject({ name: 'ben' }))
  await vi.waitFor(async () => expect(await text()).toContain('ben'))
  expect(server.reused).toBe(0)
})

test('a refresh compares the stored user with the one behind the cookie', async () => {
  const { server, load, visit, storage } = createBrowser('refresh-cookie')
  await visit('ada')
  const record = await storage.read(KEY)
  await visit('ben')
  const old = { ...(record as SessionRecord), lifetime: 0 }
  await storage.update(KEY, () => old)
  const seen: unknown[] = []
  const { store, plugin, events } = load({
    isSameUser: (one, other) => nameOf(one) === nameOf(other),
    onEvent(event) {
      events.push(event)
      if (event.type === 'session-ended') seen.push(event.reason)
    },
  })
  await plugin.ready
  await vi.waitFor(() => expect(seen).toEqual(['superseded']))
  expect([store.status, store.user]).toEqual(['anonymous', null])
  expect(await storage.read(KEY)).toBeNull()
  expect(server.reused).toBe(0)
})

test.each<[string, NonNullable<AuthOptions['storeUser']>]>([
  ['leaves out', () => ({ roles: ['admin'] })],
  ['empties', (user) => ({ ...(user as object), name: '' })],
])('a start is no end where `storeUser` %s what `isSameUser` compares', async (_, storeUser) => {
  const { load, storage, text } = createBrowser('refresh-cookie')
  const options: Partial<AuthOptions> = {
    storeUser,
    isSameUser: (one, other) => nameOf(one) === nameOf(other),
  }
  // Once for each page.
  expectWarning(/the user is not stored: `isSameUser` takes it for another one/)
  expectWarning(/the user is not stored: `isSameUser` takes it for another one/)
  const first = load(options)
  await first.store.login({ user: 'ada' })
  expect(await text()).toBeNull()
  first.plugin.dispose()
  const record = (await storage.read(KEY)) as SessionRecord
  await storage.update(KEY, () => ({ ...record, lifetime: 0 }))
  const { store, plugin } = load(options)
  await plugin.ready
  await vi.waitFor(() => expect(store.user).toEqual(ada))
  expect([store.status, store.error]).toEqual(['authenticated', null])
})

const nameOf = (user: unknown): unknown => (user as { name: string }).name
const page = { render: () => null }

test('roles that have changed since reach the guard', async () => {
  const { server, visit, give, optionsOf } = createBrowser()
  await visit()
  give({ roles: [] })
  const release = server.hang('/me')
  const isAdmin = (user: unknown): boolean => (user as typeof ada).roles.includes('admin')
  const { router, store, plugin } = createRoutedApp({
    ...optionsOf(),
    server: { origin: ORIGIN },
    axios: axios.create({ baseURL: ORIGIN, adapter: server.adapter }),
    routes: [{ path: '/admin', component: page, meta: { requiresAuth: isAdmin } }],
  })
  await plugin.ready
  await router.push('/')
  await router.push('/admin')
  expect(router.currentRoute.value.path).toBe('/admin')
  release()
  await arrival(router, '/')
  expect(store.user).toEqual({ name: 'ada', roles: [] })
})

test('a function leaves out what is not for the storage', async () => {
  const storeUser = (user: unknown): unknown => ({ name: nameOf(user) })
  const { server, load, visit, text } = createBrowser()
  await visit('ada', { storeUser })
  expect(await text()).toBe('{"name":"ada"}')
  const release = server.hang('/me')
  const { store, plugin } = load({ storeUser })
  await plugin.ready
  expect(store.user).toEqual({ name: 'ada' })
  release()
  await vi.waitFor(() => expect(store.user).toEqual(ada))
})

test.each([
  ['that is no JSON', { born: new Date(0) }, 'its `born` is no JSON'],
  ['that is too large', { bio: 'x'.repeat(200_000) }, 'characters'],
])('a user %s is shown, not stored, and one warning says why', async (_, given, why) => {
  const { load, give, visit, text } = createBrowser()
  await visit()
  expectWarning(why)
  give(given)
  const { store, plugin } = load()
  await plugin.ready
  await vi.waitFor(() => expect(store.user).toEqual({ name: 'ada', ...given }))
  await store.reloadUser()
  await vi.waitFor(async () => expect(await text()).toBeNull())
  expect(store.isAuthenticated).toBe(true)
  plugin.dispose()
  const next = load({ storeUser: false })
  await next.plugin.ready
  expect(next.store.user).toEqual({ name: 'ada', ...given })
})

test('without the option, a user whom an earlier version stored is not shown, and removed', async () => {
  const { server, load, visit, text } = createBrowser()
  await visit()
  const release = server.hang('/me')
  const { store, plugin } = load({ storeUser: false })
  await vi.waitFor(() => expect(store.token).not.toBeNull())
  expect([store.status, store.user]).toEqual(['restoring', null])
  release()
  await plugin.ready
  await vi.waitFor(async () => expect(await text()).toBeNull())
  expect(store.user).toEqual(ada)
})

test('`reloadUser()` stores what it fetched', async () => {
  const { load, give, text } = createBrowser()
  const { store } = load()
  await store.login({ user: 'ada' })
  give({ roles: ['owner'] })
  await store.reloadUser()
  await vi.waitFor(async () => expect(await text()).toBe('{"name":"ada","roles":["owner"]}'))
})
