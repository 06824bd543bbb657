import type { NavigationGuardReturn, RouteLocationNormalized, RouteLocationRaw, Router } from 'vue-router'
import type { AuthUser } from '../options'
import { isGuestOnly, safeReturnUrl } from './return-url'

/** What the guard asks of the session. */
export interface GuardPorts {
  /** Settles once it is known who is signed in. */
  readonly ready: Promise<void>
  isAuthenticated(): boolean
  user(): AuthUser | null
}

export interface GuardRoutes {
  readonly login: RouteLocationRaw
  readonly home: RouteLocationRaw
  readonly forbidden: RouteLocationRaw | null
}

export interface Guard {
  /** A session has begun: a guest page moves on. */
  onSessionStart(): void
  /** It has ended: a protected page is left, with a way back unless the user left by choice. */
  onSessionEnd(keepReturnUrl: boolean): void
  dispose(): void
}

type Requirement = true | ((user: AuthUser) => boolean)

/** Everything the matched routes ask for, from the outermost in; `false` takes back what parents asked. */
function requirementsOf({ matched }: Pick<RouteLocationNormalized, 'matched'>): Requirement[] {
  let requirements: Requirement[] = []
  for (const { meta } of matched) {
    if (meta.requiresAuth === false) requirements = []
    else if (meta.requiresAuth) requirements.push(meta.requiresAuth)
  }
  return requirements
}

export function guardRouter(router: Router, ports: GuardPorts, routes: GuardRoutes): Guard {
  const loginPath = router.resolve(routes.login).path

  function toLogin(from: RouteLocationNormalized | null): RouteLocationRaw {
    const login = router.resolve(routes.login)
    const redirect = from && safeReturnUrl(from.fullPath, router)
    return { path: login.path, query: redirect ? { ...login.query, redirect } : login.query }
  }

  const back = (from: RouteLocationNormalized): RouteLocationRaw => {
    const url = safeReturnUrl(from.query['redirect'], router)
    return url && router.resolve(url).path !== loginPath ? url : routes.home
  }

  function decide(to: RouteLocationNormalized): NavigationGuardReturn {
    if (isGuestOnly(to)) return ports.isAuthenticated() ? back(to) : true
    const requirements = requirementsOf(to)
    if (requirements.length === 0) return true
    if (!ports.isAuthenticated()) return toLogin(to)
    const user = ports.user()
    const isAllowed = requirements.every(
      (requirement) => requirement === true || (user !== null && requirement(user)),
    )
    return isAllowed || (routes.forbidden ?? false)
  }

  function leave(from: RouteLocationNormalized, keepReturnUrl: boolean): void {
    if (ports.isAuthenticated() || requirementsOf(from).length === 0) return
    void router.replace(toLogin(keepReturnUrl ? from : null))
  }

  const removeGuard = router.beforeEach(async (to) => {
    await ports.ready
    return decide(to)
  })
  // The session may have ended while the page was loading, after the guard let it pass.
  const removeCheck = router.afterEach((to, _from, failure) => {
    if (!failure) leave(to, true)
  })

  return {
    onSessionStart() {
      const here = router.currentRoute.value
      if (isGuestOnly(here)) void router.replace(back(here))
    },
    onSessionEnd: (keepReturnUrl) => leave(router.currentRoute.value, keepReturnUrl),
    dispose() {
      removeGuard()
      removeCheck()
    },
  }
}
