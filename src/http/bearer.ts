import type { InternalAxiosRequestConfig } from 'axios'

/** A header that no form can send, so the server can refuse requests without it. */
export const NOT_A_FORM = 'X-Requested-With'
export const NOT_A_FORM_VALUE = 'XMLHttpRequest'

/** Puts the token into the header `Authorization` (RFC 6750 §2.1). The default of the option `attach`. */
export function attachBearer(config: InternalAxiosRequestConfig, token: string): void {
  config.headers.Authorization = `Bearer ${token}`
}

/**
 * Has the browser send its cookies, also to another origin. Forms of other sites can send neither the header nor the CSRF
 * token, which axios reads from a cookie.
 */
export function attachCookies(config: InternalAxiosRequestConfig): void {
  config.withCredentials = true
  config.withXSRFToken ??= true
  config.headers.set(NOT_A_FORM, NOT_A_FORM_VALUE, false)
}
