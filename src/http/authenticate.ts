import {
  AxiosError,
  getAdapter,
  type AxiosInstance,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios'
import { AuthError } from '../errors'
import type { AuthEventDetail, RequestInfo } from '../events'
import { now } from '../utils/clock'
import type { Live, Requests } from '../session/requests'
import type { Session } from '../session/session'
import { createOriginCheck } from './allowed-origins'
import { attachBearer, hasCredential } from './bearer'
import { whileWanted } from './cancellation'
import { bringsRefreshToken, type OwnCalls } from './own-calls'
import { isReplayable, rewindBody } from './request-body'
import { withInfo } from './request-event'
import { isUnauthorized, judge, type Verdict } from './verdict'

/** The owner of a request that a `login`, `refresh` or `logout` callback sends. */
const LIBRARY = Symbol('library')

type Config = InternalAxiosRequestConfig
type Delivery = AxiosResponse | Promise<AxiosResponse>

/** The part of a stream that frees it: Node's or the web's. */
interface Readable {
  destroy(): void
  cancel(): Promise<void>
}

/** A response as the adapter settled with it. Plain data: thousands of them may wait for one refresh. */
interface Answer {
  readonly response: AxiosResponse
  readonly error: AxiosError | undefined
  readonly verdict: Verdict | undefined
}

type WithoutInfo<E> = E extends RequestInfo ? Omit<E, keyof RequestInfo> : never
/** An event of a request, before it says of which. */
type RequestEvent = WithoutInfo<AuthEventDetail>

export interface AuthenticateOptions {
  /** The application's verdict. {@link isUnauthorized}, the default, is asked without decoding the body. */
  isExpired(this: void, response: AxiosResponse): boolean
  /** Puts the token into a copy of the config. {@link attachBearer}, the default, needs no copy. */
  attach(this: void, config: Config, token: string): void
  readonly allowedOrigins?: readonly string[]
  /** Left out without a listener, so that no event is made in vain. */
  emit?: ((this: void, event: AuthEventDetail) => void) | undefined
  /** The number for the next call, as events show it. */
  nextNumber(this: void): number
  readonly ownCalls: OwnCalls
  /** Called for each request of a callback. */
  onOwnCall?: (() => void) | undefined
  /** Whether `fetchUser` sends a request. */
  isFromFetchUser(this: void, config: Config): boolean
}

/** One call of the application. If a retry library sends it again, with the same config or a copy, it is still one. */
interface Call {
  readonly number: number
  /** The session as it serves requests, from when the call was made. */
  readonly requests: Requests
  /** The id of its session; null for none; undefined while that is not known; LIBRARY for a callback's. */
  owner: string | typeof LIBRARY | null | undefined
  /** The `data` as the caller passed it. */
  readonly data: unknown
  /** The adapter it would have gone through without this library. */
  readonly adapter: Config['adapter']
  /** Time spent waiting for a refresh ahead of expiry, in ms. */
  waited: number
}

/** Sends a call. An adapter that throws counts as one that rejects, so that the config is restored. */
function send({ adapter }: Call, config: Config): Promise<AxiosResponse> {
  try {
    return (typeof adapter === 'function' ? adapter : getAdapter(adapter, config))(config)
  } catch (error) {
    return Promise.reject(error)
  }
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
  {
    isExpired,
    attach,
    allowedOrigins,
    emit,
    nextNumber,
    ownCalls,
    onOwnCall,
    isFromFetchUser,
  }: AuthenticateOptions,
): (config: Config) => false {
  const isAllowed = createOriginCheck(instance, allowedOrigins)
  /** Marks the adapters made here. Each installation has its own, so that a config cannot forge it. */
  const WRAPPED = Symbol('wrapped')

  function tell(event: RequestEvent, { number }: Call, config: Config): void {
    emit?.(withInfo(event, number, instance, config))
  }

  /**
   * Runs inside `http.get()`, synchronously: the call belongs to the user who is signed in now. Returns false, so that
   * no interceptor runs later: `runWhen` only serves to be called in time.
   */
  function wrap(config: Config): false {
    const { adapter } = config
    if (typeof adapter !== 'function' || !Object.hasOwn(adapter, WRAPPED)) {
      const requests = requestsNow()
      const owner = ownCalls.include(config) ? LIBRARY : requests.ownerNow(isFromFetchUser(config))
      const { data } = config
      const call: Call = { number: nextNumber(), requests, owner, data, adapter, waited: 0 }
      // A WeakSet entry for each request would make a request 2–3 % slower (npm run bench).
      config.adapter = Object.assign((final: Config) => dispatch(call, final), { [WRAPPED]: true })
    }
    return false
  }

  function dispatch(call: Call, config: Config): Promise<AxiosResponse> {
    const isLeftAlone =
      (Object.hasOwn(config, 'skipAuth') && config.skipAuth) ||
      hasCredential(config) ||
      !isAllowed(config)
    if (isLeftAlone) return sendBare(call, config)
    if (call.owner === LIBRARY || ownCalls.include(config)) return sendForCallback(call, config)
    if (call.owner !== undefined) return sendForSession(call, config)
    return whileWanted(call.requests.whenKnown(), config).then(() => {
      call.owner = call.requests.ownerNow(false) ?? null
      return sendForSession(call, config)
    })
  }

  function sendBare(call: Call, config: Config): Promise<AxiosResponse> {
    tell({ type: 'request-sent', authenticated: false }, call, config)
    return send(call, config)
  }

  /** Sends a callback's request untouched. If it waited for a refresh, that refresh might be waiting for it. */
  function sendForCallback(call: Call, config: Config): Promise<AxiosResponse> {
    onOwnCall?.()
    return sendBare(call, config)
  }

  function sendForSession(call: Call, config: Config): Promise<AxiosResponse> {
    const { owner, requests } = call
    if (typeof owner !== 'string') return sendBare(call, config)
    let live: Live
    try {
      live = requests.acquire(owner, { isOneShot: !isReplayable(config, call.data) })
    } catch (reason) {
      return rejectRequest(config, reason)
    }
    const session = requests.current()
    if (session && requests.isRefreshing() && bringsRefreshToken(config, session)) {
      Promise.resolve(live).catch(() => {})
      return sendForCallback(call, config)
    }
    if (!(live instanceof Promise)) return sendWith(live, call, config, false)
    const since = now()
    tell({ type: 'request-waiting', after: 'call' }, call, config)
    return whileWanted(live, config).then(
      (renewed) => {
        if (renewed.id === owner) call.waited = now() - since
        return sendWith(renewed, call, config, false)
      },
      (reason: unknown) => rejectRequest(config, reason),
    )
  }

  /** Sends with the token of a session. Once the answer is there, the config is as before: without the token. */
  function sendWith(
    session: Session,
    call: Call,
    config: Config,
    isReplay: boolean,
  ): Promise<AxiosResponse> {
    const { requests } = call
    if (session.id !== requests.current()?.id) return rejectRequest(config, requests.lossReason())
    tell(
      isReplay ? { type: 'request-replayed' } : { type: 'request-sent', authenticated: true },
      call,
      config,
    )
    const bare = config.headers
    // A copy, because the Node adapter writes into the headers it is given.
    const headers = Object.assign(Object.create(Object.getPrototypeOf(bare)), bare) as typeof bare
    let sent = config
    if (attach === attachBearer) config.headers = headers
    else sent = { ...config, headers }
    attach(sent, session.token)

    const settle = (response: AxiosResponse | undefined, error?: AxiosError): Delivery => {
      config.headers = bare
      if (error) error.config &&= config
      if (!response) return Promise.reject(error)
      response.config = config
      const decide = (isDenied: boolean, verdict?: Verdict): Delivery => {
        const answer = { response, error, verdict }
        if (isDenied && !isReplay) return replay(session, call, config, answer)
        if (isDenied) requests.replayDenied(session, config)
        else if (response.status < 500) requests.accepted(session)
        return deliver(answer)
      }
      return isExpired === isUnauthorized
        ? decide(isUnauthorized(response))
        : judge(isExpired, response, config).then((verdict) => decide(verdict.isExpired, verdict))
    }
    return send(call, sent).then(settle, (error: AxiosError) => settle(error?.response, error))
  }

  async function replay(
    session: Session,
    call: Call,
    config: Config,
    denied: Answer,
  ): Promise<AxiosResponse> {
    const recovery = call.requests.recover(session, config, call.waited)
    if (!recovery) return deliver(denied)
    if (!isReplayable(config, call.data)) {
      // It cannot be sent again; but the next request will have the new token.
      Promise.resolve(recovery).catch(() => {})
      return deliver(denied)
    }
    let renewed: Session
    try {
      tell({ type: 'request-waiting', after: 'expired' }, call, config)
      renewed = await whileWanted(recovery, config)
    } catch (reason) {
      if (denied.error && reason instanceof AuthError) denied.error.cause = reason
      return deliver(denied)
    }
    if (config.responseType === 'stream') {
      // Free the connection of a denied download: its body is not read.
      const body = denied.response.data as Partial<Readable> | undefined
      body?.destroy?.()
      body?.cancel?.().catch(() => {})
    }
    rewindBody(config, call.data)
    return sendWith(renewed, call, config, true)
  }

  return wrap
}

/** Gives the caller the answer to its own request. */
function deliver({ response, error, verdict }: Answer): AxiosResponse {
  verdict?.useDecodedBody()
  if (error) throw error
  return response
}

/** Rejects as a request that could not be sent: with an axios error that has an AuthError as its cause. */
async function rejectRequest(config: Config, reason: unknown): Promise<never> {
  if (!(reason instanceof AuthError)) throw reason
  const error = new AxiosError(reason.message, reason.code, config)
  error.cause = reason
  throw error
}
