import type { AuthPlugin } from 'vue-auth-refresh'
import type { FetchPort } from '../http/fetch-port'
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

function portOf(authPlugin: AuthPlugin): FetchPort {
  const port: unknown = Reflect.get(authPlugin, Symbol.for('vue-auth-refresh/fetch'))
  if (!port) throw new TypeError('createAuthFetch(): pass what createAuth() returns.')
  return port as FetchPort
}

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
  const port = portOf(authPlugin)
  const allowedOrigins = ownAllowed ?? port.allowedOrigins

  const partOf = ({ url }: FetchRequest, part: 'origin' | 'pathname'): (() => string) =>
    port.partOf(() => url, part)

  function isAllowed(request: FetchRequest): boolean {
    const origin = partOf(request, 'origin')()
    return !!origin && (allowedOrigins ?? port.ownOrigins()).includes(origin)
  }

  async function isDenied(
    { response, error }: FetchAnswer,
    { signal }: FetchRequest,
    token: string | null,
  ): Promise<boolean> {
    if (!isExpired) return port.isUnauthorized(response)
    const [shown, copyOf] = lazyCopy(response)
    try {
      return await isExpired(shown, error)
    } catch (thrown) {
      // A body that is read while its caller cancels is no fault of the application.
      if (!signal?.aborted) port.complain('isExpired', token)(thrown)
      return false
    } finally {
      // An unread copy would stay in memory for as long as the original is read.
      port.freeBody(copyOf()?.body)
    }
  }

  /** Sends what the caller has passed, with these headers. */
  function send(
    { input, init, data, headers: bare }: FetchRequest,
    headers = bare,
    target = input,
    ownInit?: RequestInit,
  ): Promise<Response> {
    const isHeld =
      !ownInit &&
      [...headers].some(([name, value]) => name !== 'authorization' && value !== bare.get(name))
    return (given ?? fetch)(target, {
      // With any `init`, a `Request` would lose them.
      ...(isRequest(input) && { referrer: input.referrer, referrerPolicy: input.referrerPolicy }),
      ...init,
      // `fetch` takes `Authorization` alone off where a redirect leads to another origin.
      ...(isHeld && { redirect: init?.redirect ?? heldRedirectOf(input) }),
      ...ownInit,
      headers,
      body: data,
    } as RequestInit)
  }

  const call = port.connect<FetchRequest, Response, FetchAnswer>(
    {
      isBearer: !attach,
      isAllowed,
      partOf,
      send: (_call, request) => send(request),
      attach(_call, request, token) {
        const { input } = request
        const headers = new Headers(request.headers)
        let attached: unknown
        let ownInit: RequestInit | undefined
        if (token === null) {
          port.addCookieHeaders(headers, port.first())
          ownInit = { credentials: 'include' }
        } else if (attach) attached = attach(headers, token)
        else headers.set('Authorization', `Bearer ${token}`)
        return {
          headers,
          attached,
          async send(decide) {
            // The original may be sent again.
            const target = isRequest(input) ? input.clone() : input
            const sent = send(request, headers, target, ownInit)
            const answer = await sent.then(
              (response): FetchAnswer => ({ response }),
              (error: unknown): FetchAnswer => {
                if (!isExpired || !isNetworkError(error, request)) throw error
                return { response: Response.error(), error }
              },
            )
            const isRefused = await isDenied(answer, request, token)
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
      discard: ({ response }) => port.freeBody(response.body),
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
