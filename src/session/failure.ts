import { isAuthError } from '../errors'
import { isObject } from '../utils/unknown-data'
import { responseOf } from './error-response'

/** `rejected` ends the session; `unreachable` does not. */
export type FailureClass = 'rejected' | 'unreachable'

/** Statuses of the token endpoint that refuse the refresh token (RFC 6749 §5.2). */
const REFUSALS: readonly unknown[] = [400, 401, 403]

/**
 * Answers that say nothing about the refresh token: passing errors (RFC 6749 §5.2, RFC 8628 §3.5, RFC 9449 §8), a
 * client that is set up wrong, and the HTML page of a proxy.
 */
const NOT_ABOUT_REFRESH_TOKEN =
  /^(\s*<|temporarily_|server_error|slow_down|use_dpop_|invalid_client)/

/**
 * The default of `classifyFailure`. 400, 401 and 403 end the session, unless the body names a passing error or
 * `invalid_client`, or is an HTML page. No answer, any other status and an answer that is no token response do not.
 */
export function classifyFailure(error: unknown): FailureClass {
  const { status, data } = responseOf(error)
  const says = String(isObject(data) ? data.error : data)
  const isRefusal = REFUSALS.includes(Number(status)) && !NOT_ABOUT_REFRESH_TOKEN.test(says)
  return isAuthError(error, 'rejected') || isRefusal ? 'rejected' : 'unreachable'
}
