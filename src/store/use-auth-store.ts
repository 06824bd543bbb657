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
  return undefined
}

/**
 * The Pinia store behind the plugin: session state and actions, and the tokens.
 *
 * @param pinia needed outside of components, as with every Pinia store
 * @param name of the session, where there are several. Default: the one whose plugin was installed first
 * @throws when the plugin is not installed
 */
export function useAuthStore(pinia?: Pinia | null, name?: string): AuthStore {
  const first = findStore(FIRST_ID, pinia)
  const isFirst = name === undefined || first?.name === name
  const store = isFirst ? first : findStore(idOf(name), pinia)
  if (store) return store
  throw new Error(
    isFirst
      ? 'Install the plugin first: app.use(createPinia()).use(authPlugin).'
      : `There is no session named "${name}": install a plugin made by createAuth({ name: '${name}', … }).`,
  )
}

/**
 * The id for the store of a session.
 *
 * @throws when this Pinia has a session of that name
 */
export function newStoreId(pinia: Pinia, name: string): string {
  const first = findStore(FIRST_ID, pinia)
  if (!first) return FIRST_ID
  const id = idOf(name)
  if (first.name === name || findStore(id, pinia)) {
    throw new Error(
      `createAuth(): this Pinia has a session named "${name}" already; give each plugin a \`name\` of its own.`,
    )
  }
  return id
}

/**
 * Whether a name means the session that has the store of that id.
 *
 * @throws when there is no session of that name
 */
export const isNamed = (pinia: Pinia, id: string, name: string | undefined): boolean =>
  id === (name === undefined ? FIRST_ID : useAuthStore(pinia, name).$id)
