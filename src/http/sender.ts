import type { AxiosError, AxiosInstance, AxiosResponse } from 'axios'
import { AuthError } from '../errors'
import type { AuthEventDetail, RequestInfo } from '../events'
import type { Live } from '../session/requests'
import type { Session } from '../session/session'
import { now } from '../utils/clock'
import { ownMembers } from '../utils/unknown-data'
import { deliver, deliverWithReason, type Answer } from './answer'
import { copyOf } from './axios-copy'
import { attachBearer } from './bearer'
import { hasFlag, wait, type Call, type Config } from './call'
import { TIMED_OUT } from './cancellation'
import { bringsRefreshToken } from './own-calls'
import { sendWithin } from './redirects'
import { isReplayable, rewindBody } from './request-body'
import { timeoutError, withTimeout } from './time-limit'
import { isUnauthorized, judge, type Verdict } from './verdict'

type Delivery = AxiosResponse | Promise<AxiosResponse>

type WithoutInfo<E> = E extends RequestInfo ? Omit<E, keyof RequestInfo> : never
/** An event of a request, before it says of which. */
export type RequestEvent = WithoutInfo<AuthEventDetail>

/** The part of a stream that frees it: Node's or the web's. */
interface Readable {
  destroy(): void
  cancel(): Promise<void>
}

export interface SenderOptions {
  /** The application's verdict. {@link isUnauthorized}, the default, is asked without decoding the body. */
  isExpired(this: void, response: AxiosResponse): boolean
  /**
   * Puts the token into a copy of the config, for each send. A promise is waited for. {@link attachBearer}, the
   * default, needs no copy.
   */
  attach(this: void, config: Config, token: string): unknown
  /** Called for each request of a callback. */
  onOwnCall?: (() => void) | undefined
}

/** Sends the requests of an instance through the adapters that they had. */
export interface Sender {
  /** Sends without a token. */
  sendBare(call: Call, config: Config): Promise<AxiosResponse>
  /** Sends a callback's request untouched. If it waited for a refresh, that refresh might be waiting for it. */
  sendForCallback(call: Call, config: Config): Promise<AxiosResponse>
  /** Sends with the token of the session that owns the call, and once more with the next one if that is refused. */
  sendForSession(call: Call, config: Config): Promise<AxiosResponse>
  /** Rejects as a request that could not be sent: with an axios error, as of a timeout or caused by an AuthError. */
  reject(config: Config, reason: unknown): Promise<never>
}

/** Whether `attach` has set the header `Authorization`. */
const hasOtherCredential = ({ headers }: Config, before: Config['headers']): boolean =>
  headers.get('Authorization') !== before.get('Authorization')

/** Frees the connection of a download whose body is not read. */
function freeConnection({ responseType }: Config, { data }: AxiosResponse): void {
  if (responseType !== 'stream') return
  const body = data as Partial<Readable> | undefined
  body?.destroy?.()
  body?.cancel?.().catch(() => {})
}

export function createSender(
  instance: AxiosInstance,
  { isExpired, attach, onOwnCall }: SenderOptions,
  tell: (event: RequestEvent, call: Call, config: Config) => void,
): Sender {
  const copy = copyOf(instance)

  /** Sends as it is. After a wait, only the rest of the time is left. */
  function send(call: Call, config: Config): Promise<AxiosResponse> {
    const { adapter, deadline } = call
    const sendNow = (): Promise<AxiosResponse> => copy.send(adapter, config)
    return call.hasWaited && deadline < Infinity
      ? withTimeout(config, deadline - now(), sendNow)
      : sendNow()
  }

  function sendBare(call: Call, config: Config): Promise<AxiosResponse> {
    tell({ type: 'request-sent', authenticated: false }, call, config)
    return send(call, config)
  }

  function sendForCallback(call: Call, config: Config): Promise<AxiosResponse> {
    onOwnCall?.()
    return sendBare(call, config)
  }

  async function reject(config: Config, reason: unknown): Promise<never> {
    if (reason === TIMED_OUT) throw await copy.newError(...timeoutError(config), config)
    if (!(reason instanceof AuthError)) throw reason
    const error = await copy.newError(reason.message, reason.code, config)
    error.cause = reason
    throw error
  }

  function sendForSession(call: Call, config: Config, isReplay = false): Promise<AxiosResponse> {
    const { owner, requests } = call
    if (typeof owner !== 'string') return sendBare(call, config)
    let live: Live
    try {
      live = requests.acquire(owner, { isOneShot: !isReplayable(config, call.data) })
    } catch (reason) {
      return reject(config, reason)
    }
    const session = requests.current()
    if (session && requests.isRefreshing() && bringsRefreshToken(config, session)) {
      Promise.resolve(live).catch(() => {})
      return sendForCallback(call, config)
    }
    if (!(live instanceof Promise)) return sendWith(live, call, config, isReplay)
    const since = now()
    tell({ type: 'request-waiting', after: isReplay ? 'expired' : 'call' }, call, config)
    return wait(live, call, config).then(
      (renewed) => {
        if (renewed.id === owner) call.waited = now() - since
        return sendWith(renewed, call, config, isReplay)
      },
      (reason: unknown) => reject(config, reason),
    )
  }

  /** Attaches the token of a session, and sends. Once the answer is there, the config is as before. */
  function sendWith(
    session: Session,
    call: Call,
    config: Config,
    isReplay: boolean,
  ): Promise<AxiosResponse> {
    const { requests } = call
    // Meanwhile its user may have signed out, or be asked to sign in again.
    const isOver = (): boolean => session.id !== requests.current()?.id
    if (isOver()) return sendForSession(call, config, isReplay)
    const bare = config.headers
    // A copy, because the Node adapter writes into the headers it is given.
    const headers = Object.assign(Object.create(Object.getPrototypeOf(bare)), bare) as typeof bare
    let sent = config
    if (attach === attachBearer) config.headers = headers
    else sent = ownMembers({ ...config, headers })

    const settle = (response: AxiosResponse | undefined, error?: AxiosError): Delivery => {
      config.headers = bare
      if (error) error.config &&= config
      if (!response) return Promise.reject(error)
      response.config = config
      const decide = (isDenied: boolean, verdict?: Verdict): Delivery => {
        const answer = { response, error, verdict }
        if (isDenied && hasFlag(config, 'skipAuthRefresh')) return deliver(answer)
        if (isDenied && !isReplay) return replay(session, call, config, answer)
        if (typeof call.owner === 'string' && requests.hasLeft(call.owner)) {
          freeConnection(config, response)
          return reject(config, requests.lossReason())
        }
        if (isDenied) requests.replayDenied(session, config)
        else if (response.status < 500) requests.accepted(session)
        return deliver(answer)
      }
      return isExpired === isUnauthorized
        ? decide(isUnauthorized(response))
        : judge(isExpired, response, config).then((verdict) => decide(verdict.isExpired, verdict))
    }
    const go = (): Promise<AxiosResponse> => {
      // Otherwise axios would replace the header by that of its option `auth`.
      if (sent !== config && sent.auth && hasOtherCredential(sent, bare)) delete sent.auth
      tell(
        isReplay ? { type: 'request-replayed' } : { type: 'request-sent', authenticated: true },
        call,
        config,
      )
      return sendWithin(instance, copy, sent, config, bare, () => send(call, sent)).then(
        settle,
        (error: AxiosError) => settle(error?.response, error),
      )
    }

    const attached = attach(sent, session.token) as Partial<Promise<unknown>> | undefined
    if (!attached?.then) return go()
    const { data } = config
    const ready = wait(requests.whileInUse(session, attached), call, config).then(
      () => (isOver() ? sendForSession(call, config, isReplay) : go()),
      (reason: unknown) => reject(config, reason),
    )
    if (sent.data === data) sent.data = config.data
    return ready
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
      renewed = await wait(recovery, call, config)
    } catch (reason) {
      if (reason === TIMED_OUT) return reject(config, reason)
      return reason instanceof AuthError
        ? deliverWithReason(denied, config, reason)
        : deliver(denied)
    }
    freeConnection(config, denied.response)
    rewindBody(config, call.data)
    return sendWith(renewed, call, config, true)
  }

  return { sendBare, sendForCallback, sendForSession, reject }
}
