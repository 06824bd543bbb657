import type { RouteLocationNormalized, RouteLocationRaw, Router } from 'vue-router'
import { returnUrlParameter, type AuthUser } from '../options'
import { callSafely } from '../utils/call-safely'
import { isGuestOnly, metaOf, safeReturnUrl, type IsMine } from './return-url'

/** The part of the session that the guard reads. */
export interface GuardedSession {
  readonly isAuthenticated: boolean
  readonly user: AuthUser | null
}

export interface GuardPorts {
  /** Settles once it was asked who is signed in. */
  readonly ready: Promise<void>
  /** Fetches the user again after a failure. */
  loadUser(): Promise<unknown>
  /** Tells whether a route names this session. Throws for a name that no session has: no guard would protect it. */
  readonly isMine: IsMine
}

export interface GuardRoutes {
  readonly login: RouteLocationRaw
  readonly home: RouteLocationRaw
  readonly forbidden?: RouteLocationRaw
}

export interface Guard {
  /**
   * Applies the guard to the page that is shown. Called when the start is over, after a login and after an end.
   *
   * @param withReturnUrl whether the login page leads back here
   */
  onChange(withReturnUrl: boolean): void
  dispose(): void
}

type Requirement = true | ((user: AuthUser) => boolean)

/** The requirements of all matched routes, from the outermost in; `false` drops those of the parents. */
export const requirementsOf = (
  route: Pick<RouteLocationNormalized, 'matched'>,
  isMine?: IsMine,
): Requirement[] =>
  metaOf(route, isMine).reduce<Requirement[]>(
    (all, { requiresAuth: one }) => (one === false ? [] : one === undefined ? all : [...all, one]),
    [],
  )

export function guardRouter(
  router: Router,
  session: GuardedSession,
  { ready, loadUser, isMine }: GuardPorts,
  routes: GuardRoutes,
): Guard {
  function toLogin(from: RouteLocationNormalized, withReturnUrl: boolean): RouteLocationRaw {
    const { path, query } = router.resolve(routes.login)
    const returnUrl = withReturnUrl && safeReturnUrl(from.fullPath, router)
    return { path, query: returnUrl ? { ...query, [returnUrlParameter]: returnUrl } : query }
  }

  /** Decides on a navigation: the location to redirect to, or whether it may go on. */
  function decide(
    to: RouteLocationNormalized,
    from: RouteLocationNormalized,
    withReturnUrl: boolean,
  ): RouteLocationRaw | boolean {
    const { isAuthenticated, user } = session
    if (isGuestOnly(to, isMine)) {
      return (
        !isAuthenticated || (safeReturnUrl(to.query[returnUrlParameter], router) ?? routes.home)
      )
    }
    const requirements = requirementsOf(to, isMine)
    if (requirements.length > 0 && !isAuthenticated) return toLogin(to, withReturnUrl)
    if (requirements.every((one) => one === true || (user !== null && one(user)))) return true
    // The user is refused. Cancelling needs a page to stay on: where both are equal, the page itself is judged.
    const canStay = from.matched.length > 0 && from !== to && !isGuestOnly(from, isMine)
    const isHome = router.resolve(routes.home).path === to.path
    return routes.forbidden ?? (canStay || isHome ? false : routes.home)
  }

  function redirect(here: RouteLocationNormalized, withReturnUrl: boolean): void {
    const follow = (): void => {
      const next = decide(here, here, withReturnUrl)
      // The router reports a navigation that fails to router.onError.
      if (typeof next !== 'boolean') router.replace(next).catch(() => {})
    }
    callSafely('requiresAuth', follow)
  }

  const disposers = [
    router.beforeEach(async (to, from) => {
      await ready
      const asksUser = requirementsOf(to, isMine).some((one) => one !== true)
      if (asksUser && session.isAuthenticated && session.user === null) await loadUser()
      return decide(to, from, true)
    }),
    // A login or an end of the session while the page was loading came too late for the guard above.
    router.afterEach((to, _from, failure) => {
      if (!failure) redirect(to, true)
    }),
  ]

  return {
    onChange: (withReturnUrl) => redirect(router.currentRoute.value, withReturnUrl),
    dispose: () => disposers.forEach((dispose) => dispose()),
  }
}
