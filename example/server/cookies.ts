import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { DemoContext } from './context.ts'

/**
 * Cookies as RFC 10017 §6.1.3.2 has them: `Secure`, `HttpOnly`, `SameSite=Strict`, `Path=/`, no `Domain`, and the prefix
 * `__Host-Http-`. A browser that does not know the longer prefix treats it as `__Host-`.
 *
 * Over plain HTTP on localhost, `Secure` and the prefix are left out: not every browser stores such a cookie there.
 * Anywhere else over plain HTTP, the browser drops the cookie.
 *
 * `Path=/` is what the prefix asks for. A narrower path keeps no script of this origin away: it may send requests to
 * that path. It would do harm instead. Browsers send the cookie with the longest path first, so one that a sibling
 * subdomain has set for a longer path would be read in place of this one.
 */
export const readCookie = (c: DemoContext, name: string): string | undefined =>
  getCookie(c, nameOf(c, name))

/** @param maxAge in seconds */
export const writeCookie = (c: DemoContext, name: string, value: string, maxAge: number): void =>
  setCookie(c, nameOf(c, name), value, { ...attributesOf(c), maxAge })

export const clearCookie = (c: DemoContext, name: string): void =>
  void deleteCookie(c, nameOf(c, name), attributesOf(c))

const attributesOf = (c: DemoContext) => ({
  path: '/',
  httpOnly: true,
  sameSite: 'Strict' as const,
  secure: isSecure(c),
})

const nameOf = (c: DemoContext, name: string): string =>
  isSecure(c) ? `__Host-Http-${name}` : name

const isSecure = (c: DemoContext): boolean =>
  !/^http:\/\/(?:(?:[^/]+\.)?localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(c.var.origin)
