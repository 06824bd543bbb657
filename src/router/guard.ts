import type { RouteLocationNormalized, RouteLocationRaw, Router } from 'vue-router'
import type { AuthUser } from '../options'
import { isGuestOnly, metaOf, safeReturnUrl, type IsMine } from './return-url'

/** What the guard looks at. */
export interface GuardedSession {
  readonly isAuthenticated: boolean
  readonly user: AuthUser | null
}

export interface GuardPorts {
  /** Settles once it is known who is signed in. */
  readonly ready: Promise<void>
  /** Fetches the user once more, where that has failed. */
  loadUser(): Promise<unknown>
  /** Whether a route asks for this session. Throws for one that there is not, or nobody would guard it. */
  readonly isMine: IsMine
}

export interface GuardRoutes {
  readonly login: RouteLocationRaw
  readonly home: RouteLocationRaw
  readonly forbidden?: RouteLocationRaw
}

export interface Guard {
  /**
   * Somebody has signed in or out: goes where the page that is shown would have led.
   *
   * @param keepReturnUrl whether the login page is to lead back here
   */
  onChange(keepReturnUrl: boolean): void
  dispose(): void
}

type Requirement = true | ((user: AuthUser) => boolean)

/** Everything the matched routes ask for, from the outermost in; `false` takes back what parents asked. */
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
  function toLogin(from: RouteLocationNormalized, keepReturnUrl: boolean): RouteLocationRaw {
    const { path, query } = router.resolve(routes.login)
    const redirect = keepReturnUrl && safeReturnUrl(from.fullPath, router)
    return { path, query: redirect ? { ...query, redirect } : query }
  }

  /** Where a location leads, or whether it may be entered. */
  function decide(
    to: RouteLocationNormalized,
    from: RouteLocationNormalized,
    keepReturnUrl: boolean,
  ): RouteLocationRaw | boolean {
    const { isAuthenticated, user } = session
    if (isGuestOnly(to, isMine)) {
      return !isAuthenticated || (safeReturnUrl(to.query['redirect'], router) ?? routes.home)
    }
    const requirements = requirementsOf(to, isMine)
    if (requirements.length > 0 && !isAuthenticated) return toLogin(to, keepReturnUrl)
    if (requirements.every((one) => one === true || (user !== null && one(user)))) return true
    // Refused; but there must be a page to stay on.
    const canStay = from.matched.length > 0 && from !== to && !isGuestOnly(from, isMine)
    const isHome = router.resolve(routes.home).path === to.path
    return routes.forbidden ?? (canStay || isHome ? false : routes.home)
  }

  function follow(here: RouteLocationNormalized, keepReturnUrl: boolean): void {
    try {
      const next = decide(here, here, keepReturnUrl)
      // A navigation that fails is for router.onError to hear of.
      if (typeof next !== 'boolean') router.replace(next).catch(() => {})
    } catch (error) {
      console.error('[vue-auth-refresh] requiresAuth threw', error)
    }
  }

  const disposers = [
    router.beforeEach(async (to, from) => {
      await ready
      const asksUser = requirementsOf(to, isMine).some((one) => one !== true)
      if (asksUser && session.isAuthenticated && session.user === null) await loadUser()
      return decide(to, from, true)
    }),
    // Somebody may have signed in or out while the page was loading, after the guard let it pass.
    router.afterEach((to, _from, failure) => {
      if (!failure) follow(to, true)
    }),
  ]

  return {
    onChange: (keepReturnUrl) => follow(router.currentRoute.value, keepReturnUrl),
    dispose: () => disposers.forEach((dispose) => dispose()),
  }
}
