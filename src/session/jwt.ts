import { isRecord, member } from '../utils/unknown-data'

/**
 * The claims of a JWT's payload, unverified: hints, never proof. Empty for an opaque token and for anything odd.
 * Source: RFC 7519 §3, RFC 7515 §3.1.
 */
export function claimsOf(token: string): Record<string, unknown> {
  const parts = token.split('.')
  try {
    const base64 = String(parts[1]).replace(/-/g, '+').replace(/_/g, '/')
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
    const claims: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return parts.length === 3 && isRecord(claims) ? claims : {}
  } catch {
    return {}
  }
}

/** Whom a JWT is about (`sub`, RFC 7519 §4.1.2); null for an opaque token and one that does not say. */
export function subjectOf(token: string): string | null {
  const subject = member(claimsOf(token), 'sub')
  return typeof subject === 'string' ? subject : null
}
