import { defineStore, type Pinia, type Store } from 'pinia'
import { computed, shallowRef, type ComputedRef } from 'vue'
import { AuthError } from './errors'
import type { AuthEventDetail } from './events'
import type { AuthCredentials, AuthUser } from './options'
import { abortable } from './session/abortable'
import { countdown } from './session/clock'
import type { Session } from './session/session'
import {
  createSessionKeeper,
  type SessionKeeper,
  type SessionKeeperOptions,
  type SessionPorts,
} from './session/session-keeper'
import { parseTokenResponse, type AuthTokens, type TokenResponse } from './session/token-response'

/**
 * - `restoring`: the stored session is being read, and its user fetched
 * - `anonymous`: nobody is signed in
 * - `authenticated`: somebody is
 * - `expired`: somebody was, until refreshing was refused
 */
export type AuthStatus = 'restoring' | 'anonymous' | 'authenticated' | 'expired'

/** What components may see of a session. Readonly, and without tokens: it is shown by devtools. */
export interface AuthView {
  readonly status: ComputedRef<AuthStatus>
  readonly isAuthenticated: ComputedRef<boolean>
  readonly isRefreshing: ComputedRef<boolean>
  /** What `fetchUser` resolved with; null while nobody is signed in, and where it failed. */
  readonly user: ComputedRef<AuthUser | null>
  /** Why the last refresh failed; null again once one succeeds or a session begins. */
  readonly error: ComputedRef<AuthError | null>
  /** When the access token expires, in ms since the epoch by the local clock; null when unknown. */
  readonly expiresAt: ComputedRef<number | null>
  /** The single refresh in flight, resolving with the new access token; null when there is none. */
  readonly refreshing: ComputedRef<Promise<string> | null>
}

export interface AuthActions {
  /**
   * Signs in. Resolves when the session has begun and its user was fetched, or could not be.
   *
   * @throws what the `login` option rejects with; {@link AuthError} `malformed` for an answer that is no token
   *   response, `superseded` or `signed-out` when another login or a logout came in between
   */
  login(credentials: AuthCredentials): Promise<void>
  /**
   * Signs out: here at once, then at the server. Never rejects; resolves when the server was told, or did not
   * answer within `refreshTimeout`.
   */
  logout(): Promise<void>
  /**
   * Refreshes now, or joins the refresh in flight. Resolves with the new access token.
   *
   * @throws {@link AuthError} `unauthenticated`, `rejected`, `unreachable`, `superseded` or `signed-out`
   */
  refresh(): Promise<string>
  /**
   * A live access token, refreshed first where it is about to expire: for what is not axios, a WebSocket say.
   *
   * @throws {@link AuthError} as `refresh()` does
   */
  getAccessToken(): Promise<string>
  /**
   * Begins a session with tokens got elsewhere, by an OAuth callback say.
   *
   * @throws {@link AuthError} `malformed` for anything `parseTokenResponse` does not accept
   */
  setSession(tokens: TokenResponse): Promise<void>
}

/** The tokens, readable but outside of Pinia's state: they are neither serialised nor shown by devtools. */
export interface AuthSecrets {
  /** The access token; null while nobody is signed in. */
  readonly token: string | null
  /** The refresh token; null while nobody is signed in, and where the server gave none. */
  readonly refreshToken: string | null
}

/** What the store needs of the world; `createAuth` makes it of the options. */
export interface AuthServices
  extends
    SessionKeeperOptions,
    Pick<SessionPorts, 'exchange' | 'classifyFailure' | 'read' | 'update'> {
  login(credentials: AuthCredentials, signal: AbortSignal): Promise<unknown>
  logout(session: Session, signal: AbortSignal): Promise<unknown>
  readonly fetchUser: ((signal: AbortSignal) => Promise<AuthUser>) | null
  emit(event: AuthEventDetail): void
}

/** The state behind the store of one app. */
export interface AuthState {
  readonly keeper: SessionKeeper
  readonly view: AuthView
  readonly actions: AuthActions
  readonly secrets: AuthSecrets
  /** Reads the stored session and fetches its user. */
  restore(): Promise<void>
  dispose(): void
}

export function createAuthState(services: AuthServices): AuthState {
  const status = shallowRef<AuthStatus>('restoring')
  const user = shallowRef<AuthUser | null>(null)
  const error = shallowRef<AuthError | null>(null)
  const session = shallowRef<Session | null>(null)
  const refreshing = shallowRef<Promise<string> | null>(null)
  /** Aborts what is done for the session in use. */
  let stay = new AbortController()
  let loggingIn = new AbortController()

  const keeper = createSessionKeeper(
    {
      ...services,
      onChange: (next) => {
        session.value = next
        error.value = null
        if (next) return
        user.value = null
        stay.abort()
        stay = new AbortController()
      },
      onFlight: (flight) => {
        refreshing.value = flight && flight.then(({ token }) => token)
        refreshing.value?.catch(() => {})
      },
      onUnreachable: (reason) => {
        error.value = reason
      },
      onLost: (reason) => {
        error.value = reason
        status.value = reason.code === 'rejected' ? 'expired' : 'anonymous'
      },
    },
    services,
  )

  /** Fetches the user. Nobody waits longer than for a refresh; a later answer still counts. */
  function loadUser(): Promise<void> {
    const { fetchUser, refreshTimeout } = services
    const { signal } = stay
    if (!fetchUser) return Promise.resolve()
    return new Promise((resolve) => {
      const limit = countdown(refreshTimeout, resolve)
      abortable(fetchUser(signal), signal)
        .then(
          (fetched) => {
            user.value = fetched
          },
          () => {
            if (!signal.aborted) services.emit({ type: 'user-failed' })
          },
        )
        .finally(() => {
          limit.cancel()
          resolve()
        })
    })
  }

  async function begin(tokens: AuthTokens): Promise<void> {
    const { id } = await keeper.start(tokens)
    if (keeper.current()?.id === id) await loadUser()
    if (keeper.current()?.id !== id) throw error.value ?? keeper.lost()
    status.value = 'authenticated'
    services.emit({ type: 'session-started' })
  }

  async function restore(): Promise<void> {
    const restored = await keeper.restore()
    if (restored) await loadUser()
    if (status.value !== 'restoring' || keeper.current()?.id !== restored?.id) return
    status.value = restored ? 'authenticated' : 'anonymous'
    services.emit({ type: 'restored', authenticated: restored !== null })
  }

  const actions: AuthActions = {
    async login(credentials) {
      loggingIn.abort(new AuthError('superseded', 'Another login was begun.'))
      const { signal } = (loggingIn = new AbortController())
      const response = await abortable(services.login(credentials, signal), signal)
      await begin(parseTokenResponse(response))
    },

    async logout() {
      const reason = new AuthError('signed-out', 'The user signed out.')
      const isUnread = status.value === 'restoring' && !keeper.current()
      loggingIn.abort(reason)
      const ended = keeper.end(reason)
      status.value = 'anonymous'
      error.value = null
      if (ended || isUnread) await keeper.forget(ended)
      if (!ended) return
      const telling = new AbortController()
      const limit = countdown(services.refreshTimeout, () => telling.abort(reason))
      await abortable(services.logout(ended, telling.signal), telling.signal).catch(() => {})
      limit.cancel()
    },

    async refresh() {
      await keeper.restored
      return (await keeper.refresh('manual')).token
    },

    async getAccessToken() {
      await keeper.restored
      return (await (keeper.current() ? keeper.acquire() : keeper.refresh('manual'))).token
    },

    async setSession(tokens) {
      const parsed = parseTokenResponse(tokens)
      loggingIn.abort(new AuthError('superseded', 'Another session was set.'))
      await begin(parsed)
    },
  }

  return {
    keeper,
    actions,
    restore,
    view: {
      status: computed(() => status.value),
      isAuthenticated: computed(() => status.value === 'authenticated'),
      isRefreshing: computed(() => refreshing.value !== null),
      user: computed(() => user.value),
      error: computed(() => error.value),
      refreshing: computed(() => refreshing.value),
      expiresAt: computed(() => {
        const { lifetime, receivedAt } = session.value ?? { lifetime: null }
        return lifetime && receivedAt ? receivedAt.wall + lifetime : null
      }),
    },
    secrets: {
      get token() {
        return session.value?.token ?? null
      },
      get refreshToken() {
        return session.value?.refreshToken ?? null
      },
    },
    dispose() {
      const reason = new AuthError('signed-out', 'The app was unmounted.')
      loggingIn.abort(reason)
      keeper.end(reason)
    },
  }
}

/** The Pinia store: the view as getters, and beside them what neither devtools nor SSR state may hold. */
export type AuthStore = Store<'auth', Record<never, never>, AuthView, Record<never, never>> &
  AuthActions &
  AuthSecrets

const STORE_ID = 'auth'

const usePlaceholder = defineStore(STORE_ID, (): AuthView => {
  throw new Error(
    'useAuthStore(): there is no session to show. Install the plugin first: app.use(createPinia()).use(authPlugin).',
  )
})

/**
 * The Pinia store behind the plugin: session state and actions, and the tokens.
 *
 * @param pinia needed outside of components, as with every Pinia store
 * @throws when the plugin is not installed
 */
export const useAuthStore = (pinia?: Pinia | null): AuthStore => usePlaceholder(pinia) as AuthStore

/** Makes the app's store show this state. Returns what takes it down again. */
export function installAuthStore(pinia: Pinia, { view, actions, secrets }: AuthState): () => void {
  const store = defineStore(STORE_ID, () => ({ ...view }))(pinia)
  // Neither state nor Pinia actions: devtools record the state, and every action's arguments and result.
  for (const part of [actions, secrets]) {
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(part))) {
      Object.defineProperty(store, name, { ...descriptor, enumerable: false })
    }
  }
  return () => {
    store.$dispose()
    delete pinia.state.value[STORE_ID]
  }
}
