import type {
  LocationQueryRaw,
  RouteLocation,
  RouteLocationNormalized,
  RouteLocationRaw,
  Router,
} from 'vue-router'
import { returnUrlParameter, type AuthRoutes, type AuthUser } from '../options'
import { callSafely } from '../utils/call-safely'
import { createAdvice, type PageOption } from './advice'
import { endOf, safeReturnUrl } from './return-url'
import { isGuestOnly, requirementsOf, type IsMine } from './route-meta'

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
  /** Whether the session is that of a page. A server does not know who is signed in, until the app sets a session. */
  readonly isPage: boolean
  /** Tells whether a provider has sent the user here with the answer to a login. */
  readonly isCallback?: ((to: RouteLocationNormalized) => boolean) | undefined
}

/** A location that the router takes, with the query that the return path goes into. */
type PageLocation = Exclude<RouteLocationRaw, string> & { readonly query: LocationQueryRaw }

export type GuardRoutes = AuthRoutes & Required<Pick<AuthRoutes, 'login' | 'home'>>

export interface Guard {
  /**
   * Applies the guard to the page that is shown. Called when the start is over, after a login and after an end.
   *
   * @param withReturnUrl whether the login page leads back here
   */
  onChange(withReturnUrl: boolean): void
  dispose(): void
}

/** Returns the answer of a callback. A promise admits no user; its rejection would end the process of a server. */
function answerOf(answer: unknown): unknown {
  if (answer instanceof Promise) answer.catch(() => {})
  return answer
}

/** Tells whether a location has the answer of a provider (RFC 6749 §4.1.2). It is of no use later, and is not repeated. */
const hasAnswer = ({ query: { state, code, error } }: RouteLocationNormalized): boolean =>
  !!(state && (code || error))

export function guardRouter(
  router: Router,
  session: GuardedSession,
  { ready, loadUser, isMine, isPage, isCallback }: GuardPorts,
  routes: GuardRoutes,
): Guard {
  const advice = process.env.NODE_ENV === 'production' ? undefined : createAdvice(isMine)
  /** Whether it can be known who is signed in. */
  let isKnown = isPage
  /** The path to which the user is being led back, until the router arrives. */
  let ledBackTo: string | undefined

  /** The location of a page of the options. True: the user is going there. False: there is no such page. */
  function pageOf(option: PageOption, to: RouteLocationNormalized): PageLocation | boolean {
    const given = routes[option]
    if (given === undefined) return false
    const location = typeof given === 'function' ? given(to) : given
    const find = (): RouteLocation => router.resolve(location, to)
    const page = advice ? advice.find(option, location, find) : find()
    const end = endOf(page, router) ?? page
    if (end.path === to.path && end.matched.at(-1) === to.matched.at(-1)) return true
    const { path, params, query, hash } = page
    const own = typeof location === 'string' ? {} : location
    return { ...own, ...('name' in own ? { params } : { path }), query, hash }
  }

  /** Tells whether a requirement admits the user who is signed in. Only `true` does. */
  function admits(requirement: unknown, to: RouteLocationNormalized): boolean {
    const { user } = session
    const answer =
      typeof requirement === 'function' ? user !== null && answerOf(requirement(user)) : requirement
    advice?.onAnswer(answer, to)
    return answer === true
  }

  /** Tells whether a provider has sent the user here. A failure to find out protects the page. */
  const isAnswer = (to: RouteLocationNormalized): boolean =>
    callSafely('isCallback', () => answerOf(isCallback?.(to)) === true, false)

  /** Decides on a navigation: the location to redirect to, or whether it may go on. */
  function decide(
    to: RouteLocationNormalized,
    from: RouteLocationNormalized,
    withReturnUrl: boolean,
  ): RouteLocationRaw | boolean {
    const { isAuthenticated } = session
    if (isGuestOnly(to, isMine)) {
      if (!isAuthenticated) return true
      const returnUrl = safeReturnUrl(to.query[returnUrlParameter], router)
      ledBackTo = returnUrl?.replace(/[?#].*/, '')
      return returnUrl ?? pageOf('home', to)
    }

    const { requiresAuth } = routes
    const all = requirementsOf(to, isMine)
    const isSilent = all.length === 0 && isMine(to.meta.authSession)
    if (isSilent) {
      all.push(
        (typeof requiresAuth === 'function' ? answerOf(requiresAuth(to)) : requiresAuth) ?? false,
      )
    }
    const requirements = all.slice(all.lastIndexOf(false) + 1)
    if (requirements.length > 0 && !isAuthenticated) {
      const page = !isKnown || pageOf('login', to)
      if (typeof page === 'boolean') return true
      if (isSilent && (isAnswer(to) || pageOf('forbidden', to) === true)) return true
      const returnUrl =
        withReturnUrl && !(isCallback && hasAnswer(to)) && safeReturnUrl(to.fullPath, router)
      const query = returnUrl ? { ...page.query, [returnUrlParameter]: returnUrl } : page.query
      return { ...page, query }
    }
    if (requirements.every((one) => admits(one, to))) return true
    // The user is refused. Cancelling needs a page to stay on: where both are equal, the page itself is judged.
    const canStay = from.matched.length > 0 && from !== to && !isGuestOnly(from, isMine)
    const page = pageOf('forbidden', to) || (!canStay && pageOf('home', to))
    return page !== true && page
  }

  function redirect(
    here: RouteLocationNormalized,
    withReturnUrl: boolean,
    isLedBack = false,
  ): void {
    isKnown ||= session.isAuthenticated
    // Before its first navigation the router shows no page, at a location that it has not resolved.
    if (!('href' in here)) return
    const follow = (): void => {
      // A way back may lead to a route that the app adds after the login. If it has not, go home.
      const isLost = isLedBack && here.matched.length === 0
      const next = isLost ? pageOf('home', here) : decide(here, here, withReturnUrl)
      // The router reports a navigation that fails to router.onError.
      if (typeof next !== 'boolean') router.replace(next).catch(() => {})
    }
    callSafely('requiresAuth', follow)
  }

  const disposers = [
    router.beforeEach(async (to, from) => {
      await ready
      const asksUser = requirementsOf(to, isMine).some((one) => typeof one === 'function')
      if (asksUser && session.isAuthenticated && session.user === null) await loadUser()
      return decide(to, from, true)
    }),
    // A login or an end of the session while the page was loading came too late for the guard above.
    router.afterEach((to, _from, failure) => {
      if (failure) return
      advice?.onArrival(to)
      const isLedBack = to.path === ledBackTo
      ledBackTo = undefined
      redirect(to, true, isLedBack)
    }),
  ]

  return {
    onChange: (withReturnUrl) => redirect(router.currentRoute.value, withReturnUrl),
    dispose: () => disposers.forEach((dispose) => dispose()),
  }
}
