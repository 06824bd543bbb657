import axios from 'axios'
import { defaultOptions, type ResolvedOptions } from '../../src/options'
import { longestRefresh } from '../../src/session/refresher'
import type { FuzzTab } from './fuzz-tab'
import type { World } from './world'

export const refreshTimeout = 10_000
export const limit = longestRefresh(refreshTimeout)
/** The time that storage, and a countdown cut by freezing, may add to a bound, in ms. */
export const SLACK = 1_500
export const reauthenticateTimeout = 20_000

/** The options that a tab's application gives to `createAuth`. */
export function optionsOf(tab: FuzzTab, world: World): ResolvedOptions {
  const { setting, oracle } = world
  const asks: Partial<ResolvedOptions> = {
    reauthenticate: ({ user, signal }) => world.person(tab, user as string | null, signal),
    fetchUser: async ({ http }) => (await http.get('/me')).data,
    isSameUser: (before, after) => before === after,
  }
  return {
    ...defaultOptions,
    axios: axios.create(),
    refreshTimeout,
    reauthenticateTimeout,
    leeway: setting.leeway,
    login: (user) =>
      new Promise((resolve) => {
        const mine = tab.login!
        world.judge.signingIn(tab, mine)
        world.network(tab, () => {
          const tokens = oracle.login(user as string)
          return () => {
            world.judge.signedIn(tab, mine, tokens)
            resolve(tokens)
          }
        })
      }),
    refresh: ({ token }, { signal }) => {
      const session = tab.used.get(token)
      if (!session || session.id !== tab.session?.id)
        throw new Error('A session is refreshed that is not in use.')
      return world.exchange(tab, session, signal)
    },
    logout: async ({ token }) =>
      world.network(tab, () => {
        const family = token === null ? undefined : oracle.familyOf(token)
        if (family) family.isRevoked = true
        return () => {}
      }),
    ...(setting.asks ? asks : {}),
  }
}
