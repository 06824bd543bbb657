import {
  calculatePKCECodeChallenge,
  expectNoNonce,
  generateRandomCodeVerifier,
  generateRandomNonce,
  generateRandomState,
  processAuthorizationCodeResponse,
  validateAuthResponse,
  type TokenEndpointResponse,
} from 'oauth4webapi'
import { AuthError, safeReturnUrl, type AuthContext, type AuthOptions } from 'vue-auth-refresh'
import type { Router } from 'vue-router'
import { fail } from './failures'
import { keepFlow, takeAnswer, takeFlow, type LoginFlow } from './login-flow'
import type { LoginOptions, OAuth2Options, SessionTaker } from './options'
import { createProvider } from './provider'

/** What {@link oauth2} makes: options to spread into `createAuth()`, and the way back from the provider. */
export interface OAuth2 extends Required<Pick<AuthOptions, 'refresh' | 'logout'>> {
  /**
   * Leaves for the provider; see {@link LoginOptions}. Needs a secure context. Settles only where it cannot leave, and
   * with `unauthenticated` if the user comes back without an answer.
   */
  login(this: void, options: unknown, context: AuthContext): Promise<never>
  /**
   * Takes the provider's answer out of the URL and begins the session; for the page of the redirect URI, which must be
   * open to everyone. Resolves with the return path; with null where there is none that is safe, and where the URL
   * holds no answer, as after a reload: then nothing happens.
   *
   * @param auth the store of the session: `useAuthStore()`
   * @param router the return path is only ever one of its paths; without it, it is null
   * @throws {@link AuthError} `unexpected` for an answer to no login of this tab: a replay, another tab's, a forged
   *   one; `rejected` where the provider or the user refused: the `code` of its `cause` says why, as `access_denied`;
   *   `unreachable` where there was no usable answer: where that was to the discovery, the login is not lost until the
   *   page is reloaded, and this may be called again; `malformed` for tokens that are not what was asked for
   */
  handleCallback(this: void, auth: SessionTaker, router?: Router): Promise<string | null>
}

/**
 * An OAuth 2.0 or OpenID Connect provider, for a public client: the authorization code flow with PKCE (RFC 6749 §4.1,
 * RFC 7636, RFC 9700 §2.1.1), refreshing (RFC 6749 §6) and logout (RFC 7009, RP-Initiated Logout). The provider is
 * asked for nothing before it is needed.
 *
 * ```ts
 * export const provider = oauth2({ issuer: 'https://login.example.com', clientId: 'my-app' })
 * createAuth({ axios: api, router, ...provider })
 * ```
 *
 * @throws TypeError naming the option that is missing or wrong; not in production builds, which do not check
 */
export function oauth2(options: OAuth2Options): OAuth2 {
  const { client, name, metadata, pageOf, exchange, refresh, revoke } = createProvider(options)
  const scope = options.scope ?? (options.tokenEndpoint ? '' : 'openid')
  let handling: Promise<string | null> | undefined
  /** The provider's, until it is known what the provider says of itself. */
  let answer: URLSearchParams | null = null

  const reach = () => metadata().catch((error: unknown) => fail(error, 'unreachable'))

  const toUrl = (path: string): string => new URL(path, location.href).href
  const redirectUri = (): string => toUrl(options.redirectUri ?? '/callback')

  async function login(given: unknown, { signal }: AuthContext): Promise<never> {
    const { returnTo, params }: LoginOptions = Object(given)
    const verifier = generateRandomCodeVerifier()
    const state = generateRandomState()
    const nonce = /\bopenid\b/.test(scope) ? generateRandomNonce() : null
    const challenge = await calculatePKCECodeChallenge(verifier)
    const { authorization_endpoint: endpoint } = await reach()
    const page = pageOf(endpoint, () => ({
      ...options.authorizationParams,
      ...params,
      response_type: 'code',
      client_id: options.clientId,
      redirect_uri: redirectUri(),
      ...(scope && { scope }),
      state,
      ...(nonce && { nonce }),
      code_challenge: challenge,
      code_challenge_method: 'S256',
    }))
    if (!page) throw new Error('oauth2(): no `authorizationEndpoint`, or no HTTPS.')
    signal.throwIfAborted()
    const asked = new URLSearchParams(location.search).get('redirect')
    keepFlow(name, state, { verifier, nonce, returnTo: returnTo ?? asked })
    location.assign(page)
    return new Promise((_resolve, reject) =>
      // The back button can bring this page back as it was left, still waiting.
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
    { verifier, nonce }: LoginFlow,
  ): Promise<TokenEndpointResponse> {
    let otherwise: Parameters<typeof fail>[1] = 'unreachable'
    try {
      const server = await metadata()
      otherwise = 'unexpected'
      const valid = validateAuthResponse(server, client, answer, answer.get('state') ?? '')
      otherwise = 'unreachable'
      const response = await exchange(valid, redirectUri(), verifier)
      otherwise = 'malformed'
      return await processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: nonce ?? expectNoNonce,
      })
    } catch (error) {
      return fail(error, otherwise)
    }
  }

  async function takeSession(auth: SessionTaker, router?: Router): Promise<string | null> {
    answer = takeAnswer() ?? answer
    if (!answer) return null
    await reach()
    const mine = answer
    answer = null
    const flow = takeFlow(name, mine.get('state') ?? '')
    if (!flow) throw new AuthError('unexpected', 'No login of this tab awaits this answer.')
    await auth.setSession(await getTokens(mine, flow))
    return router ? safeReturnUrl(flow.returnTo, router) : null
  }

  return {
    login,
    refresh: ({ refreshToken }, { signal }) => refresh(refreshToken, signal),

    async logout({ token, refreshToken }, { signal }) {
      const revoked = revoke(refreshToken ?? token, signal)
      revoked.catch(() => {})
      const { postLogoutRedirectUri: back } = options
      const page = pageOf((await metadata()).end_session_endpoint, () => ({
        client_id: options.clientId,
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
