import type { Pinia } from 'pinia'
import { describe, expect, test, vi } from 'vitest'
import { memoryStorage, parseTokenResponse, useAuthStore, type AuthStorage } from 'vue-auth-refresh'
import { driveClock } from '../support/clock'
import { findLeaks } from '../support/find-leaks'
import { createLatch } from '../../src/utils/waiting'
import { createTestApp, rejection, signedIn, startServer } from '../support/test-app'

const tokens = { access_token: 'canary-access', refresh_token: 'canary-refresh', expires_in: 60 }

describe('41: no token is where devtools, the console or a server rendering would show it', () => {
  test.each<[string, (pinia: Pinia) => unknown]>([
    ["Pinia's serialised state", (pinia) => pinia.state.value],
    ['$state', (pinia) => useAuthStore(pinia).$state],
    ['the getters and whatever else is enumerable', (pinia) => ({ ...useAuthStore(pinia) })],
    ['the store, down to what is hidden in it', (pinia) => useAuthStore(pinia)],
  ])('%s', async (_where, take) => {
    const { pinia, store } = createTestApp(await startServer())
    await store.setSession(tokens)

    expect(store.token).toBe('canary-access')
    expect(store.refreshToken).toBe('canary-refresh')
    expect(findLeaks(take(pinia), /canary/)).toEqual([])
  })

  test('a promise that resolves with the token is shown as a promise', async () => {
    const server = await startServer()
    const { store } = createTestApp(server)
    await store.setSession(tokens)
    const release = server.hold('/auth/refresh')
    const refreshed = rejection(store.refresh())
    await server.sees('/auth/refresh')

    expect(store.refreshing).toBeInstanceOf(Promise)
    expect(findLeaks({ ...store }, /canary/)).toEqual([])
    release()
    await refreshed
  })

  test('its members that hold tokens are not enumerable', async () => {
    const { store } = createTestApp(await startServer())

    expect(Object.keys(store)).toEqual(
      expect.arrayContaining(['status', 'isAuthenticated', 'user', 'expiresAt', 'refreshing']),
    )
    for (const name of ['token', 'refreshToken', 'login', 'setSession', 'refresh']) {
      expect(Object.keys(store)).not.toContain(name)
      expect(name in store).toBe(true)
    }
  })

  test('no action is one of Pinia’s, whose arguments and results devtools record', async () => {
    const { pinia, store } = createTestApp(await startServer())
    const recorded: string[] = []
    store.$onAction(({ name }) => recorded.push(name))

    await useAuthStore(pinia).setSession(tokens)
    await store.getAccessToken()

    expect(recorded).toEqual([])
  })
})

describe('the members of the store', () => {
  test('while nobody is signed in', async () => {
    const { store, plugin } = createTestApp(await startServer())
    await plugin.ready

    expect([store.token, store.refreshToken, store.expiresAt, store.refreshing]).toEqual([
      null,
      null,
      null,
      null,
    ])
  })

  test('of a session, until it ends', async () => {
    driveClock()
    const { store } = createTestApp(await startServer(), { logout: async () => {} })

    await store.setSession(tokens)
    expect([store.token, store.refreshToken]).toEqual(['canary-access', 'canary-refresh'])
    expect(store.expiresAt).toBe(Date.now() + 60_000)

    await store.logout()
    expect([store.token, store.refreshToken, store.expiresAt]).toEqual([null, null, null])
  })

  test('refreshing is the one refresh in flight, and resolves with the new token', async () => {
    const server = await startServer()
    const { store } = await signedIn(server)
    const before = store.token
    const release = server.hold('/auth/refresh')
    const asked = store.refresh()
    await server.sees('/auth/refresh')

    const inFlight = store.refreshing
    release()

    expect(await inFlight).toBe(await asked)
    expect(store.token).toBe(await asked)
    expect(store.token).not.toBe(before)
    expect(store.refreshing).toBeNull()
  })
})

describe('setSession()', () => {
  test('takes what parseTokenResponse makes of an answer', async () => {
    const { store, api, plugin } = createTestApp(await startServer())
    await plugin.ready
    const parsed = parseTokenResponse(tokens)

    await store.setSession(parsed)

    expect([store.token, store.refreshToken]).toEqual(['canary-access', 'canary-refresh'])
    expect(store.expiresAt).not.toBeNull()
    expect((await api.get('/public')).data).toEqual({ authorization: 'Bearer canary-access' })
  })

  test('refuses what is no token response, and keeps the session there was', async () => {
    const { store, count } = createTestApp(await startServer())
    await store.setSession(tokens)

    const error = await rejection(store.setSession({ access_token: 'with a space' }))

    expect(error).toMatchObject({ name: 'AuthError', code: 'malformed' })
    expect([store.status, store.token]).toEqual(['authenticated', 'canary-access'])
    expect(count('session-ended')).toBe(0)
  })

  test('replaces the session there was, with one event for each', async () => {
    const { store, events } = createTestApp(await startServer())
    await store.setSession(tokens)

    await store.setSession({ ...tokens, access_token: 'A2' })

    expect(store.token).toBe('A2')
    expect(events.map(({ type }) => type).filter((type) => type.startsWith('session'))).toEqual([
      'session-started',
      'session-ended',
      'session-started',
    ])
  })
})

test('18: a login after a logout is not ended by it, however late it is known who was signed in', async () => {
  const server = await startServer()
  const storage = memoryStorage()
  const latch = createLatch()
  const read: AuthStorage['read'] = async (key) => {
    await latch.opened
    return storage.read(key)
  }
  const { store } = createTestApp(server, { storage: { ...storage, read } })
  const logout = store.logout()
  const login = store.login({ user: 'ben' })
  await vi.waitUntil(() => store.token)
  latch.open()
  await Promise.all([logout, login])
  expect(store.status).toBe('authenticated')
})
