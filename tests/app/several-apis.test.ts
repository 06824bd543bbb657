import axios from 'axios'
import { expect, test } from 'vitest'
import { expectWarning } from '../setup/console'
import { createTestApp, signedIn, startServer } from '../support/test-app'
import type { AuthServer } from '../fixtures/auth-server'

interface Echo {
  user: string
}
const echo = { authorization: null }

/** Two origins with one session: the second one takes the tokens of the first. */
async function startServers(): Promise<[AuthServer, AuthServer]> {
  const servers: [AuthServer, AuthServer] = [await startServer(), await startServer()]
  const [main, second] = servers
  second.route('/reports', ({ headers }, response) => {
    const user = main.userOf(headers.authorization)
    response.writeHead(user ? 200 : 401, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ user }))
  })
  return servers
}

test('several instances share one session: both carry the token, and all expire into one refresh', async () => {
  const [main, second] = await startServers()
  const api = axios.create({ baseURL: main.origin })
  const reports = axios.create({ baseURL: second.origin })
  const { count } = await signedIn(main, { axios: [api, reports] })
  expect((await reports.get<Echo>('/reports')).data.user).toBe('ada')

  main.expireAccessTokens()
  const answers = await Promise.all([
    api.get<Echo>('/orders/1'),
    reports.get<Echo>('/reports'),
    api.get<Echo>('/orders/2'),
    reports.get<Echo>('/reports'),
  ])

  expect(answers.map(({ data }) => data.user)).toEqual(['ada', 'ada', 'ada', 'ada'])
  expect(main.refreshes).toBe(1)
  expect(second.answersTo('/reports')).toEqual([200, 401, 401, 200, 200])
  expect(count('request-replayed')).toBe(4)
})

test('40: each instance has the origin of its own base: the token goes no other way', async () => {
  const [main, second] = await startServers()
  const api = axios.create({ baseURL: main.origin })
  const reports = axios.create({ baseURL: second.origin })
  await signedIn(main, { axios: [api, reports] })

  expect((await api.get(`${second.origin}/public`)).data).toEqual(echo)
  expect((await reports.get(`${main.origin}/public`)).data).toEqual(echo)
  expect((await reports.get('/public')).data).not.toEqual(echo)
})

test('40: the origins of the options are those of all instances', async () => {
  const [main, second] = await startServers()
  const api = axios.create({ baseURL: main.origin })
  const reports = axios.create({ baseURL: second.origin })
  await signedIn(main, { axios: [api, reports], allowedOrigins: [main.origin] })

  expect((await reports.get('/public')).data).toEqual(echo)
  expect((await reports.get(`${main.origin}/public`)).data).not.toEqual(echo)
})

test('the callbacks are given the defaults of the first, and `fetchUser` one that is protected', async () => {
  const [main, second] = await startServers()
  const api = axios.create({ baseURL: main.origin, headers: { 'X-Mine': 'first' } })
  const { store } = await signedIn(main, {
    axios: [api, axios.create({ baseURL: second.origin })],
    fetchUser: async ({ http }) => (await http.get<{ name: string }>('/me')).data,
  })

  expect(store.user).toEqual({ name: 'ada' })
  expect(main.seen.map(({ path, headers }) => [path, headers['x-mine']])).toEqual([
    ['/auth/login', 'first'],
    ['/me', 'first'],
  ])
})

test('15: dispose lets go of all instances', async () => {
  const [main, second] = await startServers()
  const api = axios.create({ baseURL: main.origin })
  const reports = axios.create({ baseURL: second.origin })
  const { plugin } = await signedIn(main, { axios: [api, reports] })

  plugin.dispose()

  expect((await api.get('/public')).data).toEqual(echo)
  expect((await reports.get('/public')).data).toEqual(echo)
})

test('a request waits for the one refresh whichever instance began it', async () => {
  const [main, second] = await startServers()
  const api = axios.create({ baseURL: main.origin })
  const reports = axios.create({ baseURL: second.origin })
  await signedIn(main, { axios: [api, reports] })
  main.expireAccessTokens()
  const release = main.hold('/auth/refresh')
  const first = api.get('/orders/1')
  await main.sees('/auth/refresh')
  const later = reports.get<Echo>('/reports')
  release()

  expect((await later).data.user).toBe('ada')
  await first
  expect(second.answersTo('/reports')).toEqual([200])
})

test('an instance of one app may not be claimed by a session of another name', async () => {
  const server = await startServer()
  const { api, store, plugin } = await signedIn(server)
  const admin = () => createTestApp(server, { axios: api, name: 'admin' })

  expect(admin).toThrow(/instance belongs to the session "auth".*"admin"/)
  expect((await api.get<Echo>('/orders/1')).data.user).toBe('ada')
  expect(store.status).toBe('authenticated')

  plugin.dispose()
  // Without a page, as here, it may be for another user.
  expectWarning('An axios instance serves one app after another.')
  expect(admin).not.toThrow()
})
