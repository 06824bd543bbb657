import { AuthError } from 'vue-auth-refresh'
import type { WatchedSession } from './watch-session'

/** A button of the inspector. */
interface Action {
  readonly icon: string
  readonly tooltip: string
  /** Does it to a session that is running. */
  run(watched: WatchedSession, session: NonNullable<ReturnType<WatchedSession['session']>>): unknown
}

/** The buttons of a session. */
export const actions: readonly Action[] = [
  {
    icon: 'timer_off',
    tooltip: 'Expire the access token, in this tab',
    run(_watched, { keeper, hidden: { token } }) {
      return keeper.update({ token, refreshToken: null, expiresIn: 0, scope: null })
    },
  },
  {
    icon: 'sync',
    tooltip: 'Refresh now',
    run: (_watched, { hidden }) => hidden.refresh(),
  },
  {
    icon: 'sync_problem',
    tooltip: 'Fail the next refresh: the server cannot be reached',
    run({ port }) {
      port.beforeExchange = () => {
        throw new TypeError('Failed by the devtools.')
      }
    },
  },
  {
    icon: 'sync_disabled',
    tooltip: 'Refuse the next refresh: the session is over for the server',
    run({ port }) {
      port.beforeExchange = () => {
        port.beforeExchange = undefined
        throw new AuthError('rejected', 'Refused by the devtools.')
      }
    },
  },
  {
    icon: 'block',
    tooltip: 'End the session in all tabs, without telling the server',
    run: (_watched, { keeper }) => keeper.end(new AuthError('rejected', 'Ended by the devtools.')),
  },
  {
    icon: 'logout',
    tooltip: 'Sign out everywhere: in all tabs, and at the server',
    run: (_watched, { hidden }) => hidden.logout(),
  },
]
