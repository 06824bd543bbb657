import type { RouteLocationNormalized, RouteMeta, Router } from 'vue-router'

const MAX_CHARACTERS = 2_048
/** Control, invisible and direction-changing characters, halves of characters, and the backslash, a slash in URLs. */
const FORBIDDEN_CHARACTERS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\]/u
/** Parts by which a decoded path leads elsewhere than it seems: `//`, `.`, `..` and a second layer of encoding. */
const MISLEADING_PARTS = /\/\/|\/\.{1,2}(?:\/|$)|%(?:2f|5c|2e|0|1)/i

/** Tells whether a route belongs to this session, by the name in its meta. */
export type IsMine = (name: string | undefined) => boolean

/** The meta of all matched routes that name this session, from the outermost in; children inherit the name. */
export function metaOf(
  { matched }: Pick<RouteLocationNormalized, 'matched'>,
  isMine: IsMine = () => true,
): RouteMeta[] {
  let name: string | undefined
  return matched
    .map(({ meta }) => meta)
    .filter(({ authSession }) => isMine((name = authSession ?? name)))
}

/** Tells whether a route is for signed-out users: of this session, or of any. */
export const isGuestOnly = (
  route: Pick<RouteLocationNormalized, 'matched'>,
  isMine?: IsMine,
): boolean => metaOf(route, isMine).some(({ guestOnly }) => guestOnly === true)

function isPath(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > MAX_CHARACTERS) return false
  if (!/^\/(?!\/)/.test(value) || FORBIDDEN_CHARACTERS.test(value)) return false
  try {
    const path = decodeURIComponent(value.replace(/[?#].*/, '')).normalize('NFKC')
    return !FORBIDDEN_CHARACTERS.test(path) && !MISLEADING_PARTS.test(path)
  } catch {
    return false
  }
}

/**
 * The return path in a query parameter: a path of this router, or null. Never another origin or a script, nor a
 * `guestOnly` page, as the login page is in most apps.
 *
 * @param value anything, such as `route.query.redirect`
 */
export function safeReturnUrl(value: unknown, router: Router): string | null {
  if (!isPath(value)) return null
  const route = router.resolve(value)
  return route.matched.length > 0 && !isGuestOnly(route) ? route.fullPath : null
}
