import type { ServerResponse } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { AuthServer } from '../fixtures/auth-server.ts'
import { useTabs, type TabsOptions } from '../support/chromium/use-tabs.ts'

const tabs = useTabs({ hasUser: false, refreshTimeout: 4_000 })

const BLOCKED = 'blocked by CORS policy'

/** Hides an answer from the page. The preflight was answered as usual. */
function hide(response: ServerResponse): ServerResponse {
  response.removeHeader('access-control-allow-origin')
  return response
}

/** A signed-in tab, and its API on another origin. A gateway in front refuses tokens without CORS headers. */
async function signedIn(options: TabsOptions = {}) {
  const api = await new AuthServer().start()
  onTestFinished(() => api.stop())
  api.route('/orders/1', ({ headers }, response) => {
    const user = api.userOf(headers.authorization)
    if (user)
      response.writeHead(200, { 'content-type': 'application/json' }).end(`{"user":"${user}"}`)
    else hide(response).writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end()
  })
  const [tab] = await tabs.open(1, { baseURL: api.origin, ...options })
  await tab.login('ada')
  /** Without preflights. */
  const countOf = (path: string): number =>
    api.seen.filter((one) => one.path === path && one.method !== 'OPTIONS').length
  const get = {
    axios: () => tab.get('/orders/1').then(({ status }) => status),
    fetch: () =>
      tab.run(
        ({ authFetch }, url) =>
          authFetch(url).then(
            ({ status }) => status,
            () => null,
          ),
        `${api.origin}/orders/1`,
      ),
  }
  return { api, tab, get, countOf }
}

const clients = ['axios', 'fetch'] as const

describe('a 401 without CORS headers', () => {
  test.each(clients)(
    '31: is a network error by default, and refreshes nothing: %s',
    async (client) => {
      const { api, tab, get } = await signedIn()
      expect(await get[client]()).toBe(200)
      api.expireAccessTokens()
      tabs.expectComplaint(BLOCKED)
      expect(await get[client]()).toBeNull()
      expect([api.refreshes, await tab.status()]).toEqual([0, 'authenticated'])
    },
  )

  test.each(clients)(
    '31: is refreshed and sent again where `isExpired` says so: %s',
    async (client) => {
      const { api, get, countOf } = await signedIn({ takesFailuresForExpiry: true })
      api.expireAccessTokens()
      tabs.expectComplaint(BLOCKED)
      expect(await get[client]()).toBe(200)
      expect([api.refreshes, countOf('/orders/1')]).toEqual([1, 2])
    },
  )

  test.each(clients)('26: that stays costs one refresh for each request: %s', async (client) => {
    const { api, tab, get, countOf } = await signedIn({ takesFailuresForExpiry: true })
    api.route('/orders/1', (_request, response) => hide(response).writeHead(401).end())
    tabs.expectComplaint(BLOCKED)
    tabs.expectComplaint(BLOCKED)
    expect(await get[client]()).toBeNull()
    expect([api.refreshes, countOf('/orders/1')]).toEqual([1, 2])
    expect(await tab.status()).toBe('authenticated')
  })
})

describe('a token endpoint without CORS headers', () => {
  test.each([401, 400, 200])(
    '31: that answers %i ends no session, and is not asked on and on',
    async (status) => {
      const { api, tab, countOf } = await signedIn({ retries: 1 })
      api.expireAccessTokens()
      api.route('/auth/refresh', (_request, response) => hide(response).writeHead(status).end('{}'))
      for (let count = 0; count < 2; count++) tabs.expectComplaint(BLOCKED)
      expect(await tab.refresh()).toBe('unreachable')
      expect([countOf('/auth/refresh'), await tab.status()]).toEqual([2, 'authenticated'])
      // The next one has one attempt, as in any outage.
      tabs.expectComplaint(BLOCKED)
      expect(await tab.refresh()).toBe('unreachable')
      expect([countOf('/auth/refresh'), await tab.status()]).toEqual([3, 'authenticated'])
    },
  )
})
