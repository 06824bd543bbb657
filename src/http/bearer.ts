import type { InternalAxiosRequestConfig } from 'axios'

/** Values that a template makes of a token that is not there: `''`, `Bearer`, `Bearer null`, `undefined`. */
const BLANK = /^\s*(?:bearer|(?:\S+\s+)?(?:null|undefined))?\s*$/i

/**
 * Tells whether a request has a credential of its own. A blank one is a mistake. `Authorization: false` is axios's way
 * to say that none shall be sent, and counts as `own`.
 */
export function credentialOf({
  auth,
  headers,
}: Pick<InternalAxiosRequestConfig, 'auth' | 'headers'>): 'none' | 'blank' | 'own' {
  if (auth) return 'own'
  const value = headers.get('Authorization')
  if (value === undefined) return 'none'
  return value === null || BLANK.test(String(value)) ? 'blank' : 'own'
}

/** Puts the token into the header `Authorization` (RFC 6750 §2.1). The default of the option `attach`. */
export function attachBearer(config: InternalAxiosRequestConfig, token: string): void {
  config.headers.Authorization = `Bearer ${token}`
}
