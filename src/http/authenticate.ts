import {
  AxiosError,
  getAdapter,
  type AxiosInstance,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios'
import { AuthError } from '../errors'
import type { AuthEventDetail, RequestInfo } from '../events'
import type { Resource } from '../session/evidence'
import type { Session } from '../session/session'
import type { SessionKeeper } from '../session/session-keeper'
import { createOriginCheck, finalUrl } from './allowed-origins'
import { whileWanted } from './cancellation'
import { rewindBody } from './request-body'
import { judge, type Verdict } from './verdict'

type Config = InternalAxiosRequestConfig
type Answer = AxiosResponse | Promise<AxiosResponse>

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
}

/** What the requests ask of the session. */
type Gate = Pick<
  SessionKeeper,
  | 'restored'
  | 'isRestored'
  | 'current'
  | 'lost'
  | 'acquire'
  | 'recover'
  | 'accepted'
  | 'replayRefused'
>

let calls = 0

/** One call of the application, on its way. */
class Call implements Resource {
  readonly number = ++calls
  /** As it reaches the wire: only there are the method and the URL final. */
  config: Config

  constructor(
    config: Config,
    /** The id of the session it belongs to; null: nobody's; undefined: not known yet. */
    public owner: string | null | undefined,
    /** What the caller passed as `data`. */
    readonly data: unknown = config.data,
    private readonly adapter = config.adapter,
  ) {
    this.config = config
  }

  get key(): string {
    return `${this.config.method} ${this.config.url?.split(/[?#]/, 1)[0]}`
  }

  /** Sends it through the adapter it would have gone through without this library. */
  send(config: Config): Promise<AxiosResponse> {
    const { adapter } = this
    return (typeof adapter === 'function' ? adapter : getAdapter(adapter, config))(config)
  }
}

/** Global, because a hot reload brings a second copy of this module. */
const INSTALLED = Symbol.for('vue-auth-refresh')

/**
 * Makes every request of an axios instance carry the access token and outlive its expiry. All of it happens
 * closest to the wire, in the config's adapter: there the final URL is known, and other interceptors see one
 * request and one response. Returns what undoes it; an earlier installation on the instance is undone first.
 */
export function authenticate(
  instance: AxiosInstance & { [INSTALLED]?: () => void },
  gate: Gate,
  { isExpired, attach, allowedOrigins, emit }: AuthenticateOptions,
): () => void {
  const isAllowed = createOriginCheck(instance, allowedOrigins)
  /** Marks the adapters made here. Its own to each installation, so that nobody else can make one. */
  const CLAIMED = Symbol('claimed')

  const info = ({ number, config }: Call): RequestInfo => ({
    request: number,
    method: String(config.method).toUpperCase(),
    path: finalUrl(instance, config)?.pathname ?? '',
  })

  const owner = (): string | null => gate.current()?.id ?? null

  /** Runs inside `http.get()`, synchronously: here a call is known to belong to who is signed in now. */
  function claim(config: Config): false {
    const { adapter } = config
    // A retry library sends the same config again: it is still the same call.
    if (typeof adapter !== 'function' || !Object.hasOwn(adapter, CLAIMED)) {
      const call = new Call(config, gate.isRestored() ? owner() : undefined)
      // A mark rather than a WeakSet: an entry for each request costs it 2–3 % (npm run bench).
      config.adapter = Object.assign(
        (final: Config) => {
          call.config = final
          return dispatch(call)
        },
        { [CLAIMED]: true },
      )
    }
    return false
  }

  function dispatch(call: Call): Promise<AxiosResponse> {
    const { config } = call
    const isLeftAlone =
      (Object.hasOwn(config, 'skipAuth') && config.skipAuth) ||
      config.auth ||
      config.headers.has('Authorization') ||
      !isAllowed(config)
    if (isLeftAlone) return sendBare(call)
    if (call.owner !== undefined) return sendOwned(call)
    return whileWanted(gate.restored, config).then(() => {
      call.owner = owner()
      return sendOwned(call)
    })
  }

  function sendBare(call: Call): Promise<AxiosResponse> {
    emit?.({ type: 'request-sent', authenticated: false, ...info(call) })
    return call.send(call.config)
  }

  function sendOwned(call: Call): Promise<AxiosResponse> {
    if (call.owner === null) return sendBare(call)
    const session = gate.current()
    if (!session || session.id !== call.owner) return Promise.reject(failed(call, gate.lost()))
    const live = gate.acquire(session)
    if (!(live instanceof Promise)) return sendWith(live, call, false)
    emit?.({ type: 'request-waiting', after: 'call', ...info(call) })
    return whileWanted(live, call.config).then(
      (renewed) => sendWith(renewed, call, false),
      (reason: unknown) => {
        throw failed(call, reason)
      },
    )
  }

  /** Sends with this session's token. The config is as it was once the answer is there: without the token. */
  function sendWith(session: Session, call: Call, isReplay: boolean): Promise<AxiosResponse> {
    if (session.id !== owner()) return Promise.reject(failed(call, gate.lost()))
    emit?.(
      isReplay
        ? { type: 'request-replayed', ...info(call) }
        : { type: 'request-sent', authenticated: true, ...info(call) },
    )
    const { config } = call
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
        if (isRefused && !isReplay) return replay(session, call, outcome)
        if (isRefused) gate.replayRefused(session, call)
        else if (response.status < 500) gate.accepted(session, call, isReplay)
        return deliver(outcome)
      }
      return isExpired
        ? judge(isExpired, response, config).then((verdict) => decide(verdict.isExpired, verdict))
        : decide(response.status === 401)
    }
    return call.send(sent).then(settle, (error: AxiosError) => settle(error?.response, error))
  }

  async function replay(session: Session, call: Call, refused: Outcome): Promise<AxiosResponse> {
    const recovery = gate.recover(session, call)
    if (!recovery) return deliver(refused)
    if (!rewindBody(call.config, call.data)) {
      // It cannot be sent again; but the next request will have the new token.
      Promise.resolve(recovery).catch(() => {})
      return deliver(refused)
    }
    let renewed: Session
    try {
      emit?.({ type: 'request-waiting', after: 'expired', ...info(call) })
      renewed = await whileWanted(recovery, call.config)
    } catch (reason) {
      if (refused.error && reason instanceof AuthError) refused.error.cause = reason
      return deliver(refused)
    }
    if (call.config.responseType === 'stream') {
      // Frees the connection of a refused download, which nobody will read.
      const body = refused.response.data as { destroy?(): void; cancel?(): void } | undefined
      body?.destroy?.()
      body?.cancel?.()
    }
    return sendWith(renewed, call, true)
  }

  instance[INSTALLED]?.()
  const id = instance.interceptors.request.use(null, null, { synchronous: true, runWhen: claim })
  return (instance[INSTALLED] = () => instance.interceptors.request.eject(id))
}

/** Gives the caller its own answer. */
function deliver({ response, error, verdict }: Outcome): AxiosResponse {
  verdict?.deliver()
  if (error) throw error
  return response
}

/** What a caller gets whose request could not be sent: an axios error, and why. Other errors stay as they are. */
function failed({ config }: Call, reason: unknown): unknown {
  if (!(reason instanceof AuthError)) return reason
  const error = new AxiosError(reason.message, reason.code, config)
  error.cause = reason
  return error
}
