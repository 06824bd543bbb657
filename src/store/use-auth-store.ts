import { defineStore, type Pinia } from 'pinia'
import type { AuthStore } from './auth-store-types'

/** Of the session that was installed first in a Pinia, whatever its name; others have theirs in the id. */
const FIRST_ID = 'auth'

const idOf = (name: string): string => `${FIRST_ID}:${name}`

function findStore(id: string, pinia?: Pinia | null): AuthStore | undefined {
  const store = defineStore(id, () => ({}))(pinia)
  if ('token' in store) return store as AuthStore
  // There was none, and Pinia has made this one.
  store.$dispose()
  if (pinia) delete pinia.state.value[id]
  return undefined
}

/** The store of a session; without a name, that of the first. */
function lookUp(pinia?: Pinia | null, name?: string): AuthStore | undefined {
  const first = findStore(FIRST_ID, pinia)
  return name === undefined || first?.name === name ? first : findStore(idOf(name), pinia)
}

/**
 * The Pinia store behind the plugin: session state and actions, and the tokens.
 *
 * @param pinia needed outside of components, as with every Pinia store
 * @param name of the session, where there are several. Default: the one whose plugin was installed first
 * @throws when the plugin is not installed
 */
export function useAuthStore(pinia?: Pinia | null, name?: string): AuthStore {
  const store = lookUp(pinia, name)
  if (store) return store
  const which = name === undefined ? '' : ` named "${name}"`
  throw new Error(
    `There is no session${which}. Install the plugin first: app.use(createPinia()).use(authPlugin).`,
  )
}

/**
 * The id for the store of a session.
 *
 * @throws when this Pinia has a session of that name
 */
export function newStoreId(pinia: Pinia, name: string): string {
  if (lookUp(pinia, name)) {
    throw new Error(`createAuth(): there is a session named "${name}" already; name them apart.`)
  }
  return lookUp(pinia) ? idOf(name) : FIRST_ID
}

/**
 * Whether a name means the session that has the store of that id.
 *
 * @throws when there is no session of that name
 */
export const isNamed = (pinia: Pinia, id: string, name: string | undefined): boolean =>
  id === (name === undefined ? FIRST_ID : useAuthStore(pinia, name).$id)
