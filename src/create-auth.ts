import type { App } from 'vue'
import type { AxiosInstance, CreateAxiosDefaults } from 'axios'
import { createAuthSession } from './store/auth-session'
import { checkName, installAuthStore } from './store/auth-store'
import { checkLoginRoute, checkOptions } from './check-options'
import { tellListener, type AuthEventDetail } from './events'
import { authenticate } from './http/authenticate'
import { checkUnclaimed } from './http/installation'
import { createOwnCalls } from './http/own-calls'
import { defaultOptions, defaultRoutes, type AuthOptions } from './options'
import { guardRouter } from './router/guard'
import type { IsMine } from './router/return-url'
import { createFreshKeeper } from './session/keep-fresh'
import { longestRefresh } from './session/refresher'
import { canRefresh } from './session/session'
import { openSharedSession } from './shared/open-shared-session'
import { findStore } from './store/use-auth-store'
import { once } from './utils/once'
import { createLatch, type Latch } from './utils/waiting'

/** Replaced by the bundler, as in Vue itself. */
declare const process: { readonly env: { readonly NODE_ENV?: string } }

/**
 * The defaults of the callbacks' instance with `cookieSession`. With `keepalive`, a cookie arrives even when the page is
 * gone. A form of another site cannot send this header, so the server can refuse requests without it.
 */
const cookieDefaults = (axios: AxiosInstance): CreateAxiosDefaults => ({
  // Keep the application's own adapter, for example a mock.
  ...(typeof axios.defaults.adapter !== 'function' && { adapter: 'fetch' }),
  fetchOptions: { keepalive: true },
  withCredentials: true,
  headers: { 'X-Requested-With': 'XMLHttpRequest' },
})

/** The Vue plugin that {@link createAuth} returns. It serves one app at a time. */
export interface AuthPlugin {
  /** Installs the plugin: call `app.use()` after `createPinia()` and before the router. */
  install(app: App): void
  /** Resolves once the stored session was read and its user fetched, or this took too long. Never rejects. */
  readonly ready: Promise<void>
  /** Removes everything again: handlers, guards, timers. Unmounting the app calls it, too. */
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
 * @throws TypeError naming the option that is missing or wrong. Production builds do not check.
 */
export function createAuth(options: AuthOptions): AuthPlugin {
  if (process.env.NODE_ENV !== 'production') checkOptions(options)
  let uninstall: (() => void) | undefined
  const ready = createLatch()
  const dispose = (): void => {
    uninstall?.()
    uninstall = undefined
  }

  return {
    ready: ready.opened,
    dispose,
    install(app) {
      if (uninstall) throw new Error('createAuth(): make a plugin for each app.')
      uninstall = installAuth(app, options, ready)
      app.onUnmount(dispose)
    },
  }
}

/** Creates the parts (store, http, router, shared) and connects them. Returns what takes them down again. */
function installAuth(app: App, given: AuthOptions, ready: Latch): () => void {
  const pinia = app.config.globalProperties.$pinia
  if (!pinia) throw new Error('createAuth(): Pinia is missing: app.use(createPinia()) first.')
  const options = withDefaults(defaultOptions, given)
  const { axios, router, onEvent, name } = options
  const instances = typeof axios === 'function' ? ([axios] as const) : axios
  // Before anything is opened.
  const isFirst = checkName(pinia, name)
  for (const instance of instances) checkUnclaimed(instance, name)
  const routes = withDefaults(defaultRoutes, options.routes ?? {})
  // A route that names an unknown session is an error. Otherwise no guard would protect it.
  const isMine: IsMine = (asked) =>
    asked === name || (asked === undefined ? isFirst : !findStore(pinia, asked))
  if (process.env.NODE_ENV !== 'production' && router) {
    checkLoginRoute(router, routes.login, isMine)
  }
  let isInstalled = true
  let calls = 0

  const emit = (event: AuthEventDetail): void => {
    if (isInstalled && onEvent) tellListener(onEvent, event)
  }

  const isServer = typeof window === 'undefined'
  // A server has no cookies to exchange: it renders pages for no particular user.
  if (isServer) options.cookieSession = false
  const shared = openSharedSession({
    name,
    storage: options.storage,
    refreshLimit: longestRefresh(options.refreshTimeout),
    askLimit: options.reauthenticateTimeout,
    afterlife: options.cookieSession ? options.refreshTimeout / 2 : 0,
    onChange() {
      keeper.reread()
      freshKeeper?.reschedule()
    },
    warn: (message, cause) => console.warn(`[vue-auth-refresh] ${message}`, cause),
  })
  const freshKeeper = options.keepFresh
    ? createFreshKeeper({ ...shared, refresh: () => keeper.refresh('ahead') }, options.leeway)
    : undefined
  const ownCalls = createOwnCalls()
  const userCalls = createOwnCalls()
  const onOwnCall = process.env.NODE_ENV === 'production' ? undefined : once(warnOfOwnCall)
  const protect = (instance: AxiosInstance, isFromFetchUser = userCalls.include): (() => void) =>
    authenticate(instance, keeper.requests, {
      ...options,
      emit: onEvent && emit,
      nextNumber: () => ++calls,
      ownCalls,
      onOwnCall,
      isFromFetchUser,
    })

  const { view, hidden, keeper, restore, loadUser, dispose } = createAuthSession({
    options,
    shared,
    page: shared,
    emit,
    onSession: (session) =>
      freshKeeper?.schedule(
        session && canRefresh(session, options.cookieSession !== false) ? session : null,
      ),
    onStatus: (byUser) => isInstalled && guard?.onChange(!byUser),
    http: (authenticated) => {
      // Neither credentials nor refresh tokens follow a redirect, where that can be prevented: in Node and by fetch.
      const http = instances[0].create(
        authenticated
          ? {}
          : { maxRedirects: 0, ...(options.cookieSession && cookieDefaults(instances[0])) },
      )
      if (authenticated) protect(http, () => true)
      return http
    },
    runCallback: ownCalls.run,
    runFetchUser: userCalls.run,
    isFetchingUser: userCalls.isRunning,
  })
  const { store, disposeStore } = installAuthStore(pinia, view, hidden)
  const guard =
    router && guardRouter(router, store, { ready: ready.opened, loadUser, isMine }, routes)
  const disposers = [
    () => guard?.dispose(),
    ...instances.map((instance) => protect(instance)),
    dispose,
    disposeStore,
    shared.close,
  ]
  void restore().then(ready.open)

  return () => {
    isInstalled = false
    disposers.forEach((undo) => undo())
  }
}

function warnOfOwnCall(): void {
  console.warn(
    '[vue-auth-refresh] A callback sends through an instance that requests wait in; use the `http` it is given.',
  )
}

/** Takes the defaults for options that are undefined, as for those that are missing. */
function withDefaults<Defaults extends object, Given extends object>(
  defaults: Defaults,
  given: Given,
): Defaults & Given {
  const own = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...defaults, ...(Object.fromEntries(own) as Given) }
}
