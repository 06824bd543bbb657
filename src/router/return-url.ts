import type { RouteLocationNormalized, RouteMeta, Router } from 'vue-router'

const LONGEST = 2_048
/** Control, invisible and direction-changing characters, halves of characters, and what URLs read as a slash. */
const DECEPTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\]/u
/** What makes a decoded path another place than it looks: `//`, `.` and `..`, and a second layer of encoding. */
const TREACHEROUS = /\/\/|\/\.{1,2}(?:\/|$)|%(?:2f|5c|2e|0|1)/i

/** Whose a route is, by the name in its meta. */
export type IsMine = (name: string | undefined) => boolean

/** The meta of all matched routes that ask for this session, from the outermost in; children inherit the name. */
export function metaOf(
  { matched }: Pick<RouteLocationNormalized, 'matched'>,
  isMine: IsMine = () => true,
): RouteMeta[] {
  let name: string | undefined
  return matched
    .map(({ meta }) => meta)
    .filter(({ authSession }) => isMine((name = authSession ?? name)))
}

/** Whether a route is for who is not signed in: to this session, or to any. */
export const isGuestOnly = (
  route: Pick<RouteLocationNormalized, 'matched'>,
  isMine?: IsMine,
): boolean => metaOf(route, isMine).some(({ guestOnly }) => guestOnly === true)

function isPath(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > LONGEST) return false
  if (!/^\/(?!\/)/.test(value) || DECEPTIVE.test(value)) return false
  try {
    const path = decodeURIComponent(value.replace(/[?#].*/, '')).normalize('NFKC')
    return !DECEPTIVE.test(path) && !TREACHEROUS.test(path)
  } catch {
    return false
  }
}

/**
 * The return path in a query parameter, or null. It is only ever a path of this router that is no guest page:
 * never another origin, never a script, never the login page again.
 *
 * @param value anything, such as `route.query.redirect`
 */
export function safeReturnUrl(value: unknown, router: Router): string | null {
  if (!isPath(value)) return null
  const route = router.resolve(value)
  return route.matched.length > 0 && !isGuestOnly(route) ? route.fullPath : null
}
