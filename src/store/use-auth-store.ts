import { getActivePinia, type Pinia } from 'pinia'
import { checkName, sessionsOf } from './auth-store'
import type { AuthStore } from './auth-store-types'

/**
 * Finds the session of a name, without opening its store.
 *
 * @throws when there is no session of that name, or no Pinia
 */
export function findStore(pinia: Pinia | undefined, name: string | undefined): () => AuthStore {
  const session = pinia && sessionsOf(pinia).get(name)
  if (session) return session
  const which = name === undefined ? '' : ` named "${name}"`
  const missing = pinia ? `no session${which}` : 'no active Pinia'
  const isOver = process.env.NODE_ENV !== 'production' && session === null
  const when = isOver ? 'in a new app, as it was disposed of' : 'first'
  throw new Error(
    `There is ${missing}. Install the plugin ${when}: app.use(createPinia()).use(authPlugin).`,
  )
}

/**
 * Takes a name for a session. Returns what tells whether a route that names a session means this one. It throws for a
 * name that no session has: otherwise no guard would protect the route.
 *
 * @throws when the name is taken
 */
export function claimName(pinia: Pinia, name: string): (asked: string | undefined) => boolean {
  const isFirst = checkName(pinia, name)
  return (asked) => asked === name || (asked === undefined ? isFirst : !findStore(pinia, asked))
}

/** The store of the session of that name, with the types that `AuthTypes` has for it. */
export function useAuthStore<Name extends string>(name: Name): AuthStore<Name>
/** @param pinia needed outside of components where there are several, as on a server */
export function useAuthStore<Name extends string>(pinia: Pinia, name: Name): AuthStore<Name>
/**
 * The Pinia store behind the plugin: session state and actions, and the tokens.
 *
 * @param name of the session, where there are several. Default: the session of the plugin that was installed first
 * @throws when there is no such session, or no active Pinia
 */
export function useAuthStore(name?: string): AuthStore
/** @param pinia needed outside of components where there are several, as on a server */
export function useAuthStore(pinia: Pinia, name?: string): AuthStore
export function useAuthStore(given?: Pinia | string, name?: string): AuthStore {
  const isPinia = typeof given === 'object'
  return findStore(isPinia ? given : getActivePinia(), isPinia ? name : given)()
}
