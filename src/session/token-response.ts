import { AuthError } from '../errors'
import { claimsOf } from './jwt'
import { isObject, member } from '../utils/unknown-data'

/** A token response in one of the spellings that {@link parseTokenResponse} reads. */
export type TokenResponse =
  | {
      readonly access_token: string
      readonly refresh_token?: string | null
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

/** The content of a token response, whatever its spelling. */
export interface AuthTokens {
  /** The access token. */
  readonly token: string
  /** The refresh token; null where the response has none, and the previous one stays in use (RFC 6749 §6). */
  readonly refreshToken: string | null
  /** The lifetime in seconds, counted from receipt; null where the response does not tell. */
  readonly expiresIn: number | null
  /** The granted scope (RFC 6749 §3.3); null where the response does not tell. */
  readonly scope: string | null
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

/** Reads a lifetime in seconds; null where it cannot be one. Less than a second would refresh before every request. */
function toSeconds(value: unknown): number | null {
  const seconds = typeof value === 'string' ? parseFloat(value) : value
  return typeof seconds === 'number' && seconds >= 1 && seconds <= MAX_LIFETIME_SECONDS
    ? seconds
    : null
}

/** The lifetime of a JWT (RFC 7519 §4.1.4, §4.1.6): both by the server's clock, because the local one may be wrong. */
function lifetimeOf(token: string): number | null {
  const claims = claimsOf(token)
  return toSeconds(Number(member(claims, 'exp')) - Number(member(claims, 'iat')))
}

/**
 * Reads a token response: OAuth's (RFC 6749 §5.1), camel case (`accessToken`), or `{ token, refreshToken }`. The
 * lifetime is `expires_in` or `expiresIn` in seconds, else `exp − iat` of a JWT, else null.
 *
 * @throws {@link AuthError} `malformed`, naming the field, for anything else
 */
export function parseTokenResponse(data: unknown): AuthTokens {
  const fields = isObject(data) ? data : {}
  const token = member(fields, 'access_token', 'accessToken', 'token')
  const refreshToken = member(fields, 'refresh_token', 'refreshToken') || null
  // A client must not use a token whose type it does not understand (RFC 6749 §7.1).
  const type = member(fields, 'token_type', 'tokenType') ?? 'Bearer'
  const scope = member(fields, 'scope')

  if (!isToken(token)) throw malformed('access_token')
  if (refreshToken !== null && !isToken(refreshToken)) throw malformed('refresh_token')
  if (typeof type !== 'string' || !/^bearer$/i.test(type)) throw malformed('token_type')

  return {
    token,
    refreshToken,
    expiresIn: toSeconds(member(fields, 'expires_in', 'expiresIn')) ?? lifetimeOf(token),
    scope: typeof scope === 'string' ? scope : null,
  }
}

const malformed = (field: string): AuthError =>
  new AuthError('malformed', `The token response has no usable \`${field}\`.`)
