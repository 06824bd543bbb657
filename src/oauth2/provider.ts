import {
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  clockTolerance,
  customFetch,
  discoveryRequest,
  JWT_CLAIM_COMPARISON,
  None,
  processDiscoveryResponse,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
  revocationRequest,
  type AuthorizationServer,
  type Client,
  type TokenEndpointRequestOptions,
  type TokenEndpointResponse,
} from 'oauth4webapi'
import { AuthError } from 'vue-auth-refresh'
import { checkOAuth2Options } from './check-options'
import { refusalOf, wordsOf } from './failures'
import type { OAuth2Endpoints, OAuth2Options } from './options'

/** Parameters of a URL. A later one takes the place of an earlier one, unless it is empty. */
export type Query = Readonly<Record<string, string | null | undefined>> | undefined

/** Has a value made at the first call, and again after a failure. */
function lasting<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () =>
    (made ??= make().catch((error: unknown) => {
      made = undefined
      throw error
    }))
}

export type Provider = ReturnType<typeof createProvider>

/** Makes the requests of this app, the client, to one provider. */
export function createProvider(options: OAuth2Options) {
  const { clientId, tokenEndpoint, issuer } = options
  const address = tokenEndpoint ?? issuer
  if (process.env.NODE_ENV !== 'production') checkOAuth2Options(options)
  const base = new URL(address)
  // Requests to this machine are secure without HTTPS.
  const isLocal = /^(?:(?:.+\.)?localhost|127\.0\.0\.1|\[::1\])$/.test(base.hostname)
  // An ID token comes straight from the provider, and this machine's clock may be wrong by a day.
  const client: Client = { client_id: clientId, [clockTolerance]: 86_400 }
  const auth = None()

  const using = (signal = AbortSignal.timeout(10_000)) => ({
    [allowInsecureRequests]: isLocal,
    signal,
  })
  const resources = [options.resource ?? []].flat()
  /** The maker of proofs; undefined where tokens are not bound. */
  const dpop = options.dpop
    ? lasting(async () => (await import('./dpop')).createDpop(client, base.href + clientId))
    : undefined

  /** @throws Error a refusal, in the shape that `classifyFailure` reads */
  async function accepted(request: Promise<Response>): Promise<Response> {
    const response = await request
    if (!response.ok) throw await refusalOf(response, clientId)
    return response
  }

  /**
   * Sends a request to the token endpoint.
   *
   * @param signal that of a refresh
   */
  async function send(
    request: (given: TokenEndpointRequestOptions) => Promise<Response>,
    signal?: AbortSignal,
  ): Promise<Response> {
    const additionalParameters = [
      ...resources.map((uri) => ['resource', uri]),
      ...Object.entries({ ...(signal && options.refreshParams) }),
    ]
    const given = { ...using(signal), additionalParameters }
    if (!dpop) return accepted(request(given))
    return accepted((await dpop()).send((DPoP) => request({ ...given, DPoP }), !!signal))
  }

  async function discover(): Promise<AuthorizationServer> {
    try {
      // The signal of the first caller must not abort it, because others wait for it too.
      return await processDiscoveryResponse(base, await accepted(discoveryRequest(base, using())))
    } catch (error) {
      // Without a status: a discovery that fails ends no session.
      const { issuer: other } = Object(Object(Object(error).cause).body)
      const says = URL.canParse(other) ? ` (its document says '${new URL(other).href}')` : ''
      throw new AuthError(
        'unreachable',
        `\`issuer\` '${issuer}' could not be discovered${says}: ${wordsOf(error)}`,
      )
    }
  }

  /** The endpoints of the provider. */
  const metadata = lasting(async () => (tokenEndpoint ? toMetadata(options) : discover()))

  return {
    client,
    metadata,
    resources,
    dpop,
    /** Tells the logins of this client at this provider from others. */
    name: [base.href, clientId, options.scope, options.redirectUri, ...resources].join(' '),

    /** The page to send the user to; null where it is not a safe URL: the provider's document may name a script. */
    pageOf(endpoint = '', ...query: Query[]): URL | null {
      if (!(isLocal ? /^https?:/ : /^https:/).test(endpoint)) return null
      const url = new URL(endpoint)
      for (const [name, value] of query.flatMap((part = {}) => Object.entries(part))) {
        if (value) url.searchParams.set(name, value)
      }
      return url
    },

    /** Exchanges a code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5). */
    async exchange(answer: URLSearchParams, uri: string, verifier: string): Promise<Response> {
      const server = await metadata()
      return send((given) =>
        authorizationCodeGrantRequest(server, client, auth, answer, uri, verifier, given),
      )
    },

    /** @throws AuthError `rejected` without a refresh token: a retry could not succeed */
    async refresh(
      refreshToken: string | null,
      signal: AbortSignal,
    ): Promise<TokenEndpointResponse> {
      if (!refreshToken) throw new AuthError('rejected', 'No refresh token: omit `session`')
      const server = await metadata()
      const response = await send(
        (given) => refreshTokenGrantRequest(server, client, auth, refreshToken, given),
        signal,
      )
      try {
        return await processRefreshTokenResponse(server, client, response)
      } catch (error) {
        // An ID token of another issuer or for another client (OpenID Connect Core §12.2).
        if (Object(error).code !== JWT_CLAIM_COMPARISON) throw error
        throw new AuthError('rejected', wordsOf(error))
      }
    },

    /** Revokes a token, even while the user leaves the page. A refusal changes nothing. */
    async revoke(token: string | null, signal: AbortSignal): Promise<unknown> {
      const server = await metadata()
      if (!token || !server.revocation_endpoint) return undefined
      return revocationRequest(server, client, auth, token, {
        ...using(signal),
        [customFetch]: (url, init) => fetch(url, { ...init, keepalive: true }),
      })
    },
  }
}

function toMetadata(endpoints: OAuth2Endpoints): AuthorizationServer {
  const { tokenEndpoint } = endpoints
  return {
    issuer: endpoints.issuer ?? tokenEndpoint,
    token_endpoint: tokenEndpoint,
    authorization_endpoint: endpoints.authorizationEndpoint ?? '',
    revocation_endpoint: endpoints.revocationEndpoint ?? '',
    end_session_endpoint: endpoints.endSessionEndpoint ?? '',
  }
}
