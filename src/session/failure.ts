import { AuthError, isAuthError } from '../errors'
import { isRecord } from './token-response'

/** `rejected` ends the session; `unreachable` does not. */
export type FailureClass = 'rejected' | 'unreachable'

/** Error codes of a token endpoint that say nothing about the refresh token (RFC 6749 §5.2, RFC 8628, RFC 9449). */
const PASSING_ERRORS = new Set([
  'temporarily_unavailable',
  'server_error',
  'slow_down',
  'use_dpop_nonce',
  'invalid_client',
])

const FIRST_BACKOFF = 200
const FIRST_COOL_DOWN = 200
const LONGEST_RETRY_AFTER = 60_000

/** The response an error carries, as axios and most other clients attach it. */
const responseOf = (error: unknown): Record<string, unknown> | null =>
  isRecord(error) && isRecord(error['response']) ? error['response'] : null

const statusOf = (error: unknown): unknown =>
  responseOf(error)?.['status'] ?? (isRecord(error) ? error['status'] : undefined)

/**
 * The default of `classifyFailure`. Only a definite answer of the token endpoint ends a session: 400, 401 or 403
 * whose body names no passing error. No answer, any other status and an unreadable answer do not.
 */
export function classifyFailure(error: unknown): FailureClass {
  if (isAuthError(error, 'rejected')) return 'rejected'
  const status = statusOf(error)
  if (status !== 400 && status !== 401 && status !== 403) return 'unreachable'
  const body = responseOf(error)?.['data']
  const code = isRecord(body) ? body['error'] : undefined
  return typeof code === 'string' && PASSING_ERRORS.has(code) ? 'unreachable' : 'rejected'
}

/**
 * What `Retry-After` asks for, in ms and at most a minute; 0 where there is none or it cannot be read
 * (RFC 9110 §10.2.3: seconds or a date).
 */
export function retryAfter(error: unknown): number {
  const headers = responseOf(error)?.['headers']
  const value: unknown = isRecord(headers)
    ? typeof headers['get'] === 'function'
      ? headers['get']('retry-after')
      : headers['retry-after']
    : undefined
  if (typeof value !== 'string') return 0
  const delay = /^\s*\d+\s*$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now()
  return delay > 0 ? Math.min(delay, LONGEST_RETRY_AFTER) : 0
}

/** The pause before retry number `retry` (1 is the first), in ms: full jitter over a doubling span. */
export const backoff = (retry: number): number => Math.random() * FIRST_BACKOFF * 2 ** retry

/** How long no exchange is made after the `failures`th failed refresh in a row, in ms. */
export const coolDown = (failures: number, longest: number): number =>
  Math.min(FIRST_COOL_DOWN * 2 ** (failures - 1), longest)

/**
 * What is kept of an error as a `cause`: its message, name, code and HTTP status. The rest may hold tokens: an
 * axios error carries the request body and the answer.
 *
 * @param secrets cut out of the message
 */
export function redact(error: unknown, secrets: readonly string[]): Error {
  const message = error instanceof Error ? error.message : 'The callback threw no Error.'
  const safe = secrets.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), message)
  if (error instanceof AuthError) return new AuthError(error.code, safe)
  const redacted: Error & { code?: string; status?: number } = new Error(safe)
  if (error instanceof Error) redacted.name = error.name
  if (isRecord(error) && typeof error['code'] === 'string') redacted.code = error['code']
  const status = statusOf(error)
  if (typeof status === 'number') redacted.status = status
  return redacted
}
