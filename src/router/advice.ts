import type { RouteLocation, RouteLocationNormalized, RouteLocationRaw } from 'vue-router'
import { warn } from '../utils/warn'
import { isGuestOnly, requirementsOf, type IsMine } from './route-meta'

/** The pages of the options that the router takes users to. */
export type PageOption = 'login' | 'home' | 'forbidden'

/** Tells an app's author in development what is wrong, and what to write. */
export interface Advice {
  /**
   * Finds a page that is needed, and warns if it cannot do. Nothing is checked before: routes may be added until then.
   * A guard of the app may still add its route on the way there.
   *
   * @throws TypeError for the login page of another session, which would lead back for ever
   */
  find(option: PageOption, location: RouteLocationRaw, resolve: () => RouteLocation): RouteLocation
  /** Warns of pages that were needed on the way to where the router has arrived, and have no route yet. */
  onArrival(to: RouteLocation): void
  /** Warns if `requiresAuth` has answered something that seems to admit the user, and does not. */
  onAnswer(answer: unknown, to: RouteLocationNormalized): void
}

/** A location for each option, to show how it is written. */
const EXAMPLES = { login: '/sign-in', home: '/start', forbidden: '/sorry' }

/** Whether the router has no route of its own for a location. A catch-all matches every path, so it does not count. */
function isMissing(location: RouteLocationRaw, { matched }: RouteLocation): boolean {
  const record = matched.at(-1)
  const isNamed = typeof location === 'object' && 'name' in location
  return !record || (!isNamed && record.path.includes('(.*)'))
}

/** The members of a location that a warning shows. Others, such as `state`, may hold anything. */
const SHOWN = ['path', 'name']

export function createAdvice(isMine: IsMine): Advice {
  const told = new Set<string>()
  /** Warns of each page that had no route when it was needed, if it still has none. */
  let doubts: ((to: RouteLocation) => void)[] = []

  /** Warns once for each subject. */
  function advise(subject: string, words: string, section: string): void {
    if (told.has(subject)) return
    told.add(subject)
    warn(`\`${subject}\` ${words}`, section)
  }

  function warnOfMissing(option: PageOption, location: RouteLocationRaw, reason = ''): void {
    const other = /param/.test(reason)
      ? `(to) => ({ name, params: { … } })\` for its params.`
      : `'${EXAMPLES[option]}' }\`.`
    advise(
      `routes.${option}`,
      `must be a route of the router; ${JSON.stringify(location, SHOWN)} is none${reason && ` (${reason})`}. ` +
        `Add it to the router before it is needed, or write \`routes: { ${option}: ${other}`,
      'a-page-is-no-route',
    )
  }

  return {
    find(option, location, resolve) {
      let route: RouteLocation
      try {
        route = resolve()
      } catch (error) {
        warnOfMissing(option, location, (error as Error).message)
        throw error
      }
      if (isMissing(location, route)) {
        const { path } = route
        doubts.push((to) => {
          const now = to.path === path ? to : resolve()
          if (isMissing(location, now)) warnOfMissing(option, location)
        })
      }
      const requirements = requirementsOf(route, isMine)
      const isForGuests = isGuestOnly(route, isMine)
      if (option === 'login' && isGuestOnly(route) && !isForGuests) {
        throw new TypeError(
          'createAuth(): `routes.login` is the login page of another session: name a page with this one as ' +
            '`authSession` in its meta.',
        )
      }
      if (option === 'login' && requirements.some((one) => one !== false)) {
        advise(
          'routes.login',
          'must be open to everyone: take `requiresAuth` off that route.',
          'the-login-page-is-protected',
        )
      }
      if (option === 'home' && isForGuests) {
        advise(
          'routes.home',
          'must be open to signed-in users: take `guestOnly` off that route.',
          'the-home-page-is-for-guests',
        )
      }
      if (option === 'forbidden' && requirements.some((one) => typeof one === 'function')) {
        advise(
          'routes.forbidden',
          'must be open to every signed-in user: take the function off `requiresAuth` there.',
          'the-forbidden-page-is-protected',
        )
      }
      return route
    },

    onArrival(to) {
      doubts.forEach((warnIfMissing) => warnIfMissing(to))
      doubts = []
    },

    onAnswer(answer, { path }) {
      if (!answer || answer === true) return
      // Name the kind alone: the answer may hold the user's data.
      const kind = answer instanceof Promise ? 'promise' : typeof answer
      advise(
        'requiresAuth',
        `of ${path} is ${kind === 'object' ? 'an' : 'a'} ${kind}, which admits no user: return true or false at once, e.g. ` +
          "`(user) => user.roles.includes('admin')`.",
        'requiresauth-answers-something-else',
      )
    },
  }
}
