import type { AuthEventDetail, RequestInfo } from '../events'
import type { Requests } from '../session/requests'
import { hasFlag, LIBRARY, wait, type Call, type WireRequest } from './call'
import { credentialOf } from './credential'
import type { OwnCalls } from './own-calls'
import type { Prove } from '../session/proof'
import { withInfo } from './request-event'
import { createSender } from './sender'
import type { AnyAnswer, Transport } from './transport'

/** The plugin as the calls of a client need it. */
export interface DispatchOptions {
  /** Left out without a listener, so that no event is made in vain. */
  readonly emit?: ((this: void, event: AuthEventDetail & RequestInfo) => void) | undefined
  /** The number for the next call, as events show it. */
  nextNumber(this: void): number
  readonly ownCalls: OwnCalls<true>
  /** The session that serves a `fetchUser` which sends this request; undefined for any other request. */
  requestsOfFetchUser(this: void, request: WireRequest): Requests | undefined
  readonly prove?: Prove | undefined
  /** Called for each request of a callback. */
  readonly onOwnCall?: (() => void) | undefined
}

/** Has the requests of a client carry the token of their session, and outlive its expiry. */
export interface Dispatcher<AnyCall, Request, Result> {
  /** The session that serves a request. */
  requestsFor(request: Request): Requests
  /** Begins a call, synchronously where it is made: it belongs to the user who is signed in now. */
  begin(request: Request): Call
  /** Sends the request of a call, once it is at the wire. */
  dispatch(call: AnyCall, request: Request): Promise<Result>
  /** Whether the caller has seen to the credential. With an `attach` of the app, a request may have another one, too. */
  isLeftAlone(request: Request): boolean
}

/** @param requestsNow called for each request: the session that serves it */
export function createDispatcher<
  AnyCall extends Call,
  Request extends WireRequest,
  Result,
  Answer extends AnyAnswer,
>(
  transport: Transport<AnyCall, Request, Result, Answer>,
  requestsNow: () => Requests,
  { emit, nextNumber, ownCalls, requestsOfFetchUser, onOwnCall, prove }: DispatchOptions,
): Dispatcher<AnyCall, Request, Result> {
  const { sendBare, sendForCallback, sendForSession } = createSender<
    AnyCall,
    Request,
    Result,
    Answer
  >(
    transport,
    (event, { number }, request) =>
      emit?.(withInfo(event, number, request.method, transport.partOf(request, 'pathname'))),
    onOwnCall,
    prove,
  )

  const isLeftAlone = (request: Request, credential = credentialOf(request)): boolean =>
    hasFlag(request, 'skipAuth') || (credential === 'own' && transport.isBearer)

  /** Sends for the session of a call. A user in the URL would replace its token. */
  function sendOwned(call: AnyCall, request: Request): Promise<Result> {
    if (transport.isBearer && typeof call.owner === 'string') transport.warnings?.userInUrl(request)
    return sendForSession(call, request)
  }

  return {
    requestsFor: (request) => requestsOfFetchUser(request) ?? requestsNow(),
    begin(request) {
      const ofFetchUser = requestsOfFetchUser(request)
      const requests = ofFetchUser ?? requestsNow()
      return {
        number: nextNumber(),
        requests,
        owner: ownCalls.markOf(request) ? LIBRARY : requests.ownerNow(!!ofFetchUser),
        data: request.data,
        waited: 0,
        deadline: Infinity,
        hasWaited: false,
      }
    },
    dispatch(call, request) {
      const credential = credentialOf(request)
      if (isLeftAlone(request, credential)) return sendBare(call, request)
      if (!transport.isAllowed(request)) {
        if (typeof call.owner === 'string') transport.warnings?.originNotAllowed(request, call)
        return sendBare(call, request)
      }
      if (credential === 'blank') {
        transport.warnings?.blankAuthorization()
        request.headers.delete('Authorization')
      }
      if (call.owner === LIBRARY || ownCalls.markOf(request)) return sendForCallback(call, request)
      if (call.owner !== undefined) return sendOwned(call, request)
      return wait(call.requests.whenKnown(), call, request).then(
        () => {
          call.owner = call.requests.ownerNow(false) ?? null
          return sendOwned(call, request)
        },
        (reason: unknown) => transport.reject(request, reason),
      )
    },
    isLeftAlone,
  }
}
