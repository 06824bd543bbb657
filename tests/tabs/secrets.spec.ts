import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { AuthError } from 'vue-auth-refresh'
import { useTabs } from '../support/chromium/use-tabs.ts'

const tabs = useTabs()

interface Arrival {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A server of another origin that lets pages send it anything, and takes down what arrives. */
async function startForeign(): Promise<{ origin: string; arrivals: Arrival[] }> {
  const arrivals: Arrival[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      response.setHeader('access-control-allow-origin', headers.origin ?? '*')
      response.setHeader('access-control-allow-credentials', 'true')
      response.setHeader('access-control-allow-methods', 'GET, POST')
      const asked = headers['access-control-request-headers']
      if (asked) response.setHeader('access-control-allow-headers', asked)
      if (method !== 'OPTIONS') arrivals.push({ method, path: url, headers, body })
      response.end('{"foreign":true}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, arrivals }
}

function redirect(path: string, location: string): void {
  tabs.server.route(path, (_request, response) => response.writeHead(307, { location }).end())
}

/** Puts a `<base>` into the page, as markup of a user might. */
const putBase = (_app: unknown, href: string): void => {
  const base = document.createElement('base')
  base.href = href
  document.head.prepend(base)
}

describe.each([
  ['tokens', 'tokens', '/auth'],
  ['a cookie', 'refresh-cookie', '/cookie'],
] as const)('with %s', (_kind, session, auth) => {
  test('59: a redirect of the token endpoint takes no refresh token along', async () => {
    const { origin, arrivals } = await startForeign()
    const [tab] = await tabs.open(1, { session, retries: 0 })
    await tab.login('ada')
    redirect(`${auth}/refresh`, `${origin}/refresh`)

    const cause = await tab.run(({ store }) =>
      store.refresh().catch((error: AuthError) => [error.code, String(error.cause)]),
    )
    expect(cause).toEqual(['unreachable', expect.stringContaining('use the final URL')])
    expect(await tab.status()).toBe('authenticated')
    expect(arrivals).toEqual([])
  })

  test('59: a redirect of a login takes no password along', async () => {
    const { origin, arrivals } = await startForeign()
    redirect(`${auth}/login`, `${origin}/login`)
    const [tab] = await tabs.open(1, { session })

    const message = await tab.run(({ store }) =>
      store.login({ password: 'hunter2' }).catch((error: Error) => error.message),
    )
    expect(message).toContain('use the final URL')
    expect(arrivals).toEqual([])
  })

  test('59: a redirect of a logout takes no token along', async () => {
    const { origin, arrivals } = await startForeign()
    redirect(`${auth}/logout`, `${origin}/logout`)
    const [tab] = await tabs.open(1, { session })
    await tab.login('ada')
    await tab.logout()

    expect(await tab.count('logout-failed')).toBe(1)
    expect(arrivals).toEqual([])
  })

  test('60: a `<base>` of another origin is sent no password, refresh token or access token', async () => {
    const { origin, arrivals } = await startForeign()
    const [tab] = await tabs.open(1, { session, retries: 0 })
    await tab.login('ada')
    tabs.expectComplaint('because a `<base>` element leads it to another origin')
    await tab.run(putBase, `${origin}/`)

    const told = await tab.run(async ({ store, api }) => {
      const orders = await api.get<unknown>('/orders').catch(String)
      const refresh = await store.refresh().catch((error: Error) => String(error.cause))
      await store.logout()
      const login = await store.login({ password: 'hunter2' }).catch(String)
      return { orders: typeof orders === 'string' ? orders : orders.data, refresh, login }
    })
    expect(told).toEqual({
      orders: { foreign: true },
      refresh: expect.stringContaining('`<base>`'),
      login: expect.stringContaining('`<base>`'),
    })
    expect(await tab.count('logout-failed')).toBe(1)
    expect(arrivals.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/orders', undefined],
    ])
  })

  test('60: a `<base>` of the same origin changes nothing', async () => {
    const [tab] = await tabs.open(1, { session })
    await tab.login('ada')
    await tab.run(putBase, '/some/where/')
    tabs.server.expireAccessTokens()
    tabs.server.refreshes = 0

    expect((await tab.get('/orders/1')).status).toBe(200)
    expect(tabs.server.refreshes).toBe(1)
  })
})

test('59: by `fetch`, a header of `attach` follows no redirect', async () => {
  const { origin, arrivals } = await startForeign()
  const [tab] = await tabs.open(1, { attachHeader: 'x-token' })
  await tab.login('ada')
  redirect('/moved', `${origin}/moved`)

  const message = await tab.run(({ api }) =>
    api.get('/moved', { adapter: 'fetch' }).catch((error: Error) => error.message),
  )
  expect(message).toContain('use the final URL')
  expect(arrivals).toEqual([])
})

test('59: by XMLHttpRequest, a header of `attach` follows a redirect to whom it may be sent', async () => {
  // Documented: a page cannot prevent it.
  const { origin, arrivals } = await startForeign()
  const [tab] = await tabs.open(1, { attachHeader: 'x-token' })
  await tab.login('ada')
  redirect('/moved', `${origin}/moved`)
  const token = await tab.token()

  await tab.run(({ api }) => api.get('/moved', { adapter: 'xhr' }))
  expect(arrivals.map(({ headers }) => headers['x-token'])).toEqual([token])
})

test('59: by XMLHttpRequest and by `fetch`, no bearer follows a redirect', async () => {
  const { origin, arrivals } = await startForeign()
  const [tab] = await tabs.open(1)
  await tab.login('ada')
  redirect('/moved', `${origin}/moved`)

  await tab.run(async ({ api }) => {
    await api.get('/moved', { adapter: 'xhr' })
    await api.get('/moved', { adapter: 'fetch' })
  })
  expect(arrivals.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined])
})

test('59: by an auth fetch, neither a bearer nor a header of `attach` follows a redirect', async () => {
  const { origin, arrivals } = await startForeign()
  redirect('/moved', `${origin}/moved`)
  const [tab] = await tabs.open(1)
  await tab.login('ada')
  await tab.run(async ({ authFetch }) => {
    await authFetch('/moved')
    await authFetch(new Request('/moved'))
  })
  expect(arrivals.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined])

  const [attaching] = await tabs.open(1, { attachHeader: 'x-token' })
  const message = await attaching.run(({ authFetch }) =>
    authFetch('/moved').catch((error: Error) => error.name),
  )
  expect(message).toBe('TypeError')
  expect(arrivals).toHaveLength(2)
})

test('35: an auth fetch sends a Request again as it was', async () => {
  const [tab] = await tabs.open(1)
  await tab.login('ada')
  tabs.server.expireAccessTokens()
  const status = await tab.run(async ({ authFetch }) => {
    const body = new FormData()
    body.append('file', new Blob(['some bytes']), 'file.txt')
    const request = new Request('/form', { method: 'POST', body, referrerPolicy: 'no-referrer' })
    return (await authFetch(request)).status
  })
  expect(status).toBe(200)
  const sent = tabs.server.seen.filter(({ path }) => path === '/form')
  expect(sent).toHaveLength(2)
  for (const { body, headers } of sent) {
    expect(body.toString()).toContain('some bytes')
    expect(headers.referer).toBeUndefined()
  }
})
