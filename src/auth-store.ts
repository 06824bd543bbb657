import { defineStore, type Pinia } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { AuthActions, AuthSecrets, AuthStatus, AuthStore } from './auth-store-types'
import { AuthError } from './errors'
import type { AuthEventDetail } from './events'
import type { AuthContext, AuthUser, ResolvedOptions } from './options'
import { remaining, type Session } from './session/session'
import { createSessionKeeper } from './session/session-keeper'
import type { SessionKeeper, SessionPorts } from './session/session-keeper-types'
import { parseTokenResponse, type AuthTokens } from './session/token-response'
import { abortable, within } from './session/waiting'

/** What the store needs of the world; `createAuth` makes it of the options. */
export interface AuthServices {
  readonly options: ResolvedOptions
  /** What the tabs share: the stored session, the lock and the announcements. */
  readonly shared: Pick<SessionPorts, 'read' | 'update' | 'hold' | 'announce' | 'online'>
  /** For callbacks: an instance without interceptors; or, `authenticated`, one that carries the access token. */
  http(authenticated: boolean): AuthContext['http']
  /** Runs a callback that requests may be waiting for, and whose signal nothing else has. */
  runCallback<T>(callback: () => T, signal?: AbortSignal): T
  emit(event: AuthEventDetail): void
  /** Another token is in use, or none. */
  onSession(session: Session | null): void
  /**
   * Somebody has signed in or out, or it has become known that nobody is signed in.
   *
   * @param byUser whether this is what the user has just asked for in this tab
   */
  onStatus(byUser: boolean): void
}

/** The store of one app, and what only `createAuth` needs of it. */
export interface InstalledAuthStore {
  readonly store: AuthStore
  readonly keeper: SessionKeeper
  /** Reads the stored session and fetches its user. */
  restore(): Promise<void>
  /** Fetches the user; waits for as long as a refresh may take. Never rejects. */
  loadUser(): Promise<unknown>
  dispose(): void
}

/** Makes the store of a session, under the id that `useAuthStore()` looks for. */
export function installAuthStore(
  pinia: Pinia,
  id: string,
  { options, shared, http, runCallback, emit, onSession, onStatus }: AuthServices,
): InstalledAuthStore {
  const { refreshTimeout } = options
  const status = shallowRef<AuthStatus>('restoring')
  const user = shallowRef<AuthUser | null>(null)
  const error = shallowRef<AuthError | null>(null)
  const session = shallowRef<Session | null>(null)
  const refreshing = shallowRef<Promise<string> | null>(null)
  /** Aborts what is done for the session in use, and the login that is under way. */
  let stay = new AbortController()
  let loggingIn = new AbortController()
  let beginning: Promise<void> | null = null
  /** The waiting for the user that is being fetched. */
  let loading: Promise<unknown> | null = null

  const keeper = createSessionKeeper(
    {
      ...shared,
      emit,
      classifyFailure: options.classifyFailure,
      exchange: async ({ token, refreshToken }, signal) =>
        parseTokenResponse(
          await runCallback(
            () =>
              options.refresh(
                { token, refreshToken: refreshToken ?? '' },
                { http: http(false), signal },
              ),
            signal,
          ),
        ),
      onChange(next) {
        session.value = next
        error.value = null
        onSession(next)
        if (next) {
          // What an outage kept from being fetched is fetched once the session is well again.
          if (status.value === 'authenticated' && !user.value) void loadUser()
          return
        }
        user.value = loading = null
        stay.abort()
        stay = new AbortController()
      },
      onJoin({ id }) {
        beginning = welcome(id, true)
        beginning.catch(() => {})
      },
      onFlight(flight) {
        refreshing.value = flight && flight.then(({ token }) => token)
        refreshing.value?.catch(() => {})
      },
      onFailure(failure) {
        error.value = failure
        if (failure.code !== 'unreachable') {
          setStatus(failure.code === 'rejected' ? 'expired' : 'anonymous')
        }
      },
    },
    options,
  )

  function setStatus(next: AuthStatus, byUser = false): void {
    status.value = next
    onStatus(byUser)
  }

  /** Waits for a callback, but not longer than for a refresh, and not for its failure. */
  const patiently = (work: () => Promise<unknown> | undefined): Promise<unknown> =>
    within((async () => work())(), refreshTimeout, () => {}).catch(() => {})

  /** Fetches the user, once at a time; an answer that comes too late to be waited for still counts. */
  function loadUser(): Promise<unknown> {
    const { signal } = stay
    const load = async (): Promise<void> => {
      try {
        const fetched = await options.fetchUser?.({ http: http(true), signal })
        if (!signal.aborted) user.value = fetched ?? null
      } catch {
        if (!signal.aborted) emit({ type: 'user-failed' })
      }
      if (!signal.aborted) loading = null
    }
    return (loading ??= patiently(() => abortable(load(), signal)))
  }

  /** A session has begun: fetches its user before anybody is told. */
  async function welcome(id: string, adopted: boolean): Promise<void> {
    if (keeper.current()?.id === id) await loadUser()
    if (keeper.current()?.id !== id) throw error.value ?? keeper.lost()
    setStatus('authenticated')
    emit({ type: 'session-started', adopted })
  }

  async function start(tokens: AuthTokens): Promise<void> {
    await welcome((await keeper.start(tokens)).id, false)
  }

  const begin = (tokens: AuthTokens): Promise<void> => (beginning = start(tokens))

  async function restore(): Promise<void> {
    const restored = await keeper.restore()
    if (restored) await loadUser()
    // A session that begins meanwhile decides.
    await beginning?.catch(() => {})
    if (status.value !== 'restoring' || keeper.current()?.id !== restored?.id) return
    setStatus(restored ? 'authenticated' : 'anonymous')
    emit({ type: 'restored', authenticated: !!restored })
  }

  /** Aborts a login that is under way; the signal is for the one that takes its place. */
  function interruptLogin(reason: AuthError): AbortSignal {
    loggingIn.abort(reason)
    return (loggingIn = new AbortController()).signal
  }

  const hidden: AuthActions & AuthSecrets & Pick<AuthStore, 'name'> = {
    name: options.name,
    get token() {
      return session.value && session.value.token
    },
    get refreshToken() {
      return session.value && session.value.refreshToken
    },

    async login(credentials) {
      const signal = interruptLogin(new AuthError('superseded'))
      const answer = async (): Promise<unknown> =>
        runCallback(() => options.login(credentials, { http: http(false), signal }), signal)
      await begin(parseTokenResponse(await abortable(answer(), signal)))
    },

    async logout() {
      const reason = new AuthError('signed-out')
      interruptLogin(reason)
      if (!keeper.isRestored()) await keeper.restored
      const ended = keeper.end(reason, () => {
        error.value = null
        setStatus('anonymous', true)
      })
      if (!ended) return
      const { signal } = stay
      await Promise.all([
        keeper.forget(ended),
        patiently(() => runCallback(() => options.logout?.(ended, { http: http(false), signal }))),
      ])
    },

    async refresh() {
      await keeper.restored
      return (await keeper.refresh('manual')).token
    },

    async getAccessToken() {
      await keeper.restored
      return (await (session.value ? keeper.acquire(session.value) : keeper.refresh('manual')))
        .token
    },

    async setSession(tokens) {
      const parsed = parseTokenResponse(tokens)
      interruptLogin(new AuthError('superseded'))
      await begin(parsed)
    },
  }

  const store = defineStore(id, () => ({
    status: computed(() => status.value),
    isAuthenticated: computed(() => status.value === 'authenticated'),
    isRefreshing: computed(() => !!refreshing.value),
    user: computed(() => user.value),
    error: computed(() => error.value),
    refreshing: computed(() => refreshing.value),
    expiresAt: computed(() =>
      session.value?.lifetime ? Date.now() + remaining(session.value) : null,
    ),
  }))(pinia)
  // Neither state nor Pinia actions: devtools record the state, and every action's arguments and result.
  for (const name of Object.keys(hidden)) {
    Object.defineProperty(store, name, { get: () => Reflect.get(hidden, name) })
  }

  return {
    store: store as AuthStore,
    keeper,
    restore,
    loadUser,
    dispose() {
      const reason = new AuthError('signed-out')
      interruptLogin(reason)
      keeper.dispose(reason)
      stay.abort()
      store.$dispose()
      delete pinia.state.value[id]
    },
  }
}
