import { storeToRefs } from 'pinia'
import { useAuthStore } from './auth-store'
import type { AuthActions, AuthView } from './auth-store-types'

/** What {@link useAuth} returns. */
export type UseAuthReturn = Pick<
  AuthView,
  'status' | 'isAuthenticated' | 'isRefreshing' | 'user' | 'error'
> &
  Pick<AuthActions, 'login' | 'logout' | 'refresh' | 'getAccessToken'>

/**
 * The session, for components: readonly refs and actions that may be destructured.
 *
 * ```ts
 * const { isAuthenticated, user, login, logout } = useAuth()
 * ```
 *
 * @throws when the plugin is not installed in this app
 */
export function useAuth(): UseAuthReturn {
  const store = useAuthStore()
  const { status, isAuthenticated, isRefreshing, user, error } = storeToRefs(store)
  const { login, logout, refresh, getAccessToken } = store
  const view = { status, isAuthenticated, isRefreshing, user, error }
  return { ...view, login, logout, refresh, getAccessToken }
}
