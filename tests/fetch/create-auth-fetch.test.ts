import { Readable } from 'node:stream'
import { createPinia } from 'pinia'
import { describe, expect, test, vi } from 'vitest'
import { createApp } from 'vue'
import { isAuthError, memoryStorage, type AuthOptions, type AuthPlugin } from 'vue-auth-refresh'
import { createAuthFetch, type AuthFetch, type AuthFetchOptions } from 'vue-auth-refresh/fetch'
import type { AuthServer, SeenRequest } from '../fixtures/auth-server'
import { expectError, expectWarning } from '../setup/console'
import { codeOf } from '../support/code-of'
import { findLeaks } from '../support/find-leaks'
import { createTestApp, rejection, signedIn, startServer, type TestApp } from '../support/test-app'

type FetchApp = TestApp & { server: AuthServer; authFetch: AuthFetch; at(path: string): string }

const withFetch = (app: TestApp, server: AuthServer, options?: AuthFetchOptions): FetchApp => ({
  ...app,
  server,
  authFetch: createAuthFetch(app.plugin, options),
  at: (path) => server.origin + path,
})

/** An app whose user is signed in, with a fetch. */
async function createFetchApp(
  fetchOptions: AuthFetchOptions = {},
  options: Partial<AuthOptions> = {},
): Promise<FetchApp> {
  const server = await startServer()
  return withFetch(await signedIn(server, options), server, fetchOptions)
}

const requestsTo = (server: AuthServer, path: string): SeenRequest[] =>
  server.seen.filter((request) => request.path === path)

const authorizations = (server: AuthServer, path: string): (string | undefined)[] =>
  requestsTo(server, path).map(({ headers }) => headers.authorization)

describe('a request', () => {
  test.each<[string, (url: string) => Parameters<AuthFetch>]>([
    ['a text', (url) => [url]],
    ['a URL', (url) => [new URL(url)]],
    ['a Request', (url) => [new Request(url)]],
    ['a Request and init', (url) => [new Request(url), { headers: { 'X-Mine': 'yes' } }]],
    ['a URL and a Request', (url) => [url, new Request('https://other.test', { method: 'GET' })]],
  ])('by %s carries the token, and nothing of the caller is changed', async (_kind, toArgs) => {
    const { authFetch, at, store, server } = await createFetchApp()
    const [input, init] = toArgs(at('/orders'))
    const headers = new Headers(init?.headers)
    const response = await authFetch(input, init)

    expect(await response.json()).toMatchObject({ user: 'ada' })
    expect(authorizations(server, '/orders')).toEqual([`Bearer ${store.token}`])
    expect([...new Headers(init?.headers)]).toEqual([...headers])
    if (input instanceof Request) expect([...input.headers]).toEqual([])
  })

  test('that is refused is sent again, and axios shares the refresh', async () => {
    const { authFetch, at, api, server, count } = await createFetchApp()
    server.expireAccessTokens()
    const [response, ...others] = await Promise.all([
      authFetch(at('/orders/1')),
      authFetch(at('/orders/2')),
      api.get('/orders/3'),
    ])
    expect([response, ...others].map(({ status }) => status)).toEqual([200, 200, 200])
    expect(server.refreshes).toBe(1)
    expect(count('refresh-succeeded')).toBe(1)
  })

  test('is told of as those of axios are, with numbers of their own', async () => {
    const { authFetch, at, api, events, server } = await createFetchApp()
    events.length = 0
    server.expireAccessTokens()
    await authFetch(at('/orders/1?token=x'), { method: 'post' })
    await api.get('/orders/2')
    const told = events.flatMap((event) =>
      'request' in event ? [[event.type, event.request, event.method, event.path]] : [],
    )
    expect(told).toEqual([
      ['request-sent', 1, 'POST', '/orders/1'],
      ['request-waiting', 1, 'POST', '/orders/1'],
      ['request-replayed', 1, 'POST', '/orders/1'],
      ['request-sent', 2, 'GET', '/orders/2'],
    ])
  })

  test('hands on what the library does not know', async () => {
    const send = vi.fn<typeof fetch>(async () => new Response())
    const { authFetch, at } = await createFetchApp({ fetch: send })
    const init = { keepalive: true, priority: 'high', next: { revalidate: 60 } } as const
    await authFetch(at('/orders'), init)
    expect(send.mock.lastCall?.[1]).toMatchObject(init)
  })

  test('keeps the referrer of a Request', async () => {
    const send = vi.fn<typeof fetch>(async () => new Response())
    const { authFetch, at } = await createFetchApp({ fetch: send })
    const request = new Request(at('/orders'), { referrerPolicy: 'no-referrer', keepalive: true })
    await authFetch(request)
    const [input, init] = send.mock.lastCall!
    const sent = new Request(input, init)
    expect(sent).toMatchObject({ referrerPolicy: 'no-referrer', keepalive: true })
  })

  test('that fetch would not send rejects as it does', async () => {
    const { authFetch, at } = await createFetchApp()
    const used = new Request(at('/orders'), { method: 'POST', body: 'x' })
    await used.text()
    for (const call of [
      () => authFetch(used),
      () => authFetch(at('/orders'), { headers: { 'not a name': 'x' } }),
      () => authFetch('/orders'),
    ]) {
      expect(await rejection(call())).toBeInstanceOf(TypeError)
    }
  })
})

describe('17: a request that its caller aborts', () => {
  test('before it is sent is not sent', async () => {
    const { authFetch, at, server } = await createFetchApp()
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    expect(await rejection(authFetch(at('/orders'), { signal }))).toBe(reason)
    expect(await rejection(authFetch(new Request(at('/orders'), { signal })))).toBe(reason)
    expect(requestsTo(server, '/orders')).toEqual([])
  })

  test.each(['init', 'a Request'])(
    'while it waits is not sent, by the signal of %s',
    async (of) => {
      const { authFetch, at, server, store } = await createFetchApp()
      const release = server.hold('/auth/refresh')
      server.expireAccessTokens()
      const refreshed = store.refresh()
      await server.sees('/auth/refresh')
      const controller = new AbortController()
      const { signal } = controller
      const call = rejection(
        of === 'init'
          ? authFetch(at('/orders'), { signal })
          : authFetch(new Request(at('/orders'), { signal })),
      )
      controller.abort()
      expect(await call).toMatchObject({ name: 'AbortError' })
      release()
      await refreshed
      expect(requestsTo(server, '/orders')).toEqual([])
    },
  )

  test('in flight rejects with its reason', async () => {
    const { authFetch, at, server } = await createFetchApp()
    server.hold('/orders')
    const controller = new AbortController()
    const call = rejection(authFetch(at('/orders'), { signal: controller.signal }))
    await server.sees('/orders')
    controller.abort('enough')
    expect(await call).toBe('enough')
  })

  test('between its 401 and the replay is not sent again', async () => {
    const { authFetch, at, server } = await createFetchApp()
    server.expireAccessTokens()
    const release = server.hold('/auth/refresh')
    const controller = new AbortController()
    const call = rejection(authFetch(at('/orders'), { signal: controller.signal }))
    await server.sees('/auth/refresh')
    controller.abort('enough')
    expect(await call).toBe('enough')
    release()
    await authFetch(at('/others'))
    expect(requestsTo(server, '/orders')).toHaveLength(1)
  })
})

describe('12: a request of one user', () => {
  test('is neither sent nor sent again as the next', async () => {
    const { authFetch, at, server, store } = await createFetchApp()
    const release = server.hold('/auth/refresh')
    server.expireAccessTokens()
    const refused = authFetch(at('/refused'), { method: 'POST', body: 'by ada' })
    await server.sees('/auth/refresh')
    const waiting = codeOf(authFetch(at('/waiting'), { method: 'POST', body: 'by ada' }))

    await store.login({ user: 'ben' })
    release()

    const response = await refused
    expect(response.status).toBe(401)
    expect(isAuthError(response, 'superseded')).toBe(true)
    expect(await waiting).toBe('superseded')
    expect(server.countOf('/refused') + server.countOf('/waiting')).toBe(1)
  })

  test('is not answered after a logout', async () => {
    const { authFetch, at, server, store } = await createFetchApp()
    const release = server.hold('/orders')
    const call = codeOf(authFetch(at('/orders')))
    await server.sees('/orders')
    await store.logout()
    release()
    expect(await call).toBe('signed-out')
  })
})

describe('a session that is over', () => {
  test('39: gives the caller its own 401, with the reason', async () => {
    const { authFetch, at, server, store } = await createFetchApp()
    server.revoke()
    const response = await authFetch(at('/orders'))
    expect(response.status).toBe(401)
    expect(isAuthError(response, 'rejected')).toBe(true)
    expect(await response.json()).toEqual({ error: 'invalid_token' })
    expect(JSON.stringify(response)).toBe('{}')
    expect(store.status).toBe('expired')
  })

  test('18: rejects with an AuthError at once where nothing was sent', async () => {
    const { authFetch, at, server, store } = await createFetchApp()
    server.everyFault = { kind: 'hang' }
    server.expireAccessTokens()
    const refused = authFetch(at('/orders/1'))
    await server.sees('/auth/refresh')
    const waiting = codeOf(authFetch(at('/orders/2')))
    await store.logout()
    expect(isAuthError(await refused, 'signed-out')).toBe(true)
    expect(await waiting).toBe('signed-out')
    expect(requestsTo(server, '/orders/2')).toEqual([])
  })
})

/** All of a request but its credential and the boundaries of a form. */
function withoutCredential({ method, url, headers, body }: SeenRequest): unknown {
  const { authorization: _authorization, ...others } = headers
  const type = headers['content-type'] ?? ''
  const boundary = /boundary=(.+)$/.exec(type)?.[1] ?? '-'
  const text = body.toString('latin1').replaceAll(boundary, '')
  return { method, url, headers: { ...others, 'content-type': type.replace(boundary, '') }, text }
}

const form = (): FormData => {
  const data = new FormData()
  data.append('name', 'Ada')
  data.append('file', new Blob([new Uint8Array([0, 255, 128])]), 'bytes.bin')
  return data
}

const bodies: [string, () => BodyInit][] = [
  ['text', () => 'plain text, ünïcode'],
  ['JSON', () => '{"a":[1,null]}'],
  ['URL-encoded parameters', () => new URLSearchParams({ a: '1 2', b: 'ü' })],
  ['a form', form],
  ['bytes', () => new Uint8Array([0, 1, 254, 255])],
  ['a buffer', () => new Uint8Array([0, 1, 254, 255]).buffer],
  ['a blob', () => new Blob(['blob'], { type: 'text/x-note' })],
]

describe.each(bodies)('35: a body that is %s', (_kind, create) => {
  const headers = { 'X-Mine': 'yes', Accept: 'application/vnd.x+json' }

  test.each<[string, (url: string) => Parameters<AuthFetch>]>([
    ['of init', (url) => [url, { method: 'PUT', headers, body: create() }]],
    ['of a Request', (url) => [new Request(url, { method: 'PUT', headers, body: create() })]],
    [
      'of init beside a Request',
      (url) => [
        new Request(url, { method: 'PUT', headers, body: 'another' }),
        { body: create(), headers: { 'X-Mine': 'yes' } },
      ],
    ],
  ])('%s is sent again as it was', async (_of, toArgs) => {
    const { authFetch, at, server } = await createFetchApp()
    server.expireAccessTokens()
    const [input, init] = toArgs(at('/orders?q=a%20b'))
    expect((await authFetch(input, init)).status).toBe(200)
    const [first, second] = requestsTo(server, '/orders')
    expect(withoutCredential(second!)).toEqual(withoutCredential(first!))
    expect(second!.body.length).toBeGreaterThan(3)
    expect(second!.headers['x-mine']).toBe('yes')
  })
})

test('35: what the caller changes while a request waits is not sent', async () => {
  const { authFetch, at, server, store } = await createFetchApp()
  const release = server.hold('/auth/refresh')
  server.expireAccessTokens()
  const refreshed = store.refresh()
  await server.sees('/auth/refresh')
  const bytes = new Uint8Array([1, 2, 3])
  const data = form()
  const headers = new Headers({ 'X-Mine': 'before' })
  const url = new URL(at('/bytes'))
  const calls = [
    authFetch(url, { method: 'POST', body: bytes, headers }),
    authFetch(at('/form'), { method: 'POST', body: data }),
  ]
  bytes.fill(9)
  data.set('name', 'Ben')
  headers.set('X-Mine', 'after')
  release()
  for (const { status } of await Promise.all(calls)) expect(status).toBe(200)
  await refreshed
  const [sent] = requestsTo(server, '/bytes')
  expect([...sent!.body]).toEqual([1, 2, 3])
  expect(sent!.headers['x-mine']).toBe('before')
  expect(requestsTo(server, '/form')[0]!.body.toString()).toContain('Ada')
})

describe('36: a stream', () => {
  const streams: [string, () => unknown][] = [
    ['of the web', () => new Blob(['once']).stream()],
    ['of Node', () => Readable.from(['once'])],
  ]

  test.each(streams)('%s is not sent again; its caller gets the 401', async (_kind, create) => {
    const { authFetch, at, server } = await createFetchApp()
    server.expireAccessTokens()
    const init = { method: 'POST', body: create() as BodyInit, duplex: 'half' } as RequestInit
    expect((await authFetch(at('/upload'), init)).status).toBe(401)
    expect(requestsTo(server, '/upload').map(({ body }) => body.toString())).toEqual(['once'])
    expect((await authFetch(at('/orders'))).status).toBe(200)
    expect(server.refreshes).toBe(1)
  })

  test('inside a Request is sent again whole', async () => {
    const { authFetch, at, server } = await createFetchApp()
    server.expireAccessTokens()
    const body = new Blob(['twice']).stream()
    const request = new Request(at('/upload'), { method: 'POST', body, duplex: 'half' } as object)
    expect((await authFetch(request)).status).toBe(200)
    expect(requestsTo(server, '/upload').map(({ body }) => body.toString())).toEqual([
      'twice',
      'twice',
    ])
  })
})

describe('59: a redirect', () => {
  const attach: NonNullable<AuthFetchOptions['attach']> = (headers, token) =>
    headers.set('X-Token', token)

  async function redirecting(options: AuthFetchOptions, to: 'other' | 'same') {
    const app = await createFetchApp(options)
    const other = await startServer()
    const location = `${to === 'other' ? other.origin : ''}/public`
    app.server.route('/moved', (_request, response) => {
      response.writeHead(307, { location }).end()
    })
    return { ...app, other }
  }

  test('to another origin takes no token along', async () => {
    const { authFetch, at, other } = await redirecting({}, 'other')
    const response = await authFetch(at('/moved'), { method: 'POST', body: 'x' })
    expect(await response.json()).toEqual({ authorization: null })
    expect(other.seen.map(({ headers }) => headers.authorization)).toEqual([undefined])
  })

  test('within the origin takes it along', async () => {
    const { authFetch, at, store } = await redirecting({}, 'same')
    expect(await (await authFetch(at('/moved'))).json()).toEqual({
      authorization: `Bearer ${store.token}`,
    })
  })

  test('is followed or not as the caller says', async () => {
    const { authFetch, at } = await redirecting({}, 'same')
    expect((await authFetch(at('/moved'), { redirect: 'manual' })).status).toBe(307)
    const request = new Request(at('/moved'), { redirect: 'manual' })
    expect((await authFetch(request)).status).toBe(307)
    expect(await rejection(authFetch(at('/moved'), { redirect: 'error' }))).toBeInstanceOf(
      TypeError,
    )
  })

  test.each(['other', 'same'] as const)(
    'takes no header of `attach` along, so it is an error: to the %s origin',
    async (to) => {
      const { authFetch, at, other } = await redirecting({ attach }, to)
      for (const input of [at('/moved'), new Request(at('/moved'))]) {
        expect(await rejection(authFetch(input))).toBeInstanceOf(TypeError)
      }
      expect(other.seen).toEqual([])
    },
  )

  test('is followed with `attach` where that sets `Authorization`, or the caller says so', async () => {
    const { authFetch, at, other } = await redirecting(
      { attach: (headers, token) => headers.set('Authorization', `Token ${token}`) },
      'other',
    )
    expect((await authFetch(at('/moved'))).status).toBe(200)
    expect(other.seen[0]!.headers.authorization).toBeUndefined()

    const own = await redirecting({ attach }, 'same')
    expect((await own.authFetch(own.at('/moved'), { redirect: 'follow' })).status).toBe(200)
  })
})

describe('a request that is left alone', () => {
  test('`skipAuth` sends no token and refreshes nothing, in init and on a Request', async () => {
    const { authFetch, at, server } = await createFetchApp()
    const request = Object.assign(new Request(at('/orders')), { skipAuth: true })
    expect((await authFetch(at('/orders'), { skipAuth: true })).status).toBe(401)
    expect((await authFetch(request)).status).toBe(401)
    expect(authorizations(server, '/orders')).toEqual([undefined, undefined])
    expect(server.refreshes).toBe(0)
  })

  test('`skipAuthRefresh` sends the token and takes a refusal as the answer', async () => {
    const { authFetch, at, server } = await createFetchApp()
    const response = await authFetch(at('/always-401'), { skipAuthRefresh: true })
    expect(response.status).toBe(401)
    expect(isAuthError(response)).toBe(false)
    expect(authorizations(server, '/always-401')).toEqual([expect.stringMatching(/^Bearer access/)])
    expect(server.refreshes).toBe(0)
  })

  test('44: a polluted prototype skips nothing, and allows no origin', async () => {
    const send = vi.fn<typeof fetch>(async () => new Response())
    const { authFetch, at, server } = await createFetchApp({ fetch: send })
    const polluted = {
      skipAuth: true,
      skipAuthRefresh: true,
      auth: { username: 'eve' },
      baseURL: server.origin,
      allowAbsoluteUrls: false,
    }
    Object.assign(Object.prototype, polluted)
    try {
      await authFetch(at('/orders'))
      await authFetch('orders')
      await authFetch('https://evil.test/')
    } finally {
      for (const key of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, key)
    }
    const sent = send.mock.calls.map(([, init]) => new Headers(init?.headers).has('authorization'))
    expect(sent).toEqual([true, false, false])
  })

  test('has an `Authorization` of its own', async () => {
    const { authFetch, at, server } = await createFetchApp()
    const headers = { authorization: 'Basic abc' }
    await authFetch(at('/public'), { headers })
    await authFetch(new Request(at('/public'), { headers }))
    expect(authorizations(server, '/public')).toEqual(['Basic abc', 'Basic abc'])
  })

  test('49: a blank one is replaced, with a warning', async () => {
    const { authFetch, at, server, store } = await createFetchApp()
    expectWarning('has an `Authorization` without a credential')
    const headers = { authorization: 'Bearer undefined' }
    await authFetch(at('/public'), { headers })
    await authFetch(new Request(at('/public'), { headers }))
    const bearer = `Bearer ${store.token}`
    expect(authorizations(server, '/public')).toEqual([bearer, bearer])
    await store.logout()
    await authFetch(new Request(at('/public'), { headers }))
    expect(authorizations(server, '/public').at(-1)).toBeUndefined()
  })

  test('40: leads to an origin that is not allowed', async () => {
    const { authFetch, plugin, store } = await createFetchApp()
    const other = await startServer()
    await authFetch(`${other.origin}/public`)
    await authFetch(new Request(`${other.origin}/public`))
    await authFetch(new URL(`${other.origin}/public`))
    expect(authorizations(other, '/public')).toEqual([undefined, undefined, undefined])

    const allowed = createAuthFetch(plugin, { allowedOrigins: [other.origin] })
    await allowed(`${other.origin}/public`)
    expect(authorizations(other, '/public').at(-1)).toBe(`Bearer ${store.token}`)
  })

  test('40: leads elsewhere than the `allowedOrigins` of the plugin', async () => {
    const other = await startServer()
    const { authFetch, at, server } = await createFetchApp({}, { allowedOrigins: [other.origin] })
    await authFetch(at('/public'))
    await authFetch(`${other.origin}/public`)
    expect(authorizations(server, '/public')).toEqual([undefined])
    expect(authorizations(other, '/public')).toEqual([expect.stringMatching(/^Bearer /)])
  })
})

describe('`attach`', () => {
  test('puts the token where the API wants it, beside a credential of the caller', async () => {
    const attach = vi.fn((headers: Headers, token: string) => headers.set('X-Token', token))
    const { authFetch, at, server, store } = await createFetchApp({ attach })
    await authFetch(at('/public'), { headers: { authorization: 'Basic abc' } })
    const [{ headers }] = requestsTo(server, '/public') as [SeenRequest]
    expect(headers).toMatchObject({ authorization: 'Basic abc', 'x-token': store.token })
  })

  test('may be async; a logout meanwhile ends the wait', async () => {
    let go: (() => void) | undefined
    const { authFetch, at, server, store } = await createFetchApp({
      attach: async (headers, token) => {
        await new Promise<void>((resolve) => (go = resolve))
        headers.set('Authorization', `Bearer ${token}`)
      },
    })
    const first = authFetch(at('/orders'))
    go?.()
    expect((await first).status).toBe(200)
    const second = codeOf(authFetch(at('/orders')))
    await store.logout()
    expect(await second).toBe('signed-out')
    expect(requestsTo(server, '/orders')).toHaveLength(1)
  })

  test('that throws rejects the request', async () => {
    const { authFetch, at } = await createFetchApp({
      attach: () => {
        throw new Error('from the application')
      },
    })
    expect(String(await rejection(authFetch(at('/orders'))))).toContain('from the application')
  })
})

describe('`isExpired`', () => {
  async function answeringCodes(options: AuthFetchOptions) {
    const app = await createFetchApp(options)
    app.server.route('/orders', ({ headers }, response) => {
      const isLive = app.server.userOf(headers.authorization) !== null
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ code: isLive ? 0 : 401 }))
    })
    app.server.expireAccessTokens()
    return app
  }

  test('38: reads the body, and the caller reads it, too', async () => {
    const seen: unknown[] = []
    const { authFetch, at, server } = await answeringCodes({
      isExpired: async (response) => {
        seen.push(response instanceof Response, response.ok, response.bodyUsed)
        const { code } = (await response.json()) as { code: number }
        seen.push(response.bodyUsed)
        return code === 401
      },
    })
    expect(await (await authFetch(at('/orders'))).json()).toEqual({ code: 0 })
    expect(seen).toEqual([true, true, false, true, true, true, false, true])
    expect(server.refreshes).toBe(1)
  })

  test('copies nothing where it asks for the status and the headers alone', async () => {
    const clone = vi.spyOn(Response.prototype, 'clone')
    const { authFetch, at } = await answeringCodes({
      isExpired: ({ status, headers }) => status === 409 && headers.has('x-expired'),
    })
    expect(await (await authFetch(at('/orders'))).json()).toEqual({ code: 401 })
    expect(clone).not.toHaveBeenCalled()
    clone.mockRestore()
  })

  describe('leaves nothing of its copy behind', () => {
    /** A body that tells how much of it was asked for, and how much has come. */
    function createBody() {
      const state = { pulls: 0 }
      const body = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            if (++state.pulls > 100) controller.close()
            else controller.enqueue(new Uint8Array(1_000))
          },
        },
        { highWaterMark: 0 },
      )
      return { state, body }
    }

    test.each<[string, (response: Response) => unknown]>([
      ['touches the body', ({ body }) => body],
      ['asks for a reader that it does not call', ({ json }) => json],
      ['clones it, and drops that', (response) => void response.clone().body?.cancel()],
      ['throws', ({ body }) => Promise.reject(new Error(`${body?.locked}`))],
    ])('where it %s', async (how, touch) => {
      if (how === 'throws') expectError('isExpired threw')
      const { state, body } = createBody()
      const copies: Response[] = []
      const answer = new Response(body)
      answer.clone = () => {
        const copy = Response.prototype.clone.call(answer)
        copies.push(copy)
        return copy
      }
      const { authFetch, at } = await createFetchApp({
        fetch: async () => answer,
        isExpired: async (response) => {
          await touch(response)
          return false
        },
      })
      const response = await authFetch(at('/orders'))
      expect((await response.arrayBuffer()).byteLength).toBe(100_000)
      expect(state.pulls).toBe(101)
      expect(copies).toHaveLength(1)
      // A copy that was not dropped has all of it in memory.
      expect((await copies[0]?.arrayBuffer().catch(() => null))?.byteLength ?? 0).toBe(0)
    })

    test.each<[string, (response: Response) => unknown]>([
      ['its class', (response) => response.constructor === Response],
      ['being a Response', (response) => response instanceof Response],
      ['a member of every object', (response) => !Object.hasOwn(response, 'json')],
      [
        'its text',
        (response) => Reflect.apply(response.toString, response, []) === '[object Response]',
      ],
    ])('where it asks for %s, which needs no copy', async (_what, holds) => {
      const clone = vi.spyOn(Response.prototype, 'clone')
      const answers: unknown[] = []
      const { authFetch, at } = await answeringCodes({
        isExpired: (response) => {
          answers.push(holds(response))
          return false
        },
      })
      await authFetch(at('/orders'))
      expect(answers).toEqual([true])
      expect(clone).not.toHaveBeenCalled()
      clone.mockRestore()
    })

    test('where it goes on reading after its verdict', async () => {
      const read: Promise<string>[] = []
      const { authFetch, at } = await answeringCodes({
        isExpired: (response) => {
          read.push(response.text())
          return false
        },
      })
      const response = await authFetch(at('/orders'))
      expect([await response.text(), await read[0]]).toEqual(['{"code":401}', '{"code":401}'])
    })
  })

  test('39: that throws is printed, and the caller gets its answer', async () => {
    const { authFetch, at } = await answeringCodes({
      isExpired: () => {
        throw new Error('from the application')
      },
    })
    expectError('isExpired threw')
    expect(await (await authFetch(at('/orders'))).json()).toEqual({ code: 401 })
  })

  test('17: that reads while its caller aborts is no fault of the application', async () => {
    const controller = new AbortController()
    const { authFetch, at } = await answeringCodes({
      isExpired: async (response) => {
        controller.abort('enough')
        return (await response.text()) === ''
      },
    })
    expect(await rejection(authFetch(at('/orders'), { signal: controller.signal }))).toBe('enough')
  })

  test('by default refreshes nothing where another kind of login is needed (RFC 9470)', async () => {
    const { authFetch, at, server } = await createFetchApp()
    server.route('/pay', (_request, response) => {
      const challenge = 'Bearer error="insufficient_user_authentication"'
      response.writeHead(401, { 'www-authenticate': challenge }).end()
    })
    expect((await authFetch(at('/pay'))).status).toBe(401)
    expect(server.refreshes).toBe(0)
  })
})

test('41: no token is told to callers and listeners', async () => {
  const { authFetch, at, server, events, store } = await createFetchApp()
  server.expireAccessTokens()
  await authFetch(at('/orders'))
  const release = server.hold('/auth/refresh')
  const refreshed = rejection(store.refresh())
  await server.sees('/auth/refresh', 2)
  server.revoke()
  const denied = authFetch(at('/orders/1'))
  await expect.poll(() => events.at(-1)).toMatchObject({ type: 'request-waiting' })
  const waiting = rejection(authFetch(at('/orders/2')))
  await store.logout()
  release()
  const { cause } = (await denied) as Response & { cause?: unknown }
  const seen = [await refreshed, await waiting, cause, await denied, events]
  expect(cause).toMatchObject({ code: 'signed-out' })
  expect(findLeaks(seen, /(?:access|refresh)-ada-\d/)).toEqual([])
})

describe('52: the evidence of a refusal', () => {
  test('is one with that of axios', async () => {
    const { authFetch, at, api, server } = await createFetchApp()
    expect((await authFetch(at('/always-401'))).status).toBe(401)
    expect(server.refreshes).toBe(1)
    await rejection(api.get('/always-401'))
    expect(server.refreshes).toBe(1)
    expect(server.countOf('/always-401')).toBe(3)
  })

  test.each(['init', 'a Request'])('tells operations of JSON apart, in %s', async (of) => {
    const { authFetch, at, server } = await createFetchApp()
    server.route('/graphql', ({ headers, body }, response) => {
      const isLive = server.userOf(headers.authorization) !== null
      response.writeHead(isLive && !body.includes('Salaries') ? 200 : 401).end()
    })
    const ask = async (operationName: string): Promise<number> => {
      const init = {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ operationName }),
      }
      const url = at('/graphql')
      return (await (of === 'init' ? authFetch(url, init) : authFetch(new Request(url, init))))
        .status
    }
    expect(await ask('Salaries')).toBe(401)
    expect(server.refreshes).toBe(1)
    server.expireAccessTokens()
    expect(await ask('Orders')).toBe(200)
    expect(server.refreshes).toBe(2)
  })
})

describe('the plugin', () => {
  test('serves before `app.use()`: a request waits for the stored session', async () => {
    const server = await startServer()
    const storage = memoryStorage()
    const before = await signedIn(server, { storage })
    before.plugin.dispose()
    let read: (() => void) | undefined
    const { authFetch, at } = withFetch(
      createTestApp(server, {
        storage: {
          ...storage,
          read: async (key) => {
            await new Promise<void>((resolve) => (read = resolve))
            return storage.read(key)
          },
        },
      }),
      server,
    )
    const call = authFetch(at('/me'))
    await expect.poll(() => read).toBeDefined()
    expect(requestsTo(server, '/me')).toEqual([])
    read?.()
    expect(await (await call).json()).toEqual({ name: 'ada' })
  })

  test('45: serves no app once it was disposed of', async () => {
    const { authFetch, at, plugin, server } = await createFetchApp()
    plugin.dispose()
    await authFetch(at('/public'))
    expect(authorizations(server, '/public')).toEqual([undefined])
  })

  test('14: has a session of its own, as each name has', async () => {
    const server = await startServer()
    const users = withFetch(createTestApp(server), server)
    const admins = withFetch(createTestApp(server, { name: 'admin' }), server)
    const nameOf = async ({ authFetch, at }: FetchApp) => (await authFetch(at('/me'))).json()
    await users.store.login({ user: 'ada' })
    expect(await nameOf(admins)).toEqual({ error: 'invalid_token' })
    await admins.store.login({ user: 'ben' })
    expect(await nameOf(users)).toEqual({ name: 'ada' })
    expect(await nameOf(admins)).toEqual({ name: 'ben' })
  })

  test('48: serves again once it is mounted again', async () => {
    const server = await startServer()
    expectWarning('An axios instance serves one app after another')
    const { plugin, store, authFetch, at } = withFetch(createTestApp(server), server)
    await store.login({ user: 'ada' })
    plugin.dispose()
    createApp({ render: () => null })
      .use(createPinia())
      .use(plugin)
    expect(await (await authFetch(at('/me'))).json()).toEqual({ name: 'ada' })
  })

  test('has to be one of createAuth()', () => {
    expect(() => createAuthFetch({} as AuthPlugin)).toThrow('pass what createAuth() returns')
  })
})

describe('21: a callback that sends by the auth fetch does not wait for itself', () => {
  test('in `refresh` and `fetchUser`', async () => {
    const server = await startServer()
    expectWarning('use the `http` it is given')
    let authFetch: AuthFetch | undefined
    const app = createTestApp(server, {
      refresh: async ({ refreshToken }, { signal }) => {
        const body = JSON.stringify({ refreshToken })
        const init = { method: 'POST', body, signal }
        return (await authFetch!(`${server.origin}/auth/refresh`, init)).json()
      },
      fetchUser: async ({ signal }) => (await authFetch!(`${server.origin}/me`, { signal })).json(),
    })
    authFetch = createAuthFetch(app.plugin)
    await app.store.login({ user: 'ada' })
    expect(app.store.user).toEqual({ name: 'ada' })
    server.expireAccessTokens()
    expect((await authFetch(`${server.origin}/orders`)).status).toBe(200)
    expect(server.refreshes).toBe(1)
  })
})

describe('what the caller changes while a request waits', () => {
  test('40: leads no token elsewhere, and no request astray', async () => {
    const { authFetch, server, at } = await createFetchApp()
    server.expireAccessTokens()
    const url = new URL(at('/orders'))
    const init = { method: 'POST', body: 'x' }
    const answers = [1, 2, 3].map((page) => {
      url.searchParams.set('page', String(page))
      return authFetch(url, init)
    })
    url.host = 'other.test'
    init.method = 'DELETE'
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200])
    const seen = requestsTo(server, '/orders').map((request) => `${request.method} ${request.url}`)
    const asked = [1, 2, 3].map((page) => `POST /orders?page=${page}`)
    const byText = (one: string, other: string): number => one.localeCompare(other)
    expect(seen.toSorted(byText)).toEqual([...asked, ...asked].toSorted(byText))
  })
})

test('a Request without a body is sent again, also where its type is JSON', async () => {
  const { authFetch, server, at } = await createFetchApp()
  server.expireAccessTokens()
  const headers = { 'content-type': 'application/json' }
  expect((await authFetch(new Request(at('/orders'), { headers }))).status).toBe(200)
})

test.each<[string, RequestInit | undefined, RequestInit | undefined, RequestRedirect]>([
  ['no redirect', undefined, undefined, 'error'],
  [
    'an undefined redirect, as clients pass it',
    undefined,
    { redirect: undefined as never },
    'error',
  ],
  ['a redirect of its own', undefined, { redirect: 'manual' }, 'manual'],
  ['a Request with another way', { redirect: 'manual' }, undefined, 'manual'],
])('59: with a header of `attach`, %s', async (_what, ofRequest, init, expected) => {
  const sent = vi.fn<typeof fetch>(async () => new Response('{}'))
  const attach = (headers: Headers, token: string): void => headers.set('X-Token', token)
  const { authFetch, at } = await createFetchApp({ fetch: sent, attach })
  await authFetch(ofRequest ? new Request(at('/orders'), ofRequest) : at('/orders'), init)
  expect(sent.mock.lastCall?.[1]?.redirect).toBe(expected)
})

test.each<[string, (url: string) => Parameters<AuthFetch>]>([
  ['an init with a member `url`', (url) => [url, Object.assign({ skipAuth: true }, { url })]],
  [
    'a flagged Request as init',
    (url) => [url, Object.assign(new Request(url), { skipAuth: true })],
  ],
])('`skipAuth` holds in %s', async (_what, toArgs) => {
  const { authFetch, server, at } = await createFetchApp()
  await authFetch(...toArgs(at('/orders')))
  expect(authorizations(server, '/orders')).toEqual([undefined])
})

test('a polyfill whose bodies are streams of Node is served as well', async () => {
  const polyfill: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    const body = Object.assign(Readable.from([await response.text()]), {})
    return Object.defineProperty(response, 'body', { value: body })
  }
  const { authFetch, server, at } = await createFetchApp({ fetch: polyfill })
  server.expireAccessTokens()
  expect((await authFetch(at('/orders'))).status).toBe(200)
})
