/**
 * Why a request, a refresh or an action was not served.
 *
 * - `rejected`: the authorization server refused the refresh token; the session is over (RFC 6749 §5.2).
 * - `unreachable`: no usable answer in time; the session is kept and the next request tries again.
 * - `superseded`: another session has begun since; this belonged to the one before it. Or a refresh was answered for
 *   somebody else than before.
 * - `signed-out`: the session was ended, here or in another tab, while this was waiting.
 * - `malformed`: the answer of the server is no token response (RFC 6749 §5.1).
 * - `unauthenticated`: nobody is signed in, so there is nothing to refresh.
 * - `unexpected`: an answer of an OAuth provider that no login of this tab awaits (RFC 6749 §10.12).
 */
export type AuthErrorCode =
  | 'rejected'
  | 'unreachable'
  | 'superseded'
  | 'signed-out'
  | 'malformed'
  | 'unauthenticated'
  | 'unexpected'

/** The one error class of this library. It never holds a token; `cause` is what led to it, redacted. */
export class AuthError extends Error {
  override readonly name = 'AuthError'

  /** @param message default: the code */
  constructor(
    readonly code: AuthErrorCode,
    message: string = code,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}

/** An error that an {@link AuthError} led to: what the caller of a failed request receives. */
export type CausedByAuthError = Error & { readonly cause: AuthError }

/**
 * Whether an error is an {@link AuthError}, or was caused by one. A failed request rejects with its own
 * axios error, whose `cause` tells why refreshing could not help; this looks there too.
 *
 * @param code only errors with this code
 */
export function isAuthError(
  error: unknown,
  code?: AuthErrorCode,
): error is AuthError | CausedByAuthError {
  const found = error instanceof Error && !(error instanceof AuthError) ? error.cause : error
  return found instanceof AuthError && (!code || found.code === code)
}
