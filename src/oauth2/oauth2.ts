import {
  calculatePKCECodeChallenge,
  expectNoNonce,
  generateRandomCodeVerifier,
  generateRandomNonce,
  generateRandomState,
  getValidatedIdTokenClaims,
  processAuthorizationCodeResponse,
  validateAuthResponse,
  type TokenEndpointResponse,
} from 'oauth4webapi'
import {
  AuthError,
  returnUrlParameter,
  safeReturnUrl,
  type AuthContext,
  type AuthOptions,
} from 'vue-auth-refresh'
import type { Router } from 'vue-router'
import { checkAuthentication } from './authentication'
import { clearRoute, closePage, findAnswer, isCallbackOf, removeAnswer } from './callback-page'
import { fail } from './failures'
import { addFlow, findFlow, removeFlow, type LoginFlow } from './login-flow'
import type { LoginOptions, OAuth2Options, SessionTaker } from './options'
import { createProvider } from './provider'

/** The options to spread into `createAuth()`, and the handler for the way back from the provider. */
export interface OAuth2 extends Required<
  Pick<AuthOptions, 'refresh' | 'logout' | 'isCallback' | 'api'>
> {
  /**
   * Leaves for the provider; see {@link LoginOptions}. Needs a secure context. Rejects if it cannot leave, and with
   * `unauthenticated` if the user comes back without an answer.
   */
  login(this: void, options: unknown, context: AuthContext): Promise<never>
  /**
   * Takes the provider's answer out of the URL and begins the session. Resolves with the return path, or with null.
   *
   * @param auth the store of the session: `useAuthStore()`
   * @throws {@link AuthError} `unexpected`, `rejected`, `unreachable` or `malformed`, as `docs/guide/quick-start-oidc.md` lists
   */
  handleCallback(this: void, auth: SessionTaker, router?: Router): Promise<string | null>
}

/** A copy with own members only: a polluted prototype must not name an endpoint, or ask for another login. */
const own = <Given extends object>(given: Given): Given =>
  Object.assign(Object.create(null) as Given, given)

/**
 * Signs in, refreshes and signs out at an OAuth 2.0 or OpenID Connect provider, as a public client with PKCE.
 * Example: `createAuth({ axios: api, router, ...oauth2({ issuer: 'https://login.example.com', clientId: 'my-app' }) })`
 *
 * @throws TypeError naming the option that is missing or wrong; production builds do not check
 */
export function oauth2(given: OAuth2Options): OAuth2 {
  const options = own(given)
  const { client, name, metadata, pageOf, exchange, refresh, revoke } = createProvider(options)
  const scope = options.scope ?? (options.tokenEndpoint ? '' : 'openid')
  let handling: Promise<string | null> | undefined
  /** The answer from the URL, while the endpoints of the provider are not known yet. */
  let answer: URLSearchParams | null = null

  const toUrl = (path: string): string => new URL(path, location.href).href
  const redirectUri = (): string => toUrl(options.redirectUri ?? '/callback')

  async function login(given: unknown, { signal }: AuthContext): Promise<never> {
    const {
      returnTo,
      params,
      stepUp,
      maxAge = stepUp?.maxAge ?? undefined,
      acr = stepUp?.acrValues.join(' '),
    } = own(Object(given) as LoginOptions)
    const verifier = generateRandomCodeVerifier()
    const state = generateRandomState()
    const nonce = /\bopenid\b/.test(scope) ? generateRandomNonce() : null
    const challenge = await calculatePKCECodeChallenge(verifier)
    const { authorization_endpoint: endpoint } = await metadata()
    const page = pageOf(endpoint, () => ({
      ...options.authorizationParams,
      ...params,
      ...(maxAge !== undefined && { max_age: String(maxAge) }),
      ...(acr && { acr_values: acr }),
      response_type: 'code',
      client_id: options.clientId,
      redirect_uri: redirectUri(),
      ...(scope && { scope }),
      state,
      ...(nonce && { nonce }),
      code_challenge: challenge,
      code_challenge_method: 'S256',
    }))
    if (!page) {
      throw new AuthError('unreachable', 'oauth2(): no `authorizationEndpoint`, or no HTTPS.')
    }
    signal.throwIfAborted()
    const returnUrl = new URLSearchParams(location.search).get(returnUrlParameter)
    addFlow({
      name,
      state,
      verifier,
      nonce,
      returnTo: returnTo ?? returnUrl,
      maxAge: page.searchParams.get('max_age'),
      acr: acr || null,
      begunAt: Date.now(),
    })
    location.assign(page)
    return new Promise((_resolve, reject) =>
      // The back button can show this page again in the state in which the user left it, still waiting.
      addEventListener(
        'pageshow',
        ({ persisted }) => persisted && reject(new AuthError('unauthenticated')),
        { signal },
      ),
    )
  }

  /** @throws AuthError */
  async function getTokens(
    answer: URLSearchParams,
    flow: LoginFlow,
  ): Promise<TokenEndpointResponse> {
    let otherwise: Parameters<typeof fail>[1] = 'unreachable'
    try {
      const server = await metadata()
      otherwise = 'unexpected'
      const valid = validateAuthResponse(server, client, answer, answer.get('state') ?? '')
      otherwise = 'unreachable'
      const response = await exchange(valid, redirectUri(), flow.verifier)
      otherwise = 'malformed'
      const tokens = await processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: flow.nonce ?? expectNoNonce,
      })
      checkAuthentication(getValidatedIdTokenClaims(tokens), flow)
      return tokens
    } catch (error) {
      return fail(error, otherwise)
    }
  }

  async function takeSession(auth: SessionTaker, router?: Router): Promise<string | null> {
    const found = findAnswer()
    const owner = findFlow(found?.get('state'))?.name ?? name
    if (found && owner === name) {
      answer = found
      removeAnswer()
    }
    if (!answer) return null
    const flow = findFlow(answer.get('state'))
    // A guard of the application may take its time, and the code is good for seconds: do not wait before the exchange.
    const cleared = router && clearRoute(router, flow !== undefined).catch(() => {})
    try {
      return await useAnswer(answer, flow, auth, router)
    } finally {
      // A router that is not mounted yet starts later.
      if (router?.currentRoute.value.matched[0]) await cleared
    }
  }

  async function useAnswer(
    mine: URLSearchParams,
    flow: LoginFlow | undefined,
    auth: SessionTaker,
    router?: Router,
  ): Promise<string | null> {
    if (flow) await metadata()
    answer = null
    if (!flow) throw new AuthError('unexpected', 'No login awaits this answer.')
    removeFlow(flow)
    await auth.setSession(await getTokens(mine, flow))
    closePage()
    return router ? safeReturnUrl(flow.returnTo, router) : null
  }

  return {
    login,
    api: name,
    isCallback: (to) => isCallbackOf(name, to),
    refresh: ({ refreshToken }, { signal }) => refresh(refreshToken, signal),

    async logout({ token, refreshToken, idToken }, { signal }) {
      const revoked = revoke(refreshToken ?? token, signal)
      revoked.catch(() => {})
      const { postLogoutRedirectUri: back } = options
      const page = pageOf((await metadata()).end_session_endpoint, () => ({
        client_id: options.clientId,
        ...(idToken && { id_token_hint: idToken }),
        ...(back && { post_logout_redirect_uri: toUrl(back) }),
      }))
      if (!page) return revoked
      signal.throwIfAborted()
      location.assign(page)
      return undefined
    },

    handleCallback: (auth, router) =>
      (handling ??= takeSession(auth, router).finally(() => (handling = undefined))),
  }
}
