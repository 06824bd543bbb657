import axios from 'axios'
import { createPinia } from 'pinia'
import { onTestFinished } from 'vitest'
import { createApp } from 'vue'
import {
  createAuth,
  useAuthStore,
  type AuthOptions,
  type AuthPlugin,
  type AuthStore,
} from 'vue-auth-refresh'

export interface BrowserApp {
  readonly store: AuthStore
  readonly plugin: AuthPlugin
}

/** The key under which its session is stored. */
export const KEY = `auth@${location.origin}/api`

/** An application in a browser, without a server: sessions come from `setSession`. */
export function createBrowserApp(options: Partial<AuthOptions> = {}): BrowserApp {
  const plugin = createAuth({
    axios: axios.create({ baseURL: '/api' }),
    login: () => Promise.reject(new Error('There is no server.')),
    refresh: () => Promise.reject(new Error('There is no server.')),
    ...options,
  })
  const pinia = createPinia()
  createApp({ render: () => null })
    .use(pinia)
    .use(plugin)
  onTestFinished(() => plugin.dispose())
  return { plugin, store: useAuthStore(pinia) }
}
