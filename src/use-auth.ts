import { storeToRefs } from 'pinia'
import type { AuthActions, AuthStore, AuthView } from './store/auth-store-types'
import { useAuthStore } from './store/use-auth-store'

/** The session as {@link useAuth} returns it. */
export type UseAuthReturn<Name extends string = string> = Pick<
  AuthView<Name>,
  'status' | 'isAuthenticated' | 'isRefreshing' | 'user' | 'error' | 'endsAt'
> &
  Pick<
    AuthActions<Name>,
    'login' | 'logout' | 'refresh' | 'getAccessToken' | 'reloadUser' | 'keepAlive'
  > &
  Pick<AuthStore, 'axios'>

/** The session of that name, with the types that `AuthTypes` has for it. */
export function useAuth<Name extends string>(name: Name): UseAuthReturn<Name>
/**
 * The session, for components: readonly refs and actions that may be destructured.
 *
 * ```ts
 * const { isAuthenticated, user, login, logout } = useAuth()
 * ```
 *
 * @param name of the session, where there are several. Default: the session of the plugin that was installed first
 * @throws when the plugin is not installed in this app
 */
export function useAuth(name?: string): UseAuthReturn
export function useAuth(name?: string): UseAuthReturn {
  const store = useAuthStore(name)
  const { status, isAuthenticated, isRefreshing, user, error, endsAt } = storeToRefs(store)
  const { axios, login, logout, refresh, getAccessToken, reloadUser, keepAlive } = store
  const view = { status, isAuthenticated, isRefreshing, user, error, endsAt }
  return { ...view, axios, login, logout, refresh, getAccessToken, reloadUser, keepAlive }
}
