import type { AxiosInstance } from 'axios'
import { NOT_A_FORM, NOT_A_FORM_VALUE } from './bearer'

/** The value of a cookie; empty without. */
function valueOf(name: string): string {
  const prefix = `${name}=`
  const found = globalThis.document?.cookie.split('; ').find((pair) => pair.startsWith(prefix))
  const value = found?.slice(prefix.length) ?? ''
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

/**
 * Adds what no form of another site can send, where the caller has not set it: `X-Requested-With`, and the CSRF header of
 * an axios instance with the value of its cookie (`xsrfHeaderName`, `xsrfCookieName`).
 */
export function addCookieHeaders(headers: Headers, { defaults }: AxiosInstance): void {
  const { xsrfCookieName, xsrfHeaderName = '' } = defaults
  const added = { [NOT_A_FORM]: NOT_A_FORM_VALUE, [xsrfHeaderName]: valueOf(`${xsrfCookieName}`) }
  for (const [name, value] of Object.entries(added)) {
    if (name && value && !headers.has(name)) headers.set(name, value)
  }
}
