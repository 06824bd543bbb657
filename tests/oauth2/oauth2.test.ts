import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { AuthError, AuthStore, TokenResponse } from 'vue-auth-refresh'
import { oauth2, type OAuth2, type OAuth2Options } from 'vue-auth-refresh/oauth2'
import axios from 'axios'
import { retryAfter } from '../../src/session/spacing'
import type { AuthServer } from '../fixtures/auth-server'
import { expectError } from '../setup/console'
import { findLeaks } from '../support/find-leaks'
import { createRoutedApp } from '../support/router-app'
import { createTestApp, createTestRouter, rejection, startServer } from '../support/test-app'

const canary = 'canary-4f1d'
const tokens = { access_token: `access-${canary}`, token_type: 'Bearer', expires_in: 60 }
/** Where an error shows the canary, also when it is printed or reported. */
const leaksOf = (error: unknown): string[] =>
  findLeaks([error, inspect(error, { depth: 12 }), JSON.stringify(error)], /canary/)
const context = { http: axios.create(), signal: new AbortController().signal }

let server: AuthServer
let page: { href: string; search: string; origin: string; state: unknown }
let left: URL[]
let kept: Map<string, string>

/** What a page has, for the part of the entry that needs one. */
function stubPage(path: string): void {
  const url = new URL(path, 'https://app.example')
  const state = { current: path, position: 1 }
  page = { href: url.href, search: url.search, origin: url.origin, state }
  vi.stubGlobal('location', { ...page, assign: (to: URL) => left.push(to) })
  const replaceState = (next: unknown, _title: string, { href }: URL) =>
    Object.assign(page, { href, state: next })
  vi.stubGlobal('history', { state, replaceState })
  vi.stubGlobal('addEventListener', () => {})
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  })
}

function answer(path: string, status: number, body: unknown, headers = {}): void {
  server.route(path, (_request, response) =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body)),
  )
}

const endpoints = () => ({
  clientId: 'app',
  tokenEndpoint: `${server.origin}/token`,
  authorizationEndpoint: `${server.origin}/authorize`,
  revocationEndpoint: `${server.origin}/revoke`,
  issuer: server.origin,
})

const body = (path: string): Record<string, string> =>
  Object.fromEntries(
    new URLSearchParams(server.seen.findLast((one) => one.path === path)?.body.toString()),
  )

/** Leaves for the provider, and returns what it was asked. */
async function leave(provider: OAuth2, options?: object): Promise<URLSearchParams> {
  const count = left.length
  void provider.login(options, context)
  await vi.waitUntil(() => left.length > count)
  return left.at(-1)!.searchParams
}

/** Comes back, and returns what was given to the store. */
async function comeBack(provider: OAuth2, query: Record<string, string>) {
  stubPage(`/callback?${String(new URLSearchParams(query))}`)
  const given: TokenResponse[] = []
  const store: Pick<AuthStore, 'setSession'> = { setSession: async (one) => void given.push(one) }
  return { path: await provider.handleCallback(store, createTestRouter()), given }
}

beforeEach(async () => {
  server = await startServer()
  left = []
  kept = new Map()
  stubPage('/login?redirect=/private')
})

afterEach(() => vi.unstubAllGlobals())

describe('refreshing', () => {
  const app = (options: OAuth2Options = endpoints()) =>
    createTestApp(server, { ...oauth2(options), retries: 0, leeway: false })

  test('sends a form, as a public client', async () => {
    answer('/token', 200, { ...tokens, refresh_token: 'second' })
    const { store } = app()
    await store.setSession({ ...tokens, refresh_token: 'first' })
    await store.refresh()
    expect(store.refreshToken).toBe('second')
    expect(body('/token')).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'first',
      client_id: 'app',
    })
    expect(server.seen[0]?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/)
    expect(server.seen[0]?.headers.authorization).toBeUndefined()
  })

  test.each([
    [400, 'invalid_grant', 'rejected'],
    [400, 'interaction_required', 'rejected'],
    [400, 'temporarily_unavailable', 'unreachable'],
    [400, 'slow_down', 'unreachable'],
    [500, 'server_error', 'unreachable'],
    [503, '<html></html>', 'unreachable'],
    [403, '<html></html>', 'unreachable'],
    [200, 'invalid_grant', 'unreachable'],
  ])('31: %i %s is %s', async (status, error, code) => {
    answer('/token', status, error.startsWith('<') ? error : { error })
    const { store } = app()
    await store.setSession({ ...tokens, refresh_token: 'first' })
    expect(await rejection(store.refresh())).toMatchObject({ code })
    expect(store.status).toBe(code === 'rejected' ? 'expired' : 'authenticated')
  })

  test.each([
    [401, 'invalid_client', { 'www-authenticate': 'Basic realm="x"' }],
    [400, 'unauthorized_client', {}],
  ])('says that the client is set up wrong: %i %s', async (status, error, headers) => {
    expectError(/`clientId`, 'app'/)
    answer('/token', status, { error }, headers)
    const { store } = app()
    await store.setSession({ ...tokens, refresh_token: 'first' })
    const { code, cause } = (await rejection(store.refresh())) as AuthError
    expect([code, store.status]).toEqual(['unreachable', 'authenticated'])
    expect(cause).toMatchObject({ code: error, message: expect.stringContaining('`clientId`') })
  })

  test.each<[string, number, string]>([
    ['a refusal', 400, JSON.stringify({ error: 'invalid_grant', error_description: canary })],
    ['a refusal with a reason that is none', 400, JSON.stringify({ error: `<${canary}>` })],
    ['an outage', 503, canary],
    ['half of a token response', 200, `{"access_token":"${canary}`],
    ['no token response', 200, JSON.stringify({ token: canary, id_token: canary })],
  ])('41: %s is an error without secrets', async (_, status, given) => {
    answer('/token', status, given)
    const { store, events } = app()
    await store.setSession({ ...tokens, refresh_token: `refresh-${canary}` })
    const error = await rejection(store.refresh())
    expect(error).toMatchObject({ name: 'AuthError' })
    expect([...leaksOf(error), ...leaksOf(store.error), ...leaksOf(events)]).toEqual([])
    expect(kept.size).toBe(0)
  })

  test('30: tells how long the provider asks to wait', async () => {
    answer('/token', 503, {}, { 'retry-after': '7' })
    const refused = oauth2(endpoints()).refresh({ token: null, refreshToken: 'first' }, context)
    expect(retryAfter(await rejection(refused))).toBe(7_000)
  })

  test('asks for the endpoints when they are needed, once, and again after a failure', async () => {
    const discovery = '/.well-known/openid-configuration'
    answer(discovery, 403, {})
    answer('/token', 200, tokens)
    const { store } = app({ clientId: 'app', issuer: server.origin })
    await store.setSession({ ...tokens, refresh_token: 'first' })
    expect(server.countOf(discovery)).toBe(0)
    expect(await rejection(store.refresh())).toMatchObject({ code: 'unreachable' })
    answer(discovery, 200, { issuer: server.origin, token_endpoint: `${server.origin}/token` })
    await store.refresh()
    await store.refresh()
    expect(server.countOf(discovery)).toBe(2)
  })
})

test.each([null, ''])(
  'without a refresh token (%j) nothing is sent, and it is rejected',
  async (none) => {
    const refreshed = oauth2(endpoints()).refresh({ token: 'access', refreshToken: none }, context)
    expect(await rejection(refreshed)).toMatchObject({
      name: 'AuthError',
      code: 'rejected',
      message: expect.stringContaining('`cookieSession`'),
    })
    expect(server.countOf('/token')).toBe(0)
  },
)

test.each([
  ['the access token without a refresh token', 'access', null, 1],
  ['nothing without a token', null, null, 0],
  ['nothing where it is not known whose the cookie is', '', null, 0],
])('a logout revokes %s', async (_, token, refreshToken, count) => {
  answer('/revoke', 200, '')
  await oauth2(endpoints()).logout({ token, refreshToken }, context)
  expect(server.countOf('/revoke')).toBe(count)
  if (token) expect(body('/revoke')).toEqual({ token, client_id: 'app' })
})

test('a logout revokes the refresh token', async () => {
  answer('/revoke', 200, '')
  const { store } = createTestApp(server, oauth2(endpoints()))
  await store.setSession({ ...tokens, refresh_token: 'first' })
  await store.logout()
  expect(body('/revoke')).toEqual({ token: 'first', client_id: 'app' })
  expect(left).toEqual([])
})

describe('a login', () => {
  test('asks for a code with PKCE, and keeps nothing of it in the URL but the challenge', async () => {
    const asked = await leave(oauth2({ ...endpoints(), scope: 'openid orders' }), {
      params: { prompt: 'login', response_type: 'token' },
    })
    expect(Object.fromEntries(asked)).toEqual({
      prompt: 'login',
      response_type: 'code',
      client_id: 'app',
      redirect_uri: 'https://app.example/callback',
      scope: 'openid orders',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
    const [flow] = kept.values()
    const { verifier, ...others } = JSON.parse(flow ?? '') as { verifier: string }
    expect(left.join()).not.toContain(verifier)
    // And no more than this in this tab.
    expect(others).toEqual({ nonce: asked.get('nonce'), returnTo: '/private' })
  })

  test('goes to no page that is not HTTPS', async () => {
    const provider = oauth2({ ...endpoints(), authorizationEndpoint: 'javascript:alert(1)' })
    await expect(provider.login(undefined, context)).rejects.toThrow('authorizationEndpoint')
    expect(left).toEqual([])
  })
})

describe('the answer', () => {
  test('begins the session and leads back, and is used once', async () => {
    answer('/token', 200, tokens)
    const provider = oauth2(endpoints())
    const state = (await leave(provider)).get('state')!
    const [flow] = kept.values()
    const query = { code: `code-${canary}`, state, iss: server.origin }
    const { path, given } = await comeBack(provider, query)
    expect(path).toBe('/private')
    expect(given).toMatchObject([{ access_token: tokens.access_token }])
    expect(page.href).toBe('https://app.example/callback')
    expect(body('/token')).toEqual({
      grant_type: 'authorization_code',
      client_id: 'app',
      code: `code-${canary}`,
      redirect_uri: 'https://app.example/callback',
      code_verifier: (JSON.parse(flow ?? '') as { verifier: string }).verifier,
    })
    expect(kept.size).toBe(0)
    // A replay, or the URL in another tab.
    expect(await rejection(comeBack(provider, query))).toMatchObject({ code: 'unexpected' })
    expect(server.countOf('/token')).toBe(1)
  })

  test('41: is taken out of the URL, and out of what the router keeps of it', async () => {
    answer('/token', 200, tokens)
    const provider = oauth2(endpoints())
    const state = (await leave(provider)).get('state')!
    await comeBack(provider, { tab: 'a', code: canary, state, iss: server.origin })
    expect(page).toMatchObject({
      href: 'https://app.example/callback?tab=a',
      state: { current: '/callback?tab=a', position: 1 },
    })
  })

  test('that comes to two callers is used once', async () => {
    answer('/token', 200, tokens)
    const provider = oauth2(endpoints())
    const state = (await leave(provider)).get('state')!
    stubPage(`/callback?code=code&state=${state}`)
    const store = { setSession: async () => {} }
    const router = createTestRouter()
    const both = [provider.handleCallback(store, router), provider.handleCallback(store, router)]
    expect(await Promise.all(both)).toEqual(['/private', '/private'])
    expect(server.countOf('/token')).toBe(1)
  })

  test('that is none does nothing: a reload, or the back button', async () => {
    expect(await comeBack(oauth2(endpoints()), {})).toEqual({ path: null, given: [] })
  })

  test.each(['//evil.example', 'https://evil.example', 'javascript:alert(1)', '/login'])(
    '42: never leads to %s',
    async (returnTo) => {
      answer('/token', 200, tokens)
      const provider = oauth2(endpoints())
      const state = (await leave(provider, { returnTo })).get('state')!
      expect(await comeBack(provider, { code: 'code', state })).toMatchObject({ path: null })
    },
  )

  test.each<[string, Record<string, string>, string]>([
    ['another state', { code: canary, state: 'forged' }, 'unexpected'],
    ['no state', { code: canary }, 'unexpected'],
    ['another issuer', { code: canary, iss: 'https://evil.example' }, 'unexpected'],
    ['a refusal', { error: 'access_denied', error_description: canary }, 'rejected'],
    ['an outage', { error: 'temporarily_unavailable' }, 'unreachable'],
    ['a reason that is none', { error: `<${canary}>` }, 'unexpected'],
  ])('41: with %s is refused, in words that hold nothing of it', async (_, query, code) => {
    answer('/token', 200, tokens)
    const provider = oauth2(endpoints())
    const state = (await leave(provider)).get('state')!
    const given: Record<string, string> = _ === 'no state' ? query : { state, ...query }
    const error = (await rejection(comeBack(provider, given))) as AuthError
    expect(error).toMatchObject({ name: 'AuthError', code })
    expect(leaksOf(error)).toEqual([])
    expect(page.href).toBe('https://app.example/callback')
    expect(server.countOf('/token')).toBe(0)
  })

  test.each<[string, number, unknown, string]>([
    ['refused', 400, { error: 'invalid_grant', error_description: canary }, 'rejected'],
    ['not served', 503, canary, 'unreachable'],
    ['without an ID token', 200, tokens, 'malformed'],
    ['with another ID token', 200, { ...tokens, id_token: `a.${canary}.c` }, 'malformed'],
    ['no token response', 200, { token: canary }, 'malformed'],
    ['half of one', 200, `{"access_token":"${canary}`, 'malformed'],
  ])('41: whose code is %s is an error without secrets', async (_, status, given, code) => {
    answer('/token', status, given)
    const provider = oauth2({ ...endpoints(), scope: 'openid' })
    const state = (await leave(provider)).get('state')!
    const error = (await rejection(comeBack(provider, { code: canary, state }))) as AuthError
    expect(error).toMatchObject({ name: 'AuthError', code })
    expect(leaksOf(error)).toEqual([])
    expect(kept.size).toBe(0)
  })

  test('survives a discovery that fails: the next call uses it, once', async () => {
    const discovery = '/.well-known/openid-configuration'
    const metadata = {
      issuer: server.origin,
      token_endpoint: `${server.origin}/token`,
      authorization_endpoint: `${server.origin}/authorize`,
    }
    answer(discovery, 200, metadata)
    answer('/token', 200, tokens)
    const options: OAuth2Options = { clientId: 'app', issuer: server.origin, scope: 'profile' }
    const state = (await leave(oauth2(options))).get('state')!
    // The page is a new one.
    const provider = oauth2(options)
    answer(discovery, 503, {})
    expect(await rejection(comeBack(provider, { code: 'code', state }))).toMatchObject({
      code: 'unreachable',
    })
    expect(page.href).toBe('https://app.example/callback')
    answer(discovery, 200, metadata)
    expect(await comeBack(provider, {})).toMatchObject({ path: '/private', given: [{}] })
    expect(await comeBack(provider, {})).toEqual({ path: null, given: [] })
    expect(server.countOf('/token')).toBe(1)
    expect(kept.size).toBe(0)
  })

  test('for another provider of the app is not taken', async () => {
    const state = (await leave(oauth2(endpoints()))).get('state')!
    const other = oauth2({ ...endpoints(), clientId: 'other' })
    expect(await rejection(comeBack(other, { code: 'code', state }))).toMatchObject({
      code: 'unexpected',
    })
  })

  test('signs in with a real store and router', async () => {
    answer('/token', 200, tokens)
    const provider = oauth2(endpoints())
    const { store, router } = createRoutedApp({ server, ...provider })
    const state = (await leave(provider)).get('state')!
    stubPage(`/callback?code=code&state=${state}`)
    expect(await provider.handleCallback(store, router)).toBe('/private')
    expect(store.status).toBe('authenticated')
  })
})

test.each<[string, unknown]>([
  ['no client', { issuer: 'https://login.example' }],
  ['no issuer', { clientId: 'app' }],
  ['an issuer that is no URL', { clientId: 'app', issuer: 'login.example' }],
])('refuses %s where it is written', (_, options) => {
  expect(() => oauth2(options as OAuth2Options)).toThrow(/`clientId`.*`issuer`.*`tokenEndpoint`/)
})
