import type { AuthFetchInit, AuthFetchInput } from './options'

/** A request of `fetch`, as calls know requests. */
export interface FetchRequest {
  readonly input: string | Request
  readonly init: AuthFetchInit | undefined
  /** In lower case, as axios has it: an operation is the same by both. */
  readonly method: string
  readonly url: string
  /** A copy: neither the token nor a later change of the caller's is seen at the other side. */
  readonly headers: Headers
  readonly signal: AbortSignal | null | undefined
  readonly skipAuth: boolean
  readonly skipAuthRefresh: boolean
  /** The body of `init`. That of a `Request` stays in there, until a JSON is read to know its operation. */
  data: unknown
}

/** Tells a `Request`, also that of another realm or of a polyfill, from a `URL` and from an `init` with a member `url`. */
export const isRequest = (value: unknown): value is Request => {
  const { url, clone } = Object(value) as Partial<Request>
  return url !== undefined && typeof clone === 'function'
}

/** Takes down what `fetch` was called with: what the caller changes later is not seen. */
export function toRequest(input: AuthFetchInput, init?: AuthFetchInit): FetchRequest {
  const hasFlag = (flag: 'skipAuth' | 'skipAuthRefresh'): boolean =>
    [init, input].some(
      (given) => Object.hasOwn(Object(given) as object, flag) && !!Reflect.get(Object(given), flag),
    )
  const [skipAuth, skipAuthRefresh] = [hasFlag('skipAuth'), hasFlag('skipAuthRefresh')]
  // `fetch` reads the members of a `Request` there, too, but they are not its own.
  if (isRequest(init)) {
    return toRequest(Object.assign(new Request(input, init), { skipAuth, skipAuthRefresh }))
  }
  const from = isRequest(input) ? input : undefined
  const url = isRequest(input) ? input.url : String(input)
  // Without a prototype: a polluted one must not supply a base or a socket.
  return Object.assign(Object.create(null) as object, {
    input: from ?? url,
    init: init && { ...init },
    method: (init?.method ?? from?.method ?? 'get').toLowerCase(),
    url,
    headers: new Headers(init?.headers ?? from?.headers),
    signal: init?.signal === undefined ? from?.signal : init.signal,
    skipAuth,
    skipAuthRefresh,
    data: init?.body,
  })
}
