import type { AuthPlugin } from 'vue-auth-refresh'
import type { FetchPort } from '../http/fetch-port'
import { csrfHeaders } from './csrf'
import { isRequest, toRequest, type FetchRequest } from './fetch-request'
import { lazyCopy } from './lazy-copy'
import type { AuthFetch, AuthFetchOptions } from './options'

/** An answer to a request of `fetch`. */
interface FetchAnswer {
  readonly response: Response
  /** The reason why none came. The response stands for it then. */
  readonly error?: Error
}

/** Whether `fetch` has failed without a response, and not by its caller's will. */
const isNetworkError = (reason: unknown, { signal }: FetchRequest): reason is TypeError =>
  !signal?.aborted && Object(reason).name === 'TypeError'

/** The redirects that a header of `attach` may meet: none, unless a `Request` asks for another way. */
const heldRedirectOf = (input: FetchRequest['input']): RequestRedirect =>
  isRequest(input) && input.redirect !== 'follow' ? input.redirect : 'error'

/**
 * Makes a `fetch` whose requests carry the access token of a plugin's session and outlive its expiry, as those of its
 * axios instances do. Both share one session, one refresh and one listener. It works before `app.use()`, too.
 *
 * ```ts
 * export const authFetch = createAuthFetch(authPlugin)
 * ```
 *
 * @throws TypeError where the first argument is no plugin of `createAuth()`
 */
export function createAuthFetch(
  authPlugin: AuthPlugin,
  { fetch: given, allowedOrigins: ownAllowed, attach, isExpired }: AuthFetchOptions = {},
): AuthFetch {
  const port = Reflect.get(authPlugin, Symbol.for('vue-auth-refresh/fetch')) as
    | FetchPort
    | undefined
  if (!port) throw new TypeError('createAuthFetch(): pass what createAuth() returns.')
  const { complain, connect, first, freeBody, isUnauthorized, ownOrigins, partOf } = port
  const allowedOrigins = ownAllowed ?? port.allowedOrigins
  /** The origins of the app's API, and the base that they are of. */
  let known: [base: string | undefined, origins: readonly string[]] | undefined

  function isAllowed({ url }: FetchRequest): boolean {
    const origin = partOf(() => url, 'origin')()
    if (allowedOrigins || !origin) return !!allowedOrigins?.includes(origin)
    const { baseURL } = first().defaults
    // Asking axios costs more than all else of a request.
    if (known?.[0] !== baseURL || !known) known = [baseURL, ownOrigins(first())]
    return known[1].includes(origin)
  }

  async function isDenied(
    { response, error }: FetchAnswer,
    { signal }: FetchRequest,
  ): Promise<boolean> {
    if (!isExpired) return isUnauthorized(response)
    const [shown, copyOf] = lazyCopy(response)
    try {
      return await isExpired(shown, error)
    } catch (thrown) {
      // A body that is read while its caller cancels is no fault of the application.
      if (!signal?.aborted) complain('isExpired')(thrown)
      return false
    } finally {
      // What is not read of a copy would stay in memory for as long as the original is read.
      freeBody(copyOf()?.body)
    }
  }

  /** Sends what the caller has passed, with these headers. */
  function send(
    { input, init, data, headers: bare }: FetchRequest,
    headers = bare,
    target = input,
    credentials?: RequestCredentials,
  ): Promise<Response> {
    const isHeld =
      attach &&
      [...headers].some(([name, value]) => name !== 'authorization' && value !== bare.get(name))
    return (given ?? fetch)(target, {
      // With any `init`, a `Request` would lose them.
      ...(isRequest(input) && { referrer: input.referrer, referrerPolicy: input.referrerPolicy }),
      ...init,
      // `fetch` takes `Authorization` alone off where a redirect leads to another origin.
      ...(isHeld && { redirect: init?.redirect ?? heldRedirectOf(input) }),
      ...(credentials && { credentials }),
      headers,
      body: data,
    } as RequestInit)
  }

  /** What no form of another site can send. The cookies go by themselves. */
  function attachCookies(headers: Headers): void {
    const added = { 'X-Requested-With': 'XMLHttpRequest', ...csrfHeaders(first()) }
    for (const [name, value] of Object.entries(added)) {
      if (!headers.has(name)) headers.set(name, value)
    }
  }

  const call = connect<FetchRequest, Response, FetchAnswer>(
    {
      isBearer: !attach,
      isAllowed,
      pathOf: ({ url }) => partOf(() => url, 'pathname'),
      send: (_call, request) => send(request),
      attach(_call, request, token) {
        const { input } = request
        const headers = new Headers(request.headers)
        let attached: unknown
        if (token === null) attachCookies(headers)
        else if (attach) attached = attach(headers, token)
        else headers.set('Authorization', `Bearer ${token}`)
        return {
          attached,
          async send(decide) {
            // The original may be sent again.
            const target = isRequest(input) ? input.clone() : input
            const credentials = token === null ? 'include' : undefined
            const sent = send(request, headers, target, credentials)
            const answer = await sent.then(
              (response): FetchAnswer => ({ response }),
              (error: unknown): FetchAnswer => {
                if (!isExpired || !isNetworkError(error, request)) throw error
                return { response: Response.error(), error }
              },
            )
            const isRefused = await isDenied(answer, request)
            if (answer.error && !isRefused) throw answer.error
            const isJson = headers.get('content-type')?.includes('json')
            if (isRefused && isJson && isRequest(input) && input.body)
              request.data ??= await input.clone().text()
            return decide(answer, isRefused)
          },
        }
      },
      deliver({ response, error }, { signal }, cause) {
        signal?.throwIfAborted()
        if (cause) Object.defineProperty(error ?? response, 'cause', { value: cause })
        if (error) throw error
        return response
      },
      discard: ({ response }) => freeBody(response.body),
      async reject(_request, reason) {
        throw reason
      },
    },
    allowedOrigins,
  )

  // An async function, so that it rejects where it would throw.
  return async (input, init) => {
    const request = toRequest(input, init)
    return call(request) ?? send(request)
  }
}
