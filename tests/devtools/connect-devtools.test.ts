// @vitest-environment jsdom
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createApp } from 'vue'
import axios from 'axios'
import { createPinia } from 'pinia'
import { createAuth, useAuthStore, type AuthOptions } from 'vue-auth-refresh'
import { connectDevtools } from 'vue-auth-refresh/devtools'
import { createTestingAuth } from 'vue-auth-refresh/testing'
import type { AuthServer } from '../fixtures/auth-server'
import { FakeDevtools } from '../support/fake-devtools'
import { FakeLocks } from '../support/fake-locks'
import { findLeaks } from '../support/find-leaks'
import { useSingleTab } from '../support/jsdom-tab'
import {
  createTestApp,
  keyOf,
  optionsFor,
  rejection,
  startServer,
  type TestApp,
} from '../support/test-app'

const fake = vi.hoisted(() => ({ devtools: undefined as FakeDevtools | undefined }))
vi.mock('@vue/devtools-api', () => ({
  setupDevToolsPlugin: (
    ...args: Parameters<ReturnType<FakeDevtools['module']>['setupDevToolsPlugin']>
  ) => fake.devtools?.module().setupDevToolsPlugin(...args),
}))

useSingleTab()

let devtools: FakeDevtools
let locks: FakeLocks

beforeEach(() => {
  devtools = fake.devtools = new FakeDevtools()
  locks = new FakeLocks()
  Object.defineProperty(navigator, 'locks', { value: locks, configurable: true })
})

interface World extends TestApp {
  readonly server: AuthServer
  readonly stop: () => void
}

/** An app with devtools, whose user is signed in. */
async function createWorld(options: Partial<AuthOptions> = {}): Promise<World> {
  const server = await startServer()
  const test = createTestApp(server, { retries: 0, ...options }, { adapter: 'http' })
  const stop = connectDevtools(test.app, test.plugin)
  onTestFinished(stop)
  await test.plugin.ready
  await test.store.login({ user: 'ada' })
  return { ...test, server, stop }
}

test('one inspector and one layer are added, also if the devtools set the plugin up twice', async () => {
  const { app } = await createWorld()
  expect(devtools.inspectors).toHaveLength(1)
  expect(devtools.layers).toHaveLength(1)
  expect(await devtools.tree(app)).toEqual(['auth: active'])
})

test('the inspector shows the state by the word of the state table, the user and the time left', async () => {
  const { app, server } = await createWorld({
    fetchUser: async () => ({ name: 'Ada' }),
  })
  const { why, session, refresh } = await devtools.state(app)
  expect(why).toEqual({ 'why was I signed out?': 'No session has ended.' })
  expect(session).toMatchObject({
    state: 'active',
    meaning: 'A user is signed in.',
    mode: 'tokens',
    status: 'authenticated',
    user: { name: 'Ada' },
    error: null,
    generation: 0,
    'refresh token': 'there',
  })
  expect(session?.['time left']).toMatch(/^\d+\.\d s, until /)
  expect(refresh).toMatchObject({ 'in flight': 'no', 'requests that wait': 'none' })
  expect(server.refreshes).toBe(0)
})

test('each session of an app is a node of the tree, which a text filters', async () => {
  const server = await startServer()
  const app = createApp({ render: () => null }).use(createPinia())
  const plugins = ['auth', 'admin'].map((name) =>
    createAuth({ ...optionsFor(axios.create({ baseURL: server.origin })), name }),
  )
  for (const plugin of plugins) app.use(plugin)
  onTestFinished(connectDevtools(app, ...plugins))
  await Promise.all(plugins.map(({ ready }) => ready))
  expect(await devtools.tree(app)).toEqual(['auth: anonymous', 'admin: anonymous'])
  expect(await devtools.tree(app, 'adm')).toEqual(['admin: anonymous'])
  expect(await devtools.tree(createApp({ render: () => null }))).toEqual([])
  for (const plugin of plugins) plugin.dispose()
})

test('a refresh in flight is shown with its age, the requests that wait, and the lock', async () => {
  const { app, api, server } = await createWorld()
  const letGo = server.hold('/auth/refresh')
  server.expireAccessTokens()
  const answers = [api.get('/orders'), api.get('/orders/2')]
  await expect.poll(() => server.countOf('/auth/refresh')).toBe(1)
  const during = await devtools.state(app)
  expect(during['refresh']?.['in flight']).toMatch(/^for \d+\.\d s$/)
  expect(during['refresh']?.['requests that wait']).toEqual(['#1 GET /orders', '#2 GET /orders/2'])
  expect(during['tabs']).toEqual({
    alive: 1,
    'lock held by': 'this tab',
    'tabs that wait for it': 0,
  })
  letGo()
  await Promise.all(answers)
  const after = await devtools.state(app)
  expect(after['refresh']).toMatchObject({ 'in flight': 'no', 'requests that wait': 'none' })
  expect(after['tabs']?.['lock held by']).toBe('none')
  expect(after['session']?.['generation']).toBe(1)
})

test('a request whose caller gives up waits no longer than the refresh', async () => {
  const { app, api, server } = await createWorld()
  const letGo = server.hold('/auth/refresh')
  server.expireAccessTokens()
  const { signal, abort } = withAbort()
  const given = rejection(api.get('/orders', { signal }))
  const other = api.get('/orders/2')
  await expect.poll(() => server.countOf('/auth/refresh')).toBe(1)
  abort()
  await given
  letGo()
  await other
  const { refresh } = await devtools.state(app)
  expect(refresh?.['requests that wait']).toBe('none')
})

function withAbort(): { readonly signal: AbortSignal; abort(): void } {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}

test('tabs are counted as long as they live, and the lock is told to be another tab’s', async () => {
  const { app, server } = await createWorld()
  const name = keyOf(server)
  let close = (): void => {}
  const isOpen = new Promise<void>((resolve) => (close = resolve))
  const other = locks.tab()
  const closed = Promise.all([
    other.request(`vue-auth-refresh/tab:${name}/7`, () => isOpen),
    other.request(`vue-auth-refresh:${name}`, () => isOpen),
  ])
  const queued = locks.tab().request(`vue-auth-refresh:${name}`, () => isOpen)
  const { tabs } = await devtools.state(app)
  expect(tabs).toEqual({ alive: 2, 'lock held by': 'another tab', 'tabs that wait for it': 1 })
  close()
  await Promise.all([closed, queued])
  expect((await devtools.state(app))['tabs']).toMatchObject({ alive: 1, 'lock held by': 'none' })
})

test('where the browser has no Web Locks, the inspector says so', async () => {
  Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true })
  const server = await startServer()
  const { app, plugin } = createTestApp(server, {}, { adapter: 'http' })
  onTestFinished(connectDevtools(app, plugin))
  const { tabs } = await devtools.state(app)
  expect(tabs).toEqual({ alive: 'unknown: the browser does not tell of locks here' })
})

test('each refusal is shown with the verdict of evidence', async () => {
  const { app, api, server } = await createWorld()
  server.route('/forbidden', (_request, response) => void response.writeHead(401).end())
  server.expireAccessTokens()
  await api.get('/orders?page=2')
  await rejection(api.get('/forbidden'))
  await rejection(api.get('/forbidden'))
  const told = Object.values((await devtools.state(app))['last refusals'] ?? {}).slice(1)
  expect(
    told.map((text) =>
      String(text)
        .replace(server.origin, '')
        .replace(/ at .*? (?=is|was)/, ' '),
    ),
  ).toEqual([
    'GET /forbidden is no evidence against the token: not refreshed',
    'GET /forbidden was refused again with a new token: it is this operation, not the token',
    'GET /forbidden is evidence that the token died: refreshed',
    'GET /orders is evidence that the token died: refreshed',
  ])
})

test('the timeline groups events by request and by refresh, with the duration of each refresh', async () => {
  const { api, server } = await createWorld()
  server.expireAccessTokens()
  await api.get('/orders')
  const told = devtools.timeline.map(({ title, subtitle, groupId }) => [title, subtitle, groupId])
  expect(told).toEqual([
    ['restored', 'no session', undefined],
    ['session-started', '', undefined],
    ['request-sent', '#1 GET /orders', 'auth: request 1'],
    ['request-waiting', '#1 GET /orders', 'auth: request 1'],
    ['refresh-started', 'expired, attempt 1', 'auth: refresh 1'],
    ['refresh-succeeded', '', 'auth: refresh 1'],
    ['request-replayed', '#1 GET /orders', 'auth: request 1'],
  ])
  expect(devtools.timeline.map(({ time }) => time)).toEqual(
    devtools.timeline.map(({ data }) => data['at']),
  )
  expect(devtools.timeline[5]?.data['duration']).toMatch(/^\d+ ms$/)
  expect(devtools.timeline[2]?.data).toMatchObject({ session: 'auth', path: '/orders' })
})

test('an app that listens itself hears the same events, with devtools or without', async () => {
  const { events, stop, api } = await createWorld()
  expect(devtools.timeline.map(({ title }) => title)).toEqual(events.map(({ type }) => type))
  stop()
  const count = devtools.timeline.length
  await api.get('/orders')
  expect(events.length).toBeGreaterThan(count)
  expect(devtools.timeline).toHaveLength(count)
})

test('an end before the devtools were loaded is explained all the same', async () => {
  const server = await startServer()
  const { app, plugin, store } = createTestApp(server, {}, { adapter: 'http' })
  await store.login({ user: 'ada' })
  await store.logout()
  onTestFinished(connectDevtools(app, plugin))
  const state = await devtools.state(app)
  expect(state['why']).toEqual({
    'why was I signed out?': 'The session ended because the user signed out in this tab.',
  })
  expect(state['last end']).toMatchObject({ reason: 'signed-out', by: 'this tab' })
  expect(state['session']).toMatchObject({ state: 'anonymous', user: null })
})

test('“Expire” has the next request wait for a refresh, and changes no other token', async () => {
  const { app, api, server, store } = await createWorld()
  const { refreshToken } = store
  await devtools.press('Expire')
  expect(store.refreshToken).toBe(refreshToken)
  expect((await devtools.state(app))['session']?.['time left']).toBe('none: expired')
  expect(server.refreshes).toBe(0)
  await api.get('/orders')
  expect(server.refreshes).toBe(1)
  expect(server.answersTo('/orders')).toEqual([200])
})

test('where all tokens are cookies, “Expire” has the next request wait as well', async () => {
  const { app, api, events } = await createWorld({
    session: 'cookies',
    refresh: async () => ({ expires_in: 3600 }),
  })
  expect((await devtools.state(app))['session']).toMatchObject({
    mode: 'cookies',
    'refresh token': 'none in this page',
  })
  await devtools.press('Expire')
  expect((await devtools.state(app))['session']?.['time left']).toBe('none: expired')
  await rejection(api.get('/orders'))
  expect(events.findLast(({ type }) => type === 'refresh-started')).toMatchObject({
    reason: 'ahead',
  })
})

test('“Refresh now” refreshes', async () => {
  const { server } = await createWorld()
  await devtools.press('Refresh now')
  expect(server.refreshes).toBe(1)
})

test('“Fail the next refresh” fails one refresh with all its attempts, and no other', async () => {
  const { app, server, events, store } = await createWorld()
  await devtools.press('Fail')
  expect((await devtools.state(app))['refresh']?.['next exchange']).toBe('fails, as asked for here')
  await devtools.press('Refresh now')
  expect(events.at(-1)).toMatchObject({ type: 'refresh-failed', failure: 'unreachable' })
  expect(server.refreshes).toBe(0)
  expect(store.isAuthenticated).toBe(true)
  const { session, refresh } = await devtools.state(app)
  expect(session?.['error']).toBe('unreachable: Failed by the devtools.')
  expect(refresh?.['next exchange']).toBe('asks the server')
})

test('“Refuse the next refresh” ends the session at the next refresh', async () => {
  const { app, server, store } = await createWorld()
  await devtools.press('Refuse')
  expect(store.isAuthenticated).toBe(true)
  await devtools.press('Refresh now')
  expect(store.status).toBe('expired')
  expect(server.refreshes).toBe(0)
  expect((await devtools.state(app))['why']).toEqual({
    'why was I signed out?':
      'The session ended because the server refused the refresh token, when the app asked for a new access token.',
  })
})

test('“End” ends the session here, and tells the server nothing', async () => {
  const { server, store } = await createWorld()
  await devtools.press('End')
  expect(store.status).toBe('expired')
  expect(server.countOf('/auth/logout')).toBe(0)
})

test('“Sign out everywhere” tells the server', async () => {
  const { server, store } = await createWorld()
  await devtools.press('Sign out')
  expect(store.status).toBe('anonymous')
  expect(server.countOf('/auth/logout')).toBe(1)
})

test('a button does nothing where no session is running', async () => {
  const { app, plugin } = await createWorld()
  plugin.dispose()
  await devtools.press('Refresh now')
  await devtools.press('Refresh now', 'unknown')
  const state = await devtools.state(app)
  expect(state['session']).toEqual({ state: 'not running' })
})

test('a plugin that is installed again is shown with its new session', async () => {
  const { plugin, server } = await createWorld()
  plugin.dispose()
  const app = createApp({ render: () => null }).use(createPinia())
  app.use(plugin)
  onTestFinished(connectDevtools(app, plugin))
  await useAuthStore(app.config.globalProperties.$pinia).login({ user: 'ben' })
  expect(await devtools.tree(app)).toEqual(['auth: active'])
  expect((await devtools.state(app))['session']).toMatchObject({ state: 'active' })
  expect(server.countOf('/auth/login')).toBe(2)
})

test('the devtools are told of each change', async () => {
  const { store } = await createWorld()
  const before = devtools.changes
  await store.logout()
  expect(devtools.changes).toBeGreaterThan(before)
})

test('once stopped, nothing of the session is tapped any more', async () => {
  const { api, app, server, stop } = await createWorld()
  stop()
  server.expireAccessTokens()
  await api.get('/orders')
  expect(await devtools.tree(app)).toEqual([])
  await expect.poll(async () => (await locks.query()).held).toEqual([])
})

test('unmounting the app stops the devtools', async () => {
  const { app } = await createWorld()
  app.mount(document.createElement('div'))
  app.unmount()
  expect(await devtools.tree(app)).toEqual([])
})

test('a plugin of another kind is refused, with a sentence that says what to pass', () => {
  const app = createApp({ render: () => null })
  expect(() => connectDevtools(app, createTestingAuth({ createSpy: () => vi.fn() }))).toThrow(
    'connectDevtools(): pass what createAuth() returns, in development.',
  )
})

test('41: nothing that the devtools are given has a token', async () => {
  const { app, api, server, store } = await createWorld({
    fetchUser: async ({ http }) => (await http.get<unknown>('/orders')).data,
  })
  const look = async (): Promise<void> => {
    await devtools.tree(app)
    await devtools.state(app)
  }
  await look()
  server.expireAccessTokens()
  await api.get('/orders')
  await look()
  await devtools.press('Fail')
  await devtools.press('Refresh now')
  await look()
  await devtools.press('Refuse')
  await devtools.press('Expire')
  await look()
  await rejection(api.get('/orders'))
  await look()
  expect(store.status).toBe('expired')
  expect(devtools.given.length).toBeGreaterThan(20)
  expect(findLeaks(devtools.given, /(?:access|refresh)-[a-z]+-\d/)).toEqual([])
})
