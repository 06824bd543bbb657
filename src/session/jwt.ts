import { isObject, member } from '../utils/unknown-data'

/** Decodes a text whose characters are bytes. ASCII does without: this costs more than all else of a JWT. */
const decodeUtf8 = (bytes: string): string =>
  new TextDecoder('utf-8', { fatal: true }).decode(
    Uint8Array.from(bytes, (char) => char.charCodeAt(0)),
  )

/**
 * The claims in the payload of a JWT (RFC 7519 §3, RFC 7515 §3.1). They are not verified: take them as hints, never as
 * proof. Empty for an opaque token and a malformed one.
 */
export function claimsOf(token?: string | null): Record<string, unknown> {
  const [, payload = '', ...rest] = String(token).split('.')
  // Costs less than the error of a decoder.
  if (rest.length !== 1) return {}
  try {
    const bytes = atob(payload.replace(/-/g, '+').replace(/_/g, '/'))
    const claims: unknown = JSON.parse(/[\x80-\xff]/.test(bytes) ? decodeUtf8(bytes) : bytes)
    return isObject(claims) ? claims : {}
  } catch {
    return {}
  }
}

type SameClaim = (claim: string) => boolean | undefined

/** Tells of a claim whether two JWTs have the same. Undefined where either does not say, as an opaque token. */
function compare(...tokens: readonly (string | null | undefined)[]): SameClaim {
  const both = tokens.map((token) => claimsOf(token))
  return (claim) => {
    const [value, its] = both.map((claims) => {
      // One audience may stand alone or in a list.
      const values = [member(claims, claim)].flat()
      // Some servers number their users, although the claim should be a text.
      return /^(?:string|number)$/.test(typeof values[0]) && String(values.map(String).sort())
    })
    return value && its ? value === its : undefined
  }
}

/**
 * Whether two JWTs have one subject: `sub`, which is unique for its `iss` (RFC 7519 §4.1). Undefined where either does not
 * say, as an opaque token or a cookie. A JWT without `iss` is taken as the other's issuer's.
 */
export function isSameSubject(token: string | null, other: string | null): boolean | undefined {
  const isSame = compare(token, other)
  return isSame('sub') && isSame('iss') !== false
}

/** Whether two ID tokens may be of one authentication (OpenID Connect Core §12.2). A claim that is missing may be the same. */
export function isSameAuthentication(idToken?: string, other?: string): boolean {
  const isSame = compare(idToken, other)
  return ['iss', 'sub', 'aud'].every((claim) => isSame(claim) !== false)
}
