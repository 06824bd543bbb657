import {
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  clockTolerance,
  customFetch,
  discoveryRequest,
  None,
  processDiscoveryResponse,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
  revocationRequest,
  type AuthorizationServer,
  type Client,
  type TokenEndpointResponse,
} from 'oauth4webapi'
import { refusalOf } from './failures'
import type { OAuth2Endpoints, OAuth2Options } from './options'

/** Replaced by the bundler, as in Vue itself. */
declare const process: { readonly env: { readonly NODE_ENV?: string } }

/** One provider, and this app as its client. */
export function createProvider(options: OAuth2Options) {
  const { clientId, tokenEndpoint, issuer } = options
  const address = tokenEndpoint ?? issuer
  if (process.env.NODE_ENV !== 'production' && !(clientId && URL.canParse(address))) {
    throw new TypeError('oauth2(): pass `clientId`, and the URL `issuer` or `tokenEndpoint`.')
  }
  const base = new URL(address)
  // Secure without HTTPS, because it never leaves the machine.
  const isLocal = /^(?:(?:.+\.)?localhost|127\.0\.0\.1|\[::1\])$/.test(base.hostname)
  // An ID token comes straight from the provider, and this machine's clock may be wrong by a day.
  const client: Client = { client_id: clientId, [clockTolerance]: 86_400 }
  const auth = None()
  let found: Promise<AuthorizationServer> | undefined

  const using = (signal = AbortSignal.timeout(10_000)) => ({
    [allowInsecureRequests]: isLocal,
    signal,
  })

  /** @throws a refusal, in the shape that `classifyFailure` reads */
  async function accepted(request: Promise<Response>): Promise<Response> {
    const response = await request
    if (!response.ok) throw await refusalOf(response, clientId)
    return response
  }

  async function discover(): Promise<AuthorizationServer> {
    // Not with the signal of who asks first: others wait for it too.
    const response = await discoveryRequest(base, using())
    return processDiscoveryResponse(base, response)
  }

  /** What the provider says of itself. Asked for when it is needed, once, and again after a failure. */
  function metadata(): Promise<AuthorizationServer> {
    const forget = (error: unknown): never => {
      found = undefined
      throw error
    }
    found ??= tokenEndpoint ? Promise.resolve(toMetadata(options)) : discover().catch(forget)
    return found
  }

  return {
    client,
    metadata,
    /** What tells the logins of this client at this provider from others. */
    name: `${base.href} ${clientId}`,

    /** A page to send the user to, or null. Above all no script, whoever wrote the document. */
    pageOf(endpoint = '', query: () => Record<string, string>): URL | null {
      if (!(isLocal ? /^https?:/ : /^https:/).test(endpoint)) return null
      const url = new URL(endpoint)
      for (const [name, value] of Object.entries(query())) url.searchParams.set(name, value)
      return url
    },

    /** Asks for the tokens of a code (RFC 6749 §4.1.3, RFC 7636 §4.5). */
    async exchange(answer: URLSearchParams, uri: string, verifier: string): Promise<Response> {
      const server = await metadata()
      return accepted(
        authorizationCodeGrantRequest(server, client, auth, answer, uri, verifier, using()),
      )
    },

    async refresh(refreshToken: string, signal: AbortSignal): Promise<TokenEndpointResponse> {
      const server = await metadata()
      const request = refreshTokenGrantRequest(server, client, auth, refreshToken, using(signal))
      return processRefreshTokenResponse(server, client, await accepted(request))
    },

    /** Goes on while the page is left. A refusal is of no account: nothing can be done about it. */
    async revoke(token: string, signal: AbortSignal): Promise<unknown> {
      const server = await metadata()
      if (!server.revocation_endpoint) return undefined
      return revocationRequest(server, client, auth, token, {
        ...using(signal),
        [customFetch]: (url, init) => fetch(url, { ...init, keepalive: true }),
      })
    },
  }
}

function toMetadata(endpoints: OAuth2Endpoints): AuthorizationServer {
  const { tokenEndpoint, authorizationEndpoint = '', revocationEndpoint = '' } = endpoints
  return {
    issuer: endpoints.issuer ?? tokenEndpoint,
    token_endpoint: tokenEndpoint,
    authorization_endpoint: authorizationEndpoint,
    revocation_endpoint: revocationEndpoint,
  }
}
