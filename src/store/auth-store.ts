import { defineStore, type Pinia } from 'pinia'
import { toRaw } from 'vue'
import type { AuthActions, AuthSecrets, AuthStore, AuthView } from './auth-store-types'

/** Global, because a hot reload or another bundle brings a second copy of this module. */
const SESSIONS = Symbol.for('vue-auth-refresh/sessions')

/**
 * Opens the store of a session, by its name; null once that was disposed of. The session that was installed first has the
 * key `undefined` as well.
 */
type Sessions = Map<string | undefined, (() => AuthStore) | null>

/** The sessions of a Pinia. They are a mark on it, because an app may have stores of any id. */
export const sessionsOf = (pinia: Pinia & { [SESSIONS]?: Sessions }): Sessions =>
  (pinia[SESSIONS] ??= new Map())

const idOf = (name: string): string => `vue-auth-refresh/${name}`

/**
 * Checks that a session may have this name. Returns whether it is the first, which is found without a name.
 *
 * @throws when this Pinia has a session of that name, or a store of the app has its id
 */
export function checkName(pinia: Pinia, name: string): boolean {
  const sessions = sessionsOf(pinia)
  if (sessions.get(name)) {
    throw new Error(`createAuth(): there is a session named "${name}" already; name them apart.`)
  }
  if (pinia._s.has(idOf(name))) {
    throw new Error(`createAuth(): there is a store "${idOf(name)}" already; rename it.`)
  }
  return !sessions.get(undefined)
}

/**
 * Makes the store of a session, and makes it anew if the app disposes of it. Ends with `disposeStore`.
 *
 * @param view shown to components and devtools
 * @param hidden kept from devtools and SSR state
 */
export function installAuthStore(
  pinia: Pinia,
  view: AuthView,
  hidden: AuthActions & AuthSecrets & Pick<AuthStore, 'name' | 'axios'>,
): { store: AuthStore; disposeStore(): void } {
  const { name } = hidden
  const id = idOf(name)
  const sessions = sessionsOf(pinia)
  let made: AuthStore | undefined

  const useStore = defineStore(id, (): AuthView => {
    made = undefined
    // Does nothing. Pinia's own throws, and an app that resets all its stores would not get past this one.
    const $reset = (): void => {}
    return Object.assign({ $reset }, view)
  })
  const open = (): AuthStore => {
    const store = useStore(pinia)
    return (made ??= complete(store as AuthStore, view, hidden))
  }
  const store = open()
  sessions.set(name, open)
  if (!sessions.get(undefined)) sessions.set(undefined, open)

  return {
    store,
    disposeStore() {
      sessions.set(name, null)
      if (sessions.get(undefined) === open) sessions.set(undefined, null)
      // A store of the app that has taken the place since lives on, with its state.
      if (pinia._s.get(id) === made) made?.$dispose()
      if (!pinia._s.has(id)) delete pinia.state.value[id]
    },
  }
}

/** Adds what is hidden, and takes back what Pinia plugins of the app have put in the place of a member. */
function complete(store: AuthStore, view: AuthView, hidden: object): AuthStore {
  Object.assign(toRaw(store), view)
  // Getters, not state or Pinia actions: devtools record the state, and every action's arguments and result.
  for (const name of Object.keys(hidden)) {
    Object.defineProperty(store, name, { get: () => Reflect.get(hidden, name), enumerable: false })
    // Custom properties are shown by devtools; production builds have none.
    store._customProperties?.delete(name)
  }
  return store
}
