import { isObject, member } from '../utils/unknown-data'

/**
 * The claims in the payload of a JWT (RFC 7519 §3, RFC 7515 §3.1). They are not verified: take them as hints, never as
 * proof. Empty for an opaque token and a malformed one.
 */
export function claimsOf(token = ''): Record<string, unknown> {
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

/** Whether a claim of two JWTs is the same. Undefined where either does not say, as an opaque token. */
function isSameClaim(
  claim: string,
  ...tokens: readonly (string | undefined)[]
): boolean | undefined {
  const [value, its] = tokens.map((token) => {
    // One audience may stand alone or in a list.
    const values = [member(claimsOf(token), claim)].flat()
    return typeof values[0] === 'string' && String(values.map(String).sort())
  })
  return value && its ? value === its : undefined
}

/**
 * Whether two JWTs have one subject: `sub`, which is unique for its `iss` (RFC 7519 §4.1). Undefined where either does not
 * say, as an opaque token. A JWT without `iss` is taken as the other's issuer's.
 */
export function isSameSubject(token: string, other: string): boolean | undefined {
  return isSameClaim('sub', token, other) && isSameClaim('iss', token, other) !== false
}

/** Whether two ID tokens may be of one authentication (OpenID Connect Core §12.2). A claim that is missing may be the same. */
export const isSameAuthentication = (idToken?: string, other?: string): boolean =>
  ['iss', 'sub', 'aud'].every((claim) => isSameClaim(claim, idToken, other) !== false)
