import axios, { AxiosError, type AxiosAdapter, type AxiosInstance } from 'axios'
import { createPinia, getActivePinia, setActivePinia, type Pinia } from 'pinia'
import {
  computed,
  shallowRef,
  watch,
  type App,
  type ShallowRef,
  type WritableComputedRef,
} from 'vue'
import {
  AuthError,
  type AuthErrorCode,
  type AuthOptions,
  type AuthPlugin,
  type AuthStatus,
  type AuthStore,
  type AuthUser,
} from 'vue-auth-refresh'
import type { Router } from 'vue-router'
import { defaultRoutes } from '../options'
import { guardRouter } from '../router/guard'
import type { IsMine } from '../router/route-meta'
import { installAuthStore } from '../store/auth-store'
import { claimName } from '../store/use-auth-store'
import { withDefaults } from '../utils/unknown-data'
import { createLatch } from '../utils/waiting'
import { spyMaker, type CreateSpy } from './create-spy'
import { followPinia } from './pinia-of-app'
import { takeOver } from './take-over'
import { createTestingFetchPort } from './testing-fetch-port'

/** Options of `createTestingAuth()`. */
export interface TestingAuthOptions<Name extends string = string> extends Pick<
  AuthOptions<Name>,
  'router' | 'routes' | 'isCallback' | 'name'
> {
  /** The user who is signed in. Default: null, none is. */
  user?: AuthUser<Name> | null
  /** Where the session is. Default: `authenticated` with a user, else `anonymous`. */
  status?: AuthStatus
  /** Why the last refresh failed, or the code of that. Default: null. */
  error?: AuthError | AuthErrorCode | null
  /** Makes the spies. Default: `vi.fn` or `jest.fn` where they are global, which takes `globals: true` in Vitest. */
  createSpy?: CreateSpy
  /** The instance that components find in `useAuth().axios`. Default: one whose requests all fail. */
  axios?: AxiosInstance
}

/** The store with state that a test sets. Its actions are spies, which change nothing. */
export type TestingAuthStore<Name extends string = string> = AuthStore<Name> & {
  /** Setting a user signs them in. */
  user: AuthUser<Name> | null
  /** Setting any status but `authenticated` takes the user away. */
  status: AuthStatus
  error: AuthError | null
  isRefreshing: boolean
  expiresAt: number | null
  endsAt: number | null
}

/** A plugin in place of the one that `createAuth()` returns. It may serve several apps, one after the other. */
export interface TestingAuth<Name extends string = string> extends Pick<
  AuthPlugin,
  'install' | 'ready' | 'protect' | 'dispose'
> {
  /** The store of the app that installed the plugin last; before, one of a Pinia of its own. */
  readonly store: TestingAuthStore<Name>
}

/** The key by which `createAuthFetch()` reaches a plugin. */
const FETCH_PORT = Symbol.for('vue-auth-refresh/fetch')

/** The access token while a user is signed in. */
const TOKEN = 'testing-token'

const refuse: AxiosAdapter = (config) => {
  const message = 'createTestingAuth(): there is no network; pass `axios`.'
  return Promise.reject(new AxiosError(message, AxiosError.ERR_NETWORK, config))
}

const settable = <T>(
  state: ShallowRef<T>,
  set = (next: T): void => void (state.value = next),
): WritableComputedRef<T> => computed({ get: () => state.value, set })

/** The state as it is at first. */
function createState({ user = null, status, error = null }: TestingAuthOptions) {
  const first = status ?? (user === null ? 'anonymous' : 'authenticated')
  if (user !== null && first !== 'authenticated') {
    throw new TypeError(`createTestingAuth(): there is no \`user\` while the status is "${first}".`)
  }
  return {
    user: shallowRef<AuthUser | null>(user),
    status: shallowRef<AuthStatus>(first),
    error: shallowRef(typeof error === 'string' ? new AuthError(error) : error),
    isRefreshing: shallowRef(false),
    expiresAt: shallowRef<number | null>(null),
    endsAt: shallowRef<number | null>(null),
  }
}

/**
 * Makes a plugin for tests of components and routes: `global.plugins: [createTestingAuth({ user })]`. Nothing in it
 * talks to a server, a storage or another tab. With a `router`, the guard of the library serves it at once.
 *
 * @throws where there is nothing to make spies with, or a user with another status than `authenticated`
 */
export function createTestingAuth<Name extends string = string>(
  options?: TestingAuthOptions<Name>,
): TestingAuth<Name>
export function createTestingAuth(options: TestingAuthOptions = {}): TestingAuth {
  const { name = 'auth', router, isCallback } = options
  const createSpy = spyMaker(options.createSpy)
  const { user, status, error, isRefreshing, expiresAt, endsAt } = createState(options)
  const routes = withDefaults(defaultRoutes, options.routes ?? {})
  const ready = createLatch()

  const isSignedIn = (): boolean => status.value === 'authenticated'
  const done = async (): Promise<void> => {}
  const requireToken = async (): Promise<string> => {
    if (!isSignedIn()) throw new AuthError('unauthenticated')
    return TOKEN
  }
  const spyOf = <Action extends (...args: never[]) => unknown>(action: Action): Action =>
    createSpy(action) as Action
  const hidden = {
    login: spyOf(done),
    logout: spyOf(done),
    setSession: spyOf(done),
    reloadUser: spyOf(done),
    updateTokens: spyOf(done),
    keepAlive: spyOf(() => {}),
    refresh: spyOf(requireToken),
    getAccessToken: spyOf(requireToken),
    name,
    axios: options.axios ?? axios.create({ adapter: refuse }),
    get token() {
      return isSignedIn() ? TOKEN : null
    },
    refreshToken: null,
  }
  const view = {
    status: settable(status, (next) => {
      if (next !== 'authenticated') user.value = null
      status.value = next
      judge()
    }),
    user: settable(user, (next) => {
      user.value = next
      if (next === null) return
      status.value = 'authenticated'
      judge()
    }),
    error: settable(error),
    isRefreshing: settable(isRefreshing),
    expiresAt: settable(expiresAt),
    endsAt: settable(endsAt),
    isAuthenticated: computed(isSignedIn),
    refreshing: computed(() => (isRefreshing.value ? new Promise<never>(() => {}) : null)),
  }

  const spare = createPinia()
  let store: TestingAuthStore
  let servedApp: App | undefined
  let leave = (): void => {}
  /** Has the guard judge the page that is shown, as after a login, an end, or a user who was fetched anew. */
  let judge = (): void => {}

  /** Puts the session into a Pinia, and the guard before the router, and takes them from where they were. */
  function serve(pinia: Pinia): void {
    leave()
    leave = takeOver(pinia, name, () => {
      const isMine = claimName(pinia, name)
      // In a test, Pinia prefers an active testing Pinia to the one that it is given. Without a page it warns of the question.
      const active = typeof window === 'undefined' ? undefined : getActivePinia()
      setActivePinia(pinia)
      const installed = installAuthStore(pinia, view, hidden)
      if (active) setActivePinia(active)
      store = installed.store
      const leaveRouter = router && takeOver(router, name, () => guard(router, isMine))
      return () => {
        leaveRouter?.()
        installed.disposeStore()
      }
    })
  }

  function guard(router: Router, isMine: IsMine): () => void {
    const ports = { ready: ready.opened, loadUser: done, isMine, isPage: true, isCallback }
    const { onChange, dispose } = guardRouter(router, store, ports, routes)
    judge = () => onChange(true)
    return () => {
      judge = () => {}
      dispose()
    }
  }

  if (status.value === 'restoring') watch(status, ready.open, { flush: 'sync', once: true })
  else ready.open()
  serve(spare)

  const plugin = {
    [FETCH_PORT]: createTestingFetchPort(() => hidden.token),
    get store() {
      return store
    },
    ready: ready.opened,
    protect: () => () => {},
    dispose: () => leave(),
    install(app: App) {
      servedApp = app
      followPinia(app, spare, serve)
      app.onUnmount(() => {
        if (servedApp === app) leave()
      })
    },
  }
  return plugin
}
