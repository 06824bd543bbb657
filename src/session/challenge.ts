import { headerOf } from './error-response'
import type { StepUp } from './step-up'

const INSUFFICIENT = 'insufficient_user_authentication'
/** A scheme, or the name and the value of a parameter (RFC 9110 §11.2). A quoted string is never left open. */
const PART = /([^\s,="]+)(?:\s*=\s*("(?:[^"\\]|\\.)*"?|[^\s,]*))?/g

/** The parameters of each challenge in a `WWW-Authenticate` header (RFC 9110 §11.6.1), by their names in lower case. */
function challengesIn(header: string): Map<string, string>[] {
  let current = new Map<string, string>()
  const challenges = [current]
  for (const [, name = '', value] of header.matchAll(PART)) {
    if (value === undefined) challenges.push((current = new Map()))
    else current.set(name.toLowerCase(), value.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1'))
  }
  return challenges
}

/** The step-up that a response asks for (RFC 9470 §3); undefined for any other response. */
export function stepUpIn({
  status,
  headers,
}: {
  readonly status?: unknown
  readonly headers?: unknown
}): StepUp | undefined {
  const header = status === 401 ? headerOf(headers, 'www-authenticate') : ''
  // Nearly every 401 asks for no step-up, and thousands may come at once.
  if (!header.includes(INSUFFICIENT)) return undefined
  const asked = challengesIn(header).find((challenge) => challenge.get('error') === INSUFFICIENT)
  if (!asked) return undefined
  const maxAge = asked.get('max_age') ?? ''
  return {
    acrValues: (asked.get('acr_values') ?? '').split(/\s+/).filter(Boolean),
    maxAge: /^\d{1,15}$/.test(maxAge) ? Number(maxAge) : null,
  }
}
