import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { oauth2, type OAuth2Options } from 'vue-auth-refresh/oauth2'
import { createAuthFetch } from 'vue-auth-refresh/fetch'
import type { AuthOptions } from 'vue-auth-refresh'
import type { AuthServer } from '../fixtures/auth-server'
import { ProofChecker, type BoundToken } from '../fixtures/proof-checker'
import { findLeaks } from '../support/find-leaks'
import { shells } from '../support/shells'
import { createTestApp, rejection, startServer } from '../support/test-app'

let server: AuthServer
let provider: ProofChecker
let orders: ProofChecker
/** The live access tokens, and the keys that they are bound to. */
let live: Map<string, BoundToken>
/** The type of the tokens that the provider issues. */
let tokenType: string
let left: URL[]

const endpoints = (): OAuth2Options => ({
  clientId: 'app',
  tokenEndpoint: `${server.origin}/token`,
  authorizationEndpoint: `${server.origin}/authorize`,
  issuer: server.origin,
  dpop: true,
})

/** Issues tokens that are bound to the key of the proof (RFC 9449 §5). */
function serveTokens(): void {
  let count = 0
  server.route('/token', (request, response) => {
    const send = (status: number, body: object): unknown =>
      response
        .writeHead(status, { 'content-type': 'application/json', ...provider.headers() })
        .end(JSON.stringify(body))
    const answer = async (): Promise<unknown> => {
      const checked = await provider.check(request)
      if ('error' in checked) return send(400, checked)
      live.clear()
      live.set(`access-${++count}`, { jkt: checked.jkt })
      return send(200, {
        access_token: `access-${count}`,
        refresh_token: `refresh-${count}`,
        token_type: tokenType,
        expires_in: 3600,
      })
    }
    void answer()
  })
}

/** Has what a login in a page needs. */
function stubPage(search: string): void {
  const href = `https://app.example/callback${search}`
  const kept = new Map<string, string>(Object.entries({ ...storage }))
  vi.stubGlobal('location', { href, search, assign: (page: URL) => left.push(page) })
  vi.stubGlobal('history', { state: null, replaceState: () => {} })
  vi.stubGlobal('addEventListener', () => {})
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? storage[key] ?? null,
    setItem: (key: string, value: string) => void (storage[key] = value),
    removeItem: (key: string) => {
      kept.delete(key)
      delete storage[key]
    },
  })
}
let storage: Record<string, string>

/** An app whose user has signed in at the provider. */
async function signedIn(options: Partial<AuthOptions> = {}) {
  const app = createApp(options)
  await signIn(app)
  return app
}

function createApp(options: Partial<AuthOptions> = {}) {
  const client = oauth2(endpoints())
  return { client, ...createTestApp(server, { retries: 0, ...client, ...options }) }
}

async function signIn({ client, store }: ReturnType<typeof createApp>): Promise<void> {
  stubPage('')
  void store.login(undefined).catch(() => {})
  await vi.waitUntil(() => left.length > 0)
  stubPage(`?code=code&state=${left.pop()?.searchParams.get('state')}`)
  await client.handleCallback(store)
  vi.unstubAllGlobals()
}

/** A database of the browser with one key, which it may lose the way to. */
interface Database {
  isBroken: boolean
  key: unknown
}

function stubDatabase(database: Database = { isBroken: false, key: undefined }): Database {
  const request = (result: unknown, outcome = 'onsuccess') => {
    const asked: Record<string, unknown> = { result }
    queueMicrotask(() => (asked[outcome] as () => void)())
    return asked
  }
  const store = {
    get: () => request(database.key),
    put: (key: unknown) => request((database.key = key)),
  }
  const transaction = () => {
    const opened: Record<string, unknown> = { objectStore: () => store }
    setImmediate(() => (opened['oncomplete'] as () => void)())
    return opened
  }
  vi.stubGlobal('indexedDB', {
    open: () =>
      request({ transaction, close: () => {} }, database.isBroken ? 'onerror' : undefined),
  })
  return database
}

beforeEach(async () => {
  server = await startServer()
  provider = new ProofChecker()
  orders = new ProofChecker()
  live = new Map()
  tokenType = 'DPoP'
  left = []
  storage = {}
  serveTokens()
  orders.protect(server, '/orders', (token) => live.get(token) ?? null)
})

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe.each(shells)('a request with a proof (%s)', (_shell, through) => {
  test('is accepted, and each has one of its own', async () => {
    const { api } = through(await signedIn())
    const sent = Array.from({ length: 20 }, (_, index) => api.get(`/orders?page=${index}#a`))
    for (const { status } of await Promise.all(sent)) expect(status).toBe(200)
    expect(orders.refused).toEqual([])
    expect(new Set(orders.accepted.map(({ jti }) => jti)).size).toBe(20)
    expect(provider.accepted).toHaveLength(1)
  })

  test.each(['use_dpop_nonce', 'a new nonce with each answer'])(
    'is sent again with the nonce of the API, and the same token: %s',
    async (kind) => {
      const { api, store, events } = through(await signedIn())
      const { token } = store
      orders.nonce = 'first'
      const { data } = await api.post<unknown>('/orders', { amount: 100 })
      expect(data).toBe('POST{"amount":100}')
      expect(orders.refused).toEqual(['use_dpop_nonce'])
      const types = events.map(({ type }) => type)
      expect(types.filter((type) => type.startsWith('request-'))).toEqual([
        'request-sent',
        'request-replayed',
      ])
      orders.nextNonce = kind === 'use_dpop_nonce' ? null : 'second'
      expect((await api.get('/orders')).status).toBe(200)
      expect((await api.get('/orders')).status).toBe(200)
      expect(orders.refused).toHaveLength(1)
      expect(store.token).toBe(token)
      expect(events.some(({ type }) => type === 'refresh-started')).toBe(false)
    },
  )

  test('is refreshed once for all, and each is sent again with a proof for the new token', async () => {
    const { api, store, count } = through(await signedIn())
    orders.nonce = 'of the API'
    provider.nonce = 'of the provider'
    await api.get('/orders')
    live.clear()
    orders.nonce = 'another of the API'
    const sent = Array.from({ length: 5 }, () => api.get('/orders'))
    for (const { status } of await Promise.all(sent)) expect(status).toBe(200)
    expect(count('refresh-started')).toBe(1)
    expect(provider.refused).toEqual(['use_dpop_nonce'])
    expect(store.token).toBe('access-2')
  })

  test('is sent twice at most where the API takes no nonce', async () => {
    const { api, store, events } = through(await signedIn())
    let nonces = 0
    server.route('/fickle', (_request, response) =>
      response
        .writeHead(401, {
          'www-authenticate': 'DPoP error="use_dpop_nonce"',
          'dpop-nonce': `nonce-${++nonces}`,
        })
        .end(),
    )
    expect(await rejection(api.get('/fickle'))).toMatchObject({ response: { status: 401 } })
    expect(nonces).toBe(2)
    expect(store.status).toBe('authenticated')
    expect(events.some(({ type }) => type === 'refresh-started')).toBe(false)
  })

  test('is sent again where the page may not see why, but a nonce', async () => {
    const { api } = through(await signedIn())
    const sent: unknown[] = []
    server.route('/hidden', ({ headers }, response) => {
      sent.push(headers.authorization)
      response.writeHead(sent.length > 1 ? 200 : 401, { 'dpop-nonce': 'first' }).end()
    })
    expect((await api.get('/hidden')).status).toBe(200)
    expect(sent).toEqual(['DPoP access-1', 'DPoP access-1'])
  })

  test('is refreshed where the page may not see why, and each answer has another nonce', async () => {
    const { api, store, count } = through(await signedIn())
    let nonces = 0
    server.route('/hidden', ({ headers }, response) => {
      const isLive = live.has(String(headers.authorization?.split(' ')[1]))
      response.writeHead(isLive ? 200 : 401, { 'dpop-nonce': `nonce-${++nonces}` }).end()
    })
    expect((await api.get('/hidden')).status).toBe(200)
    for (const _round of [1, 2]) {
      live.clear()
      const sent = Array.from({ length: 3 }, () => api.get('/hidden'))
      for (const { status } of await Promise.all(sent)) expect(status).toBe(200)
    }
    expect([count('refresh-started'), store.token]).toEqual([2, 'access-3'])
  })

  test.each([3_600_000, -3_600_000])(
    'has the time of the server, where the clock is wrong by %i ms',
    async (ahead) => {
      const { api, store, count } = through(await signedIn())
      orders.ahead = ahead
      expect((await api.get('/orders')).status).toBe(200)
      expect((await api.get('/orders')).status).toBe(200)
      expect(orders.refused).toEqual(['invalid_dpop_proof'])
      expect(count('refresh-started')).toBe(0)
      provider.ahead = ahead
      await store.refresh()
      expect(provider.refused).toEqual(['invalid_dpop_proof'])
      expect(store.token).toBe('access-2')
    },
  )

  test('has no token once the user has left meanwhile', async () => {
    const { api, store } = through(await signedIn({ logout: async () => {} }))
    orders.nonce = 'first'
    const release = server.hold('/orders')
    const asked = rejection(api.get('/orders'))
    await server.sees('/orders')
    await store.logout()
    release()
    await asked
    expect(server.countOf('/orders')).toBe(1)
  })
})

test.each([true, false])('a nonce is no refusal: skipAuthRefresh: %s', async (skipAuthRefresh) => {
  const { api, plugin } = await signedIn()
  orders.nonce = 'first'
  expect((await api.get('/orders', { skipAuthRefresh })).status).toBe(200)
  orders.nonce = 'second'
  const authFetch = createAuthFetch(plugin)
  expect((await authFetch(`${server.origin}/orders`, { skipAuthRefresh })).status).toBe(200)
})

test('a body that can be read once is not sent again: its caller has the answer', async () => {
  const { api, store } = await signedIn()
  orders.nonce = 'first'
  const body = Readable.from(['once'])
  const failure = await rejection(api.post('/orders', body, { adapter: 'http', maxRedirects: 0 }))
  expect(failure).toMatchObject({ response: { status: 401 } })
  expect(store.status).toBe('authenticated')
  // The next one has the nonce.
  expect((await api.post('/orders', 'next', { adapter: 'http' })).data).toBe('POSTnext')
  expect(server.countOf('/token')).toBe(1)
})

test('the user is fetched with a proof', async () => {
  const app = await signedIn({
    fetchUser: async ({ http }) => (await http.get<unknown>('/orders')).data,
  })
  expect(app.store.user).toBe('GET')
  expect(orders.refused).toEqual([])
})

test('a request with a credential of its own, or without one, has no proof', async () => {
  const { api } = await signedIn()
  await api.get('/public', { headers: { Authorization: 'Basic YTpi' } })
  await api.get('/public', { skipAuth: true })
  for (const { headers } of server.seen.filter(({ path }) => path === '/public')) {
    expect(headers['dpop']).toBeUndefined()
  }
})

test.each(shells)('59: no proof follows a redirect to another origin (%s)', async (_, through) => {
  const other = await startServer()
  const { api } = through(await signedIn())
  server.route('/moved', (_request, response) =>
    response.writeHead(307, { location: `${other.origin}/public` }).end(),
  )
  await api.get('/moved').catch(() => {})
  for (const { headers } of other.seen) {
    expect([headers['dpop'], headers.authorization]).toEqual([undefined, undefined])
  }
})

describe('the token endpoint', () => {
  test('binds the code to the key that proves the exchange, and the refresh', async () => {
    const { store } = await signedIn()
    await store.refresh()
    expect(provider.refused).toEqual([])
    expect(provider.accepted).toMatchObject([
      { htm: 'POST', htu: `${server.origin}/token` },
      { htm: 'POST', htu: `${server.origin}/token` },
    ])
  })

  test('asks for its nonce at any exchange, and once for each', async () => {
    provider.nonce = 'first'
    const { store } = await signedIn()
    provider.nextNonce = 'second'
    await store.refresh()
    await store.refresh()
    expect(provider.refused).toEqual(['use_dpop_nonce'])
  })

  test('is understood by a `fetch` of the app, too, whose responses name no URL', async () => {
    const { store } = await signedIn()
    const { fetch } = globalThis
    vi.stubGlobal('fetch', async (...asked: Parameters<typeof fetch>) => {
      const { body, status, headers } = await fetch(...asked)
      return new Response(body, { status, headers })
    })
    provider.nonce = 'first'
    await store.refresh()
    expect(provider.refused).toEqual(['use_dpop_nonce'])
  })

  test('that keeps asking for a nonce is unreachable, and ends no session', async () => {
    const { store } = await signedIn()
    let nonces = 0
    server.route('/token', (_request, response) =>
      response
        .writeHead(400, { 'content-type': 'application/json', 'dpop-nonce': `nonce-${++nonces}` })
        .end(JSON.stringify({ error: 'use_dpop_nonce' })),
    )
    expect(await rejection(store.refresh())).toMatchObject({ code: 'unreachable' })
    expect([nonces, store.status]).toEqual([2, 'authenticated'])
  })

  test('that refuses a proof says nothing of the refresh token', async () => {
    const { store } = await signedIn()
    server.route('/token', (_request, response) =>
      response.writeHead(400).end(JSON.stringify({ error: 'invalid_dpop_proof' })),
    )
    expect(await rejection(store.refresh())).toMatchObject({ code: 'unreachable' })
    expect(store.status).toBe('authenticated')
  })

  test('that binds no tokens is refused at the login, and ends no session at a refresh', async () => {
    tokenType = 'Bearer'
    expect(await rejection(signedIn())).toMatchObject({
      code: 'malformed',
      message: expect.stringContaining('`dpop`'),
    })
    tokenType = 'DPoP'
    const { store } = await signedIn()
    tokenType = 'Bearer'
    expect(await rejection(store.refresh())).toMatchObject({ code: 'unreachable' })
    expect(store.status).toBe('authenticated')
  })

  test('is asked with the key of the page where the browser cannot read it any more', async () => {
    const database = stubDatabase()
    const { store, api } = await signedIn()
    stubDatabase(database)
    await store.refresh()
    database.isBroken = true
    await store.refresh()
    expect(store.token).toBe('access-3')
    orders.nonce = 'first'
    expect((await api.get('/orders')).status).toBe(200)
    expect([provider.refused, store.status]).toEqual([[], 'authenticated'])
  })

  test('is not asked where the key is gone: the session ends', async () => {
    const { store, api } = createTestApp(server, {
      ...oauth2({ ...endpoints(), clientId: 'other' }),
    })
    const tokens = { access_token: 'access-0', refresh_token: 'refresh-0', expires_in: 3600 }
    await store.setSession(tokens)
    const failure = await rejection(api.get('/orders'))
    expect(failure).toMatchObject({ response: { status: 401 }, cause: { code: 'rejected' } })
    expect(store.status).toBe('expired')
    expect(server.countOf('/token')).toBe(0)
    expect(findLeaks([failure, store.error], /refresh-0/)).toEqual([])
  })
})
