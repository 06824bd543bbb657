import { defineStore, type Pinia } from 'pinia'
import type { AuthActions, AuthSecrets, AuthStore, AuthView } from './auth-store-types'

/**
 * Makes the store of a session, under an id that `useAuthStore()` looks for.
 *
 * @param view for everybody to see
 * @param hidden what neither devtools nor SSR state may hold
 */
export function installAuthStore(
  pinia: Pinia,
  id: string,
  view: AuthView,
  hidden: AuthActions & AuthSecrets & Pick<AuthStore, 'name'>,
): AuthStore {
  const store = defineStore(id, () => view)(pinia)
  // Neither state nor Pinia actions: devtools record the state, and every action's arguments and result.
  for (const name of Object.keys(hidden)) {
    Object.defineProperty(store, name, { get: () => Reflect.get(hidden, name) })
  }
  return store as AuthStore
}

/** Takes the store away again. */
export function disposeAuthStore(pinia: Pinia, store: AuthStore): void {
  store.$dispose()
  delete pinia.state.value[store.$id]
}
