import { describe, expect, test } from 'vitest'
import { ada, startDemoServer } from './demo-server.ts'

const direct = await startDemoServer()
const published = await startDemoServer({ origin: 'https://demo.example.com' })

type Server = typeof direct

const localhost = (server: Server) => `http://localhost:${server.port}`

const login = (server: Server, origin: string, host = new URL(origin).host) =>
  server.send('/auth/cookie/login', {
    headers: { 'X-Requested-With': 'XMLHttpRequest', Origin: origin, Host: host },
    body: ada,
  })

const refresh = (server: Server, origin: string, cookies: readonly string[]) =>
  server.send('/auth/cookie/refresh', {
    headers: {
      'X-Requested-With': 'XMLHttpRequest',
      Origin: origin,
      Host: new URL(origin).host,
      Cookie: cookies.map((cookie) => cookie.split(';')[0]).join('; '),
    },
  })

/** The names and attributes of cookies, without their values and ages. */
const attributesOf = (cookies: readonly string[]) =>
  cookies.map((cookie) => cookie.replace(/=[\w-]{22,}/, '').replace(/ Max-Age=\d+;/, ''))

describe.each([
  ['by HTTPS behind a proxy', published, 'https://demo.example.com'],
  ['by a name in the network', direct, `http://demo.example:${direct.port}`],
  ['by an address in the network', direct, `http://192.0.2.1:${direct.port}`],
  ['by a name that only begins like localhost', direct, `http://localhost.example:80`],
])('reached %s', (_by, server, address) => {
  test('every cookie is Secure, and tied to this host by its name', async () => {
    const { cookies } = await login(server, new URL(address).origin)
    const attributes = '; Path=/; HttpOnly; Secure; SameSite=Strict'
    expect(attributesOf(cookies)).toEqual([
      `__Host-Http-demo${attributes}`,
      `__Host-Http-refresh-token${attributes}`,
    ])
  })

  test('a cookie without that name is not read, because a sibling subdomain may have set it', async () => {
    const origin = new URL(address).origin
    const { cookies } = await login(server, origin)
    const renamed = cookies.map((cookie) => cookie.replace('__Host-Http-', ''))
    expect((await refresh(server, origin, renamed)).status).toBe(400)
    expect((await refresh(server, origin, cookies)).status).toBe(200)
  })
})

test.each(['localhost', 'demo.localhost', '127.0.0.1', '[::1]'])(
  'over plain HTTP at %s the cookies work in every browser',
  async (host) => {
    const origin = `http://${host}:${direct.port}`
    const { cookies } = await login(direct, origin)
    const attributes = '; Path=/; HttpOnly; SameSite=Strict'
    expect(attributesOf(cookies)).toEqual([`demo${attributes}`, `refresh-token${attributes}`])
    expect((await refresh(direct, origin, cookies)).status).toBe(200)
  },
)

test('a logout clears the cookie that the login set', async () => {
  const { cookies } = await published.send('/auth/cookie/logout', {
    headers: { 'X-Requested-With': 'XMLHttpRequest', Origin: 'https://demo.example.com' },
  })
  expect(cookies).toContain(
    '__Host-Http-refresh-token=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict',
  )
})

describe('a request with the cookie is refused', () => {
  test.each([
    ['another scheme', (server: Server) => localhost(server).replace('http:', 'https:')],
    ['another port', (server: Server) => `http://localhost:${server.port + 1}`],
    ['another host', () => 'https://evil.example'],
    ['the same host as a user name', (server: Server) => `${localhost(server)}@evil.example`],
    ['no page', () => 'null'],
  ])('from %s', async (_from, originOf) => {
    const host = new URL(localhost(direct)).host
    expect((await login(direct, localhost(direct))).status).toBe(200)
    expect((await login(direct, originOf(direct), host)).status).toBe(403)
  })

  test('from the same host by plain HTTP, where the demo is reached by HTTPS', async () => {
    expect((await login(published, 'https://demo.example.com')).status).toBe(200)
    expect((await login(published, 'http://demo.example.com')).status).toBe(403)
  })

  test('from the address that the proxy uses', async () => {
    expect((await login(published, localhost(published))).status).toBe(403)
  })

  test('with headers of a proxy that nothing says to trust', async () => {
    const { status } = await direct.send('/auth/cookie/login', {
      headers: {
        'X-Requested-With': 'XMLHttpRequest',
        'X-Forwarded-Proto': 'https',
        'X-Forwarded-Host': 'evil.example',
        Origin: 'https://evil.example',
      },
      body: ada,
    })
    expect(status).toBe(403)
  })

  test('without the header that no form can set', async () => {
    const headers = { Origin: localhost(direct), Host: new URL(localhost(direct)).host }
    expect((await direct.send('/auth/cookie/login', { headers, body: ada })).status).toBe(403)
  })
})
