// The blocks of docs/guide/back-ends.md for providers, each against a stand-in at the addresses of its provider.
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { isAuthError } from 'vue-auth-refresh'
import type { OAuth2 } from 'vue-auth-refresh/oauth2'
import { makeFolder, readSamples, writeApp } from '../support/readme-samples'
import { createTestApp, createTestRouter } from '../support/test-app'

/** The ways of one provider. */
interface Provider {
  readonly issuer: string
  /** The endpoints of its discovery document. */
  readonly endpoints: Readonly<Record<string, string>>
  /** Whether a refresh token that was exchanged is refused from then on. */
  readonly rotates: boolean
  /** In seconds. */
  readonly lifetime: number
  /** Members of a token response beyond those of RFC 6749. */
  readonly extra: object
  /** Parameters of an authorization response beyond those of RFC 6749. */
  readonly answer: Readonly<Record<string, string>>
  /** Why an authorization request is not what its block must send; undefined where it is. */
  complaint?(asked: URLSearchParams): string | undefined
  /** The answer to a refresh that is refused, whichever its token; undefined for none. */
  refuses?(asked: URLSearchParams): [status: number, json: object] | undefined
  /** The answer to a refresh token that is not good. */
  readonly refusal: [status: number, json: object]
}

const invalidGrant = (words: string, more: object = {}): object => ({
  error: 'invalid_grant',
  error_description: words,
  ...more,
})

const realm = 'https://login.example.com/realms/shop'
const tenant = 'https://login.microsoftonline.com/9d3c1b7a-4e5f-4a2b-8c6d-0f1e2d3c4b5a'

const providers: Readonly<Record<string, Provider>> = {
  Keycloak: {
    issuer: realm,
    endpoints: {
      authorization_endpoint: `${realm}/protocol/openid-connect/auth`,
      token_endpoint: `${realm}/protocol/openid-connect/token`,
      revocation_endpoint: `${realm}/protocol/openid-connect/revoke`,
      end_session_endpoint: `${realm}/protocol/openid-connect/logout`,
    },
    rotates: false,
    lifetime: 300,
    extra: { refresh_expires_in: 1_800, 'not-before-policy': 0, session_state: 's' },
    answer: { session_state: 's', iss: realm },
    refusal: [400, invalidGrant('Session not active')],
  },
  Auth0: {
    issuer: 'https://shop.eu.auth0.com/',
    endpoints: {
      authorization_endpoint: 'https://shop.eu.auth0.com/authorize',
      token_endpoint: 'https://shop.eu.auth0.com/oauth/token',
      revocation_endpoint: 'https://shop.eu.auth0.com/oauth/revoke',
      end_session_endpoint: 'https://shop.eu.auth0.com/oidc/logout',
    },
    rotates: true,
    lifetime: 86_400,
    extra: {},
    answer: {},
    complaint: (asked) =>
      asked.get('audience') === 'https://api.example.com' && hasScope(asked, 'offline_access')
        ? undefined
        : 'The token would be opaque, or there would be no refresh token.',
    refusal: [403, invalidGrant('Unknown or invalid refresh token.')],
  },
  'Microsoft Entra ID': {
    issuer: `${tenant}/v2.0`,
    endpoints: {
      authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
      token_endpoint: `${tenant}/oauth2/v2.0/token`,
      end_session_endpoint: `${tenant}/oauth2/v2.0/logout`,
    },
    rotates: false,
    lifetime: 4_500,
    extra: { ext_expires_in: 4_500 },
    answer: { session_state: 's' },
    complaint: (asked) =>
      hasScope(asked, 'offline_access') ? undefined : 'There would be no refresh token.',
    refuses: (asked) =>
      asked.has('scope')
        ? undefined
        : [
            400,
            {
              error: 'invalid_request',
              error_description: 'AADSTS90009: The application is requesting a token for itself.',
              error_codes: [90_009],
            },
          ],
    refusal: [400, invalidGrant('AADSTS700084: The refresh token has expired.')],
  },
}

const hasScope = (asked: URLSearchParams, name: string): boolean =>
  (asked.get('scope') ?? '').split(' ').includes(name)

const jwt = (claims: object): string =>
  [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .concat('c2ln')
    .join('.')

/** The provider and an API, at an address of this machine. */
async function serve(provider: Provider) {
  const { issuer, endpoints, lifetime } = provider
  const access = new Set<string>()
  const refresh = new Set<string>()
  const codes = new Map<string, URLSearchParams>()
  const count = { refreshes: 0, revocations: 0 }

  function issue(clientId: string | null, nonce: string | null): object {
    const now = Math.floor(Date.now() / 1_000)
    const claims = { iss: issuer, sub: 'ada', aud: clientId, iat: now, exp: now + 3_600 }
    const tokens = { access: jwt({ sub: 'ada', iat: now, exp: now + lifetime, jti: randomUUID() }) }
    const next = randomUUID()
    access.add(tokens.access)
    refresh.add(next)
    return {
      access_token: tokens.access,
      refresh_token: next,
      id_token: jwt({ ...claims, ...(nonce && { nonce }) }),
      token_type: 'Bearer',
      expires_in: lifetime,
      scope: 'openid profile',
      ...provider.extra,
    }
  }

  function exchange(form: URLSearchParams): [status: number, json: object] {
    const clientId = form.get('client_id')
    if (form.get('grant_type') === 'authorization_code') {
      const asked = codes.get(form.get('code') ?? '')
      codes.clear()
      return asked?.get('client_id') === clientId && form.has('code_verifier')
        ? [200, issue(clientId, asked.get('nonce'))]
        : [400, invalidGrant('Code not valid')]
    }
    count.refreshes++
    const early = provider.refuses?.(form)
    if (early) return early
    const token = form.get('refresh_token') ?? ''
    if (!refresh.has(token)) return provider.refusal
    if (provider.rotates) refresh.delete(token)
    return [200, issue(clientId, null)]
  }

  const paths = Object.fromEntries(
    Object.entries(endpoints).map(([name, url]) => [new URL(url).pathname, name]),
  )
  const discovery = `${new URL(issuer).pathname.replace(/\/$/, '')}/.well-known/openid-configuration`

  async function answer(path: string, authorization: string, body: URLSearchParams) {
    if (path === discovery) return [200, { issuer, ...endpoints }] as const
    if (paths[path] === 'token_endpoint') return exchange(body)
    if (paths[path] === 'revocation_endpoint') {
      count.revocations++
      refresh.delete(body.get('token') ?? '')
      return [200, {}] as const
    }
    if (path !== '/orders') return [404, {}] as const
    return access.has(authorization.replace(/^Bearer /, ''))
      ? ([200, ['order']] as const)
      : ([401, {}] as const)
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const { authorization = '' } = request.headers
    const { pathname } = new URL(request.url ?? '', 'http://localhost')
    const [status, json] = await answer(pathname, authorization, new URLSearchParams(text))
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json))
  }
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  })
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    access,
    refresh,
    count,
    /** Answers as the page of the provider, once the user has signed in. */
    authorize(asked: URLSearchParams): URLSearchParams {
      expect(provider.complaint?.(asked)).toBeUndefined()
      const code = randomUUID()
      codes.set(code, asked)
      return new URLSearchParams({ code, state: asked.get('state') ?? '', ...provider.answer })
    },
  }
}

let left: URL[]

function visit(path: string): void {
  const { href, origin, search } = new URL(path, 'https://shop.example')
  vi.stubGlobal('location', { href, origin, search, assign: (to: URL) => left.push(new URL(to)) })
}

beforeEach(() => {
  left = []
  const kept = new Map<string, string>()
  visit('/login?redirect=/private')
  vi.stubGlobal('history', { state: null, replaceState: () => {} })
  vi.stubGlobal('addEventListener', () => {})
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  })
  return () => void vi.unstubAllGlobals()
})

test.each(Object.keys(providers))('%s', async (section) => {
  const provider = providers[section]!
  const { origin, access, refresh, count, authorize } = await serve(provider)
  // The name of the provider's host leads to this machine.
  const { fetch } = globalThis
  const { host } = new URL(provider.issuer)
  vi.stubGlobal('fetch', (input: string | URL, init?: RequestInit) => {
    const url = new URL(input)
    return fetch(url.host === host ? new URL(url.pathname + url.search, origin) : url, init)
  })

  const samples = (await readSamples('docs/guide/back-ends.md')).get(section)
  const [folder, remove] = await makeFolder()
  onTestFinished(remove)
  await writeApp(folder, samples ?? new Map())
  const sample: unknown = await import(/* @vite-ignore */ join(folder, 'src/provider.ts'))
  const { provider: options } = sample as { provider: OAuth2 }
  const { api, store } = createTestApp({ origin }, options)
  const ask = async (): Promise<unknown> => (await api.get<unknown>('/orders')).data
  const askTogether = () => Promise.allSettled(Array.from({ length: 5 }, ask))

  async function signIn(): Promise<void> {
    visit('/login?redirect=/private')
    const pages = left.length
    void store.login().catch(() => {})
    await vi.waitUntil(() => left.length > pages)
    const asked = left.at(-1)!
    expect(asked.href).toContain(provider.endpoints['authorization_endpoint'])
    visit(`/callback?${String(authorize(asked.searchParams))}`)
    expect(await options.handleCallback(store, createTestRouter())).toBe('/private')
  }

  await signIn()
  expect(store.status).toBe('authenticated')
  expect(Math.round(((store.expiresAt ?? 0) - Date.now()) / 60_000) * 60).toBe(provider.lifetime)
  expect(await ask()).toEqual(['order'])

  // Twice, as the second refresh has what the first one rotated.
  for (let round = 1; round <= 2; round++) {
    access.clear()
    const all = await askTogether()
    expect(all.map(({ status }) => status)).not.toContain('rejected')
    expect(count.refreshes).toBe(round)
  }

  access.clear()
  refresh.clear()
  const refused = await askTogether()
  expect(
    refused.map((one) => one.status === 'rejected' && isAuthError(one.reason, 'rejected')),
  ).not.toContain(false)
  expect(store.status).toBe('expired')
  expect(count.refreshes).toBe(3)

  await signIn()
  await store.logout()
  expect(store.status).toBe('anonymous')
  if (provider.endpoints['revocation_endpoint']) await vi.waitUntil(() => count.revocations === 1)
  const page = left.at(-1)!
  expect(page.origin + page.pathname).toBe(provider.endpoints['end_session_endpoint'])
  expect(page.searchParams.get('post_logout_redirect_uri')).toBe('https://shop.example/login')
  expect(page.searchParams.has('id_token_hint')).toBe(true)
})
