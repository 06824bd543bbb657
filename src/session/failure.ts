import { isAuthError } from '../errors'
import { isRecord } from './unknown-data'

/** `rejected` ends the session; `unreachable` does not. */
export type FailureClass = 'rejected' | 'unreachable'

// How long these are follows from what a million clients do (npm run simulate:herd).
const FIRST_PAUSE = 500
const FIRST_COOL_DOWN = 1_000
const LONGEST_COOL_DOWN = 20_000
const LONGEST_RETRY_AFTER = 60_000

/** What axios, and most other clients, attach to an error. */
interface ResponseLike {
  readonly status?: unknown
  readonly data?: { readonly error?: unknown } | string | null
  readonly headers?: Readonly<Record<string, unknown>>
}

const responseOf = (error: unknown): ResponseLike =>
  isRecord(error) && isRecord(error['response']) ? error['response'] : {}

/**
 * The default of `classifyFailure`. Only a definite answer of the token endpoint ends a session: 400, 401 or 403
 * whose body names no passing error and is no HTML page. No answer, any other status and an answer that is no
 * token response do not.
 */
export function classifyFailure(error: unknown): FailureClass {
  const { status, data } = responseOf(error)
  // They say nothing about the refresh token (RFC 6749 §5.2, RFC 8628 §3.5, RFC 9449 §8); nor does the HTML page
  // of a proxy.
  const isPassing = /^(\s*<|temporarily_|server_error|slow_down|use_dpop_|invalid_client)/
  return isAuthError(error, 'rejected') ||
    (/^40[013]$/.test(String(status)) &&
      !isPassing.test(String(isRecord(data) ? data.error : data)))
    ? 'rejected'
    : 'unreachable'
}

/**
 * What `Retry-After` asks for, in ms and at most a minute; 0 where there is none or it cannot be read
 * (RFC 9110 §10.2.3: seconds or a date).
 */
export function retryAfter(error: unknown): number {
  const { headers } = responseOf(error)
  const value = String(headers?.['retry-after'])
  // By the clock of the server, where that is shown.
  const delay = /^\d+$/.test(value)
    ? Number(value) * 1_000
    : Date.parse(value) - (Date.parse(String(headers?.date)) || Date.now())
  return delay > 0 ? Math.min(delay, LONGEST_RETRY_AFTER) : 0
}

/**
 * The pause before retry number `retry` (1 is the first), in ms: full jitter over a span that grows fourfold, after
 * what `Retry-After` asked for and up to half as much, because all clients may have been told the same.
 */
export const backoff = (retry: number, asked: number): number =>
  asked * (1 + Math.random() / 2) + Math.random() * FIRST_PAUSE * 4 ** (retry - 1)

/**
 * How long no exchange is made after the `failures`th failed refresh in a row, in ms. It doubles up to `longest`; up to
 * half of it is left out by chance, so that clients that failed together do not come back together.
 */
export const coolDown = (failures: number, longest: number): number =>
  Math.min(FIRST_COOL_DOWN * 2 ** (failures - 1), LONGEST_COOL_DOWN, longest) *
  (1 - Math.random() / 2)

/**
 * What is kept of an error as a `cause`: message, code and HTTP status. The rest may hold tokens: an axios error
 * carries the request's body and the answer.
 *
 * @param secrets cut out of the message
 */
export const redact = (error: unknown, ...secrets: (string | null)[]): Error => {
  const { message, code } = Object(error) as { message?: unknown; code?: unknown }
  const safe = secrets.reduce<string>(
    (text, secret) => (secret ? text.replaceAll(secret, '[redacted]') : text),
    String(message),
  )
  return Object.assign(new Error(safe), { code, status: responseOf(error).status })
}
