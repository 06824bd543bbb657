import type { FetchPort } from '../http/fetch-port'

/** The CSRF header of an axios instance, with the value of its cookie (`xsrfHeaderName`, `xsrfCookieName`); empty without. */
export function csrfHeaders({
  defaults: { xsrfCookieName, xsrfHeaderName },
}: ReturnType<FetchPort['first']>): Record<string, string> {
  const prefix = `${xsrfCookieName}=`
  const found = globalThis.document?.cookie.split('; ').find((pair) => pair.startsWith(prefix))
  if (!xsrfHeaderName || !found) return {}
  const value = found.slice(prefix.length)
  try {
    return { [xsrfHeaderName]: decodeURIComponent(value) }
  } catch {
    return { [xsrfHeaderName]: value }
  }
}
