import { defineStore, type Pinia } from 'pinia'
import type { AuthActions, AuthSecrets, AuthStore, AuthView } from './auth-store-types'

const STORE_ID = 'auth'

const usePlaceholder = defineStore(STORE_ID, (): AuthView => {
  throw new Error('Install the plugin first: app.use(createPinia()).use(authPlugin).')
})

/**
 * The Pinia store behind the plugin: session state and actions, and the tokens.
 *
 * @param pinia needed outside of components, as with every Pinia store
 * @throws when the plugin is not installed
 */
export const useAuthStore = (pinia?: Pinia | null): AuthStore => usePlaceholder(pinia) as AuthStore

/**
 * Makes the store of an app, under the id that `useAuthStore()` looks for.
 *
 * @param view for everybody to see
 * @param hidden what neither devtools nor SSR state may hold
 * @throws when this Pinia has one already
 */
export function installAuthStore(
  pinia: Pinia,
  view: AuthView,
  hidden: AuthActions & AuthSecrets,
): AuthStore {
  const useStore = defineStore(STORE_ID, () => view)
  // What useAuthStore() leaves behind when it is called too early.
  if (!('status' in useStore(pinia))) useStore(pinia).$dispose()
  const store = useStore(pinia)
  if ('token' in store)
    throw new Error('createAuth(): this Pinia has a session already; make one for each app.')
  // Neither state nor Pinia actions: devtools record the state, and every action's arguments and result.
  for (const name of Object.keys(hidden)) {
    Object.defineProperty(store, name, { get: () => Reflect.get(hidden, name) })
  }
  return store as AuthStore
}

/** Takes the store away again. */
export function disposeAuthStore(pinia: Pinia, store: AuthStore): void {
  store.$dispose()
  delete pinia.state.value[STORE_ID]
}
