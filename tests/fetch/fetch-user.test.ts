// @vitest-environment jsdom
import { createClient as createHeyClient, createConfig } from '@hey-api/client-fetch'
import ky from 'ky'
import { createFetch } from 'ofetch'
import createOpenApiClient from 'openapi-fetch'
import { describe, expect, test, vi } from 'vitest'
import { isAuthError, type AuthOptions, type FetchUserContext } from 'vue-auth-refresh'
import { createAuthFetch, type AuthFetch } from 'vue-auth-refresh/fetch'
import { expectWarning } from '../setup/console'
import { createLatch } from '../../src/utils/waiting'
import { showPage, useSingleTab } from '../support/jsdom-tab'
import { createTestApp, rejection, startServer } from '../support/test-app'

useSingleTab()

interface User {
  readonly name: string
}
interface Paths {
  '/me': { get: { responses: { 200: { content: { 'application/json': User } } } } }
}

/** A client that fetches the user with a `fetch`. */
type Client = (origin: string, given: AuthFetch, signal?: AbortSignal) => Promise<User | undefined>

/** Clients that put the signal into a `Request`, or send only after an `await`. */
const clients: Record<string, Client> = {
  ky: (prefixUrl, given, signal) =>
    ky.get('me', { prefixUrl, fetch: given, ...(signal && { signal }) }).json(),
  'openapi-fetch with a middleware': async (baseUrl, given, signal) => {
    const client = createOpenApiClient<Paths>({ baseUrl, fetch: given })
    client.use({ onRequest: async ({ request }) => request })
    return (await client.GET('/me', { ...(signal && { signal }) })).data
  },
  'Hey API': async (baseUrl, given, signal) => {
    const client = createHeyClient(createConfig({ baseUrl, fetch: given }))
    await Promise.resolve()
    return (await client.get({ url: '/me', ...(signal && { signal }) })).data as User
  },
  ofetch: async (baseURL, given) => {
    await Promise.resolve()
    return createFetch({ fetch: given, defaults: { baseURL } })<User>('/me')
  },
  'a Request': async (origin, given, signal) => {
    await Promise.resolve()
    return (await given(new Request(`${origin}/me`, signal && { signal }))).json() as Promise<User>
  },
}

const isSameUser: NonNullable<AuthOptions['isSameUser']> = (before, after) =>
  (before as User).name === (after as User).name

/** Ada, whose app fetches its user in this way. */
async function signedIn(
  fetchUser: (context: FetchUserContext, authFetch: AuthFetch, origin: string) => unknown,
  compares = true,
) {
  showPage(true)
  const server = await startServer()
  const asked = [createLatch(), createLatch()]
  const reauthenticate = vi.fn<NonNullable<AuthOptions['reauthenticate']>>(async ({ signal }) => {
    asked[reauthenticate.mock.calls.length - 1]?.open()
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  })
  let authFetch: AuthFetch | undefined
  const options: Partial<AuthOptions> = {
    ...(compares && { isSameUser, reauthenticate }),
    fetchUser: async (context) => fetchUser(context, authFetch!, server.origin),
  }
  const app = createTestApp(server, options, { adapter: 'http' })
  authFetch = createAuthFetch(app.plugin)
  await app.store.login({ user: 'ada' })
  return { ...app, server, asked: asked[0]!.opened }
}

describe.each(Object.entries(clients))('a `fetchUser` by %s', (_name, client) => {
  const beside = (
    { signal }: FetchUserContext,
    authFetch: AuthFetch,
    origin: string,
  ): Promise<User | undefined> => client(origin, (input) => authFetch(input, { signal }), signal)

  test('12: finds out another user who answers a step-up, by the signal beside the request', async () => {
    const { api, store, asked, server } = await signedIn(beside)
    const { token } = store
    const transfer = rejection(api.get('/stepped-up/mfa'))
    await asked
    const login = rejection(store.login({ user: 'ben', acr: 'mfa' }))
    expect(isAuthError(await login, 'superseded')).toBe(true)
    expect(isAuthError(await transfer, 'superseded')).toBe(true)
    expect([store.token, store.user]).toEqual([token, { name: 'ada' }])
    expect(server.answersTo('/me')).toEqual([200, 200])
  })

  test('finds out the same user who answers a step-up', async () => {
    const { api, store, asked } = await signedIn(beside)
    const transfer = api.get('/stepped-up/mfa')
    await asked
    await store.login({ user: 'ada', acr: 'mfa' })
    expect((await transfer).status).toBe(200)
    expect(store.user).toEqual({ name: 'ada' })
  })

  test('16: does not wait for itself in a lapse', async () => {
    const { api, server, store, asked } = await signedIn(beside)
    server.revoke()
    const order = api.get('/orders/1')
    await asked
    await store.login({ user: 'ada' })
    expect((await order).data.user).toBe('ada')
    expect(store.user).toEqual({ name: 'ada' })
  })

  test('49: is warned of in development without it, at the first login', async () => {
    expectWarning('No request of `fetchUser` is known as its own.')
    const { store } = await signedIn(({ signal }, authFetch, origin) =>
      client(origin, (input) => authFetch(input), signal),
    )
    expect(store.user).toEqual({ name: 'ada' })
    await store.reloadUser()
  })
})

describe('49: a `fetchUser` is not warned of', () => {
  const later = async (): Promise<void> => {}
  type FetchUser = Parameters<typeof signedIn>[0]
  const ways: [string, FetchUser, boolean?][] = [
    ['by `http`, late', async ({ http }) => later().then(() => http.get('/me'))],
    [
      'with the signal',
      async ({ signal }, authFetch, origin) =>
        later().then(() => authFetch(`${origin}/me`, { signal })),
    ],
    [
      'at once, by a Request',
      (_context, authFetch, origin) => authFetch(new Request(`${origin}/me`)),
    ],
    ['by the claims alone', ({ claims }) => claims],
    [
      'where it makes no difference',
      async (_context, authFetch, origin) => later().then(() => authFetch(`${origin}/me`)),
      false,
    ],
    [
      'where it throws',
      () => {
        throw new Error('out of order')
      },
    ],
  ]

  test.each(ways)('that sends %s, while others are sent', async (_way, fetchUser, compares) => {
    const app = await signedIn(fetchUser, compares)
    const others = app.api.get('/orders/1')
    const reload = app.store.reloadUser().catch(() => {})
    await app.api.get('/orders/2')
    await Promise.all([others, reload])
    expect(app.store.status).toBe('authenticated')
  })

  test('that sends by the token that it asks for at once', async () => {
    let api: { get(path: string): Promise<unknown> } | undefined
    const app = await signedIn(async (_context, _authFetch, origin) => {
      const { getAccessToken } = app?.store ?? {}
      const token = await getAccessToken?.()
      await api?.get('/orders/1')
      const headers = { Authorization: `Bearer ${token}` }
      return token ? (await fetch(`${origin}/me`, { headers })).json() : null
    })
    api = app.api
    await app.store.reloadUser()
    expect(app.store.user).toEqual({ name: 'ada' })
  })
})
