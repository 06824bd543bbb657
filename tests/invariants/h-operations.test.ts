import axios, { type AxiosInstance, type AxiosRequestConfig, type AxiosResponse } from 'axios'
import { describe, expect, test } from 'vitest'
import type { AuthServer } from '../fixtures/auth-server'
import { createAdversary } from '../support/adversary'
import { driveClock } from '../support/clock'
import { shells } from '../support/shells'
import { createTestApp, rejection, signedIn, startServer } from '../support/test-app'

/** Answers every request to `/api` for which `isRefused` is false, if its token lives. */
function serveApi(server: AuthServer, isRefused: (url: string, body: string) => boolean): void {
  server.route('/api', ({ headers, url, body }, response) => {
    const isLive = server.userOf(headers.authorization) !== null
    response.writeHead(isLive && !isRefused(url, body.toString()) ? 200 : 401).end()
  })
}

/** A way to name the operation of a request to `/api`. */
type Protocol = [name: string, ask: (api: AxiosInstance, operation: string) => Promise<unknown>]

const post = (api: AxiosInstance, body: unknown, config?: AxiosRequestConfig): Promise<unknown> =>
  api.post('/api', body, config)

const protocols: Protocol[] = [
  ['GraphQL with operationName', (api, operationName) => post(api, { operationName, query: '…' })],
  [
    'GraphQL with a name in the document',
    (api, name) => post(api, { query: `query ${name} { all }` }),
  ],
  [
    'GraphQL with a persisted document',
    (api, sha256Hash) => post(api, { extensions: { persistedQuery: { sha256Hash } } }),
  ],
  [
    'GraphQL in a batch',
    (api, operationName) => post(api, [{ operationName: 'Me' }, { operationName }]),
  ],
  [
    'GraphQL with much data',
    (api, operationName) => post(api, { operationName, variables: 'x'.repeat(150_000) }),
  ],
  [
    'GraphQL by GET',
    (api, operationName) => api.get('/api', { params: { operationName, query: '…' } }),
  ],
  ['JSON-RPC', (api, method) => post(api, { jsonrpc: '2.0', id: 1, method })],
  ['an action in the query', (api, action) => api.get(`/api?page=1&action=${action}`)],
  ['an action in the params', (api, action) => api.get('/api', { params: { action } })],
  [
    'an action in the params of a POST',
    (api, action) => post(api, { amount: 1 }, { params: { action } }),
  ],
]

describe.each(shells)('through %s', (_shell, through) => {
  test.each(protocols)(
    '52: a refused operation keeps no other from a refresh: %s',
    async (_name, ask) => {
      const server = await startServer()
      serveApi(server, (url, body) => `${url} ${body}`.includes('Salaries'))
      const { api } = through(await signedIn(server))
      await ask(api, 'Orders')
      await rejection(ask(api, 'Salaries'))
      expect(server.refreshes).toBe(1)

      server.expireAccessTokens()
      await expect(ask(api, 'Orders')).resolves.toMatchObject({ status: 200 })
      expect(server.refreshes).toBe(2)
    },
  )

  test.each(protocols)('26: and is not refreshed for again at once: %s', async (_name, ask) => {
    const server = await startServer()
    serveApi(server, (url, body) => `${url} ${body}`.includes('Salaries'))
    const { api } = through(await signedIn(server))
    for (let index = 0; index < 5; index++) {
      await rejection(ask(api, 'Salaries'))
      await ask(api, 'Orders')
    }
    expect(server.refreshes).toBe(1)
  })
})

test('52: a verdict on the body counts as a status does', async () => {
  const server = await startServer()
  server.route('/graphql', ({ headers, body }, response) => {
    const isLive = server.userOf(headers.authorization) !== null
    const isServed = isLive && !body.toString().includes('Salaries')
    const code = isServed ? 'OK' : 'UNAUTHENTICATED'
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ code }))
  })
  const { api } = await signedIn(server, {
    isExpired: ({ data }: AxiosResponse<{ code?: string }>) => data.code === 'UNAUTHENTICATED',
  })
  const ask = async (operationName: string): Promise<string> =>
    (await api.post<{ code: string }>('/graphql', { operationName })).data.code
  expect(await ask('Orders')).toBe('OK')
  expect(await ask('Salaries')).toBe('UNAUTHENTICATED')
  server.expireAccessTokens()
  expect(await ask('Orders')).toBe('OK')
})

test('52: a path that one API refuses is helped at another', async () => {
  const server = await startServer()
  serveApi(server, () => true)
  const other = await startServer()
  let isLive = true
  other.route('/api', (_request, response) => response.writeHead(isLive ? 200 : 401).end())
  const apis = [server, other].map(({ origin }) => axios.create({ baseURL: origin }))
  const { store } = createTestApp(server, {
    axios: apis as [AxiosInstance, AxiosInstance],
    onEvent: ({ type }) => {
      if (type === 'refresh-succeeded') isLive = true
    },
  })
  await store.login({ user: 'ada' })
  await rejection(apis[0]!.get('/api'))
  isLive = false
  expect((await apis[1]!.get('/api')).status).toBe(200)
})

test('52: after all tokens were revoked, every operation is helped at once, by one refresh', async () => {
  const server = await startServer()
  serveApi(server, (url) => url.includes('forbidden'))
  const { api } = await signedIn(server)
  for (let index = 0; index < 3; index++) await rejection(api.get(`/api?do=forbidden-${index}-a`))
  const before = server.refreshes
  server.expireAccessTokens()
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) => api.get(`/api?do=some-${index}-a`)),
  )
  expect(answers.every(({ status }) => status === 200)).toBe(true)
  expect(server.refreshes).toBe(before + 1)
})

describe('while refusals cause too many refreshes', () => {
  /** A server that accepts `/poor` once with each token, and has revoked all of them if told so. */
  async function exhaust() {
    const clock = driveClock()
    let oldest = 0
    const { adapter, exchanges } = createAdversary(
      ({ url, token, usesHere }) => token >= oldest && (url !== '/poor' || usesHere === 0),
    )
    const app = createTestApp({ origin: 'https://api.test' }, {}, { adapter })
    await app.store.login({})
    for (let index = 0; index < 30; index++) {
      app.api.get('/poor').catch(() => {})
      await clock.advance(10)
    }
    return { ...app, clock, exchanges, revoke: () => (oldest = exchanges.length + 1) }
  }

  test('56: the other operations go on with their token, and wait for none', async () => {
    const { api, clock, store, exchanges } = await exhaust()
    expect(store.isRefreshing).toBe(true)
    const before = exchanges.length
    expect((await api.get('/rich')).status).toBe(200)
    expect(exchanges).toHaveLength(before)
    await clock.advance(5_000)
    expect(exchanges).toHaveLength(before + 1)
  })

  test('52: an operation whose token died is helped within five seconds', async () => {
    const { api, clock, revoke } = await exhaust()
    revoke()
    const since = Date.now()
    expect((await clock.until(api.get('/rich'))).status).toBe(200)
    expect(Date.now() - since).toBeLessThanOrEqual(5_000)
  })

  test('18: a logout settles those that wait at once', async () => {
    const { api, clock, store } = await exhaust()
    const waiting = rejection(api.get('/poor'))
    await clock.advance(10)
    void store.logout()
    expect(await waiting).toMatchObject({
      response: { status: 401 },
      cause: { code: 'signed-out' },
    })
  })

  test('26: a minute later they are believed at once again', async () => {
    const { api, clock, revoke, exchanges } = await exhaust()
    await clock.advance(60_000)
    const before = exchanges.length
    for (let index = 1; index <= 10; index++) {
      revoke()
      expect((await api.get('/rich')).status).toBe(200)
      expect(exchanges).toHaveLength(before + index)
    }
  })
})
