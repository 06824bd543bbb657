import {
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomNonce,
  generateRandomState,
} from 'oauth4webapi'
import { AuthError, returnUrlParameter } from 'vue-auth-refresh'
import type { LoginFlow } from './login-flow'
import type { AuthorizationOptions, LoginOptions, OAuth2Options } from './options'
import { answerIn } from './popup'
import type { Provider, Query } from './provider'

export { checkAuthentication } from './authentication'
export { handOver } from './popup'

/** A login as `oauth2()` begins it. This module is loaded then, and imports nothing of the entry: it would be split. */
export interface LoginPorts {
  readonly provider: Pick<Provider, 'name' | 'resources' | 'dpop' | 'metadata' | 'pageOf'>
  readonly options: OAuth2Options
  readonly scope: string
  /** Whether the session outlasts the last tab of the app. */
  readonly remember: boolean
  redirectUri(this: void): string
  /** Notes the login in this tab. */
  addFlow(this: void, flow: LoginFlow): void
  /** The key under which a tab notes its logins in `sessionStorage`. */
  readonly flowsKey: string
  /** Exchanges the answer to a login. */
  getTokens(this: void, answer: URLSearchParams, flow: LoginFlow): Promise<unknown>
}

/** A page of the provider to sign in at, and what its answer needs. */
interface Begun {
  readonly page: URL
  readonly flow: LoginFlow
}

/** The parameters for what a login may ask of the pages of the provider. */
const wishesOf = ({ prompt, loginHint, uiLocales }: AuthorizationOptions): Query => ({
  prompt: prompt && [prompt].flat().join(' '),
  login_hint: loginHint,
  ui_locales: uiLocales,
})

/** @throws AuthError `unreachable` */
async function begin(
  { provider, options, scope, remember, redirectUri }: LoginPorts,
  asked: LoginOptions,
): Promise<Begun> {
  const { stepUp, maxAge = stepUp?.maxAge, acr = stepUp?.acrValues.join(' ') } = asked
  const verifier = generateRandomCodeVerifier()
  const state = generateRandomState()
  const nonce = /\bopenid\b/.test(scope) ? generateRandomNonce() : null
  const challenge = await calculatePKCECodeChallenge(verifier)
  const { authorization_endpoint: endpoint } = await provider.metadata()
  const proofs = await provider.dpop?.()
  const thumbprint = await proofs?.thumbprint()
  const page = provider.pageOf(
    endpoint,
    wishesOf(options),
    options.authorizationParams,
    wishesOf(asked),
    asked.params,
    { max_age: maxAge?.toString(), acr_values: acr },
    {
      response_type: 'code',
      client_id: options.clientId,
      redirect_uri: redirectUri(),
      scope,
      state,
      nonce,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      dpop_jkt: thumbprint,
    },
  )
  if (!page) {
    throw new AuthError('unreachable', 'oauth2(): no `authorizationEndpoint`, or no HTTPS.')
  }
  for (const uri of provider.resources) page.searchParams.append('resource', uri)
  const flow: LoginFlow = {
    name: provider.name,
    state,
    verifier,
    nonce,
    returnTo: asked.returnTo ?? new URLSearchParams(location.search).get(returnUrlParameter),
    maxAge: page.searchParams.get('max_age'),
    acr: acr || null,
    remember,
    begunAt: Date.now(),
  }
  return { page, flow }
}

/**
 * Signs in at the provider: in a popup, or by leaving this page. Then it never resolves.
 *
 * @throws AuthError `unauthenticated` if the user comes back without an answer
 */
export async function signIn(
  ports: LoginPorts,
  asked: LoginOptions,
  popup: Window | undefined,
  signal: AbortSignal,
): Promise<unknown> {
  const { page, flow } = await begin(ports, asked)
  signal.throwIfAborted()
  if (popup) {
    return ports.getTokens(await answerIn(popup, page, flow, ports.flowsKey, signal), flow)
  }
  ports.addFlow(flow)
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
