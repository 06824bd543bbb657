import type { RouteLocation, RouteLocationNormalizedLoaded, Router } from 'vue-router'
import { isGuestOnly } from './route-meta'

const MAX_CHARACTERS = 8_192
/** Redirect records that lead on to each other, at most. */
const MAX_REDIRECTS = 10
/**
 * Control and direction-changing characters, line ends, halves of characters, and two that are never seen. Joiners and
 * other invisible characters belong to the spelling of many languages, and of emoji.
 */
const FORBIDDEN_CHARACTERS = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\ufeff]/u
/** Parts by which a path leads elsewhere than it seems: `//` in front, `.` and `..`; a backslash is a slash in URLs. */
const MISLEADING_PARTS = /^[/\\]{2}|[/\\]\.{1,2}(?:[/\\]|$)/
/** Characters that are encoded twice, where they could mislead. */
const ASCII_ESCAPES = /%[0-7][\da-f]/gi

function isPath(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > MAX_CHARACTERS) return false
  if (!/^\/[^\\]*$/.test(value) || FORBIDDEN_CHARACTERS.test(value)) return false
  try {
    const path = decodeURIComponent(value.replace(/[?#].*/, ''))
      // Some servers and proxies decode once more.
      .replace(ASCII_ESCAPES, (escape) => decodeURIComponent(escape))
      .normalize('NFKC')
    return !FORBIDDEN_CHARACTERS.test(path) && !MISLEADING_PARTS.test(path)
  } catch {
    return false
  }
}

/**
 * Follows redirect records to the route that is shown; undefined where they go in circles.
 *
 * @throws where one leads nowhere
 */
export function endOf(
  route: RouteLocation,
  router: Router,
  left = MAX_REDIRECTS,
): RouteLocation | undefined {
  const redirect = route.matched.at(-1)?.redirect
  if (!redirect) return route
  if (left === 0) return undefined
  const next =
    typeof redirect === 'function' ? redirect(route, router.currentRoute.value) : redirect
  // A route that was resolved lends its params as one that is shown does.
  return endOf(router.resolve(next, route as RouteLocationNormalizedLoaded), router, left - 1)
}

/**
 * The return path in a query parameter: a path of this app, or null. Never another origin or a script, nor a
 * `guestOnly` page, as the login page is in most apps. The app may add its route later.
 *
 * @param value anything, such as `route.query.redirect`
 */
export function safeReturnUrl(value: unknown, router: Router): string | null {
  if (!isPath(value)) return null
  try {
    const route = router.resolve(value)
    const end = endOf(route, router)
    return end && !isGuestOnly(end) ? route.fullPath : null
  } catch {
    // A redirect record leads to a route that there is not.
    return null
  }
}
