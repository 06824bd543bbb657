// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { oauth2, type OAuth2, type OAuth2Options } from 'vue-auth-refresh/oauth2'
import axios from 'axios'
import type { AuthServer } from '../fixtures/auth-server'
import { findLeaks } from '../support/find-leaks'
import { arrival, createRoutedApp } from '../support/router-app'
import { rejection, startServer } from '../support/test-app'

const canary = 'canary-4f1d'
const tokens = { access_token: 'access', token_type: 'Bearer', expires_in: 60 }
const callback = { path: '/callback', component: { render: () => null } }

let server: AuthServer

const endpoints = () => ({
  clientId: 'app',
  tokenEndpoint: `${server.origin}/token`,
  authorizationEndpoint: `${server.origin}/authorize`,
  issuer: server.origin,
})

function answer(path: string, status: number, body: unknown): void {
  server.route(path, (_request, response) =>
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(typeof body === 'string' ? body : JSON.stringify(body)),
  )
}

/** Leaves for the provider, and returns the state that it was asked with. */
async function leave(provider: OAuth2): Promise<string> {
  const assign = vi.fn<(page: URL) => void>()
  const page = location
  vi.stubGlobal('location', { href: location.href, search: '?redirect=/private', assign })
  void provider.login(undefined, { http: axios.create(), signal: new AbortController().signal })
  await vi.waitUntil(() => assign.mock.calls.length > 0)
  vi.stubGlobal('location', page)
  return assign.mock.calls[0]![0].searchParams.get('state')!
}

beforeEach(async () => {
  server = await startServer()
  // The digests are Node's own buffers, which those of jsdom do not know.
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array())
  vi.stubGlobal('ArrayBuffer', digest.constructor)
})

afterEach(() => {
  vi.unstubAllGlobals()
  sessionStorage.clear()
})

describe('41: code and state leave the URL, the history and the route', () => {
  const discoveryPath = '/.well-known/openid-configuration'

  interface Given {
    readonly query?: Record<string, string>
    readonly status?: number
    readonly body?: unknown
    readonly discovery?: number
  }

  /** Comes back with a real router, whose page needs a user unless it is a callback. */
  async function arrive({ query = {}, status = 200, body: given = tokens, discovery }: Given) {
    answer('/token', status, given)
    const discovered: OAuth2Options = { clientId: 'app', issuer: server.origin, scope: 'profile' }
    const options = discovery ? discovered : endpoints()
    answer(discoveryPath, 200, {
      issuer: server.origin,
      token_endpoint: `${server.origin}/token`,
      authorization_endpoint: `${server.origin}/authorize`,
    })
    const state = await leave(oauth2(options))
    const provider = oauth2(options)
    if (discovery) answer(discoveryPath, discovery, {})
    const app = createRoutedApp({
      server,
      ...provider,
      routes: [callback],
      names: { requiresAuth: true },
    })
    const asked = { code: canary, state, iss: server.origin, tab: 'a', ...query }
    const path = `/callback?${String(new URLSearchParams(asked))}#top`
    history.replaceState({ current: path, position: 1 }, '', path)
    await app.router.push(path)
    return { ...app, provider, state }
  }

  test.each<[string, Given, string]>([
    ['the user has cancelled', { query: { error: 'access_denied' } }, 'rejected'],
    ['the issuer is another', { query: { iss: 'https://other.example' } }, 'unexpected'],
    ['the code is refused', { status: 400, body: { error: 'invalid_grant' } }, 'rejected'],
    ['the provider is down', { status: 503, body: canary }, 'unreachable'],
    ['the tokens are none', { body: { token: canary } }, 'malformed'],
    ['the session cannot begin', { body: { ...tokens, access_token: `a ${canary}` } }, 'malformed'],
    ['the provider cannot be discovered', { discovery: 503 }, 'unreachable'],
  ])('where %s', async (_, given, code) => {
    const { provider, store, router, visited, events, state } = await arrive(given)
    expect(router.currentRoute.value.path).toBe('/callback')
    const error = await rejection(provider.handleCallback(store, router))
    expect(error).toMatchObject({ name: 'AuthError', code })
    expect(router.currentRoute.value.fullPath).toBe('/callback?tab=a#top')
    expect(location.href).toBe(`${location.origin}/callback?tab=a#top`)
    expect(history.state).toEqual({ current: '/callback?tab=a#top', position: 1 })
    const secrets = new RegExp(`${canary}|${state}`)
    expect(findLeaks([error, events, store.error], secrets)).toEqual([])
    // Only a login that can still be answered is kept.
    expect(sessionStorage).toHaveLength(given.discovery ? 1 : 0)
    expect(visited.at(-1)).toBe('/callback?tab=a#top')
    // The page says what went wrong, until the user leaves it.
    await router.push('/login')
    await router.push('/callback')
    expect(router.currentRoute.value.fullPath).toBe('/login?redirect=/callback')
  })

  test.each([
    ['null', null],
    ['a text', 'state'],
    ['a number', { current: 7 }],
    ['an object', { current: { path: '/callback' } }],
    ['no path', { current: null, other: true }],
  ])('where another router has %s in the state of the entry', async (_, state) => {
    const { provider, store, router } = await arrive({})
    history.replaceState(state, '')
    await provider.handleCallback(store, router)
    expect(location.href).toBe(`${location.origin}/callback?tab=a#top`)
    expect(store.isAuthenticated).toBe(true)
  })

  test('where no login awaits them, and are in no return path', async () => {
    const { provider, store, router } = await arrive({ query: { state: 'forged' } })
    expect(router.currentRoute.value.fullPath).toBe('/login')
    expect(await rejection(provider.handleCallback(store, router))).toMatchObject({
      code: 'unexpected',
    })
    expect(router.currentRoute.value.fullPath).toBe('/login')
    expect(location.href).toBe(`${location.origin}/callback?tab=a#top`)
  })

  test('where the page is open to all, and no login awaits them', async () => {
    const provider = oauth2(endpoints())
    const { store, router } = createRoutedApp({ server, ...provider, routes: [callback] })
    const path = `/callback?code=${canary}&state=forged`
    history.replaceState({ current: path, position: 1 }, '', path)
    await router.push(path)
    await rejection(provider.handleCallback(store, router))
    expect(router.currentRoute.value.fullPath).toBe('/callback')
  })

  test('where the user is signed in; then the page is closed again', async () => {
    const { provider, store, router } = await arrive({})
    expect(await provider.handleCallback(store, router)).toBe('/private')
    expect(router.currentRoute.value.fullPath).toBe('/callback?tab=a#top')
    await store.logout()
    await arrival(router, '/login')
  })

  test('where two sessions share a page that is open to the answers of both', async () => {
    answer('/token', 200, tokens)
    const a = oauth2({ ...endpoints(), clientId: 'a' })
    const b = oauth2(endpoints())
    const { store, router } = createRoutedApp({
      server,
      ...a,
      isCallback: (to) => a.isCallback(to) || b.isCallback(to),
      routes: [callback],
      names: { requiresAuth: true },
    })
    const path = `/callback?code=${canary}&state=${await leave(b)}`
    history.replaceState(null, '', path)
    await router.push(path)
    expect(await a.handleCallback(store, router)).toBeNull()
    expect(router.currentRoute.value.fullPath).toBe(path)
    const other = { setSession: () => Promise.reject(new Error('The disk is full.')) }
    await rejection(b.handleCallback(other, router))
    expect(router.currentRoute.value.fullPath).toBe('/callback')
    expect(location.search).toBe('')
  })

  test('also before the router has started', async () => {
    answer('/token', 200, tokens)
    const provider = oauth2(endpoints())
    const state = await leave(provider)
    const { store, router } = createRoutedApp({ server, ...provider, routes: [callback] })
    const path = `/callback?code=${canary}&state=${state}`
    history.replaceState({ current: path, position: 1 }, '', path)
    expect(await provider.handleCallback(store, router)).toBe('/private')
    await router.push(path)
    await arrival(router, '/callback')
  })
})
