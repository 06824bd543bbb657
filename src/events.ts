import type { AuthErrorCode } from './errors'
import type { FailureClass } from './session/failure'
import { callSafely, complain } from './utils/call-safely'

/**
 * The reason why a refresh was begun. `expired`: a response said so. `ahead`: by the clock, the token is about to run
 * out, or has. `manual`: `refresh()` was called. `start`: with a cookie, the token that was stored had run out,
 * or only the server could tell who is signed in, at the start or later.
 */
export type RefreshReason = 'expired' | 'ahead' | 'manual' | 'start'

/** The identity of a request in events. */
export interface RequestInfo {
  /** The number of the request, counted from 1 over the protected instances of this plugin. */
  readonly request: number
  /** The method, in upper case. */
  readonly method: string
  /**
   * The path of the final URL, without query and fragment, which may contain secrets. Found when it is first read, as
   * it was at the time of the event; a console shows it as a getter.
   */
  readonly path: string
}

/** The kinds of events, by `type`. `adopted` means that another tab did it, and this one has taken it over. */
export type AuthEventDetail =
  /** The stored session was read; `authenticated` tells whether there was one. */
  | { readonly type: 'restored'; readonly authenticated: boolean }
  /**
   * A session began, by `login()` or `setSession()`. `adopted`: in another tab, or found by a cookie only after the
   * start.
   */
  | { readonly type: 'session-started'; readonly adopted: boolean }
  /**
   * A session ended, once for each: `signed-out`, `rejected`, `superseded`, `idle` or `expired-age`. `adopted`: in
   * another tab; a session that was `rejected` there is `signed-out` here.
   */
  | {
      readonly type: 'session-ended'
      readonly reason: AuthErrorCode
      readonly adopted: boolean
    }
  /**
   * The session is about to end at `endsAt`, in ms since the epoch: `endingLead` ahead, in each visible tab. With `idle`,
   * activity or `keepAlive()` in any tab puts that off, and moves `useAuth().endsAt`.
   */
  | {
      readonly type: 'session-ending'
      readonly reason: 'idle' | 'expired-age'
      readonly endsAt: number
    }
  /**
   * The session was refused; its requests wait while its user is asked to sign in again. Followed by `session-resumed`
   * or `session-ended`. `adopted`: another tab met the refusal.
   */
  | { readonly type: 'session-lapsed'; readonly adopted: boolean }
  /**
   * The same user has signed in again: in place of the refused session, or to step up (RFC 9470). `adopted`: in place of
   * a refused session, in another tab.
   */
  | { readonly type: 'session-resumed'; readonly adopted: boolean }
  /** The token endpoint is asked; `attempt` counts the times in this refresh from 1. */
  | { readonly type: 'refresh-started'; readonly reason: RefreshReason; readonly attempt: number }
  /** A new access token is in use. `adopted`: another tab got it, without a request of this one. */
  | { readonly type: 'refresh-succeeded'; readonly adopted: boolean }
  /**
   * An attempt failed, or requests stopped waiting for its answer, which may still come. `retryIn` is the delay before
   * the next attempt, in ms; null after the last.
   */
  | {
      readonly type: 'refresh-failed'
      readonly failure: FailureClass
      readonly retryIn: number | null
    }
  /** A request goes to the server; `authenticated` tells whether it carries an access token. */
  | ({ readonly type: 'request-sent'; readonly authenticated: boolean } & RequestInfo)
  /**
   * A request waits, before it is first sent (`call`) or after a response said `expired`: for a refresh, for a storage
   * that is read, or for its user to sign in again. After `step-up` it waits for its user alone.
   */
  | ({
      readonly type: 'request-waiting'
      readonly after: 'call' | 'expired' | 'step-up'
    } & RequestInfo)
  /** A request is sent again with a new access token, or with another proof of the same one. */
  | ({ readonly type: 'request-replayed' } & RequestInfo)
  /** `logout` failed, so the server may not know that the session is over. Here it is. */
  | { readonly type: 'logout-failed' }
  /** `fetchUser` failed; the session goes on without a user. */
  | { readonly type: 'user-failed' }

/** A transition of the session or of a request. Never contains a token. */
export type AuthEvent = AuthEventDetail & {
  /** The time of the event by the local clock, in ms since the epoch. */
  readonly at: number
}

/** Tells a listener of an event. Every event passes here; an error of the listener is printed, and changes nothing. */
export function tellListener(
  listener: (event: AuthEvent) => unknown,
  event: AuthEventDetail & { at?: number },
): void {
  event.at = Date.now()
  const told = callSafely('onEvent', () => listener(event as AuthEvent))
  if (told instanceof Promise) told.catch(complain('onEvent'))
}
