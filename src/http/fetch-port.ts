import type { AxiosInstance } from 'axios'
import type { Call, WireRequest } from '../calls/call'
import { freeBody } from '../calls/response-body'
import { createDispatcher, type DispatchOptions } from '../calls/dispatcher'
import type { AnyAnswer, Transport } from '../calls/transport'
import type { Requests } from '../session/requests'
import { complain } from '../utils/call-safely'
import { cutting } from '../utils/secrets'
import { ownOrigins, partOf, type Target } from './allowed-origins'
import { once } from '../utils/once'
import { addCookieHeaders } from './cookie-headers'
import { isUnauthorized } from './verdict'
import { createWarnings } from './warnings'

/**
 * The key by which the entry `vue-auth-refresh/fetch` reaches the session of a plugin. Global, because an app may have
 * two copies of this library.
 */
export const FETCH_PORT = Symbol.for('vue-auth-refresh/fetch')

/** The plugin as the entry `vue-auth-refresh/fetch` sees it. */
export interface FetchPort {
  readonly allowedOrigins?: readonly string[] | undefined
  readonly addCookieHeaders: typeof addCookieHeaders
  /** Prints that a callback has failed, which knew this token. */
  complain(this: void, callback: string, token: string | null): (error: unknown) => void
  readonly freeBody: typeof freeBody
  readonly isUnauthorized: typeof isUnauthorized
  /** The origins of the app's API: those of its first instance. */
  ownOrigins(this: void): readonly string[]
  readonly partOf: typeof partOf
  /** The first protected instance. */
  first(this: void): AxiosInstance
  /** Makes what sends requests for the session of the plugin. It returns undefined where the plugin was disposed of. */
  connect<Request extends WireRequest & Target, Result, Answer extends AnyAnswer>(
    this: void,
    transport: Transport<Call, Request, Result, Answer>,
    allowedOrigins: readonly string[] | undefined,
  ): (request: Request) => Promise<Result> | undefined
}

/** A plugin, with the port that its type does not name. */
export interface WithFetchPort {
  readonly [FETCH_PORT]: FetchPort
}

/** Keeps the origins for as long as the base stays: asking axios costs more than all else of a request. */
function originsOf(first: () => AxiosInstance): () => readonly string[] {
  let base: string | undefined
  let origins: readonly string[] | undefined
  return () => {
    const { baseURL } = first().defaults
    if (!origins || baseURL !== base) origins = ownOrigins(first())
    base = baseURL
    return origins
  }
}

/** @param isOver whether the plugin serves no app any more */
export const createFetchPort = (
  first: () => AxiosInstance,
  isOver: () => boolean,
  requestsNow: () => Requests,
  options: DispatchOptions & Pick<FetchPort, 'allowedOrigins'>,
): FetchPort => ({
  allowedOrigins: options.allowedOrigins,
  addCookieHeaders,
  complain: (callback, token) => complain(callback, cutting([token])),
  freeBody,
  isUnauthorized,
  ownOrigins: originsOf(first),
  partOf,
  first,
  connect(given, allowedOrigins) {
    let transport = given
    if (process.env.NODE_ENV !== 'production') {
      // At the first warning: the function that makes the instances of an app is not called before.
      const warnings = once(() => createWarnings(first(), allowedOrigins))
      transport = {
        ...given,
        get warnings() {
          return warnings()
        },
      }
    }
    const { begin, dispatch } = createDispatcher(transport, requestsNow, options)
    return (request) => (isOver() ? undefined : dispatch(begin(request), request))
  },
})
