/** Members that may be undefined, as clients pass them. */
type Loose<Given> = { [Name in keyof Given]?: Given[Name] | undefined }

/** The second argument of an {@link AuthFetch}. */
export interface AuthFetchInit extends Loose<RequestInit> {
  /** Sends this request without an access token; its response never causes a refresh. Default false. */
  skipAuth?: boolean
  /** Sends the access token, but takes a refusal as the answer: no refresh, no replay. Default false. */
  skipAuthRefresh?: boolean
}

/** The first argument of an {@link AuthFetch}. */
export type AuthFetchInput = string | URL | Request

/** A `fetch` whose requests carry the access token. A client that takes a `fetch` takes this one. */
export type AuthFetch = (input: AuthFetchInput, init?: AuthFetchInit) => Promise<Response>

/** Options of `createAuthFetch()`. */
export interface AuthFetchOptions {
  /** The `fetch` that sends. Default: the global one, as it is when a request is sent. */
  fetch?: typeof fetch
  /**
   * The origins that may receive the access token, judged on the final URL. Default: `allowedOrigins` of the plugin;
   * without it, the origin of the `baseURL` of its first axios instance, or the page's.
   */
  allowedOrigins?: readonly string[]
  /**
   * Puts the access token into a copy of the headers. Called for each send; a promise is awaited, for `refreshTimeout`
   * at most. With another header than `Authorization`, a request that names no `redirect` follows none. Not called with
   * `session: 'cookies'`: such a request has `credentials: 'include'`, and the CSRF header of the axios instance.
   * Default: `Authorization: Bearer <token>` (RFC 6750 §2.1).
   */
  attach?(this: void, headers: Headers, token: string): unknown
  /**
   * Decides whether a response says that the access token has expired. Reading its body reads a copy. Where none came,
   * it is `Response.error()`, and `error` says why. What it throws is printed and counts as false. A step-up (RFC 9470)
   * counts before it. Default, as for axios: `status === 401`.
   */
  isExpired?(this: void, response: Response, error?: Error): boolean | Promise<boolean>
}
