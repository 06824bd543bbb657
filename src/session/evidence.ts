import { now } from '../utils/clock'
import { operationOf, type OperationRequest } from './operation'
import { remaining, type Session } from './session'

/** Judges whether a denial is evidence that the token died. Without it, refreshing would go round in circles. */
export interface Evidence {
  /**
   * Notes that another token is in use.
   *
   * @param isFresh whether the token comes straight from a refresh, as opposed to a login or a reload
   */
  renewed(session: Session, isFresh: boolean): void
  /** Notes a response below 500 that did not say "expired". */
  accepted(session: Session): void
  /** Notes that a replay with a new token was denied as well. */
  replayDenied(session: Session, request: OperationRequest): void
  /** Notes that the token was denied, and tells whether that is a reason to refresh. */
  denied(session: Session, request: OperationRequest): boolean
}

/** A fresh token that is denied when younger than this is no reason to refresh, if that is its first answer. */
const UNTRIED_FOR_MS = 30_000
/** For this long after it denied a new token, an operation is taken to deny the user, not the token. */
const DENIAL_COUNTS_FOR_MS = 30_000
/** The same after a further new token. Otherwise a page that polls would refresh twice a minute for ever. */
const NEXT_DENIAL_COUNTS_FOR_MS = 600_000
const MAX_REMEMBERED_DENIALS = 1_000
/** After this many fresh tokens in a row that nothing has accepted, the server denies every token. */
const MAX_UNACCEPTED_TOKENS = 4
const PAUSE_AFTER_UNACCEPTED_MS = 300_000

export function createEvidence(): Evidence {
  let current: Session | undefined
  /** Whether the token comes straight from a refresh, and no request has been answered with it yet. */
  let isUntried: boolean
  /** The number of fresh tokens in a row that nothing has accepted. */
  let unaccepted = 0
  /** The ends of the times for which an operation counts as denied to the user. */
  const denials = new Map<string, number>()

  /** The end of that time; 0 for an operation that has denied no new token. */
  const deniesUntil = (request: OperationRequest): number =>
    (denials.size && denials.get(operationOf(request))) || 0

  /** Counts from the first denial. Otherwise a page that polls would prolong it for ever. */
  function remember(request: OperationRequest): void {
    const until = deniesUntil(request)
    if (now() < until) return
    if (denials.size >= MAX_REMEMBERED_DENIALS) denials.clear()
    denials.set(
      operationOf(request),
      now() + (until ? NEXT_DENIAL_COUNTS_FOR_MS : DENIAL_COUNTS_FOR_MS),
    )
  }

  return {
    renewed(session, isFresh) {
      if (session.id !== current?.id) {
        // Nothing of one session is evidence against the next.
        unaccepted = 0
        denials.clear()
      }
      // A refresh that brings no other token proves at once what it takes several others to prove.
      const isAgain = session.token !== null && session.token === current?.token
      if (isFresh) unaccepted += isAgain ? MAX_UNACCEPTED_TOKENS : 1
      current = session
      isUntried = isFresh
    },

    accepted(session) {
      if (session !== current) return
      isUntried = false
      unaccepted = 0
    },

    replayDenied(session, request) {
      if (session !== current) return
      isUntried = false
      remember(request)
    },

    denied(session, request) {
      if (remaining(session) <= 0) return true
      const age = now() - session.receivedAt
      // The first operation that denies a fresh token denies the user. If another one does, too, the token is dead.
      if (isUntried && age < UNTRIED_FOR_MS) remember(request)
      isUntried = false
      if (unaccepted >= MAX_UNACCEPTED_TOKENS && age < PAUSE_AFTER_UNACCEPTED_MS) return false
      return now() >= deniesUntil(request)
    },
  }
}
