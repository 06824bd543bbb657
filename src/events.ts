import type { AuthErrorCode } from './errors'

/**
 * Why a refresh was begun: a response said "expired", the token was about to expire, `refresh()` was called, or, with
 * `cookieSession`, it had to be found out who is signed in.
 */
export type RefreshReason = 'expired' | 'ahead' | 'manual' | 'start'

/** What identifies a request in events: a number of its own, the method, and the path without its query. */
export interface RequestInfo {
  /** Counts up from 1 for each request this app made through the axios instance. */
  readonly request: number
  /** In upper case. */
  readonly method: string
  /** The path of the final URL. Neither query nor fragment, which may hold secrets. */
  readonly path: string
}

/** What happened, by `type`. */
export type AuthEventDetail =
  /** The stored session was read; `authenticated` tells whether there was one. */
  | { readonly type: 'restored'; readonly authenticated: boolean }
  /**
   * A session began: by `login()` or `setSession()`; `adopted`: in another tab, or found by `cookieSession` only after
   * the start.
   */
  | { readonly type: 'session-started'; readonly adopted: boolean }
  /**
   * A session ended, and why: `signed-out`, `rejected` or `superseded`. Once for each session. `adopted`: in another
   * tab; what was `rejected` there is `signed-out` here.
   */
  | {
      readonly type: 'session-ended'
      readonly reason: AuthErrorCode
      readonly adopted: boolean
    }
  /**
   * The session was refused, and its user is asked to sign in again: its requests wait. Followed by `session-resumed`
   * or `session-ended`. `adopted`: the refusal was met in another tab.
   */
  | { readonly type: 'session-lapsed'; readonly adopted: boolean }
  /** The same user has signed in again, in place of the lapsed session. `adopted`: in another tab. */
  | { readonly type: 'session-resumed'; readonly adopted: boolean }
  /** The token endpoint is asked, for the `attempt`th time in this refresh (1 is the first). */
  | { readonly type: 'refresh-started'; readonly reason: RefreshReason; readonly attempt: number }
  /** A new access token is in use. `adopted`: another tab has got it, no request was made. */
  | { readonly type: 'refresh-succeeded'; readonly adopted: boolean }
  /** An attempt failed. `retryIn` is the delay in ms before the next one, null when this was the last. */
  | {
      readonly type: 'refresh-failed'
      readonly failure: 'rejected' | 'unreachable'
      readonly retryIn: number | null
    }
  /** A request goes to the server. `authenticated` tells whether it carries an access token. */
  | ({ readonly type: 'request-sent'; readonly authenticated: boolean } & RequestInfo)
  /** A request waits for a refresh: before it was first sent, or after its answer said "expired". */
  | ({ readonly type: 'request-waiting'; readonly after: 'call' | 'expired' } & RequestInfo)
  /** A request is sent again with a new access token. */
  | ({ readonly type: 'request-replayed' } & RequestInfo)
  /** The fetching of the user failed; the session goes on without one. */
  | { readonly type: 'user-failed' }

/** A transition of the session or of a request. Holds no token, ever. */
export type AuthEvent = AuthEventDetail & {
  /** When, in ms since the epoch by the local clock. */
  readonly at: number
}
