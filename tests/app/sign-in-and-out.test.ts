import axios from 'axios'
import { describe, expect, test } from 'vitest'
import type { AuthOptions } from 'vue-auth-refresh'
import type { AuthServer } from '../fixtures/auth-server'
import { createTestApp, rejection, signedIn, startServer } from '../support/test-app'

const bodiesAt = (server: AuthServer, path: string): unknown[] =>
  server.seen.filter((seen) => seen.path === path).map(({ body }) => JSON.parse(String(body)))

const bearersAt = (server: AuthServer, path: string): (string | undefined)[] =>
  server.seen.filter((seen) => seen.path === path).map(({ headers }) => headers.authorization)

const NESTED = { user: 'ada' }

describe('two logins at once', () => {
  test('with the same credentials are one', async () => {
    const server = await startServer()
    const { store, count } = createTestApp(server)
    const form = { user: 'ada', code: '123456' }
    await Promise.all([store.login(form), store.login({ ...form }), store.login(form)])
    expect(server.countOf('/auth/login')).toBe(1)
    expect(count('session-started')).toBe(1)
    await store.login(form)
    expect(server.countOf('/auth/login')).toBe(2)
  })

  test('with the same credentials fail as one', async () => {
    const server = await startServer()
    const { store } = createTestApp(server)
    const form = { user: 'nobody' }
    const [one, two] = await Promise.all([
      rejection(store.login(form)),
      rejection(store.login(form)),
    ])
    expect(one).toMatchObject({ response: { status: 401 } })
    expect(two).toBe(one)
    expect(server.countOf('/auth/login')).toBe(1)
  })

  test.each([
    ['other values', { user: 'ada', password: 'a' }, { user: 'ada', password: 'b' }],
    ['fewer members', { user: 'ada', code: '1' }, { user: 'ada' }],
    ['more members', { user: 'ada' }, { user: 'ada', code: undefined, extra: 1 }],
    ['forms, which may have changed', new FormData(), new FormData()],
    ['lists', ['ada'], ['ada']],
    ['nested members, which may have changed', { form: NESTED }, { form: NESTED }],
    ['dates', new Date(0), new Date(0)],
    ['nothing, then something', undefined, { user: 'ada' }],
  ])('with %s are two, and the later counts', async (_what, first, second) => {
    const server = await startServer()
    const asked: unknown[] = []
    const login: AuthOptions['login'] = async (credentials, { http }) => {
      asked.push(credentials)
      return (await http.post('/auth/login', { user: asked.length === 1 ? 'ada' : 'grace' })).data
    }
    const { store } = createTestApp(server, { login })
    const overtaken = rejection(store.login(first))
    await store.login(second)
    expect(await overtaken).toMatchObject({ code: 'superseded' })
    expect(asked).toEqual([first, second])
    expect(store.token).toMatch(/^access-grace-/)
  })

  test('with one form that is changed between two clicks are two', async () => {
    const server = await startServer()
    const { store } = createTestApp(server)
    const form = { user: 'ada' }
    const overtaken = rejection(store.login(form))
    form.user = 'grace'
    await store.login(form)
    expect(await overtaken).toMatchObject({ code: 'superseded' })
    expect(store.token).toMatch(/^access-grace-/)
  })

  test('leave no session behind at the server: the earlier is ended where it comes', async () => {
    const server = await startServer()
    const { store } = createTestApp(server, {
      login: async (credentials, { http }) => (await http.post('/auth/login', credentials)).data,
    })
    const release = server.hold('/auth/login')
    const overtaken = rejection(store.login({ user: 'ada' }))
    const counted = store.login({ user: 'grace' })
    await server.sees('/auth/login', 2)
    release()
    await counted
    await overtaken
    await server.answers('/auth/logout')

    expect(bodiesAt(server, '/auth/logout')).toEqual([{ refreshToken: 'refresh-ada-1' }])
    expect(store.isAuthenticated).toBe(true)
    expect(await store.refresh()).toMatch(/^access-grace-/)
  })

  test('leave none behind either where the earlier has begun, and its user is being fetched', async () => {
    const server = await startServer()
    const { store } = createTestApp(server, {
      fetchUser: async ({ http }) => (await http.get('/me')).data,
    })
    const release = server.hold('/me')
    const overtaken = rejection(store.login({ user: 'ada' }))
    await server.sees('/me')
    const counted = store.login({ user: 'grace' })
    await server.answers('/auth/logout')
    release()
    await counted

    expect(await overtaken).toMatchObject({ code: 'superseded' })
    expect(bodiesAt(server, '/auth/logout')).toEqual([{ refreshToken: 'refresh-ada-1' }])
    expect(store.user).toEqual({ name: 'grace' })
  })

  test('and a logout while the answer is on its way end that session at the server, too', async () => {
    const server = await startServer()
    const { store } = createTestApp(server, {
      login: async (credentials, { http }) => (await http.post('/auth/login', credentials)).data,
    })
    const release = server.hold('/auth/login')
    const login = rejection(store.login({ user: 'ada' }))
    await server.sees('/auth/login')
    await store.logout()
    const again = store.login({ user: 'ada' })
    release()

    expect(await login).toMatchObject({ code: 'signed-out' })
    await again
    await server.answers('/auth/logout')
    expect(bodiesAt(server, '/auth/logout')).toEqual([{ refreshToken: 'refresh-ada-1' }])
    expect(store.isAuthenticated).toBe(true)
  })
})

describe('logout()', () => {
  /** The logout of most servers: the bearer names the session, and a dead bearer is refused. */
  function routeSession(server: AuthServer): string[] {
    const ended: string[] = []
    server.route('/session', ({ headers }, response) => {
      const user = server.userOf(headers.authorization)
      if (user) ended.push(user)
      response.writeHead(user ? 204 : 401).end()
    })
    return ended
  }
  const logout: AuthOptions['logout'] = (_tokens, { http }) => http.delete('/session')

  test('sends with the token of the session that ends', async () => {
    const server = await startServer()
    const ended = routeSession(server)
    const { store, count } = await signedIn(server, { logout })
    const { token } = store
    await store.logout()
    expect(ended).toEqual(['ada'])
    expect(bearersAt(server, '/session')).toEqual([`Bearer ${token}`])
    expect([server.refreshes, count('logout-failed')]).toEqual([0, 0])
  })

  test('refreshes a token that is refused, once, and calls again with the new tokens', async () => {
    const server = await startServer()
    const ended = routeSession(server)
    const given: unknown[] = []
    const { store, count } = await signedIn(server, {
      logout: (tokens, context) => {
        given.push(tokens)
        return logout(tokens, context)
      },
    })
    server.expireAccessTokens()
    await store.logout()

    expect(ended).toEqual(['ada'])
    expect(given).toEqual([
      { token: 'access-ada-1', refreshToken: 'refresh-ada-1' },
      { token: 'access-ada-2', refreshToken: 'refresh-ada-2' },
    ])
    expect([server.refreshes, server.reusedTokens, count('logout-failed')]).toEqual([1, 0, 0])
    expect([store.status, store.token]).toEqual(['anonymous', null])
  })

  test('refreshes where `isExpired` says so, whatever the status', async () => {
    const server = await startServer()
    const answers = [419, 204]
    server.route('/session', (_request, response) => response.writeHead(answers.shift()!).end())
    const { store, count } = await signedIn(server, {
      logout,
      isExpired: ({ status }) => status === 419,
    })
    await store.logout()
    expect([server.refreshes, answers, count('logout-failed')]).toEqual([1, [], 0])
  })

  test('refreshes nothing where an untyped `isExpired` promises that it is no expiry', async () => {
    const server = await startServer()
    server.route('/session', (_request, response) => response.writeHead(500).end())
    const options = { logout }
    Reflect.set(options, 'isExpired', async () => false)
    const { store, count } = await signedIn(server, options)
    await store.logout()
    expect([server.refreshes, count('logout-failed')]).toEqual([0, 1])
  })

  test('tells of a failure by one event, and the user is signed out all the same', async () => {
    for (const fail of [
      async (server: AuthServer) => server.revoke(),
      async (server: AuthServer) => server.stop(),
      async (server: AuthServer) =>
        server.route('/session', (_, answer) => answer.writeHead(500).end()),
    ]) {
      const server = await startServer()
      routeSession(server)
      const { store, events, count } = await signedIn(server, { logout })
      await fail(server)
      await store.logout()
      expect(count('logout-failed')).toBe(1)
      expect(JSON.stringify(events)).not.toMatch(/access-|refresh-ada/)
      expect([store.status, store.token]).toEqual(['anonymous', null])
    }
  })

  test('gives the callback two tokens and nothing else', async () => {
    const server = await startServer()
    const given: object[] = []
    const { store } = await signedIn(server, { logout: async (tokens) => given.push(tokens) })
    await store.logout()
    expect(
      given.map((tokens) => Object.keys(tokens).toSorted((a, b) => a.localeCompare(b))),
    ).toEqual([['refreshToken', 'token']])
  })

  test('sends no token to another origin', async () => {
    const [server, other] = [await startServer(), await startServer()]
    const { store } = await signedIn(server, {
      axios: axios.create({ baseURL: server.origin }),
      logout: (_tokens, { http }) => http.get(`${other.origin}/public`),
    })
    await store.logout()
    expect(bearersAt(other, '/public')).toEqual([undefined])
  })
})
