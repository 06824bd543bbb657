import { isAuthError } from '../errors'
import { now } from '../utils/clock'
import { isObject, member } from '../utils/unknown-data'
import { responseOf } from './error-response'
import { remaining, type Session } from './session'

/** `rejected` ends the session; `unreachable` does not. */
export type FailureClass = 'rejected' | 'unreachable'

/**
 * Statuses of the token endpoint that refuse the refresh token (RFC 6749 §5.2). 440 and 498 are in no RFC, and mean
 * nothing but a session or a token that has expired.
 */
const REFUSALS: readonly unknown[] = [400, 401, 403, 440, 498]
/** Statuses for a refresh token that is gone, but for other things too, as a route that is missing. The body decides. */
const REFUSALS_IN_WORDS: readonly unknown[] = [404, 409, 410, 419, 422]

/**
 * Answers that say nothing about the refresh token: passing errors (RFC 6749 §5.2, RFC 8628 §3.5, RFC 9449 §8), a
 * client that is set up wrong, and the HTML page of a proxy.
 */
const NOT_ABOUT_REFRESH_TOKEN =
  /^(\s*<|temporarily_|server_error|slow_down|(use|invalid)_dpop_|invalid_client)/

const CREDENTIAL = '(?:tokens?|session|jwt|grant)(?![ _-](?:type|service|store|api|server))'
const GLUE = '(?:(?:is|was|has|have|been|be|could|can|does|already)[ _]+)*'
/** A credential, and right beside it that it is gone: an outage may name a token as well, and an error. */
const SAYS_GONE = new RegExp(
  `\\b(?:invalid|bad|expired|revoked|unknown|no|no such|no active|no valid)[ _]+(?:refresh[ _]+)?${CREDENTIAL}` +
    `|${CREDENTIAL}"?[ _]+${GLUE}(?:invalid|expired|revoked|unknown|reused?|used|blacklisted|terminated|closed|deleted|removed` +
    `|(?:not|no longer|n't)[ _]+(?:be[ _]+)?(?:found|exist|valid|active|match|recogni))` +
    `|\\buser[ _]+${GLUE}not[ _]+(?:found|exist)`,
  'i',
)
/** Other tokens, an incomplete request, a missing route, another part of the server. */
const NOT_GONE = /[cx]srf|authenticity|required|missing|must|route|function|service|endpoint/i
/** The path of a token endpoint may name tokens, too. */
const PATH = /(?=\S*(token|session))\S*\/\S*/gi
const MAX_CHARACTERS = 300
const MAX_TEXTS = 50

/** The texts in an answer, but for its keys and for what is deep inside. */
const textsIn = (value: unknown, depth = 3): string[] =>
  typeof value === 'string'
    ? [value.slice(0, MAX_CHARACTERS)]
    : depth > 0
      ? Object.values(Object(value)).flatMap((inner) => textsIn(inner, depth - 1))
      : []

/** Whether one of its texts says that the refresh token, its session or its user is gone. */
const saysGone = (data: unknown): boolean =>
  textsIn(data)
    .slice(0, MAX_TEXTS)
    // Part the words of names such as `RefreshTokenNotFound`.
    .map((text) => text.replace(PATH, '').replace(/([a-z])(?=[A-Z])/g, '$1 '))
    .some((text) => !NOT_GONE.test(text) && SAYS_GONE.test(text))

/** Whether an answer of this status refuses the refresh token. */
function isRefusal(status: unknown, data: unknown): boolean {
  const says = String(isObject(data) ? data['error'] : data)
  if (NOT_ABOUT_REFRESH_TOKEN.test(says)) return false
  return (
    REFUSALS.includes(Number(status)) ||
    (REFUSALS_IN_WORDS.includes(Number(status)) && isObject(data) && saysGone(data))
  )
}

/**
 * The default of `classifyFailure`. 400, 401, 403, 440 and 498 end the session, unless the body names a passing error or
 * `invalid_client`, or is an HTML page. 404, 409, 410, 419 and 422 do where their JSON says that the refresh token is
 * gone. No answer, any other status and an answer that is no token response do not.
 */
export function classifyFailure(error: unknown): FailureClass {
  const { status, data } = responseOf(error)
  return isAuthError(error, 'rejected') || isRefusal(status, data) ? 'rejected' : 'unreachable'
}

/** Members in which servers name the status that they mean, in an answer of status 200. */
const STATUS_NAMES = ['code', 'status', 'statusCode', 'errcode']

const statusIn = (data: Record<string, unknown>): unknown =>
  STATUS_NAMES.map((name) => member(data, name)).find((value) => /^[45]\d\d$/.test(String(value)))

const isBareNo = (data: Record<string, unknown>): boolean =>
  [member(data, 'success'), member(data, 'ok')].includes(false)

/** Whether a member names an error. An empty list or object, as beside a success, names none. */
const isError = (value: unknown): boolean =>
  typeof value === 'object' ? Object.keys(Object(value)).length > 0 : !!value

/** Whether an answer of status 200 names a failure: a status, a bare no, or an error. */
export const namesFailure = (data: Record<string, unknown>): boolean =>
  statusIn(data) !== undefined ||
  isBareNo(data) ||
  ['error', 'errors'].some((name) => isError(member(data, name)))

/** One such answer may be a hiccup. */
const REFUSALS_TO_BELIEVE = 3
/** An outage may look like a "no" without a reason, so such answers are believed later. */
const BARE_REFUSALS_LAST_MS = 300_000

/**
 * Judges answers of status 200 without tokens. The returned function is called with each; it tells whether the session is
 * over, because they have said no again and again.
 */
export function createRefusals(): (data: unknown, session: Session | null) => boolean {
  let refused: Session | null | undefined
  let count = 0
  let since = 0
  return (data, session) => {
    if (!isObject(data)) return false
    const status = statusIn(data)
    // Without a status the words decide, as for a 404.
    const hasReason = isRefusal(status ?? 404, data)
    const isBare = status === undefined && isBareNo(data)
    if (!hasReason && !isBare) return false
    if (session !== refused) {
      refused = session
      count = 0
      since = now()
    }
    count++
    const isAlive = session?.lifetime && remaining(session) > 0
    const isLasting = hasReason || (!isAlive && now() - since >= BARE_REFUSALS_LAST_MS)
    return isLasting && count >= REFUSALS_TO_BELIEVE
  }
}
