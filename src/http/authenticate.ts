import { getAdapter, type AxiosAdapter, type AxiosInstance, type AxiosResponse } from 'axios'
import { createDispatcher, type DispatchOptions } from '../calls/dispatcher'
import type { Requests } from '../session/requests'
import { startClock, type AxiosCall, type Config } from './axios-call'
import { createAxiosTransport, type AxiosTransportOptions } from './axios-transport'
import type { Wrap } from './installation'
import { createWarnings } from './warnings'

/** Marks the adapters made here with their call. Global, because a hot reload brings a second copy of this module. */
const CALL = Symbol.for('vue-auth-refresh/call')

interface MarkedAdapter extends AxiosAdapter {
  [CALL]?: AxiosCall
}

export interface AuthenticateOptions extends AxiosTransportOptions, DispatchOptions {}

/**
 * Makes what lets a request of an axios instance carry the access token and outlive its expiry. All of it happens
 * closest to the wire, in the config's adapter: there the final URL is known, and other interceptors see one
 * request and one response.
 *
 * @param requestsNow called for each request: the session that serves it
 */
export function authenticate(
  instance: AxiosInstance,
  requestsNow: () => Requests,
  options: AuthenticateOptions,
): Wrap {
  const warnings =
    process.env.NODE_ENV === 'production'
      ? undefined
      : createWarnings(instance, options.allowedOrigins)
  const transport = createAxiosTransport(instance, options, warnings)
  const calls = createDispatcher(transport, requestsNow, options)

  /** Configs that came through here, in development: a mock adapter deletes their adapter. */
  const passed = new WeakSet<Config>()

  /**
   * Runs inside `http.get()`, synchronously: the call belongs to the user who is signed in now. Returns false, so that
   * no interceptor runs later: `runWhen` only serves to be called in time.
   */
  function wrap(config: Config): false {
    const { adapter, baseURL } = config
    const before = callOf(adapter)
    if (before?.instance === instance) {
      // Another plugin of the same session may serve by now. A call of any other session stays with its own.
      const requests = calls.requestsFor(config)
      if (requests.current()?.id === (before.owner ?? null)) before.requests = requests
    } else {
      // In place: a copy by spreading makes a request a fifth slower (npm run bench).
      const call: AxiosCall = Object.assign(calls.begin(config), {
        instance,
        baseURL,
        adapter: before ? before.adapter : adapter,
      })
      const marked: MarkedAdapter = (final) => send(call, final)
      // A WeakSet entry for each request would make a request 2–3 % slower (npm run bench).
      marked[CALL] = call
      config.adapter = marked
    }
    return false
  }

  function send(call: AxiosCall, config: Config): Promise<AxiosResponse> {
    if (warnings) passed.add(config)
    startClock(call, config)
    return calls.dispatch(call, config)
  }

  /** Warns where a request was sent past here, although it should carry the token. */
  function inspect(config: Config, isIntercepted: boolean): void {
    const { adapter, headers } = config
    // An adapter of the app may answer with a config that axios never sent.
    if (callOf(adapter) || passed.has(config) || typeof headers?.get !== 'function') return
    const isMissed = isOfAxios(adapter) && !calls.isLeftAlone(config) && transport.isAllowed(config)
    if (!isMissed || !requestsNow().current()) return
    if (!isIntercepted) warnings?.interceptorRemoved()
    else if (adapter) warnings?.adapterReplaced()
    else warnings?.adapterDropped()
  }

  return warnings ? Object.assign(wrap, { inspect }) : wrap
}

/**
 * Whether an adapter is one of axios, as it is where there is none. Others may call the one that they replace, as a
 * cache does. The function of `fetch` has no name of its own.
 */
const isOfAxios = (adapter: Config['adapter']): boolean =>
  typeof adapter !== 'function' ||
  /^(?:xhr|http|fetch)$/.test(adapter.name) ||
  adapter === getAdapter('fetch')

const callOf = (adapter: Config['adapter']): AxiosCall | undefined =>
  (adapter as MarkedAdapter | undefined)?.[CALL]
