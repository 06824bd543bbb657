// @vitest-environment jsdom
import type { AxiosInstance } from 'axios'
import { describe, expect, test, vi } from 'vitest'
import { memoryStorage, useAuthStore, type AuthOptions, type AuthUser } from 'vue-auth-refresh'
import { subjectToken } from '../fixtures/auth-server'
import { createCookieJar } from '../support/cookie-jar'
import { findLeaks } from '../support/find-leaks'
import { useSingleTab } from '../support/jsdom-tab'
import { createTestApp, rejection, startServer } from '../support/test-app'

useSingleTab()

const nameOf = (user: AuthUser): unknown => Object(user).name

/** The ways in which apps fetch their user. */
const ways: [
  string,
  (
    api: () => AxiosInstance,
    token: () => Promise<string>,
    origin: string,
  ) => NonNullable<AuthOptions['fetchUser']>,
][] = [
  [
    'http',
    () =>
      async ({ http }) =>
        (await http.get<unknown>('/me')).data,
  ],
  [
    'its own instance',
    (api) =>
      async ({ signal }) =>
        (await api().get<unknown>('/me', { signal })).data,
  ],
  [
    'fetch',
    (_api, token, origin) =>
      async ({ signal }) => {
        const headers = { authorization: `Bearer ${await token()}` }
        return (await fetch(`${origin}/me`, { headers, signal })).json()
      },
  ],
]

/** An app whose user `ada` is signed in, with a cookie that others of the browser may replace. */
async function signedInByCookie(options: Partial<AuthOptions>, fetchUserBy = ways[0]![1]) {
  const server = await startServer()
  const storage = memoryStorage()
  const { signIn, login, refresh } = createCookieJar(server)
  const app = createTestApp(
    server,
    {
      storage,
      session: 'refresh-cookie',
      login,
      refresh,
      fetchUser: fetchUserBy(
        () => app.api,
        () => useAuthStore(app.pinia).getAccessToken(),
        server.origin,
      ),
      ...options,
    },
    { adapter: 'http' },
  )
  await app.store.login({ user: 'ada' })
  return {
    ...app,
    server,
    storage,
    signInElsewhere: signIn,
  }
}

describe('7: where the cookie is another one by now, and tokens are opaque,', () => {
  test.each(ways)('the user is fetched before anything is replayed, by %s', async (_way, by) => {
    const isSameUser = vi.fn(
      (before: AuthUser, after: AuthUser) => nameOf(before) === nameOf(after),
    )
    const { api, server, store, storage, signInElsewhere, count } = await signedInByCookie(
      { isSameUser },
      by,
    )
    await signInElsewhere('ben')
    server.expireAccessTokens()

    expect(await rejection(api.get('/orders/1'))).toMatchObject({ cause: { code: 'superseded' } })
    expect(isSameUser.mock.calls).toEqual([[{ name: 'ada' }, { name: 'ben' }]])
    expect(server.answersTo('/orders/1')).toEqual([401])
    expect([store.status, store.user, store.token]).toEqual(['anonymous', null, null])
    expect(await storage.read('auth')).toBeNull()
    expect(count('session-ended')).toBe(1)
  })

  test.each(ways)('the same user goes on, fetched by %s', async (_way, by) => {
    const isSameUser = vi.fn(
      (before: AuthUser, after: AuthUser) => nameOf(before) === nameOf(after),
    )
    const { api, server, store, signInElsewhere, count } = await signedInByCookie(
      { isSameUser },
      by,
    )
    await signInElsewhere('ada')
    server.expireAccessTokens()

    expect((await api.get('/orders/1')).status).toBe(200)
    expect([store.status, nameOf(store.user), server.refreshes]).toEqual([
      'authenticated',
      'ada',
      1,
    ])
    expect([isSameUser.mock.calls.length, count('session-ended')]).toEqual([1, 0])
  })

  test('a user who cannot be fetched is neither replaced nor signed out', async () => {
    const { api, server, store, signInElsewhere } = await signedInByCookie({
      isSameUser: () => true,
      retries: 0,
    })
    await signInElsewhere('ada')
    server.expireAccessTokens()
    server.route('/me', (_request, response) => response.writeHead(503).end())

    expect(await rejection(api.get('/orders/1'))).toMatchObject({ cause: { code: 'unreachable' } })
    expect(store.status).toBe('authenticated')
  })

  test.each<[string, (token: string) => unknown]>([
    ['a message', (token) => new Error(`/me?access_token=${token} failed`)],
    ['an encoded message', (token) => new Error(`/me?q=${encodeURIComponent(token)} failed`)],
    ['a code', (token) => Object.assign(new Error('failed'), { code: token })],
    [
      'a header of its request',
      (token) => Object.assign(new Error('failed'), { config: { headers: { token } } }),
    ],
  ])('41: the newer token is not in the error of comparing users, by %s', async (_how, fail) => {
    let isDown = false
    let newer = ''
    const app = await signedInByCookie(
      { isSameUser: () => true, retries: 0 },
      (_api, token) => async () => {
        newer = await token()
        if (isDown) throw fail(newer)
        return { name: 'ada' }
      },
    )
    isDown = true
    const error = await rejection(app.store.refresh())
    expect(error).toMatchObject({ code: 'unreachable', cause: { name: 'Error' } })
    expect(newer).not.toBe(app.store.token)
    expect(findLeaks(error, new RegExp(newer))).toEqual([])
  })

  test('nothing is asked without isSameUser', async () => {
    const { api, server } = await signedInByCookie({})
    const fetched = server.countOf('/me')
    server.expireAccessTokens()
    await api.get('/orders/1')
    expect(server.countOf('/me')).toBe(fetched)
  })
})

describe('7: two subjects', () => {
  const cases = ways.flatMap(([way, by]) => [
    { is: 'may be one user', isSame: true, status: 'authenticated', way, by },
    { is: 'are two users', isSame: false, status: 'anonymous', way, by },
  ])

  test.each(cases)('$is by isSameUser, fetched by $way', async ({ isSame, status, by }) => {
    const server = await startServer()
    server.accessTokenOf = subjectToken
    const isSameUser = vi.fn(() => isSame)
    const { store, api } = createTestApp(
      server,
      {
        isSameUser,
        fetchUser: by(
          () => api,
          () => store.getAccessToken(),
          server.origin,
        ),
        refresh: async (_tokens, { http, signal }) =>
          (await http.post<unknown>('/auth/login', { user: 'ada-of-the-new-issuer' }, { signal }))
            .data,
      },
      { adapter: 'http' },
    )
    await store.login({ user: 'ada' })
    await store.refresh().catch(() => {})
    expect(isSameUser.mock.calls).toEqual([[{ name: 'ada' }, { name: 'ada-of-the-new-issuer' }]])
    expect(store.status).toBe(status)
  })
})
