import axios, { type AxiosInstance, type CreateAxiosDefaults } from 'axios'
import { createPinia, type Pinia } from 'pinia'
import { onTestFinished } from 'vitest'
import { createApp, type App } from 'vue'
import { createMemoryHistory, createRouter, type Router, type RouteRecordRaw } from 'vue-router'
import {
  createAuth,
  memoryStorage,
  useAuthStore,
  type AuthEvent,
  type AuthOptions,
  type AuthPlugin,
  type AuthStore,
} from 'vue-auth-refresh'
import { AuthServer } from '../fixtures/auth-server'

/** A server of its own for this test, stopped when it is over. */
export async function startServer(): Promise<AuthServer> {
  const server = await new AuthServer().start()
  onTestFinished(() => server.stop())
  return server
}

export interface TestApp {
  readonly api: AxiosInstance
  readonly app: App
  readonly pinia: Pinia
  readonly plugin: AuthPlugin
  readonly store: AuthStore
  readonly events: AuthEvent[]
  /** How often an event of this type was told. */
  count(type: AuthEvent['type']): number
}

/** The options of an application as the README shows it. */
export function optionsFor(api: AuthOptions['axios']): AuthOptions {
  return {
    axios: api,
    storage: memoryStorage(),
    login: async (credentials, { http, signal }) =>
      (await http.post<unknown>('/auth/login', credentials, { signal })).data,
    refresh: async ({ refreshToken }, { http, signal }) =>
      (await http.post<unknown>('/auth/refresh', { refreshToken }, { signal })).data,
    logout: async ({ refreshToken }, { http, signal }) =>
      http.post('/auth/logout', { refreshToken }, { signal }),
  }
}

/** The key under which the session of an app of this server is stored, and the end of all other names of it. */
export const keyOf = ({ origin }: Pick<AuthServer, 'origin'>, name = 'auth'): string =>
  `${name}@${origin}`

/** An application that uses the library, unmounted when the test is over. */
export function createTestApp(
  server: Pick<AuthServer, 'origin'>,
  options: Partial<AuthOptions> = {},
  config: CreateAxiosDefaults = {},
): TestApp {
  const { axios: api = axios.create({ baseURL: server.origin, ...config }) } = options
  const events: AuthEvent[] = []
  const plugin = createAuth({
    onEvent: (event) => events.push(event),
    ...optionsFor(api),
    ...options,
  })
  const app = createApp({ render: () => null })
  const pinia = createPinia()
  app.use(pinia).use(plugin)
  onTestFinished(() => plugin.dispose())
  const store = useAuthStore(pinia)
  return {
    api: store.axios,
    app,
    pinia,
    plugin,
    store,
    events,
    count: (type) => events.filter((event) => event.type === type).length,
  }
}

/** The same, with a user signed in. */
export async function signedIn(
  server: AuthServer,
  options: Partial<AuthOptions> = {},
  config: CreateAxiosDefaults = {},
): Promise<TestApp> {
  const test = createTestApp(server, options, config)
  await test.store.login({ user: 'ada' })
  return test
}

const page = { render: () => null }

/** A router with a page of each kind. */
export function createTestRouter(routes: RouteRecordRaw[] = []): Router {
  return createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', component: page },
      { path: '/login', component: page, meta: { guestOnly: true } },
      { path: '/private', component: page, meta: { requiresAuth: true } },
      ...routes,
    ],
  })
}

/** The rejection of a promise; fails when it fulfils. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('It was expected to reject.')
}
