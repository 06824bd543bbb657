import type { AxiosInstance } from 'axios'
import { watch, type App } from 'vue'
import { createAuthState, installAuthStore, type AuthServices, type AuthState } from './auth-store'
import { checkOptions } from './check-options'
import type { AuthEventDetail } from './events'
import { createOriginCheck } from './http/allowed-origins'
import { authenticate } from './http/authenticate'
import { defaultOptions, type AuthOptions } from './options'
import { guardRouter } from './router/guard'
import { classifyFailure } from './session/failure'
import { parseTokenResponse } from './session/token-response'
import { indexedDbStorage } from './storage/indexed-db-storage'
import { memoryStorage } from './storage/memory-storage'
import { withFallback } from './storage/with-fallback'

/** The Vue plugin that {@link createAuth} returns; for one app at a time. */
export interface AuthPlugin {
  /** For `app.use()`, after `createPinia()` and before the router. */
  install(app: App): void
  /** Settles once the stored session was read and its user fetched, or took too long. Never rejects. */
  readonly ready: Promise<void>
  /** Takes everything down again: handlers, guards, timers. Unmounting the app does it too. */
  dispose(): void
}

/**
 * Makes the plugin that keeps an app's users signed in.
 *
 * ```ts
 * const authPlugin = createAuth({ axios: api, router, login, refresh })
 * createApp(App).use(createPinia()).use(authPlugin).use(router).mount('#app')
 * ```
 *
 * @throws TypeError naming the option that is missing or wrong
 */
export function createAuth(options: AuthOptions): AuthPlugin {
  checkOptions(options)
  let uninstall: (() => void) | null = null
  let settleReady!: () => void
  const ready = new Promise<void>((resolve) => {
    settleReady = resolve
  })
  const dispose = (): void => {
    uninstall?.()
    uninstall = null
  }

  return {
    ready,
    dispose,
    install(app) {
      if (uninstall) {
        throw new Error('createAuth(): this plugin is in use by another app; make one for each app.')
      }
      uninstall = installAuth(app, options, ready, settleReady)
      app.onUnmount(dispose)
    },
  }
}

/** Makes the rooms below and connects them. Returns what takes them down again. */
function installAuth(
  app: App,
  options: AuthOptions,
  ready: Promise<void>,
  settleReady: () => void,
): () => void {
  const pinia = app.config.globalProperties.$pinia
  if (!pinia) {
    throw new Error(
      'createAuth(): Pinia is missing. Install it first: app.use(createPinia()).use(authPlugin).',
    )
  }
  const { router, routes, onEvent } = options
  let isInstalled = true

  const emit = (event: AuthEventDetail): void => {
    if (!isInstalled) return
    try {
      onEvent?.({ ...event, at: Date.now() })
    } catch (error) {
      console.error('[vue-auth-refresh] onEvent threw:', error)
    }
  }

  const protect = (instance: AxiosInstance, state: AuthState): (() => void) =>
    authenticate(instance, state.keeper, {
      isExpired: options.isExpired ?? null,
      attach: options.attach ?? null,
      isAllowed: createOriginCheck(instance, options.allowedOrigins ?? null),
      emit: onEvent ? emit : null,
    })
  const authenticatedHttp = (): AxiosInstance => {
    const http = options.axios.create()
    protect(http, state)
    return http
  }

  const state = createAuthState(servicesOf(options, emit, authenticatedHttp))
  const uninstallStore = installAuthStore(pinia, state)
  const unprotect = protect(options.axios, state)

  const guard =
    router &&
    guardRouter(
      router,
      {
        ready,
        isAuthenticated: () => state.view.isAuthenticated.value,
        user: () => state.view.user.value,
      },
      {
        login: routes?.login ?? defaultOptions.routes.login,
        home: routes?.home ?? defaultOptions.routes.home,
        forbidden: routes?.forbidden ?? null,
      },
    )
  const unwatch = watch(
    state.view.status,
    (status) => {
      if (status === 'authenticated') guard?.onSessionStart()
      else guard?.onSessionEnd(status === 'expired')
    },
    { flush: 'sync' },
  )

  void state.restore().then(settleReady)

  return () => {
    isInstalled = false
    unwatch()
    guard?.dispose()
    unprotect()
    state.dispose()
    uninstallStore()
  }
}

/** What the store needs, made of the options. */
function servicesOf(
  options: AuthOptions,
  emit: (event: AuthEventDetail) => void,
  authenticatedHttp: () => AxiosInstance,
): AuthServices {
  const { axios, fetchUser, name = defaultOptions.name } = options
  const isServer = typeof window === 'undefined'
  const storage = withFallback(
    options.storage ?? (isServer ? memoryStorage() : indexedDbStorage()),
    (cause) =>
      console.warn(
        '[vue-auth-refresh] The storage failed; the session is kept in memory and ends with this page.',
        cause,
      ),
  )

  return {
    leeway: options.leeway ?? defaultOptions.leeway,
    refreshTimeout: options.refreshTimeout ?? defaultOptions.refreshTimeout,
    retries: options.retries ?? defaultOptions.retries,
    emit,
    read: () => storage.read(name),
    update: (change) => storage.update(name, change),
    classifyFailure(error) {
      try {
        return (options.classifyFailure ?? classifyFailure)(error)
      } catch (thrown) {
        console.error('[vue-auth-refresh] classifyFailure threw:', thrown)
        return 'unreachable'
      }
    },

    login: async (credentials, signal) =>
      options.login(credentials, { http: axios.create(), signal }),

    async exchange({ token, refreshToken }, signal) {
      if (refreshToken === null) throw new TypeError('There is no refresh token.')
      // A refresh token must not follow a redirect to somewhere else.
      const http = axios.create({ maxRedirects: 0 })
      return parseTokenResponse(await options.refresh({ token, refreshToken }, { http, signal }))
    },

    logout: async ({ token, refreshToken }, signal) =>
      options.logout?.({ token, refreshToken }, { http: axios.create(), signal }),

    fetchUser: fetchUser
      ? async (signal) => fetchUser({ http: authenticatedHttp(), signal })
      : null,
  }
}
