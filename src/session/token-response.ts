import { AuthError } from '../errors'
import { claimsOf } from './jwt'
import { isRecord, member } from '../utils/unknown-data'

/** A token response as servers spell it; see {@link parseTokenResponse}. */
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

/** What a token response says, whatever its spelling. */
export interface AuthTokens {
  /** The access token. */
  readonly token: string
  /** The refresh token; null where the response has none, which keeps the one in use (RFC 6749 §6). */
  readonly refreshToken: string | null
  /** The lifetime in seconds, counted from receipt; null when unknown. */
  readonly expiresIn: number | null
  /** The granted scope, where the response names one (RFC 6749 §3.3). */
  readonly scope: string | null
}

const TEN_YEARS = 10 * 365 * 86_400

/**
 * Whether a value may stand in an Authorization header: visible ASCII, of sane length (RFC 6750 §2.1). Nor is
 * it what becomes of a missing value when it is made a string.
 */
export const isToken = (value: unknown): value is string =>
  typeof value === 'string' &&
  value.length <= 65_536 &&
  /^(?!(?:undefined|null)$)[\x21-\x7e]+$/.test(value)

/** A lifetime in seconds, or null where it cannot be one. Under a second it could only ever storm. */
function toSeconds(value: unknown): number | null {
  const seconds = typeof value === 'string' ? parseFloat(value) : value
  return typeof seconds === 'number' && seconds >= 1 && seconds <= TEN_YEARS ? seconds : null
}

/** `exp − iat`: both the server's clock, so a wrong local clock does not matter (RFC 7519 §4.1.4, §4.1.6). */
function lifetimeOf(token: string): number | null {
  const claims = claimsOf(token)
  return toSeconds(Number(member(claims, 'exp')) - Number(member(claims, 'iat')))
}

/**
 * Reads a token response: OAuth's (`access_token`, `refresh_token`, `expires_in`; RFC 6749 §5.1), camel case
 * (`accessToken`, `refreshToken`, `expiresIn`) or plain (`token`, `refreshToken`). The lifetime is `expires_in`
 * in seconds, else `exp − iat` of a JWT, else unknown.
 *
 * @throws {@link AuthError} `malformed`, naming the field, for anything else
 */
export function parseTokenResponse(data: unknown): AuthTokens {
  const fields = isRecord(data) ? data : {}
  const token = member(fields, 'access_token', 'accessToken', 'token')
  const refreshToken = member(fields, 'refresh_token', 'refreshToken') || null
  // RFC 6749 §7.1: a client must not use a token whose type it does not understand.
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
