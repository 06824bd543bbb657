import type { AuthFetchInit, AuthFetchInput } from './options'

/** A request of `fetch`, as calls know requests. */
export interface FetchRequest {
  readonly input: AuthFetchInput
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

/** Tells a `Request`, also that of another realm or of a polyfill. A `URL` has no member `url`. */
export const isRequest = (value: unknown): value is Request =>
  Object(value) === value && 'url' in Object(value)

/** Takes down what `fetch` was called with. */
export function toRequest(input: AuthFetchInput, init?: AuthFetchInit): FetchRequest {
  // `fetch` reads the members of a `Request` there, too, but they are not its own.
  if (isRequest(init)) return toRequest(new Request(input, init))
  const from = isRequest(input) ? input : undefined
  /** Clients hand on what they do not know in `init` or as a member of the `Request`. */
  const hasFlag = (flag: 'skipAuth' | 'skipAuthRefresh'): boolean =>
    [init, input].some(
      (given) => Object.hasOwn(Object(given) as object, flag) && !!Reflect.get(Object(given), flag),
    )
  // Without a prototype: a polluted one must not supply a base or a socket.
  return Object.assign(Object.create(null) as object, {
    input,
    init,
    method: (init?.method ?? from?.method ?? 'get').toLowerCase(),
    url: isRequest(input) ? input.url : String(input),
    headers: new Headers(init?.headers ?? from?.headers),
    signal: init?.signal === undefined ? from?.signal : init.signal,
    skipAuth: hasFlag('skipAuth'),
    skipAuthRefresh: hasFlag('skipAuthRefresh'),
    data: init?.body,
  })
}
