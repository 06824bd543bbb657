import { withCure } from './utils/warn'

/** The reason why a request, a refresh or an action was not served. */
export type AuthErrorCode =
  /**
   * The authorization server refused the refresh token (RFC 6749 §5.2), or there was none to replace a token that had
   * expired; the session is over. Also: an OAuth provider refused a login, or its user is not authenticated as asked.
   */
  | 'rejected'
  /**
   * No usable answer came in time; the session stays, and the next request tries again. Also: `refresh()` has no
   * refresh token to send.
   */
  | 'unreachable'
  /** Another session has begun since, or a refresh was answered for another user. */
  | 'superseded'
  /** The session was ended while the caller waited, here or in another tab. */
  | 'signed-out'
  /** The user has not acted for as long as `idleTimeout`, in any tab; the session is over. */
  | 'idle'
  /** The login is as long ago as `maxAge`; the session is over. */
  | 'expired-age'
  /** The answer of the server is not a token response (RFC 6749 §5.1). */
  | 'malformed'
  /** No user is signed in, so there is nothing to refresh. Also: the user left an OAuth login without an answer. */
  | 'unauthenticated'
  /** An OAuth provider answered no login that this tab began within 15 minutes (RFC 6749 §10.12). */
  | 'unexpected'

/** The mark of an {@link AuthError}. Global, because an app may have two copies of this library. */
const BRAND = Symbol.for('vue-auth-refresh/error')

/** The one error class of this library. It never contains a token; `cause` is the error that led to it, redacted. */
export class AuthError extends Error {
  override readonly name = 'AuthError'

  /** @param message default: the code. In development, it ends with the section that has the cure */
  constructor(
    readonly code: AuthErrorCode,
    message: string = code,
    options?: { cause?: unknown },
  ) {
    super(withCure(message, code), options)
  }

  static {
    Object.defineProperty(this.prototype, BRAND, { value: true })
  }

  /** Knows the errors of another copy of this library, too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return this === AuthError ? BRAND in Object(value) : super[Symbol.hasInstance](value)
  }
}

/** An error, a response or its data that comes back because of an {@link AuthError}. */
export interface CausedByAuthError {
  readonly cause: AuthError
}

/**
 * Tells whether an error is an {@link AuthError}, or was caused by one. A request that cannot be replayed rejects with
 * its own axios error, or resolves with its own response; `cause` says why. The response and its data count, too.
 *
 * @param code accepts this code alone. Default: every code
 */
export function isAuthError(
  error: unknown,
  code?: AuthErrorCode,
): error is AuthError | CausedByAuthError {
  const found = error instanceof AuthError ? error : (Object(error) as { cause?: unknown }).cause
  return found instanceof AuthError && (!code || found.code === code)
}
