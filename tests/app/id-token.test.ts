import { expect, test } from 'vitest'
import { memoryStorage, type AuthTokenPair, type IdTokenClaims } from 'vue-auth-refresh'
import { jwtOf } from '../fixtures/auth-server'
import { codeOf } from '../support/code-of'
import { createTestApp, startServer } from '../support/test-app'

const claims = { iss: 'https://login.example', sub: 'ada', aud: 'app', acr: 'mfa' }
const first = jwtOf({ ...claims, iat: 1 })
const second = jwtOf({ ...claims, iat: 2 })
const tokens = { access_token: 'access', refresh_token: 'refresh', expires_in: 60 }

test('the claims of the newest ID token are given to `fetchUser`, also by a session that was stored', async () => {
  const server = await startServer()
  const storage = memoryStorage()
  const seen: IdTokenClaims[] = []
  const start = () =>
    createTestApp(server, {
      storage,
      fetchUser: async ({ claims: given }) => void seen.push(given),
      refresh: async () => ({ ...tokens, access_token: 'next', id_token: second }),
    })
  const { store, plugin } = start()
  await plugin.ready
  await store.setSession({ ...tokens, id_token: first })
  await store.refresh()
  await start().plugin.ready
  expect(seen.at(0)).toEqual({ ...claims, iat: 1 })
  expect(seen.at(-1)).toEqual({ ...claims, iat: 2 })
})

test.each(['opaque', 'a.b.c', jwtOf([1]), undefined])(
  '43: an ID token without claims, as %s, gives `fetchUser` none',
  async (idToken) => {
    const seen: IdTokenClaims[] = []
    const { store } = createTestApp(await startServer(), {
      fetchUser: async ({ claims: given }) => void seen.push(given),
    })
    await store.setSession(idToken ? { ...tokens, id_token: idToken } : tokens)
    expect(seen).toEqual([{}])
  },
)

test('the ID token is given to `refresh` and `logout`, and outlives a refresh that brings none', async () => {
  const given: AuthTokenPair[] = []
  const { store } = createTestApp(await startServer(), {
    refresh: async (pair) => {
      given.push(pair)
      return { access_token: 'next' }
    },
    logout: async (pair) => void given.push(pair),
  })
  await store.setSession({ ...tokens, id_token: first })
  await store.refresh()
  await store.logout()
  expect(given.map(({ idToken }) => idToken)).toEqual([first, first])
})

test.each([
  ['subject', { sub: 'ben' }],
  ['issuer', { iss: 'https://evil.example' }],
  ['audience', { aud: 'other' }],
])(
  '7: an ID token of another %s ends the session, and nothing of it is stored',
  async (_, other) => {
    const storage = memoryStorage()
    const { store, events } = createTestApp(await startServer(), {
      storage,
      refresh: async () => ({
        ...tokens,
        access_token: 'b',
        id_token: jwtOf({ ...claims, ...other }),
      }),
    })
    await store.setSession({ ...tokens, id_token: first })
    expect(await codeOf(store.refresh())).toBe('superseded')
    expect(store.error).toMatchObject({ name: 'AuthError', code: 'superseded' })
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'session-ended', reason: 'superseded' }),
    )
    expect(await storage.read('auth')).toBeNull()
  },
)

test('7: tokens of the same session may not bring an ID token of another user', async () => {
  const { store } = createTestApp(await startServer())
  await store.setSession({ ...tokens, id_token: first })
  const ofBen = jwtOf({ ...claims, sub: 'ben' })
  expect(await codeOf(store.updateTokens({ ...tokens, id_token: ofBen }))).toBe('superseded')
  expect(store.isAuthenticated).toBe(true)
  await store.updateTokens({ access_token: 'newer', id_token: second })
  expect(store.token).toBe('newer')
})
