import {
  expectNoNonce,
  getValidatedIdTokenClaims,
  processAuthorizationCodeResponse,
  validateAuthResponse,
  type TokenEndpointResponse,
} from 'oauth4webapi'
import {
  AuthError,
  safeReturnUrl,
  type AuthContext,
  type AuthOptions,
  type LoginContext,
} from 'vue-auth-refresh'
import type { Router } from 'vue-router'
import { clearRoute, closePage, findAnswer, isCallbackOf, removeAnswer } from './callback-page'
import { checkLoginOptions } from './check-options'
import { fail, refused } from './failures'
import { addFlow, findFlow, KEY, removeFlow, type LoginFlow } from './login-flow'
import type { LoginOptions, OAuth2Options, SessionTaker } from './options'
import { createProvider } from './provider'

/** The options to spread into `createAuth()`, and the handler for the way back from the provider. */
export interface OAuth2
  extends
    Required<Pick<AuthOptions, 'refresh' | 'logout' | 'isCallback' | 'api'>>,
    Pick<AuthOptions, 'prove'> {
  /**
   * Leaves for the provider, or opens it in a popup and resolves with the token response; see {@link LoginOptions}. Needs a
   * secure context. Rejects if it cannot leave, and with `unauthenticated` if the user comes back without an answer.
   */
  login(
    this: void,
    options: unknown,
    context: AuthContext & Partial<Pick<LoginContext, 'remember'>>,
  ): Promise<unknown>
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
  const provider = createProvider(options)
  const { client, dpop, name, metadata, pageOf, exchange, refresh, revoke } = provider
  const scope = options.scope ?? (options.tokenEndpoint ? '' : 'openid')
  let handling: Promise<string | null> | undefined
  /** The answer from the URL, while the endpoints of the provider are not known yet. */
  let answer: URLSearchParams | null = null

  const toUrl = (path: string): string => new URL(path, location.href).href
  const redirectUri = (): string => toUrl(options.redirectUri ?? '/callback')

  const login: OAuth2['login'] = async (given, { signal, remember = true }) => {
    const asked = own(Object(given) as LoginOptions)
    if (process.env.NODE_ENV !== 'production') checkLoginOptions(asked)
    // Before anything is waited for: browsers open a popup in a click alone.
    const popup = asked.popup ? open('', '_blank', 'width=480,height=640') : undefined
    if (popup === null) throw refused('popup_blocked', 'No popup opened: ask in a click')
    try {
      const { signIn } = await import('./login')
      const ports = {
        provider,
        options,
        scope,
        remember,
        redirectUri,
        addFlow,
        flowsKey: KEY,
        getTokens,
      }
      return await signIn(ports, asked, popup, signal)
    } finally {
      popup?.close()
    }
  }

  /** @throws AuthError */
  async function getTokens(
    answer: URLSearchParams,
    flow: LoginFlow,
  ): Promise<TokenEndpointResponse> {
    let otherwise: Parameters<typeof fail>[1] = 'unreachable'
    try {
      const server = await metadata()
      // Before the code is spent.
      const checks = (flow.maxAge || flow.acr) && (await import('./login'))
      otherwise = 'unexpected'
      const valid = validateAuthResponse(server, client, answer, answer.get('state') ?? '')
      otherwise = 'unreachable'
      const response = await exchange(valid, redirectUri(), flow.verifier)
      otherwise = 'malformed'
      const tokens = await processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: flow.nonce ?? expectNoNonce,
      })
      if (checks) checks.checkAuthentication(getValidatedIdTokenClaims(tokens), flow, refused)
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
    if (flow && !flow.inPopup) await metadata()
    answer = null
    if (!flow) throw new AuthError('unexpected', 'No login awaits this answer.')
    removeFlow(flow)
    if (flow.inPopup) {
      const { handOver } = await import('./login')
      return handOver(mine)
    }
    await auth.setSession(await getTokens(mine, flow), { remember: flow.remember })
    closePage()
    return router ? safeReturnUrl(flow.returnTo, router) : null
  }

  return {
    login,
    api: name,
    isCallback: (to) => isCallbackOf(name, to),
    refresh: ({ refreshToken }, { signal }) => refresh(refreshToken, signal),
    ...(dpop && { prove: async (request) => (await dpop()).prove(request) }),

    async logout({ token, refreshToken, idToken }, { signal }) {
      const revoked = revoke(refreshToken ?? token, signal)
      revoked.catch(() => {})
      const { postLogoutRedirectUri: back } = options
      const page = pageOf((await metadata()).end_session_endpoint, {
        client_id: options.clientId,
        id_token_hint: idToken,
        post_logout_redirect_uri: back && toUrl(back),
      })
      if (!page) return revoked
      signal.throwIfAborted()
      location.assign(page)
      return undefined
    },

    handleCallback: (auth, router) =>
      (handling ??= takeSession(auth, router).finally(() => (handling = undefined))),
  }
}
