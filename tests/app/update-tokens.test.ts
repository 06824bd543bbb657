import axios from 'axios'
import { describe, expect, test } from 'vitest'
import { watch } from 'vue'
import { memoryStorage } from 'vue-auth-refresh'
import { subjectToken, type AuthServer } from '../fixtures/auth-server'
import {
  createTestApp,
  keyOf,
  optionsFor,
  rejection,
  signedIn,
  startServer,
} from '../support/test-app'

/** A server with sliding sessions: each answer below `/sliding` brings a new access token in a header. */
async function startSlidingServer(): Promise<AuthServer> {
  const server = await startServer()
  server.route('/sliding', ({ headers }, response) => {
    const user = server.userOf(headers.authorization)
    const next = user ? { 'x-new-token': server.slide(user) } : {}
    response.writeHead(user ? 200 : 401, { 'content-type': 'application/json', ...next })
    response.end(JSON.stringify({ user }))
  })
  return server
}

/** An app that takes each token of a header over, as its users would write it. */
async function signedInSliding(server: AuthServer) {
  const app = await signedIn(server, {
    fetchUser: async ({ http }) => (await http.get('/me')).data,
  })
  const shown: unknown[] = []
  watch(
    () => app.store.user,
    (user) => shown.push(user),
    { flush: 'sync' },
  )
  app.api.interceptors.response.use(async (response) => {
    const token: unknown = response.headers['x-new-token']
    if (typeof token === 'string') await app.store.updateTokens({ access_token: token })
    return response
  })
  return { ...app, shown }
}

describe('53: newer tokens from a header', () => {
  test('are used at once; nothing ends, and no user is fetched', async () => {
    const server = await startSlidingServer()
    const { api, store, events, shown } = await signedInSliding(server)
    const { refreshToken } = store
    events.length = 0
    server.seen.length = 0

    for (let times = 0; times < 5; times++) {
      const { token } = store
      await api.get('/sliding')
      expect(store.token).not.toBe(token)
    }

    const requests = await Promise.all(Array.from({ length: 20 }, () => api.get('/sliding')))
    expect(requests.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(store.refreshToken).toBe(refreshToken)
    expect(events.filter(({ type }) => !type.startsWith('request'))).toEqual([])
    expect([shown, server.countOf('/me')]).toEqual([[], 0])
  })

  test('do not lose the refresh token of a refresh under way, whichever is stored first', async () => {
    for (const isLate of [false, true]) {
      const server = await startSlidingServer()
      const { store } = await signedIn(server)
      const release = server.hold('/auth/refresh')
      const refreshed = store.refresh()
      await server.sees('/auth/refresh')
      const newer = { access_token: server.slide('ada') }
      if (!isLate) await store.updateTokens(newer)
      release()
      await refreshed
      if (isLate) await store.updateTokens(newer)

      // The server takes a refresh token once; a second time it ends the session.
      await store.refresh()
      expect([server.refreshes, server.reusedTokens]).toEqual([2, 0])
      expect(store.isAuthenticated).toBe(true)
    }
  })

  test('end the wait for a refresh of the token that they replace', async () => {
    const server = await startSlidingServer()
    const { store, api } = await signedIn(server)
    const release = server.hold('/auth/refresh')
    server.expireAccessTokens()
    const refused = api.get('/orders/1')
    await server.sees('/auth/refresh')
    await store.updateTokens({ access_token: server.slide('ada') })

    expect(await store.getAccessToken()).toBe(store.token)
    expect((await api.get('/orders/2')).status).toBe(200)
    release()
    await refused
  })

  test('reach the storage, and the next page', async () => {
    const server = await startSlidingServer()
    const storage = memoryStorage()
    const { store, plugin } = await signedIn(server, { storage })
    await store.updateTokens({ access_token: 'newer', expires_in: 60 })
    plugin.dispose()
    const next = createTestApp(server, { storage })
    await next.plugin.ready
    expect([next.store.token, next.store.refreshToken]).toEqual(['newer', 'refresh-ada-1'])
  })

  test('may bring a refresh token, which counts from then on', async () => {
    const server = await startSlidingServer()
    const { store } = await signedIn(server)
    await store.updateTokens({ access_token: 'newer', refresh_token: 'newer-refresh' })
    expect([store.token, store.refreshToken]).toEqual(['newer', 'newer-refresh'])
  })

  test('that come right after the login are stored, though the login itself is not yet', async () => {
    const server = await startSlidingServer()
    const storage = memoryStorage()
    const { store } = createTestApp(server, { storage })
    const began = store.setSession({ access_token: 'A1', refresh_token: 'R1' })
    await store.updateTokens({ access_token: 'A2' })
    await began
    expect(await storage.read(keyOf(server))).toMatchObject({ token: 'A2', refreshToken: 'R1' })
  })
})

describe('newer tokens are refused', () => {
  test('where no user is signed in', async () => {
    const { store } = createTestApp(await startServer())
    const error = await rejection(store.updateTokens({ access_token: 'A1' }))
    expect(error).toMatchObject({ name: 'AuthError', code: 'unauthenticated' })
    expect(store.token).toBeNull()
  })

  test('where they are another user’s, as in a late answer', async () => {
    const { store } = createTestApp(await startServer())
    const token = subjectToken('grace', 1)
    await store.setSession({ access_token: token })
    const late = { access_token: subjectToken('ada', 2) }
    expect(await rejection(store.updateTokens(late))).toMatchObject({ code: 'superseded' })
    expect(store.token).toBe(token)
  })

  test('where they are none', async () => {
    const server = await startServer()
    const { store } = createTestApp(server, optionsFor(axios.create({ baseURL: server.origin })))
    await store.setSession({ access_token: 'A1' })
    const error = await rejection(store.updateTokens({ access_token: '' }))
    expect(error).toMatchObject({ code: 'malformed' })
    expect(store.token).toBe('A1')
  })
})
