import axios, { type AxiosInstance } from 'axios'
import { buildMemoryStorage, setupCache, type CacheOptions } from 'axios-cache-interceptor'
import MockAdapter from 'axios-mock-adapter'
import axiosRetry, { isNetworkOrIdempotentRequestError, type IAxiosRetryConfig } from 'axios-retry'
import { describe, expect, test } from 'vitest'
import { isAuthError, type AuthOptions } from 'vue-auth-refresh'
import type { AuthServer } from '../fixtures/auth-server'
import { rejection, signedIn, startServer, type TestApp } from '../support/test-app'

interface Echo {
  user: string
}

/** The other package on the same instance, added before or after the plugin. */
async function together(
  order: string,
  server: AuthServer,
  add: (api: AxiosInstance) => void,
  options: Partial<AuthOptions> = {},
): Promise<TestApp> {
  const api = axios.create({ baseURL: server.origin })
  if (order === 'before') add(api)
  const app = await signedIn(server, { axios: api, ...options })
  if (order === 'after') add(api)
  return app
}

describe.each(['before', 'after'])('axios-retry added %s the plugin', (order) => {
  async function withRetry(config: IAxiosRetryConfig = {}, options: Partial<AuthOptions> = {}) {
    const server = await startServer()
    const retried: number[] = []
    const add = (api: AxiosInstance): void => {
      axiosRetry(api, { onRetry: (count) => void retried.push(count), ...config })
    }
    return { server, retried, ...(await together(order, server, add, options)) }
  }

  test('expiry is none of its business: one refresh, no retry', async () => {
    const { server, api, retried } = await withRetry()
    server.expireAccessTokens()

    await Promise.all([api.get('/orders/1'), api.get('/orders/2')])

    expect(server.refreshes).toBe(1)
    expect(retried).toEqual([])
    expect(server.answersTo('/orders/1')).toEqual([401, 200])
  })

  test('what fails after the replay is retried, and counted once each', async () => {
    const { server, api, retried } = await withRetry()
    let failures = 2
    server.route('/flaky', ({ headers }, response) => {
      const isLive = server.userOf(headers.authorization) !== null
      response.writeHead(isLive ? (failures-- > 0 ? 503 : 200) : 401).end()
    })
    server.expireAccessTokens()

    expect((await api.get('/flaky')).status).toBe(200)
    expect(server.answersTo('/flaky')).toEqual([401, 503, 503, 200])
    expect(retried).toEqual([1, 2])
    expect(server.refreshes).toBe(1)
  })

  test('a token that expires between two retries is refreshed, and replayed once for each', async () => {
    const { server, api, retried } = await withRetry()
    server.route('/flaky', ({ headers }, response) => {
      const isLive = server.userOf(headers.authorization) !== null
      if (isLive && server.refreshes === 0) server.expireAccessTokens()
      response.writeHead(isLive ? (server.refreshes ? 200 : 503) : 401).end()
    })

    expect((await api.put('/flaky', { a: 1 })).status).toBe(200)
    expect(server.answersTo('/flaky')).toEqual([503, 401, 200])
    expect(retried).toEqual([1])
    const bodies = server.seen
      .filter(({ path }) => path === '/flaky')
      .map(({ body }) => String(body))
    expect(bodies).toEqual(['{"a":1}', '{"a":1}', '{"a":1}'])
  })

  test('12: a retry after a change of user is sent under nobody else', async () => {
    const { server, api, store } = await withRetry({
      onRetry: () => store.login({ user: 'ben' }),
    })
    server.route('/flaky', (_request, response) => response.writeHead(503).end())

    const error = await rejection(api.get('/flaky'))

    expect(isAuthError(error, 'superseded')).toBe(true)
    expect(server.answersTo('/flaky')).toEqual([503])
  })

  test('17: abort in the pause before a retry sends nothing more', async () => {
    const controller = new AbortController()
    const { server, api } = await withRetry({
      retryDelay: () => 60_000,
      onRetry: () => queueMicrotask(() => controller.abort()),
    })
    server.route('/flaky', (_request, response) => response.writeHead(503).end())

    const error = await rejection(api.get('/flaky', { signal: controller.signal }))

    expect(axios.isCancel(error)).toBe(true)
    expect(server.answersTo('/flaky')).toEqual([503])
  })

  test.each<[string, IAxiosRetryConfig, number[]]>([
    ['is retried: it looks like one of the network', {}, [1]],
    [
      'is left alone by a condition that asks for it',
      {
        retryCondition: (error) => !isAuthError(error) && isNetworkOrIdempotentRequestError(error),
      },
      [],
    ],
  ])('an error of this library %s', async (_what, config, expected) => {
    const { server, api, retried } = await withRetry(
      { retries: 1, ...config },
      { refreshTimeout: 100, retries: 0 },
    )
    server.everyFault = { kind: 'hang' }
    server.expireAccessTokens()
    const first = rejection(api.get('/orders/1'))
    await server.sees('/auth/refresh')
    const error = await rejection(api.post('/orders/2'))

    expect(isAuthError(error, 'unreachable')).toBe(true)
    expect(isAuthError(await first, 'unreachable')).toBe(true)
    expect(retried).toEqual(expected)
  })
})

describe.each(['before', 'after'])('axios-cache-interceptor added %s the plugin', (order) => {
  async function withCache(cache: CacheOptions = {}, options: Partial<AuthOptions> = {}) {
    const server = await startServer()
    const add = (api: AxiosInstance): void => {
      setupCache(api, cache)
    }
    return { server, ...(await together(order, server, add, options)) }
  }

  test('one refresh, and what is cached is the answer, not the refusal', async () => {
    const { server, api } = await withCache()
    server.expireAccessTokens()

    const answers = await Promise.all([
      api.get<Echo>('/orders/1'),
      api.get<Echo>('/orders/1'),
      api.get<Echo>('/orders/2'),
    ])
    answers.push(await api.get<Echo>('/orders/1'))

    expect(answers.map(({ data }) => data.user)).toEqual(['ada', 'ada', 'ada', 'ada'])
    expect(server.refreshes).toBe(1)
    expect(server.answersTo('/orders/1')).toEqual([401, 200])
    expect(server.answersTo('/orders/2')).toEqual([401, 200])
  })

  test('41: no token is in what it keeps', async () => {
    const storage = buildMemoryStorage()
    const { api, server, store } = await withCache({ storage })
    server.expireAccessTokens()
    await api.get('/orders/1')
    const kept = JSON.stringify([...storage.data])

    expect(kept).toContain('ada')
    expect(kept).not.toContain(store.token)
    expect(kept).not.toContain('Bearer')
  })

  test.each([
    ['as long as it keeps them', false, 'ada'],
    ['but not once it is emptied when a session ends', true, 'ben'],
  ])('the next user is given the answers of the last %s', async (_what, isEmptied, expected) => {
    const storage = buildMemoryStorage()
    const { api, store } = await withCache(
      { storage },
      {
        onEvent: ({ type }) => {
          if (isEmptied && type === 'session-ended') void storage.clear?.()
        },
      },
    )
    await api.get('/orders/1')
    await store.login({ user: 'ben' })

    expect((await api.get<Echo>('/orders/1')).data.user).toBe(expected)
  })

  test('17: abort while it waits for the refresh, and the next request is served', async () => {
    const { server, api } = await withCache()
    server.expireAccessTokens()
    const release = server.hold('/auth/refresh')
    const controller = new AbortController()
    const aborted = rejection(api.get('/orders/1', { signal: controller.signal }))
    await server.sees('/auth/refresh')
    controller.abort()
    expect(axios.isCancel(await aborted)).toBe(true)
    release()

    expect((await api.get<Echo>('/orders/1')).data.user).toBe('ada')
    expect(server.answersTo('/orders/1')).toEqual([401, 200])
    expect(server.refreshes).toBe(1)
  })
})

describe.each(['before', 'after'])('axios-mock-adapter added %s the plugin', (order) => {
  test('what is mocked is attached to, judged and replayed like any other answer', async () => {
    const server = await startServer()
    let mock!: MockAdapter
    const { api, store } = await together(order, server, (api) => {
      mock = new MockAdapter(api, { onNoMatch: 'passthrough' })
    })
    const tokens: unknown[] = []
    mock.onGet('/mocked').reply(({ headers }) => {
      tokens.push(headers?.['Authorization'])
      return headers?.['Authorization'] === `Bearer ${store.token}` && server.refreshes
        ? [200, { user: 'mocked' }]
        : [401]
    })
    const before = store.token

    expect((await api.get<Echo>('/mocked')).data.user).toBe('mocked')
    expect(tokens).toEqual([`Bearer ${before}`, `Bearer ${store.token}`])
    expect(server.refreshes).toBe(1)
    expect(server.countOf('/mocked')).toBe(0)
  })

  test('what passes through is refreshed once and replayed', async () => {
    const server = await startServer()
    const { api } = await together(order, server, (api) => {
      new MockAdapter(api, { onNoMatch: 'passthrough' }).onGet('/mocked').reply(200)
    })
    server.expireAccessTokens()

    await Promise.all([api.get('/orders/1'), api.post('/orders/2', { a: 1 })])

    expect(server.refreshes).toBe(1)
    expect(server.answersTo('/orders/2')).toEqual([401, 200])
  })

  test('the exchange itself can be mocked, and 17: abort works', async () => {
    const server = await startServer()
    let mock!: MockAdapter
    const { api, store } = await together(order, server, (api) => {
      mock = new MockAdapter(api, { onNoMatch: 'passthrough', delayResponse: 1 })
    })
    const controller = new AbortController()
    mock.onPost('/auth/refresh').reply(() => {
      controller.abort()
      return [200, { access_token: 'mocked', refresh_token: 'next' }]
    })

    server.expireAccessTokens()
    const error = await rejection(api.get('/orders/1', { signal: controller.signal }))

    expect(axios.isCancel(error)).toBe(true)
    await expect.poll(() => store.token).toBe('mocked')
    expect(server.refreshes).toBe(0)
    expect(server.answersTo('/orders/1')).toEqual([401])
  })
})
