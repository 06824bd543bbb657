import type { App } from 'vue'
import type { AxiosInstance } from 'axios'
import { createOwnCalls } from './calls/own-calls'
import { watchFetchUser } from './calls/watch-fetch-user'
import { checkInstances, checkOptions } from './check-options'
import { openDevtoolsPort } from './devtools-port'
import { tellListener, type AuthEventDetail } from './events'
import { authenticate, type AuthenticateOptions } from './http/authenticate'
import { createFetchPort, FETCH_PORT, type WithFetchPort } from './http/fetch-port'
import { claim, type Wrap } from './http/installation'
import { createInstances, makesInstances } from './http/instances'
import { defaultOptions, defaultRoutes, type AuthOptions } from './options'
import { guardRouter, type Guard } from './router/guard'
import type { Requests } from './session/requests'
import { hasCookie } from './session/session-mode'
import { runSession, sharedNameOf } from './run-session'
import type { AuthSession } from './store/auth-session'
import { installAuthStore } from './store/auth-store'
import { claimName } from './store/use-auth-store'
import { once } from './utils/once'
import { ownMembers, withDefaults } from './utils/unknown-data'
import { createLatch } from './utils/waiting'
import { warn } from './utils/warn'

const isDevelopment = process.env.NODE_ENV !== 'production'

/** The Vue plugin that {@link createAuth} returns. It serves one app at a time. */
export interface AuthPlugin {
  /** Installs the plugin: call `app.use()` after `createPinia()` and before the router. */
  install(app: App): void
  /**
   * Resolves once the stored session was read and its user fetched, or this took too long. Never rejects. Each
   * installation has one of its own; before the first, this is the one that it will have.
   */
  readonly ready: Promise<void>
  /**
   * Protects one more instance, such as one loaded later. Returns what undoes it.
   *
   * @throws Error where the instance belongs to another session
   */
  protect(instance: AxiosInstance): () => void
  /** Removes everything again: handlers, guards, timers. Unmounting the app calls it, too. */
  dispose(): void
}

/**
 * Makes the plugin that keeps an app's users signed in. In a page, requests of its instances carry the token from here
 * on, also before `app.use()`.
 *
 * ```ts
 * const authPlugin = createAuth({ axios: api, router, login, refresh })
 * createApp(App).use(createPinia()).use(authPlugin).use(router).mount('#app')
 * ```
 *
 * @throws TypeError naming the option that is missing or wrong. Production builds do not check.
 */
export function createAuth<Name extends string = string>(options: AuthOptions<Name>): AuthPlugin
export function createAuth(given: AuthOptions): AuthPlugin {
  if (isDevelopment) checkOptions(given)
  const options = withDefaults(defaultOptions, given)
  const isServer = typeof window === 'undefined'
  const devtools =
    isDevelopment &&
    !isServer &&
    openDevtoolsPort(options, {
      session: () => running,
      sharedName: () => sharedNameOf(options, instances.first()),
    })
  const { axios, router, name, onEvent } = options
  const routes = withDefaults(defaultRoutes, options.routes ?? {})
  // A server has no cookies to exchange: it renders pages for no particular user.
  if (isServer && hasCookie(options.session)) options.session = 'tokens'
  const ownCalls = createOwnCalls<true>()
  const ofFetchUser = createOwnCalls<Requests>()
  // Only with these options it makes a difference whose requests they are.
  const isWatched = isDevelopment && (options.reauthenticate ?? options.isSameUser) !== undefined
  const watched = isWatched ? watchFetchUser(ofFetchUser, once(warnOfFetchUser)) : undefined
  const userCalls = watched ?? ofFetchUser
  const onOwnCall = isDevelopment ? once(warnOfOwnCall) : undefined
  /** The session in this tab; undefined until a request or an installation needs it. */
  let running: AuthSession | undefined
  let guard: Guard | undefined
  let uninstall: (() => void) | undefined
  /** The latch of the current installation. A remount makes a new one. */
  let ready = createLatch()
  let installations = 0
  /** Whether the plugin was disposed of, and not installed again. */
  let isOver = false
  let calls = 0

  const emit = (event: AuthEventDetail): void => {
    if (running && onEvent) tellListener(onEvent, event)
  }

  const forCalls = ownMembers({
    ...options,
    emit: onEvent && emit,
    nextNumber: () => ++calls,
    onOwnCall,
    ownCalls,
    requestsOfFetchUser: userCalls.markOf,
  })
  const requestsNow = (): Requests => run().keeper.requests

  const wrapFor = (
    instance: AxiosInstance,
    requestsNow: () => Requests,
    kinds?: Pick<AuthenticateOptions, 'ownCalls' | 'requestsOfFetchUser'>,
  ): Wrap => authenticate(instance, requestsNow, ownMembers({ ...forCalls, ...kinds }))

  /** One for each instance, however often it is claimed: by it, a call that is sent again is known. */
  const wraps = new WeakMap<AxiosInstance, Wrap>()
  const instances = createInstances(
    axios,
    (made) => isDevelopment && checkInstances(made),
    (instance, isInstalled) => {
      const wrap = wraps.get(instance) ?? wrapFor(instance, requestsNow)
      wraps.set(instance, wrap)
      return claim(instance, name, wrap, isInstalled)
    },
  )

  const run = (): AuthSession =>
    (running ??= runSession(options, {
      axios: instances.first(),
      emit,
      // Serve instances that several apps share: the app whose user acts knows who is signed in.
      onOwnChange: () => uninstall && instances.claim(true),
      onStatus: (byUser) => guard?.onChange(!byUser),
      protect(http, requests) {
        const requestsOfFetchUser = (): Requests => {
          watched?.noteOwn(requests)
          return requests
        }
        const kinds = { ownCalls: createOwnCalls<true>(), requestsOfFetchUser }
        claim(
          http,
          name,
          wrapFor(http, () => requests, kinds),
        )
      },
      runCallback: (callback, signal) => ownCalls.run(callback, true, signal),
      runFetchUser: userCalls.run,
      fetchingUser: userCalls.running,
    }))

  function dispose(): void {
    isOver = true
    const session = running
    running = undefined
    uninstall?.()
    uninstall = undefined
    instances.release()
    session?.dispose()
  }

  /** Claims all instances or, where one belongs to another session, none. */
  function claimAll(isInstalled: boolean): void {
    try {
      instances.claim(isInstalled)
    } catch (error) {
      dispose()
      throw error
    }
  }

  // A server has several apps at a time, so there an instance is claimed for one app, when it installs the plugin.
  if (!isServer && !makesInstances(axios)) claimAll(false)

  const plugin: AuthPlugin & WithFetchPort = {
    [FETCH_PORT]: createFetchPort(instances.first, () => isOver, requestsNow, forCalls),
    get ready() {
      return ready.opened
    },
    dispose,
    protect: instances.add,
    install(app) {
      if (uninstall) {
        throw new Error(
          'createAuth(): the plugin serves another app. Make one for each app: call createAuth() beside createApp().',
        )
      }
      const pinia = app.config.globalProperties.$pinia
      if (!pinia) throw new Error('createAuth(): Pinia is missing: app.use(createPinia()) first.')
      const isMine = claimName(pinia, name)
      claimAll(true)
      isOver = false

      const { view, hidden, restore, loadUser } = run()
      const { store, disposeStore } = installAuthStore(pinia, view, hidden)
      if (installations++ > 0) ready = createLatch()
      const mine = ready
      if (router) {
        const { isCallback } = options
        const ports = { ready: mine.opened, loadUser, isMine, isPage: !isServer, isCallback }
        guard = guardRouter(router, store, ports, routes)
      }
      void restore().then(mine.open)
      const undo = (uninstall = () => {
        guard?.dispose()
        guard = undefined
        disposeStore()
      })
      app.onUnmount(() => {
        if (uninstall === undo) dispose()
      })
    },
  }
  if (devtools) Object.assign(plugin, devtools)
  return plugin
}

function warnOfFetchUser(): void {
  warn(
    'No request of `fetchUser` is known as its own. Send with its `http`, or pass its `signal`; beside a `Request`, too: `authFetch(request, { signal })`.',
    'a-request-of-fetchuser-is-not-known',
  )
}

function warnOfOwnCall(): void {
  warn(
    'A callback sends through an instance that requests wait in; use the `http` it is given.',
    'a-callback-uses-the-protected-instance',
  )
}
