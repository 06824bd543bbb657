import { isObject, member } from '../utils/unknown-data'

/**
 * The claims in the payload of a JWT (RFC 7519 §3, RFC 7515 §3.1). They are not verified: take them as hints, never as
 * proof. Empty for an opaque token and a malformed one.
 */
export function claimsOf(token: string): Record<string, unknown> {
  const parts = token.split('.')
  try {
    const base64 = String(parts[1]).replace(/-/g, '+').replace(/_/g, '/')
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
    const claims: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return parts.length === 3 && isObject(claims) ? claims : {}
  } catch {
    return {}
  }
}

/**
 * Whether two JWTs have one subject: `sub`, which is unique for its `iss` (RFC 7519 §4.1). Undefined where either does not
 * say, as an opaque token. A JWT without `iss` is taken as the other's issuer's.
 */
export function isSameSubject(token: string, other: string): boolean | undefined {
  const [mine, theirs] = [claimsOf(token), claimsOf(other)]
  const compare = (claim: string): boolean | undefined => {
    const [value, its] = [member(mine, claim), member(theirs, claim)]
    return typeof value === 'string' && typeof its === 'string' ? value === its : undefined
  }
  const isSame = compare('sub')
  return isSame && (compare('iss') ?? true)
}
