import type { WireRequest } from './call'

/** Values that a template makes of a token that is not there: `''`, `Bearer`, `Bearer null`, `undefined`. */
const BLANK = /^\s*(?:bearer|(?:\S+\s+)?(?:null|undefined))?\s*$/i

/**
 * Tells whether a request has a credential of its own. A blank one is a mistake. `Authorization: false` is axios's way
 * to say that none shall be sent, and counts as `own`.
 */
export function credentialOf({
  auth,
  headers,
}: Pick<WireRequest, 'auth' | 'headers'>): 'none' | 'blank' | 'own' {
  if (auth) return 'own'
  if (!headers.has('Authorization')) return 'none'
  // The test makes text of what axios takes for a header: null, false.
  return BLANK.test(headers.get('Authorization') as string) ? 'blank' : 'own'
}
