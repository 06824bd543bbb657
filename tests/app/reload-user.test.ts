// @vitest-environment jsdom
import { expect, test } from 'vitest'
import { memoryStorage, type AuthOptions } from 'vue-auth-refresh'
import { startServer, rejection, signedIn, createTestApp } from '../support/test-app'
import { arrival, createRoutedApp } from '../support/router-app'
import { showPage, useSingleTab } from '../support/jsdom-tab'
import type { AuthServer } from '../fixtures/auth-server'
import { createLatch } from '../../src/utils/waiting'

useSingleTab()

const page = { render: () => null }
const fetchUser: NonNullable<AuthOptions['fetchUser']> = async ({ http, signal }) =>
  (await http.get('/me', { signal })).data

/** A server whose users have these roles, until others are given. */
async function startServerWithRoles(...roles: string[]) {
  const server = await startServer()
  server.route('/me', (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ name: 'ada', roles }))
  })
  return { server, grant: (...next: string[]) => void roles.splice(0, roles.length, ...next) }
}

const routedApp = (server: AuthServer, options: Partial<Omit<AuthOptions, 'routes'>> = {}) => {
  const isAdmin = (user: unknown): boolean => (user as { roles: string[] }).roles.includes('admin')
  const admin = { path: '/admin', component: page, meta: { requiresAuth: isAdmin } }
  return createRoutedApp({ server, routes: [admin], fetchUser, ...options })
}

test('a role that is granted opens a page without a reload', async () => {
  const { server, grant } = await startServerWithRoles('user')
  const { router, store } = routedApp(server)
  await store.login({ user: 'ada' })
  await router.push('/')
  await router.push('/admin')
  expect(router.currentRoute.value.path).toBe('/')
  grant('admin')
  await store.reloadUser()
  expect(store.user).toEqual({ name: 'ada', roles: ['admin'] })
  await router.push('/admin')
  expect(router.currentRoute.value.path).toBe('/admin')
})

test('a role that is taken leads away from its page', async () => {
  const { server, grant } = await startServerWithRoles('admin')
  const { router, store } = routedApp(server)
  await store.login({ user: 'ada' })
  await router.push('/admin')
  grant('user')
  await store.reloadUser()
  await arrival(router, '/')
})

test('a role that is taken when its user steps up leads away from its page', async () => {
  showPage(true)
  const { server, grant } = await startServerWithRoles('admin')
  const asked = createLatch()
  const { api, router, store } = routedApp(server, {
    isSameUser: () => true,
    reauthenticate({ signal }) {
      asked.open()
      return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    },
  })
  await store.login({ user: 'ada' })
  await router.push('/admin')
  grant('user')
  const transfer = api.get('/stepped-up/mfa')
  await asked.opened
  await store.login({ user: 'ada', acr: 'mfa' })
  await arrival(router, '/')
  expect((await transfer).status).toBe(200)
})

test('a user that cannot be fetched anew stays, and the caller is told', async () => {
  const { server } = await startServerWithRoles('user')
  const { store, count } = await signedIn(server, { fetchUser }, { adapter: 'http' })
  server.route('/me', (_request, response) => response.writeHead(500).end())
  expect(await rejection(store.reloadUser())).toMatchObject({ status: 500 })
  expect(store.user).toEqual({ name: 'ada', roles: ['user'] })
  expect(count('user-failed')).toBe(0)
})

test('a token that has expired meanwhile is refreshed first', async () => {
  const { server } = await startServerWithRoles('user')
  const { store } = await signedIn(server, { fetchUser }, { adapter: 'http' })
  server.expireAccessTokens()
  server.route('/me', (request, response) => {
    const isKnown = server.userOf(request.headers.authorization) !== null
    response
      .writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' })
      .end('{"name":"eve"}')
  })
  await store.reloadUser()
  expect(store.user).toEqual({ name: 'eve' })
  expect(server.refreshes).toBe(1)
})

test.each([
  ['a logout', 'signed-out', (store: { logout(): Promise<void> }) => store.logout()],
  [
    'another login',
    'superseded',
    (store: { login(user: unknown): Promise<void> }) => store.login({ user: 'grace' }),
  ],
])('fetching anew rejects after %s', async (_, code, end) => {
  const { server } = await startServerWithRoles('user')
  const { store } = await signedIn(server, { fetchUser }, { adapter: 'http' })
  const release = server.hold('/me')
  const reloading = rejection(store.reloadUser())
  await server.sees('/me')
  const ended = end(store)
  expect(await reloading).toMatchObject({ name: 'AuthError', code })
  release()
  await ended
})

test('without a user there is none to fetch', async () => {
  const { server } = await startServerWithRoles('user')
  const { store } = createTestApp(server, { fetchUser })
  expect(await rejection(store.reloadUser())).toMatchObject({ code: 'unauthenticated' })
  expect(server.countOf('/me')).toBe(0)
})

test('the answer of a login is at hand when its user is fetched, and not later', async () => {
  const { server } = await startServerWithRoles('user')
  const storage = memoryStorage()
  const seen: unknown[] = []
  const remember: NonNullable<AuthOptions['fetchUser']> = async ({ tokenResponse }) => {
    seen.push(tokenResponse)
    return { name: 'ada' }
  }
  const options = { storage, fetchUser: remember }
  const { store, plugin } = await signedIn(server, options, { adapter: 'http' })
  expect(seen).toEqual([
    {
      access_token: store.token,
      refresh_token: store.refreshToken,
      expires_in: 3600,
      token_type: 'Bearer',
    },
  ])
  await store.reloadUser()
  plugin.dispose()
  const next = createTestApp(server, options)
  await next.plugin.ready
  expect(seen.slice(1)).toEqual([null, null])
  const tokens = { access_token: 'a', refresh_token: 'b' }
  await next.store.setSession(tokens)
  expect(seen[3]).toBe(tokens)
})

test('a user that hangs keeps the caller waiting no longer than refreshTimeout', async () => {
  const { server } = await startServerWithRoles('user')
  const options = { fetchUser, refreshTimeout: 50 }
  const { store } = await signedIn(server, options, { adapter: 'http' })
  server.hold('/me')
  expect(await rejection(store.reloadUser())).toMatchObject({ code: 'unreachable' })
  expect(store.user).toEqual({ name: 'ada', roles: ['user'] })
})
