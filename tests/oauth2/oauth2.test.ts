import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { AuthError, type AuthStore, type TokenResponse } from 'vue-auth-refresh'
import { oauth2, type OAuth2, type OAuth2Options } from 'vue-auth-refresh/oauth2'
import axios from 'axios'
import type { RouteLocationNormalized } from 'vue-router'
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
const day = 86_400
const idTokenOf = (claims: object): string =>
  [{ alg: 'RS256' }, claims, 'signature']
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
const context = { http: axios.create(), signal: new AbortController().signal }

let server: AuthServer
let page: { href: string; search: string; origin: string; state: unknown }
let left: URL[]
let kept: Map<string, string>

/** Stubs a page at this path, for the part of the entry that needs one. */
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

const callback = { path: '/callback', component: { render: () => null } }
const routeOf = (path: string) =>
  createTestRouter([callback]).resolve(path) as RouteLocationNormalized

interface StoredLogin {
  readonly verifier: string
  readonly state: string
}

/** The logins that await their answer. */
const storedLogins = (): StoredLogin[] =>
  [...kept.values()].flatMap((text) => JSON.parse(text) as StoredLogin[])

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
  const given: (TokenResponse | null)[] = []
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

test.each([true, false])('`remember: %s` comes back from the provider', async (remember) => {
  answer('/token', 200, tokens)
  const provider = oauth2(endpoints())
  void provider.login(undefined, { ...context, remember })
  await vi.waitUntil(() => left.length > 0)
  stubPage(`/callback?code=a&iss=${server.origin}&state=${left[0]!.searchParams.get('state')}`)
  const setSession = vi.fn<AuthStore['setSession']>(async () => {})
  await provider.handleCallback({ setSession }, createTestRouter())
  expect(setSession.mock.lastCall?.[1]).toEqual({ remember })
})

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

  test.each<[string, Record<string, string>]>([
    ['a scope', { scope: 'openid offline_access api://my-api/orders' }],
    ['a resource', { resource: 'https://api.example.com' }],
    ['no place for another grant', { grant_type: 'password', refresh_token: 'other' }],
  ])('sends what `refreshParams` names: %s', async (_, refreshParams) => {
    answer('/token', 200, tokens)
    const { store } = app({ ...endpoints(), refreshParams })
    await store.setSession({ ...tokens, refresh_token: 'first' })
    await store.refresh()
    expect(body('/token')).toEqual({
      ...refreshParams,
      grant_type: 'refresh_token',
      refresh_token: 'first',
      client_id: 'app',
    })
  })

  test('44: sends nothing that a polluted prototype says', async () => {
    const polluted: Record<string, unknown> = Object.prototype as never
    answer('/token', 200, tokens)
    const provider = oauth2(endpoints())
    Object.defineProperty(polluted, 'refreshParams', { value: { scope: 'x' }, configurable: true })
    try {
      await provider.refresh({ token: null, refreshToken: 'first' }, context)
    } finally {
      Reflect.deleteProperty(polluted, 'refreshParams')
    }
    expect(body('/token')).not.toHaveProperty('scope')
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
      message: expect.stringContaining('`session`'),
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
    const [{ verifier, ...others } = { verifier: '' }] = storedLogins()
    expect(verifier).toMatch(/^[\w-]{43}$/)
    expect(left.join()).not.toContain(verifier)
    // And no more than this in this tab.
    expect(others).toEqual({
      name: expect.stringContaining(server.origin),
      remember: true,
      state: asked.get('state'),
      nonce: asked.get('nonce'),
      returnTo: '/private',
      maxAge: null,
      acr: null,
      begunAt: expect.any(Number),
    })
  })

  test.each([undefined, {}])(
    '44: asks for nothing that a polluted prototype says, with %j',
    async (given) => {
      const polluted: Record<string, unknown> = Object.prototype as never
      const stepUp = { acrValues: ['pin'], maxAge: 9 }
      const options = {
        maxAge: 5,
        acr: 'mfa',
        params: { prompt: 'none' },
        returnTo: '/polluted',
        stepUp,
      }
      for (const [option, value] of Object.entries({ ...options, prompt: 'none' })) {
        Object.defineProperty(polluted, option, {
          value,
          configurable: true,
          enumerable: true,
          writable: true,
        })
      }
      try {
        const asked = await leave(oauth2(endpoints()), given)
        for (const name of ['prompt', 'max_age', 'acr_values']) expect(asked.has(name)).toBe(false)
        expect(storedLogins()).toMatchObject([{ returnTo: '/private', maxAge: null, acr: null }])
      } finally {
        for (const option of [...Object.keys(options), 'prompt'])
          Reflect.deleteProperty(polluted, option)
      }
    },
  )

  test.each<[string, Partial<OAuth2Options>, object | undefined, Record<string, string | null>]>([
    ['nothing', {}, undefined, { prompt: null, login_hint: null, ui_locales: null }],
    ['what is an option', { prompt: 'consent' }, undefined, { prompt: 'consent' }],
    ['what this login asks for', { prompt: 'consent' }, { prompt: 'login' }, { prompt: 'login' }],
    ['several pages', {}, { prompt: ['login', 'consent'] }, { prompt: 'login consent' }],
    ['no page', {}, { prompt: 'none' }, { prompt: 'none' }],
    [
      'an option rather than its parameter, and the parameter of a login rather than an option',
      { authorizationParams: { prompt: 'consent', ui_locales: 'fr' }, uiLocales: 'de' },
      { prompt: 'create', params: { ui_locales: 'it' } },
      { prompt: 'create', ui_locales: 'it' },
    ],
    [
      'a user and languages',
      { loginHint: 'eve' },
      { loginHint: 'ada@example.com', uiLocales: 'de-CH de' },
      { login_hint: 'ada@example.com', ui_locales: 'de-CH de' },
    ],
  ])('shows the pages that are asked for: %s', async (_, options, asked, expected) => {
    const query = await leave(oauth2({ ...endpoints(), ...options }), asked)
    for (const [name, value] of Object.entries(expected)) expect(query.get(name)).toBe(value)
  })

  test.each<[string, object]>([
    ['`prompt`', { prompt: 'popup' }],
    ['`prompt`', { prompt: 'login consent' }],
    ['`prompt`', { prompt: ['none', 'login'] }],
    ['`prompt`', { prompt: [null] }],
    ['`prompt`', { prompt: true }],
    ['`loginHint`', { loginHint: '' }],
    ['`loginHint`', { loginHint: { email: 'ada' } }],
    ['`uiLocales`', { uiLocales: '' }],
    ['`uiLocales`', { uiLocales: 'german_' }],
    ['`uiLocales`', { uiLocales: ['de'] }],
  ])('refuses a wrong %s, of one login or of all: %j', async (words, wrong) => {
    const failure = await rejection(oauth2(endpoints()).login(wrong, context))
    expect(failure).toBeInstanceOf(TypeError)
    expect(String(failure)).toContain(`login(): ${words} must be`)
    expect(() => oauth2({ ...endpoints(), ...wrong })).toThrow(`oauth2(): ${words} must be`)
    expect(left).toEqual([])
  })

  test.each(['login_required', 'consent_required', 'interaction_required'])(
    'that shows no page is rejected where the user must do something: %s',
    async (error) => {
      const provider = oauth2(endpoints())
      const state = (await leave(provider, { prompt: 'none' })).get('state')!
      const failure = await rejection(comeBack(provider, { error, state }))
      expect(failure).toMatchObject({ code: 'rejected', cause: { code: error } })
    },
  )

  test.each([
    ['https://api.example.com/orders'],
    [['https://api.example.com', 'urn:example:stock?of=1']],
  ])('is for the APIs that are named, and so is each exchange: %j', async (resource) => {
    answer('/token', 200, { ...tokens, refresh_token: 'second' })
    const provider = oauth2({ ...endpoints(), resource })
    const query = await leave(provider)
    expect(query.getAll('resource')).toEqual([resource].flat())
    const sent = (): string[] =>
      new URLSearchParams(server.seen.at(-1)?.body.toString()).getAll('resource')
    await comeBack(provider, { code: 'code', state: query.get('state')! })
    expect(sent()).toEqual([resource].flat())
    await provider.refresh({ token: null, refreshToken: 'first' }, context)
    expect(sent()).toEqual([resource].flat())
    expect(body('/token')['grant_type']).toBe('refresh_token')
    // Sessions with other APIs are others.
    expect(provider.api).not.toBe(oauth2(endpoints()).api)
  })

  test.each(['/orders', 'api.example.com', 'https://api.example.com#orders', 'urn:a#', ''])(
    'refuses an API that is no absolute URI without a fragment: %j',
    (wrong) => {
      for (const resource of [wrong, ['https://api.example.com', wrong]]) {
        expect(() => oauth2({ ...endpoints(), resource })).toThrow(/oauth2\(\): `resource` must be/)
      }
    },
  )

  test('goes to no page that is not HTTPS', async () => {
    const provider = oauth2({ ...endpoints(), authorizationEndpoint: 'javascript:alert(1)' })
    await expect(provider.login(undefined, context)).rejects.toThrow('authorizationEndpoint')
    expect(await rejection(provider.login(undefined, context))).toMatchObject({
      name: 'AuthError',
      code: 'unreachable',
    })
    expect(left).toEqual([])
  })
})

describe('the answer', () => {
  test('begins the session and leads back, and is used once', async () => {
    answer('/token', 200, tokens)
    const provider = oauth2(endpoints())
    const state = (await leave(provider)).get('state')!
    const [flow] = storedLogins()
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
      code_verifier: flow?.verifier,
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

  test.each<[string, () => Partial<OAuth2Options>]>([
    ['another client', () => ({ clientId: 'other' })],
    ['another provider', () => ({ tokenEndpoint: `${server.origin}/other` })],
    ['the same client with another scope', () => ({ scope: 'orders' })],
    ['the same client with another callback', () => ({ redirectUri: '/callback?other' })],
  ])('for another session of the app is left to it: %s', async (_, different) => {
    answer('/token', 200, tokens)
    const mine = oauth2(endpoints())
    const other = oauth2({ ...endpoints(), ...different() })
    const state = (await leave(mine)).get('state')!
    await leave(other)
    const query = { code: 'code', state, iss: server.origin }
    expect(await comeBack(other, query)).toEqual({ path: null, given: [] })
    expect(new URL(page.href).searchParams.get('state')).toBe(state)
    expect(server.seen).toEqual([])
    expect(await comeBack(mine, query)).toMatchObject({ path: '/private' })
    expect(page.href).toBe('https://app.example/callback')
  })

  test('may be handed to another window of the app, which asks its user to step up', async () => {
    answer('/token', 200, tokens)
    const provider = oauth2(endpoints())
    const state = (await leave(provider)).get('state')!
    const { given } = await comeBack(provider, { code: 'code', state })
    const posted = structuredClone(given[0]!)
    const { store } = createTestApp(server, oauth2(endpoints()))
    await store.setSession(posted)
    expect(store.token).toBe(tokens.access_token)
  })

  test('that two sessions wait for at once comes to the one that asked', async () => {
    answer('/token', 200, tokens)
    const providers = [oauth2({ ...endpoints(), clientId: 'other' }), oauth2(endpoints())]
    let state: string | null = null
    for (const provider of providers) state = (await leave(provider)).get('state')
    stubPage(`/callback?code=code&state=${state}`)
    const given: number[] = []
    const paths = await Promise.all(
      providers.map((provider, index) =>
        provider.handleCallback(
          { setSession: async () => void given.push(index) },
          createTestRouter(),
        ),
      ),
    )
    expect(paths).toEqual([null, '/private'])
    expect(given).toEqual([1])
  })

  test('of another issuer is unexpected, whichever session it is shown to, and no code is sent', async () => {
    const mine = oauth2(endpoints())
    const other = oauth2({ ...endpoints(), clientId: 'other', issuer: 'https://other.example' })
    const state = (await leave(mine)).get('state')!
    const query = { code: canary, state, iss: 'https://other.example' }
    expect(await comeBack(other, query)).toEqual({ path: null, given: [] })
    const error = await rejection(comeBack(mine, query))
    expect(error).toMatchObject({
      code: 'unexpected',
      message: expect.stringContaining('`issuer`'),
    })
    expect(leaksOf(error)).toEqual([])
    expect(server.countOf('/token')).toBe(0)
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

describe('a login that is not answered', () => {
  const minute = 60_000

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] })
    return () => vi.useRealTimers()
  })

  test.each([
    [14 * minute, 'answered'],
    [16 * minute, 'unexpected'],
    [day * 1_000, 'unexpected'],
    // The clock was wrong at the login.
    [-14 * minute, 'answered'],
    [-day * 1_000, 'unexpected'],
  ])('is over after 15 minutes: after %i ms it is %s', async (time, outcome) => {
    answer('/token', 200, tokens)
    const provider = oauth2(endpoints())
    const state = (await leave(provider)).get('state')!
    vi.setSystemTime(Date.now() + time)
    const came = comeBack(provider, { code: canary, state })
    const got = outcome === 'answered' ? await came : await rejection(came)
    expect(got).toMatchObject(outcome === 'answered' ? { path: '/private' } : { code: outcome })
    expect(provider.isCallback(routeOf(`/callback?state=${state}`))).toBe(false)
    expect(page.href).toBe('https://app.example/callback')
    if (outcome === 'unexpected') expect(leaksOf(got)).toEqual([])
  })

  test('goes when the next one begins, at whatever provider', async () => {
    const [first, second] = [oauth2(endpoints()), oauth2({ ...endpoints(), clientId: 'other' })]
    await leave(first)
    await leave(second)
    vi.setSystemTime(Date.now() + 16 * minute)
    const state = (await leave(first)).get('state')
    expect(storedLogins().map((login) => login.state)).toEqual([state])
  })

  test('goes when another one is answered', async () => {
    answer('/token', 200, tokens)
    const provider = oauth2(endpoints())
    await leave(provider)
    vi.setSystemTime(Date.now() + 10 * minute)
    const state = (await leave(provider)).get('state')!
    vi.setSystemTime(Date.now() + 10 * minute)
    await comeBack(provider, { code: 'code', state })
    expect(kept.size).toBe(0)
  })

  test('does not pile up: of a hundred in a minute the last twenty count', async () => {
    answer('/token', 200, tokens)
    const provider = oauth2(endpoints())
    const states: (string | null)[] = []
    for (let count = 0; count < 100; count++) states.push((await leave(provider)).get('state'))
    expect(storedLogins().map(({ state }) => state)).toEqual(states.slice(-20))
    expect(await comeBack(provider, { code: 'code', state: states.at(-20)! })).toMatchObject({
      path: '/private',
    })
  })

  test.each(['', '{', 'null', '1', '{}', '[null]', '[1]', '[[]]', '[{"begunAt":"soon"}]'])(
    '43: is none where the storage holds %j, and the next one works',
    async (content) => {
      answer('/token', 200, tokens)
      kept.set('vue-auth-refresh/oauth2', content)
      const provider = oauth2(endpoints())
      expect(provider.isCallback(routeOf('/callback?state=1'))).toBe(false)
      expect(provider.isCallback(routeOf('/callback'))).toBe(false)
      const state = (await leave(provider)).get('state')!
      expect(await comeBack(provider, { code: 'code', state })).toMatchObject({ path: '/private' })
    },
  )
})

test('41: what a fetch of the app throws is repeated in no error', async () => {
  answer('/token', 200, tokens)
  const provider = oauth2(endpoints())
  const state = (await leave(provider)).get('state')!
  const [flow] = storedLogins()
  vi.stubGlobal('fetch', async (url: string, { body: sent }: { body: URLSearchParams }) => {
    throw new Error(`POST ${url} failed: ${String(sent)}`)
  })
  const error = await rejection(comeBack(provider, { code: `${canary}/+=`, state }))
  const { message } = new AuthError('unreachable', 'Error')
  expect(error).toMatchObject({ code: 'unreachable', message })
  expect(leaksOf(error)).toEqual([])
  expect(findLeaks(error, new RegExp(`${state}|${flow?.verifier}`))).toEqual([])

  const { store } = createTestApp(server, { ...provider, retries: 0 })
  await store.setSession({ ...tokens, refresh_token: `${canary}+/=`, id_token: `id-${canary}` })
  expect(leaksOf(await rejection(store.refresh()))).toEqual([])
})

describe('the claims of the ID token', () => {
  const now = Math.floor(Date.now() / 1_000)
  const claims = { sub: 'ada', aud: 'app', iat: now, exp: now + 60 }

  /** Signs in, where the ID token has these claims. */
  async function signIn(asked: object, given: object, options: Partial<OAuth2Options> = {}) {
    const provider = oauth2({ ...endpoints(), scope: 'openid', ...options })
    const query = await leave(provider, asked)
    const idToken = idTokenOf({
      iss: server.origin,
      nonce: query.get('nonce'),
      ...claims,
      ...given,
    })
    answer('/token', 200, { ...tokens, id_token: idToken })
    return { query, came: comeBack(provider, { code: canary, state: query.get('state')! }) }
  }

  test.each<[string, object, object]>([
    ['nothing', {}, {}],
    ['an age, just reached', { maxAge: 300 }, { auth_time: now - 300 }],
    ['an age, and the user has just signed in', { maxAge: 300 }, { auth_time: now }],
    ['to sign in again', { maxAge: 0 }, { auth_time: now }],
    ['a way to sign in', { acr: 'mfa' }, { acr: 'mfa' }],
    ['one of several ways to sign in', { acr: 'mfa pin' }, { acr: 'pin' }],
    [
      'a step-up',
      { stepUp: { acrValues: ['mfa', 'pin'], maxAge: 300 } },
      { acr: 'pin', auth_time: now },
    ],
    ['a step-up that names nothing', { stepUp: { acrValues: [], maxAge: null } }, {}],
    ['no step-up', { stepUp: null }, {}],
    // RFC 9470 §4, OpenID Connect Core §3.1.2.1: a wish that the provider may leave unmet.
    ['a way to sign in, in the parameters', { params: { acr_values: 'mfa' } }, { acr: 'pin' }],
    [
      'a way to sign in, in the parameters, and none is told',
      { params: { acr_values: 'mfa' } },
      {},
    ],
    [
      'an age that the provider measures by a wrong clock',
      { maxAge: 300 },
      {
        iat: now - day / 2,
        auth_time: now - day / 2 - 10,
      },
    ],
  ])('are as asked for: %s', async (_, asked, given) => {
    const { came } = await signIn(asked, given)
    expect(await came).toMatchObject({ path: '/private' })
  })

  test.each<[string, object, object]>([
    ['an age that is exceeded', { maxAge: 300 }, { auth_time: now - 310 }],
    ['to sign in again, and the user has not', { maxAge: 0 }, { auth_time: now - 60 }],
    ['an age that is not told', { maxAge: 300 }, {}],
    ['an age, in the parameters', { params: { max_age: '300' } }, { auth_time: now - 310 }],
    ['an age that is no number', { params: { max_age: 'soon' } }, { auth_time: now }],
    ['a way to sign in that was not taken', { acr: 'mfa' }, { acr: 'pin' }],
    ['one of several ways to sign in', { acr: 'mfa pin' }, { acr: 'mfa pin' }],
    ['a way to sign in that is not told', { acr: 'mfa' }, {}],
    ['a way to sign in that is no text', { acr: 'mfa' }, { acr: { mfa: true } }],
    [
      'a way to sign in, whatever the parameters',
      { params: { acr_values: 'pin' }, acr: 'mfa' },
      { acr: 'pin' },
    ],
    ['a step-up in another way', { stepUp: { acrValues: ['mfa'], maxAge: null } }, { acr: 'pin' }],
    [
      'a step-up that is too old',
      { stepUp: { acrValues: [], maxAge: 0 } },
      { auth_time: now - 60 },
    ],
    [
      'a step-up, with a way of its own',
      { stepUp: { acrValues: ['pin'], maxAge: null }, acr: 'mfa' },
      { acr: 'pin' },
    ],
    ['an age, and another way', { maxAge: 9, acr: 'mfa' }, { auth_time: now, acr: 'pin' }],
  ])('are not as asked for, and the login is rejected: %s', async (_, asked, given) => {
    const error = await rejection((await signIn(asked, given)).came)
    expect(error).toMatchObject({
      name: 'AuthError',
      code: 'rejected',
      cause: { code: 'unmet_authentication_requirements' },
      message: expect.stringMatching(/`(maxAge|acr)`/),
    })
    expect(leaksOf(error)).toEqual([])
  })

  test('are asked for by the names of the standard', async () => {
    const { query, came } = await signIn({ maxAge: 0, acr: 'mfa pin' }, {})
    expect(query.get('max_age')).toBe('0')
    expect(query.get('acr_values')).toBe('mfa pin')
    await rejection(came)
  })

  test.each([{ acr: 'pin' }, { acr: '0' }, {}])(
    'are a wish where all logins ask: %j',
    async (given) => {
      const authorizationParams = { acr_values: 'mfa' }
      const { query, came } = await signIn({}, given, { authorizationParams })
      expect(query.get('acr_values')).toBe('mfa')
      expect(await came).toMatchObject({ path: '/private' })
    },
  )

  test('are not as asked for where all logins ask for an age (OpenID Connect Core §3.1.3.7)', async () => {
    const authorizationParams = { max_age: '60' }
    const { came } = await signIn({}, { auth_time: now - 600 }, { authorizationParams })
    expect(await rejection(came)).toMatchObject({ code: 'rejected' })
  })

  test('are asked for as a step-up names them', async () => {
    const { query, came } = await signIn({ stepUp: { acrValues: ['mfa', 'pin'], maxAge: 0 } }, {})
    expect(query.get('max_age')).toBe('0')
    expect(query.get('acr_values')).toBe('mfa pin')
    await rejection(came)
  })

  test('are not as asked for where there is no ID token', async () => {
    answer('/token', 200, tokens)
    const provider = oauth2(endpoints())
    const state = (await leave(provider, { maxAge: 300 })).get('state')!
    expect(await rejection(comeBack(provider, { code: 'code', state }))).toMatchObject({
      cause: { code: 'unmet_authentication_requirements' },
    })
  })

  test('leave the time out that the user takes at the provider', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const provider = oauth2({ ...endpoints(), scope: 'openid' })
    const query = await leave(provider, { maxAge: 60 })
    vi.setSystemTime(Date.now() + 600_000)
    const iat = Math.floor(Date.now() / 1_000)
    const given = { ...claims, iss: server.origin, nonce: query.get('nonce'), iat, exp: iat + 60 }
    answer('/token', 200, { ...tokens, id_token: idTokenOf({ ...given, auth_time: iat - 630 }) })
    const state = query.get('state')!
    expect(await comeBack(provider, { code: 'code', state })).toMatchObject({ path: '/private' })
  })

  test('are given to `fetchUser`', async () => {
    const provider = oauth2({ ...endpoints(), scope: 'openid' })
    const query = await leave(provider)
    const given = { iss: server.origin, nonce: query.get('nonce'), ...claims, name: 'Ada' }
    answer('/token', 200, { ...tokens, id_token: idTokenOf(given) })
    const { store, router } = createRoutedApp({
      server,
      ...provider,
      fetchUser: async (given) => given.claims,
    })
    stubPage(`/callback?code=code&state=${query.get('state')}`)
    await provider.handleCallback(store, router)
    expect(store.user).toEqual(given)
  })

  test.each<[string, object, string, RegExp]>([
    ['issuer', { iss: 'https://evil.example' }, 'rejected', /"iss".*`issuer`/],
    ['audience', { aud: 'other' }, 'rejected', /"aud"/],
    ['authorized party', { aud: ['app', 'b'], azp: 'b' }, 'rejected', /"azp"/],
    ['subject', { sub: 'ben' }, 'superseded', /superseded/],
  ])('7: end the session where a refresh brings another %s', async (_, other, code, words) => {
    const { store, events } = createTestApp(server, { ...oauth2(endpoints()), retries: 0 })
    const mine = { iss: server.origin, ...claims }
    await store.setSession({ ...tokens, refresh_token: 'first', id_token: idTokenOf(mine) })
    answer('/token', 200, { ...tokens, id_token: idTokenOf({ ...mine, iat: now + 1 }) })
    await store.refresh()
    answer('/token', 200, { ...tokens, id_token: idTokenOf({ ...mine, ...other }) })
    const error = (await rejection(store.refresh())) as AuthError
    expect(error.code).toBe(code)
    expect((error.cause as Error | undefined)?.message ?? error.message).toMatch(words)
    expect(leaksOf([error, events])).toEqual([])
    expect(store.isAuthenticated).toBe(false)
    expect(events).toContainEqual(expect.objectContaining({ type: 'session-ended', reason: code }))
  })

  test('go as a hint to the logout page, and nowhere else', async () => {
    const idToken = idTokenOf({ iss: server.origin, ...claims })
    answer('/revoke', 200, '')
    const provider = oauth2({
      ...endpoints(),
      endSessionEndpoint: `${server.origin}/logout?from=app`,
      postLogoutRedirectUri: '/login',
    })
    const { store, router, visited } = createRoutedApp({ server, ...provider })
    await store.setSession({ ...tokens, refresh_token: 'first', id_token: idToken })
    await router.push('/private')
    await store.logout()
    const [page, ...others] = left
    expect(Object.fromEntries(page!.searchParams)).toEqual({
      from: 'app',
      client_id: 'app',
      id_token_hint: idToken,
      post_logout_redirect_uri: 'https://app.example/login',
    })
    expect(others).toEqual([])
    expect(
      findLeaks([visited, server.seen.map(({ path, body }) => path + String(body))], /eyJ/),
    ).toEqual([])
  })

  test('are no hint where there is no ID token', async () => {
    const provider = oauth2({ ...endpoints(), endSessionEndpoint: `${server.origin}/logout` })
    await provider.logout({ token: null, refreshToken: null }, context)
    expect(left[0]?.searchParams.has('id_token_hint')).toBe(false)
  })
})

describe('a provider that cannot be discovered is named with its option', () => {
  const discovery = '/.well-known/openid-configuration'

  test.each<[string, string, number, unknown, RegExp]>([
    ['is not there', '', 404, 'Not found', /answered 404/],
    ['is down', '', 503, '', /answered 503/],
    ['refuses', '', 403, {}, /answered 403/],
    ['answers a page', '', 200, '<html>', /./],
    ['answers no object', '', 200, [], /./],
    ['has no issuer', '', 200, {}, /"issuer"/],
    ['is another', '', 200, { issuer: 'https://evil.example' }, /says 'https:\/\/evil\.example\/'/],
    ['has no slash at its end', '/realm/', 200, 'no slash', /says '[^']+\/realm'/],
    ['has a slash at its end', '/realm', 200, 'slash', /says '[^']+\/realm\/'/],
  ])('because it %s', async (_, path, status, given, words) => {
    const origin = `${server.origin}${path}`
    const named = given === 'slash' ? `${origin}/` : origin.replace(/\/$/, '')
    const body = given === 'slash' || given === 'no slash' ? { issuer: named } : given
    answer(path.replace(/\/$/, '') + discovery, status, body)
    const provider = oauth2({ clientId: 'app', issuer: origin })
    const error = await rejection(provider.login(undefined, context))
    expect(error).toMatchObject({ name: 'AuthError', code: 'unreachable' })
    expect(String(error)).toMatch(words)
    expect(String(error)).toContain(`\`issuer\` '${origin}'`)
    const { store } = createTestApp(server, { ...provider, retries: 0 })
    await store.setSession({ ...tokens, refresh_token: 'first' })
    const refusal = (await rejection(store.refresh())) as AuthError
    expect(refusal.code).toBe('unreachable')
    expect((refusal.cause as Error).message).toContain('`issuer`')
    expect(store.isAuthenticated).toBe(true)
  })

  test('because it is not reached by HTTPS', async () => {
    const provider = oauth2({ clientId: 'app', issuer: 'http://login.example' })
    const error = await rejection(provider.login(undefined, context))
    expect(error).toMatchObject({ code: 'unreachable' })
    expect(String(error)).toMatch(/`issuer` 'http:\/\/login\.example'.*HTTPS/)
  })

  test.each(['', '/'])('but not because of a slash after its host: %j', async (end) => {
    answer(discovery, 200, {
      issuer: server.origin,
      authorization_endpoint: `${server.origin}/authorize`,
    })
    const provider = oauth2({ clientId: 'app', issuer: server.origin + end })
    expect((await leave(provider)).get('client_id')).toBe('app')
  })

  test('nor is an ID token of another issuer accepted at a login', async () => {
    const provider = oauth2({ ...endpoints(), scope: 'openid' })
    const query = await leave(provider)
    const now = Math.floor(Date.now() / 1_000)
    const claims = { iss: `${server.origin}/`, sub: 'ada', aud: 'app', iat: now, exp: now + 60 }
    const idToken = idTokenOf({ ...claims, nonce: query.get('nonce') })
    answer('/token', 200, { ...tokens, id_token: idToken })
    const error = await rejection(comeBack(provider, { code: 'code', state: query.get('state')! }))
    expect(error).toMatchObject({ code: 'malformed', message: expect.stringContaining('`issuer`') })
  })
})
