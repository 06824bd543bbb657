import {
  AxiosError,
  getAdapter,
  isCancel,
  type AxiosAdapter,
  type AxiosInstance,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios'
import { AuthError } from '../errors'
import type { AuthEventDetail, RequestInfo } from '../events'
import type { Resource } from '../session/evidence'
import type { Session } from '../session/session'
import type { SessionKeeper } from '../session/session-keeper'
import { finalUrl } from './allowed-origins'
import { throwIfCancelled, whileWanted } from './cancellation'
import { rewindBody } from './request-body'
import { judge, type Verdict } from './verdict'

export interface AuthenticateOptions {
  /** The application's verdict; null: `status === 401`. */
  readonly isExpired: ((response: AxiosResponse) => boolean) | null
  /** How the application attaches the token; null: as a bearer token. */
  readonly attach: ((config: InternalAxiosRequestConfig, token: string) => void) | null
  readonly isAllowed: (config: InternalAxiosRequestConfig) => boolean
  /** Null when nobody listens, so that nothing is made to be told. */
  readonly emit: ((event: AuthEventDetail) => void) | null
}

type Gate = Omit<SessionKeeper, 'start' | 'end' | 'forget' | 'restore' | 'refresh'>
type Config = InternalAxiosRequestConfig

let calls = 0

/** One call of the application: whose it is, and what it takes to send it. */
class Call implements Resource {
  readonly number = ++calls
  private method = ''
  private url = ''

  constructor(
    /** The id of the session it belongs to; null: nobody's; undefined: not known yet. */
    public owner: string | null | undefined,
    readonly data: unknown,
    readonly adapter: Config['adapter'],
  ) {}

  /** The final method and URL are known only at the wire. */
  noteResource({ method = 'get', url = '' }: Config): void {
    this.method = method
    this.url = url
  }

  get key(): string {
    return `${this.method} ${this.url.split(/[?#]/, 1)[0]}`
  }
}

const INSTALLED = Symbol.for('vue-auth-refresh.authenticate')

interface Authenticated extends AxiosInstance {
  [INSTALLED]?: () => void
}

/**
 * Makes every request of an axios instance carry the access token and outlive its expiry. All of it happens
 * closest to the wire, in the config's adapter: there the final URL is known, and other interceptors see one
 * request and one response. Returns what undoes it; an earlier installation on the instance is undone first.
 */
export function authenticate(
  instance: AxiosInstance,
  gate: Gate,
  options: AuthenticateOptions,
): () => void {
  const { isExpired, attach, isAllowed, emit } = options
  /** Known by the adapter they were given, so that neither a config nor a prototype can forge one. */
  const known = new WeakMap<object, Call>()

  const describe = (call: Call, config: Config): RequestInfo => ({
    request: call.number,
    method: (config.method ?? 'get').toUpperCase(),
    path: finalUrl(instance, config)?.pathname ?? '',
  })

  /** Runs inside `http.get()`, synchronously: here a call is known to belong to who is signed in now. */
  function claim(config: Config): boolean {
    const { adapter } = config
    // A retry library sends the same config again: it is still the same call.
    if (typeof adapter === 'function' && known.has(adapter)) return false
    const owner = gate.isRestored() ? (gate.current()?.id ?? null) : undefined
    const call = new Call(owner, config.data, adapter)
    const wrapped: AxiosAdapter = (final) => dispatch(final, call)
    known.set(wrapped, call)
    config.adapter = wrapped
    return false
  }

  function dispatch(config: Config, call: Call): Promise<AxiosResponse> {
    const isLeftAlone =
      (Object.hasOwn(config, 'skipAuth') && config.skipAuth === true) ||
      config.auth !== undefined ||
      config.headers.has('Authorization') ||
      !isAllowed(config)
    if (isLeftAlone) return sendBare(config, call)
    if (call.owner !== undefined) return sendFor(call.owner, config, call)
    return whileWanted(gate.restored, config).then(() =>
      sendFor((call.owner = gate.current()?.id ?? null), config, call),
    )
  }

  const innerOf = (call: Call, config: Config): AxiosAdapter =>
    typeof call.adapter === 'function' ? call.adapter : getAdapter(call.adapter, config)

  function sendBare(config: Config, call: Call): Promise<AxiosResponse> {
    emit?.({ type: 'request-sent', authenticated: false, ...describe(call, config) })
    return innerOf(call, config)(config)
  }

  function sendFor(
    owner: string | null,
    config: Config,
    call: Call,
  ): Promise<AxiosResponse> {
    if (owner === null) return sendBare(config, call)
    if (gate.current()?.id !== owner) return Promise.reject(failed(config, gate.lost()))
    call.noteResource(config)
    const session = gate.acquire()
    if (!(session instanceof Promise)) return sendWith(session, config, call, false)
    emit?.({ type: 'request-waiting', after: 'call', ...describe(call, config) })
    return whileWanted(session, config).then(
      (live) => sendWith(live, config, call, false),
      (reason: unknown) => {
        throw reason instanceof AuthError ? failed(config, reason) : reason
      },
    )
  }

  /** Sends with this session's token. The config is as it was once the answer is there: without the token. */
  function sendWith(
    session: Session,
    config: Config,
    call: Call,
    isReplay: boolean,
  ): Promise<AxiosResponse> {
    if (gate.current()?.id !== session.id) return Promise.reject(failed(config, gate.lost()))
    emit?.(
      isReplay
        ? { type: 'request-replayed', ...describe(call, config) }
        : { type: 'request-sent', authenticated: true, ...describe(call, config) },
    )
    const bare = config.headers
    // A copy, because the Node adapter writes into the headers it is given.
    const headers: Config['headers'] = Object.assign(
      Object.create(Object.getPrototypeOf(bare) as object) as Config['headers'],
      bare,
    )
    const sent = attach ? { ...config, headers } : config
    if (attach) {
      attach(sent, session.token)
    } else {
      headers['Authorization'] = `Bearer ${session.token}`
      config.headers = headers
    }
    return innerOf(call, config)(sent).then(
      (response) => {
        config.headers = bare
        response.config = config
        return receive(response, null, session, config, call, isReplay)
      },
      (error: unknown) => {
        config.headers = bare
        if (error instanceof AxiosError) error.config = config
        const response = error instanceof AxiosError ? error.response : undefined
        if (!response) throw error
        response.config = config
        return receive(response, error as AxiosError, session, config, call, isReplay)
      },
    )
  }

  /** An answer has come, fulfilled or (`error`) rejected: is it the caller's, or does it say "expired"? */
  function receive(
    response: AxiosResponse,
    error: AxiosError | null,
    session: Session,
    config: Config,
    call: Call,
    isReplay: boolean,
  ): AxiosResponse | Promise<AxiosResponse> {
    const decide = (
      expired: boolean,
      verdict: Verdict | null,
    ): AxiosResponse | Promise<AxiosResponse> => {
      const deliver = (): AxiosResponse => {
        verdict?.deliver()
        if (error) throw error
        return response
      }
      if (!expired) {
        if (response.status < 500) gate.accepted(session, call, isReplay)
        return deliver()
      }
      if (!isReplay) return replay(response, error, session, config, call, deliver)
      gate.replayRefused(session, call)
      return deliver()
    }
    if (!isExpired) return decide(response.status === 401, null)
    return judge(isExpired, response, config).then((verdict) =>
      decide(verdict.isExpired, verdict),
    )
  }

  async function replay(
    response: AxiosResponse,
    error: AxiosError | null,
    session: Session,
    config: Config,
    call: Call,
    deliver: () => AxiosResponse,
  ): Promise<AxiosResponse> {
    const recovery = gate.recover(session, call)
    if (!recovery) return deliver()
    if (!rewindBody(config, call.data)) {
      // The caller cannot be helped, but the next request has the new token.
      Promise.resolve(recovery).catch(() => {})
      return deliver()
    }
    let renewed: Session
    try {
      emit?.({ type: 'request-waiting', after: 'expired', ...describe(call, config) })
      renewed = await whileWanted(Promise.resolve(recovery), config)
    } catch (reason) {
      if (isCancel(reason)) throw reason
      if (error) error.cause = reason as AuthError
      return deliver()
    }
    throwIfCancelled(config)
    discard(response.data)
    return sendWith(renewed, config, call, true)
  }

  const previous = (instance as Authenticated)[INSTALLED]
  previous?.()
  const id = instance.interceptors.request.use(null, null, { synchronous: true, runWhen: claim })
  const dispose = (): void => {
    instance.interceptors.request.eject(id)
    if ((instance as Authenticated)[INSTALLED] === dispose) {
      delete (instance as Authenticated)[INSTALLED]
    }
  }
  Object.defineProperty(instance, INSTALLED, { value: dispose, configurable: true })
  return dispose
}

/** What a caller gets whose request could not be sent: an axios error, and why. */
function failed(config: Config, cause: AuthError): AxiosError {
  const error = new AxiosError(cause.message, cause.code, config)
  error.cause = cause
  return error
}

/** Frees the connection of a refused download that nobody will read. */
function discard(body: unknown): void {
  if (typeof body !== 'object' || body === null) return
  if ('destroy' in body && typeof body.destroy === 'function') body.destroy()
  else if ('cancel' in body && typeof body.cancel === 'function') void body.cancel()
}
