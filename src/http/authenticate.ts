import { getAdapter, type AxiosInstance, type AxiosResponse } from 'axios'
import type { AuthEventDetail } from '../events'
import type { Requests } from '../session/requests'
import { createOriginCheck } from './allowed-origins'
import { attachBearer, credentialOf } from './bearer'
import { hasFlag, LIBRARY, startClock, wait, type Call, type Config } from './call'
import type { Wrap } from './installation'
import type { OwnCalls } from './own-calls'
import { withInfo } from './request-event'
import { createSender, type RequestEvent, type SenderOptions } from './sender'
import { createWarnings } from './warnings'

/** Marks the adapters made here with their call. Global, because a hot reload brings a second copy of this module. */
const CALL = Symbol.for('vue-auth-refresh/call')

export interface AuthenticateOptions extends SenderOptions {
  readonly allowedOrigins?: readonly string[] | undefined
  /** Left out without a listener, so that no event is made in vain. */
  emit?: ((this: void, event: AuthEventDetail) => void) | undefined
  /** The number for the next call, as events show it. */
  nextNumber(this: void): number
  readonly ownCalls: OwnCalls<true>
  /** The session that serves a `fetchUser` which sends this request; undefined for any other request. */
  requestsOfFetchUser(this: void, config: Config): Requests | undefined
}

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
  const { attach, allowedOrigins, emit, nextNumber, ownCalls, requestsOfFetchUser } = options
  const isAllowed = createOriginCheck(instance, allowedOrigins)
  const { sendBare, sendForCallback, sendForSession, reject } = createSender(
    instance,
    options,
    tell,
  )
  const warnings =
    process.env.NODE_ENV === 'production' ? undefined : createWarnings(instance, allowedOrigins)

  /** Configs that came through here, in development: a mock adapter deletes their adapter. */
  const passed = new WeakSet<Config>()
  const start = warnings ? dispatchNoted : dispatch

  function tell(event: RequestEvent, { number }: Call, config: Config): void {
    emit?.(withInfo(event, number, instance, config))
  }

  /**
   * Runs inside `http.get()`, synchronously: the call belongs to the user who is signed in now. Returns false, so that
   * no interceptor runs later: `runWhen` only serves to be called in time.
   */
  function wrap(config: Config): false {
    const { adapter } = config
    const ofFetchUser = requestsOfFetchUser(config)
    const requests = ofFetchUser ?? requestsNow()
    const before = callOf(adapter)
    if (before?.instance === instance) {
      // Another plugin of the same session may serve by now. A call of any other session stays with its own.
      if (requests.current()?.id === (before.owner ?? null)) before.requests = requests
    } else {
      const owner = ownCalls.markOf(config) ? LIBRARY : requests.ownerNow(!!ofFetchUser)
      const { data, baseURL } = config
      const call: Call = {
        number: nextNumber(),
        instance,
        requests,
        owner,
        data,
        baseURL,
        adapter: before ? before.adapter : adapter,
        waited: 0,
        deadline: Infinity,
        hasWaited: false,
      }
      // A WeakSet entry for each request would make a request 2–3 % slower (npm run bench).
      config.adapter = Object.assign((final: Config) => start(call, final), {
        [CALL]: call,
      })
    }
    return false
  }

  /** Whether the caller has seen to the credential. With an `attach` of the app, a request may have another one, too. */
  const isLeftAlone = (config: Config, credential = credentialOf(config)): boolean =>
    hasFlag(config, 'skipAuth') || (credential === 'own' && attach === attachBearer)

  function dispatchNoted(call: Call, config: Config): Promise<AxiosResponse> {
    passed.add(config)
    return dispatch(call, config)
  }

  function dispatch(call: Call, config: Config): Promise<AxiosResponse> {
    startClock(call, config)
    const credential = credentialOf(config)
    if (isLeftAlone(config, credential)) return sendBare(call, config)
    if (!isAllowed(config)) {
      if (typeof call.owner === 'string') warnings?.originNotAllowed(config, call.baseURL)
      return sendBare(call, config)
    }
    if (credential === 'blank') {
      warnings?.blankAuthorization()
      config.headers.delete('Authorization')
    }
    if (call.owner === LIBRARY || ownCalls.markOf(config)) return sendForCallback(call, config)
    if (call.owner !== undefined) return sendOwned(call, config)
    return wait(call.requests.whenKnown(), call, config).then(
      () => {
        call.owner = call.requests.ownerNow(false) ?? null
        return sendOwned(call, config)
      },
      (reason: unknown) => reject(config, reason),
    )
  }

  /** Sends for the session of a call. A user in the URL would replace its token. */
  function sendOwned(call: Call, config: Config): Promise<AxiosResponse> {
    if (attach === attachBearer && typeof call.owner === 'string') warnings?.userInUrl(config)
    return sendForSession(call, config)
  }

  /** Warns where a request was sent past here, although it should carry the token. */
  function inspect(config: Config, isIntercepted: boolean): void {
    const { adapter, headers } = config
    // An adapter of the app may answer with a config that axios never sent.
    if (callOf(adapter) || passed.has(config) || typeof headers?.get !== 'function') return
    const isMissed = isOfAxios(adapter) && !isLeftAlone(config) && isAllowed(config)
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

const callOf = (adapter: Config['adapter']): Call | undefined =>
  (adapter as { [CALL]?: Call } | undefined)?.[CALL]
