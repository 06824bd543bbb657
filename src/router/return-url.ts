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

/** Tells whether a route ends at a guest page, also by way of redirect records. Throws where one leads nowhere. */
function leadsToGuests(route: RouteLocation, router: Router, left = MAX_REDIRECTS): boolean {
  const redirect = route.matched.at(-1)?.redirect
  if (!redirect) return isGuestOnly(route)
  const next =
    typeof redirect === 'function' ? redirect(route, router.currentRoute.value) : redirect
  // A route that was resolved lends its params as one that is shown does.
  const end = router.resolve(next, route as RouteLocationNormalizedLoaded)
  return left === 0 || leadsToGuests(end, router, left - 1)
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
    return leadsToGuests(route, router) ? null : route.fullPath
  } catch {
    // A redirect record leads to a route that there is not.
    return null
  }
}
