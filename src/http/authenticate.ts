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
import type { Gate } from '../session/gate'
import type { Session } from '../session/session'
import type { SessionKeeper } from '../session/session-keeper-types'
import { createOriginCheck, finalUrl } from './allowed-origins'
import { whileWanted } from './cancellation'
import { install } from './installation'
import { bringsRefreshToken, type OwnCalls } from './own-calls'
import { rewindBody } from './request-body'
import { judge, type Verdict } from './verdict'

type Config = InternalAxiosRequestConfig
type Answer = AxiosResponse | Promise<AxiosResponse>

/** What a stream can be freed with: Node's or the web's. */
interface Readable {
  destroy(): void
  cancel(): Promise<void>
}

/** A response as the adapter settled with it. Plain data: thousands of them may wait for one refresh. */
interface Outcome {
  readonly response: AxiosResponse
  readonly error: AxiosError | undefined
  readonly verdict: Verdict | undefined
}

export interface AuthenticateOptions {
  /** The application's verdict; default: `status === 401`. */
  isExpired?(this: void, response: AxiosResponse): boolean
  /** How the application attaches the token; default: as a bearer token. */
  attach?(this: void, config: Config, token: string): void
  readonly allowedOrigins?: readonly string[]
  /** Left out when nobody listens, so that nothing is made to be told. */
  emit?: ((this: void, event: AuthEventDetail) => void) | undefined
  /** Numbers the calls. */
  nextNumber(this: void): number
  readonly ownCalls: OwnCalls
  /** Whether `fetchUser` sends it. */
  isLookUp(this: void, config: Config): boolean
  /** The name of the session. */
  readonly name: string
}

/** What is asked of the session for a request. */
type Sessions = Gate &
  Pick<SessionKeeper, 'current' | 'isKnown' | 'news' | 'lost' | 'accepted' | 'replayRefused'>

/** One call of the application. It may be sent more than once: by a retry library, with a config of its own. */
class Call {
  /** For a refresh ahead, in ms; not for its user. */
  waited = 0

  constructor(
    readonly number: number,
    /** The id of the session it belongs to; null: nobody's; false: the library's own; undefined: not known yet. */
    public owner: string | false | null | undefined,
    /** What the caller passed as `data`. */
    readonly data: unknown,
    private readonly adapter: Config['adapter'],
  ) {}

  /** Sends through the adapter it would have gone through without this library. */
  send(config: Config): Promise<AxiosResponse> {
    const { adapter } = this
    return (typeof adapter === 'function' ? adapter : getAdapter(adapter, config))(config)
  }
}

/**
 * Makes every request of an axios instance carry the access token and outlive its expiry. All of it happens
 * closest to the wire, in the config's adapter: there the final URL is known, and other interceptors see one
 * request and one response. Returns what undoes it; an earlier installation on the instance is undone first.
 */
export function authenticate(
  instance: AxiosInstance,
  gate: Sessions,
  {
    isExpired,
    attach,
    allowedOrigins,
    emit,
    nextNumber,
    ownCalls,
    isLookUp,
    name,
  }: AuthenticateOptions,
): () => void {
  const isAllowed = createOriginCheck(instance, allowedOrigins)
  /** Marks the adapters made here. Its own to each installation, so that nobody else can make one. */
  const CLAIMED = Symbol('claimed')

  const info = ({ number }: Call, config: Config): RequestInfo => ({
    request: number,
    method: String(config.method).toUpperCase(),
    path: finalUrl(instance, config)?.pathname ?? '',
  })

  /** Runs inside `http.get()`, synchronously: here a call is known to belong to who is signed in now. */
  function claim(config: Config): false {
    const { adapter } = config
    // A retry library sends the same config again: it is still the same call.
    if (typeof adapter !== 'function' || !Object.hasOwn(adapter, CLAIMED)) {
      const owner = isLookUp(config) ? gate.newcomer() : gate.owner()
      const mine = !ownCalls.isRunning() && (owner ?? (gate.isKnown() ? null : undefined))
      const call = new Call(nextNumber(), mine, config.data, adapter)
      // A mark rather than a WeakSet: an entry for each request costs it 2–3 % (npm run bench).
      config.adapter = Object.assign((final: Config) => dispatch(call, final), { [CLAIMED]: true })
    }
    return false
  }

  function dispatch(call: Call, config: Config): Promise<AxiosResponse> {
    const isLeftAlone =
      (Object.hasOwn(config, 'skipAuth') && config.skipAuth) ||
      config.auth ||
      config.headers.has('Authorization') ||
      !isAllowed(config)
    if (isLeftAlone) return sendBare(call, config)
    if (call.owner === false || ownCalls.include(config)) return sendOwn(call, config)
    if (call.owner !== undefined) return sendOwned(call, config)
    return whileWanted(gate.news(), config).then(() => {
      call.owner = gate.owner()
      return sendOwned(call, config)
    })
  }

  function sendBare(call: Call, config: Config): Promise<AxiosResponse> {
    emit?.({ type: 'request-sent', authenticated: false, ...info(call, config) })
    return call.send(config)
  }

  /** It passes untouched: what it would wait for may be waiting for it. */
  function sendOwn(call: Call, config: Config): Promise<AxiosResponse> {
    ownCalls.onFound?.()
    return sendBare(call, config)
  }

  function sendOwned(call: Call, config: Config): Promise<AxiosResponse> {
    const { owner } = call
    if (typeof owner !== 'string') return sendBare(call, config)
    if (!gate.serves(owner)) return Promise.reject(failed(config, gate.lost()))
    const live = gate.acquire(owner)
    if (!(live instanceof Promise)) return sendWith(live, call, config, false)
    const session = gate.current()
    if (session && bringsRefreshToken(config, session)) {
      live.catch(() => {})
      return sendOwn(call, config)
    }
    const since = now()
    emit?.({ type: 'request-waiting', after: 'call', ...info(call, config) })
    return whileWanted(live, config).then(
      (renewed) => {
        if (renewed.id === owner) call.waited = now() - since
        return sendWith(renewed, call, config, false)
      },
      (reason: unknown) => {
        throw failed(config, reason)
      },
    )
  }

  /** Sends with this session's token. The config is as it was once the answer is there: without the token. */
  function sendWith(
    session: Session,
    call: Call,
    config: Config,
    isReplay: boolean,
  ): Promise<AxiosResponse> {
    if (session.id !== gate.current()?.id) return Promise.reject(failed(config, gate.lost()))
    emit?.(
      isReplay
        ? { type: 'request-replayed', ...info(call, config) }
        : { type: 'request-sent', authenticated: true, ...info(call, config) },
    )
    const bare = config.headers
    // A copy, because the Node adapter writes into the headers it is given.
    const headers = Object.assign(Object.create(Object.getPrototypeOf(bare)), bare) as typeof bare
    let sent = config
    if (attach) attach((sent = { ...config, headers }), session.token)
    else {
      headers.Authorization = `Bearer ${session.token}`
      config.headers = headers
    }

    const settle = (response: AxiosResponse | undefined, error?: AxiosError): Answer => {
      config.headers = bare
      if (error) error.config &&= config
      if (!response) return Promise.reject(error)
      response.config = config
      const decide = (isRefused: boolean, verdict?: Verdict): Answer => {
        const outcome = { response, error, verdict }
        if (isRefused && !isReplay) return replay(session, call, config, outcome)
        if (isRefused) gate.replayRefused(session, config)
        else if (response.status < 500) gate.accepted(session, config, isReplay)
        return deliver(outcome)
      }
      return isExpired
        ? judge(isExpired, response, config).then((verdict) => decide(verdict.isExpired, verdict))
        : decide(response.status === 401)
    }
    return call.send(sent).then(settle, (error: AxiosError) => settle(error?.response, error))
  }

  async function replay(
    session: Session,
    call: Call,
    config: Config,
    refused: Outcome,
  ): Promise<AxiosResponse> {
    const recovery = gate.recover(session, config, call.waited)
    if (!recovery) return deliver(refused)
    if (!rewindBody(config, call.data)) {
      // It cannot be sent again; but the next request will have the new token.
      Promise.resolve(recovery).catch(() => {})
      return deliver(refused)
    }
    let renewed: Session
    try {
      emit?.({ type: 'request-waiting', after: 'expired', ...info(call, config) })
      renewed = await whileWanted(recovery, config)
    } catch (reason) {
      if (refused.error && reason instanceof AuthError) refused.error.cause = reason
      return deliver(refused)
    }
    if (config.responseType === 'stream') {
      // Frees the connection of a refused download, which nobody will read.
      const body = refused.response.data as Partial<Readable> | undefined
      body?.destroy?.()
      body?.cancel?.().catch(() => {})
    }
    return sendWith(renewed, call, config, true)
  }

  return install(instance, name, claim)
}

/** Gives the caller its own answer. */
function deliver({ response, error, verdict }: Outcome): AxiosResponse {
  verdict?.deliver()
  if (error) throw error
  return response
}

/** What a caller gets whose request could not be sent: an axios error, and why. Other errors stay as they are. */
function failed(config: Config, reason: unknown): unknown {
  if (!(reason instanceof AuthError)) return reason
  const error = new AxiosError(reason.message, reason.code, config)
  error.cause = reason
  return error
}
