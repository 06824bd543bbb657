import type { AxiosInstance } from 'axios'
import type { Call, WireRequest } from '../calls/call'
import { createDispatcher, type DispatchOptions } from '../calls/dispatcher'
import type { AnyAnswer, Transport } from '../calls/transport'
import type { Requests } from '../session/requests'
import { complain } from '../utils/call-safely'
import { once } from '../utils/once'
import { createUrlCheck, partOf, type Target } from './allowed-origins'
import { isUnauthorized } from './verdict'
import { createWarnings } from './warnings'

/**
 * The key by which the entry `vue-auth-refresh/fetch` reaches the session of a plugin. Global, because an app may have
 * two copies of this library.
 */
export const FETCH_PORT = Symbol.for('vue-auth-refresh/fetch')

/** A transport without what a plugin knows of its app. */
type FetchTransport<Request extends WireRequest, Result, Answer extends AnyAnswer> = Omit<
  Transport<Call, Request, Result, Answer>,
  'isAllowed' | 'pathOf' | 'warnings'
>

/** The plugin as the entry `vue-auth-refresh/fetch` sees it. */
export interface FetchPort {
  readonly isUnauthorized: typeof isUnauthorized
  readonly complain: typeof complain
  /**
   * Makes what sends requests for the session of the plugin. It returns undefined where the plugin was disposed of.
   *
   * @param allowedOrigins default: those of the plugin
   */
  connect<
    Request extends WireRequest & Target & { readonly url: string },
    Result,
    Answer extends AnyAnswer,
  >(
    transport: FetchTransport<Request, Result, Answer>,
    allowedOrigins: readonly string[] | undefined,
  ): (request: Request) => Promise<Result> | undefined
}

/** A plugin, with the port that its type does not name. */
export interface WithFetchPort {
  readonly [FETCH_PORT]: FetchPort
}

/**
 * @param first the first protected instance. Its origin is that of the app's API.
 * @param isOver whether the plugin serves no app any more
 */
export const createFetchPort = (
  first: () => AxiosInstance,
  isOver: () => boolean,
  requestsNow: () => Requests,
  options: DispatchOptions & { readonly allowedOrigins?: readonly string[] | undefined },
): FetchPort => ({
  isUnauthorized,
  complain,
  connect(transport, allowedOrigins = options.allowedOrigins) {
    // At the first request: the function that makes the instances of an app is not called before.
    const calls = once(() => {
      const instance = first()
      const isAllowed = createUrlCheck(instance, allowedOrigins)
      return createDispatcher(
        {
          ...transport,
          warnings:
            process.env.NODE_ENV === 'production'
              ? undefined
              : createWarnings(instance, allowedOrigins),
          isAllowed: ({ url }: Request) => isAllowed(url),
          pathOf: ({ url }: Request) => partOf(() => url, 'pathname'),
        },
        requestsNow,
        options,
      )
    })
    return (request) => {
      if (isOver()) return undefined
      const { begin, dispatch } = calls()
      return dispatch(begin(request), request)
    }
  },
})
