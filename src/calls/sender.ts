import { AuthError } from '../errors'
import type { AuthEventDetail, RequestInfo } from '../events'
import type { Live } from '../session/requests'
import { stepUpIn } from '../session/challenge'
import { headerOf } from '../session/error-response'
import type { Session } from '../session/session'
import { now } from '../utils/clock'
import { hasFlag, wait, type Call, type WireRequest } from './call'
import { TIMED_OUT } from './cancellation'
import { bringsRefreshToken } from './own-calls'
import type { Prove, TokenProof } from '../session/proof'
import { isReplayable } from './request-body'
import type { AnyAnswer, Decide, Shipment, Transport } from './transport'

type WithoutInfo<E> = E extends RequestInfo ? Omit<E, keyof RequestInfo> : never
/** An event of a request, before it says of which. */
export type RequestEvent = WithoutInfo<AuthEventDetail>

/** The reason why a request is sent again. */
type ReplayReason = 'expired' | 'step-up'

/** Sends requests by a client, with a token or without. */
export interface Sender<AnyCall, Request, Result> {
  /** Sends without a token. */
  sendBare(call: AnyCall, request: Request): Promise<Result>
  /** Sends a callback's request untouched. If it waited for a refresh, that refresh might be waiting for it. */
  sendForCallback(call: AnyCall, request: Request): Promise<Result>
  /** Sends with the token of the session that owns the call, and once more with the next one if that is refused. */
  sendForSession(call: AnyCall, request: Request): Promise<Result>
}

/**
 * @param onOwnCall called for each request of a callback
 * @param prove makes the headers of a send with a token
 */
export function createSender<
  AnyCall extends Call,
  Request extends WireRequest,
  Result,
  Answer extends AnyAnswer,
>(
  transport: Transport<AnyCall, Request, Result, Answer>,
  tell: (event: RequestEvent, call: AnyCall, request: Request) => void,
  onOwnCall?: () => void,
  prove?: Prove,
): Sender<AnyCall, Request, Result> {
  function sendBare(call: AnyCall, request: Request): Promise<Result> {
    tell({ type: 'request-sent', authenticated: false }, call, request)
    return transport.send(call, request)
  }

  function sendForCallback(call: AnyCall, request: Request): Promise<Result> {
    onOwnCall?.()
    return sendBare(call, request)
  }

  function sendForSession(
    call: AnyCall,
    request: Request,
    after: 'call' | ReplayReason = 'call',
  ): Promise<Result> {
    const { owner, requests } = call
    if (typeof owner !== 'string') return sendBare(call, request)
    let live: Live
    try {
      const isOneShot = !isReplayable(request, call.data)
      live = requests.acquire(owner, { isOneShot, minValidity: undefined })
    } catch (reason) {
      return transport.reject(request, reason)
    }
    const session = requests.current()
    if (session && requests.isRefreshing() && bringsRefreshToken(request, session)) {
      Promise.resolve(live).catch(() => {})
      return sendForCallback(call, request)
    }
    if (!(live instanceof Promise)) return sendWith(live, call, request, after)
    const since = now()
    tell({ type: 'request-waiting', after }, call, request)
    return wait(live, call, request).then(
      (renewed) => {
        if (renewed.id === owner) call.waited = now() - since
        return sendWith(renewed, call, request, after)
      },
      (reason: unknown) => transport.reject(request, reason),
    )
  }

  /** Puts the proof of a token into the headers of a send. */
  async function attachProof(
    prove: Prove,
    { headers }: Pick<Shipment<Result, Answer>, 'headers'>,
    request: Request,
    token: string,
  ): Promise<TokenProof> {
    const url = transport.partOf(request, 'origin')() + transport.partOf(request, 'pathname')()
    const proof = await prove({ method: String(request.method).toUpperCase(), url, token })
    for (const [name, value] of Object.entries(proof.headers)) headers.set(name, value)
    return proof
  }

  /**
   * Attaches the token of a session, and sends.
   *
   * @param isAgain whether this very token was sent, with a proof that did not do
   */
  function sendWith(
    session: Session,
    call: AnyCall,
    request: Request,
    after: 'call' | ReplayReason,
    isAgain = false,
  ): Promise<Result> {
    const isReplay = after !== 'call'
    const { requests } = call
    // Meanwhile its user may have signed out, or be asked to sign in again.
    const isOver = (): boolean => session.id !== requests.current()?.id
    if (isOver()) return sendForSession(call, request, after)
    // A `<base>` that has come meanwhile leads a relative URL elsewhere.
    if (call.hasWaited && !transport.isAllowed(request)) {
      transport.warnings?.originNotAllowed(request, call)
      return sendBare(call, request)
    }

    const decide: Decide<Result, Answer> = (answer, isRefused) => {
      const { status, headers } = answer.response
      const isChallenged = proof?.isChallenged({
        status,
        header: (name) => headerOf(headers, name),
      })
      if (isChallenged && !isAgain && isReplayable(request, call.data)) {
        transport.discard(answer, request)
        return sendWith(session, call, request, after, true)
      }
      const isFinal = hasFlag(request, 'skipAuthRefresh')
      const asked = stepUpIn(answer.response)
      // A server that wants more than the token proves has accepted it: a newer one would prove no more.
      const isDenied = isRefused && !asked && !isChallenged
      if (isDenied && isFinal) return transport.deliver(answer, request)
      const canAsk = asked && !isFinal && !isReplay && isReplayable(request, call.data)
      const steppedUp = canAsk ? requests.stepUp(session, asked) : null
      if (steppedUp) return replay(steppedUp, 'step-up', call, request, answer)
      if (isDenied && !isReplay) {
        const recovery = requests.recover(session, request, call.waited)
        return recovery
          ? replay(recovery, 'expired', call, request, answer)
          : transport.deliver(answer, request)
      }
      if (typeof call.owner === 'string' && requests.hasLeft(call.owner)) {
        transport.discard(answer, request)
        return transport.reject(request, requests.lossReason())
      }
      if (isDenied) requests.replayDenied(session, request)
      else if (status < 500 && !isChallenged) requests.accepted(session)
      return transport.deliver(answer, request)
    }
    const { token } = session
    const shipment = transport.attach(call, request, token, isReplay || isAgain)
    let proof: TokenProof | undefined
    const go = (): Promise<Result> => {
      tell(
        isReplay || isAgain
          ? { type: 'request-replayed' }
          : { type: 'request-sent', authenticated: true },
        call,
        request,
      )
      return shipment.send(decide)
    }
    const attached =
      prove && token !== null
        ? attachProof(prove, shipment, request, token).then((made) => (proof = made))
        : shipment.attached
    if (!(attached as Partial<Promise<unknown>> | undefined)?.then) return go()
    const ready = wait(requests.whileInUse(session, attached), call, request).then(
      () =>
        isOver() || !transport.isAllowed(request) ? sendForSession(call, request, after) : go(),
      (reason: unknown) => transport.reject(request, reason),
    )
    shipment.takeBody?.()
    return ready
  }

  async function replay(
    recovery: Live,
    after: ReplayReason,
    call: AnyCall,
    request: Request,
    denied: Answer,
  ): Promise<Result> {
    if (!isReplayable(request, call.data)) {
      // It cannot be sent again; but the next request will have the new token.
      Promise.resolve(recovery).catch(() => {})
      return transport.deliver(denied, request)
    }
    let renewed: Session
    try {
      tell({ type: 'request-waiting', after }, call, request)
      renewed = await wait(recovery, call, request)
    } catch (reason) {
      if (reason === TIMED_OUT) return transport.reject(request, reason)
      return reason instanceof AuthError
        ? transport.deliver(denied, request, reason)
        : transport.deliver(denied, request)
    }
    transport.discard(denied, request)
    return sendWith(renewed, call, request, after)
  }

  return { sendBare, sendForCallback, sendForSession }
}
