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

/** The subject of a JWT (`sub`, RFC 7519 §4.1.2); null for an opaque token and a JWT without one. */
export function subjectOf(token: string): string | null {
  const subject = member(claimsOf(token), 'sub')
  return typeof subject === 'string' ? subject : null
}
