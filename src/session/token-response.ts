import { AuthError } from '../errors'
import { claimsOf } from './jwt'
import { isObject, member } from '../utils/unknown-data'

/** When a token expires: in seconds or milliseconds since 1970, as an ISO date with its time zone, or as a `Date`. */
type Expiry = number | string | Date | null

/** An expiry as a date. It counts where the lifetime is missing. */
interface ExpiryFields {
  readonly expires_at?: Expiry
  readonly expiresAt?: Expiry
  readonly expires?: Expiry
}

interface IdTokenFields {
  readonly id_token?: string | null
  readonly idToken?: string | null
}

type TokenFields = ExpiryFields &
  IdTokenFields &
  (
    | {
        readonly access_token: string
        readonly refresh_token?: string | null
        /** In seconds, or in words such as `'15m'`. */
        readonly expires_in?: number | string | null
      }
    | {
        readonly accessToken: string
        readonly refreshToken?: string | null
        readonly expiresIn?: number | string | null
      }
    | {
        readonly token: string
        readonly refreshToken?: string | null
        readonly expiresIn?: number | string | null
      }
  )

/** A token response in one of the spellings that {@link parseTokenResponse} reads. */
export type TokenResponse =
  | TokenFields
  | { readonly data: TokenFields }
  | { readonly result: TokenFields }

/** The content of a token response, whatever its spelling. */
export interface AuthTokens {
  /** The access token. */
  readonly token: string
  /** The refresh token; null where the response has none, and the previous one stays in use (RFC 6749 §6). */
  readonly refreshToken: string | null
  /** The lifetime in seconds; null where the response does not tell. */
  readonly expiresIn: number | null
  /** The granted scope (RFC 6749 §3.3); null where the response does not tell. */
  readonly scope: string | null
  /** The ID token (OpenID Connect Core §3.1.3.3); missing where the response has none. */
  readonly idToken?: string
}

const MAX_TOKEN_CHARACTERS = 65_536
/** Ten years. */
const MAX_LIFETIME_SECONDS = 10 * 365 * 86_400

/**
 * Tells whether a value may stand in an Authorization header: visible ASCII of sane length (RFC 6750 §2.1). Refuses
 * `'undefined'` and `'null'`, which are missing values made strings.
 */
export const isToken = (value: unknown): value is string =>
  typeof value === 'string' &&
  value.length <= MAX_TOKEN_CHARACTERS &&
  /^(?!(?:undefined|null)$)[\x21-\x7e]+$/.test(value)

/** An ID token as a member; no member where the value is none. */
export const idTokenIn = (value: unknown): { readonly idToken?: string } =>
  isToken(value) ? { idToken: value } : {}

const NUMERAL = /^\d+(?:\.\d+)?$/
/** A date with a time zone: without one, it may be hours off. */
const ISO_DATE = /^\d{4}-\d\d-\d\dT.+(?:Z|[+-]\d\d:\d\d)$/
/** Years and months vary in length, so they are left out. */
const ISO_DURATION = /^P([\dDW]*)(?:T|$)(.*)/
/** Matches parts of `1h30m`, `15 minutes` and `7d`. */
const NUMBER_AND_UNIT =
  /([\d.]+) *([smhdw])(?:ecs?|econds?|ins?|inutes?|rs?|ours?|ays?|eeks?)?(?![a-z]) */g
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }

/** The seconds of a duration in words; NaN where a part is not understood. */
function inWords(text: string): number {
  let seconds = 0
  const rest = text
    .replace(ISO_DURATION, (_, days: string, time: string) => (days + time).toLowerCase())
    .replace(NUMBER_AND_UNIT, (_, count: string, unit: string) => {
      seconds += Number(count) * Number(SECONDS[unit])
      return ''
    })
  return rest ? NaN : seconds
}

/** Reads a lifetime in seconds; null where it cannot be one. Less than a second would refresh before every request. */
function toSeconds(value: unknown): number | null {
  const isText = typeof value === 'string'
  const seconds = isText ? (NUMERAL.test(value) ? Number(value) : inWords(value)) : value
  return typeof seconds === 'number' && seconds >= 1 && seconds <= MAX_LIFETIME_SECONDS
    ? seconds
    : null
}

/** September 2001, in ms. A number that is smaller is a lifetime, or in another unit. */
const EARLIEST_DATE = 1e12
/** The year 5138, in seconds. A number that is greater is in ms. */
const LATEST_SECOND = EARLIEST_DATE / 10

/** Reads a date in ms since 1970; Infinity where it cannot be one. */
function toTime(value: unknown): number {
  const date =
    typeof value === 'string' && (NUMERAL.test(value) || ISO_DATE.test(value))
      ? Number(value) || Date.parse(value)
      : value instanceof Date || typeof value === 'number'
        ? Number(value)
        : NaN
  const time = date < LATEST_SECOND ? date * 1_000 : date
  return time >= EARLIEST_DATE ? time : Infinity
}

/** The seconds until then by the local clock, which may be wrong. */
const secondsUntil = (time: number): number => (time - Date.now()) / 1_000

const TOKEN_NAMES = ['access_token', 'accessToken', 'token']
const LIFETIME_NAMES = ['expires_in', 'expiresIn']
const EXPIRY_NAMES = ['expires_at', 'expiresAt', 'expires']
const WRAPPERS = ['data', 'result']

/** The part of an answer that has one of these members: itself, or what it wraps. */
const fieldsWith = (
  outer: Record<string, unknown>,
  ...names: readonly string[]
): Record<string, unknown> =>
  [outer, ...WRAPPERS.map((name) => member(outer, name))]
    .filter(isObject)
    .find((inner) => member(inner, ...names) !== undefined) ?? {}

const expiryIn = (fields: Record<string, unknown>): number =>
  toTime(member(fields, ...EXPIRY_NAMES))

/** Reads how long cookies last that an answer has brought, in seconds; null where it does not tell. */
export function readLifetime(data: unknown): number | null {
  const fields = fieldsWith(isObject(data) ? data : {}, ...LIFETIME_NAMES, ...EXPIRY_NAMES)
  return toSeconds(member(fields, ...LIFETIME_NAMES)) ?? toSeconds(secondsUntil(expiryIn(fields)))
}

const BEARER = /^bearer$/i
/** The types of tokens where each request proves that its token is its own (RFC 9449 §5). */
export const PROVEN_TYPES = /^(?:bearer|dpop)$/i

/** Tokens as they arrived, perhaps from another store. */
export interface AgedTokens extends Omit<AuthTokens, 'token'> {
  /** The access token; null where it is a cookie. */
  readonly token: string | null
  /** The part of the lifetime that was over by then, in seconds. */
  readonly age?: number
}

/**
 * Reads a token response as {@link parseTokenResponse} does.
 *
 * @param mayBeOld whether to judge the age of the tokens, by the local clock; never for an answer of the token endpoint:
 * a clock that is fast would have every new token refreshed at once
 * @param types the types of tokens that requests can be sent with
 */
export function readTokens(
  data: unknown,
  mayBeOld = false,
  types = BEARER,
): AgedTokens & AuthTokens {
  const outer = isObject(data) ? data : {}
  const fields = fieldsWith(outer, ...TOKEN_NAMES)
  const token = member(fields, ...TOKEN_NAMES)
  const refreshToken = member(fields, 'refresh_token', 'refreshToken') || null
  // A client must not use a token whose type it does not understand (RFC 6749 §7.1).
  const type = member(fields, 'token_type', 'tokenType') ?? 'Bearer'
  const scope = member(fields, 'scope')
  const idToken = member(fields, 'id_token', 'idToken')

  if (!isToken(token)) throw malformed('access_token', outer)
  if (refreshToken !== null && !isToken(refreshToken)) throw malformed('refresh_token', outer)
  if (typeof type !== 'string' || !types.test(type)) throw malformed('token_type', outer)

  const claims = claimsOf(token)
  const exp = Number(member(claims, 'exp'))
  const expiry = expiryIn(fields)
  // With both claims the lifetime is by the server's clock (RFC 7519 §4.1.4, §4.1.6): a wrong local one does no harm.
  const ofJwt =
    exp < LATEST_SECOND
      ? toSeconds(exp - Number(member(claims, 'iat') ?? Date.now() / 1_000))
      : null
  const lifetime =
    toSeconds(member(fields, ...LIFETIME_NAMES)) ??
    toSeconds(Math.min(toSeconds(secondsUntil(expiry)) ?? Infinity, ofJwt ?? Infinity))
  const left = mayBeOld ? secondsUntil(Math.min(expiry, toTime(exp * 1_000))) : Infinity
  // Any lifetime will do for a token that is over.
  const expiresIn = lifetime ?? (left < 1 ? 1 : null)
  const age = Math.max(0, Number(expiresIn) - left)
  return {
    token,
    refreshToken,
    expiresIn,
    scope: typeof scope === 'string' ? scope : null,
    ...idTokenIn(idToken),
    ...(age && { age }),
  }
}

/**
 * Reads a token response: OAuth's (RFC 6749 §5.1), camel case (`accessToken`), or `{ token, refreshToken }`; also in
 * `data` or `result`. The lifetime is `expires_in`, else until `expires_at`, else that of a JWT, else null.
 *
 * @throws {@link AuthError} `malformed`, naming the field and the keys that came, for anything else
 */
export const parseTokenResponse = (data: unknown): AuthTokens => readTokens(data)

const MAX_NAMED_KEYS = 20

/** Names keys alone, and none that looks like anything but a name: the rest may be a token. */
function malformed(field: string, data: Record<string, unknown>): AuthError {
  const inner = WRAPPERS.flatMap((name) => Object.keys(Object(data[name])))
  const keys = [...Object.keys(data), ...inner].filter((key) => /^[a-z]\w{1,39}$/i.test(key))
  const came = keys.slice(0, MAX_NAMED_KEYS).join(', ') || 'no keys'
  return new AuthError(
    'malformed',
    `The token response has no usable \`${field}\`, but ${came}. Understood: ${TOKEN_NAMES.join(' or ')}, with refresh_token or refreshToken; also in ${WRAPPERS.join(' or ')}.`,
  )
}
