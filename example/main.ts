import { createPinia } from 'pinia'
import { createAuth } from 'vue-auth-refresh'
import { createApp } from 'vue'
import { adminApi, api, elsewhere, reports, timeline } from './api'
import App from './App.vue'
import { forgetToken } from './demo-controls'
import type { User } from './protocol'
import { modes, sessionMode } from './session-mode'
import { router } from './router'
import { countRefreshes } from './refresh-counts'
import { signInAgain } from './sign-in-again'
import { applyTheme } from './theme'
import { recordWhy } from './why'
import './auth-types'
import './style.css'

const auth = modes[sessionMode].endpoints

/** The customers' session. Both of its APIs carry its token, and wait for the same refresh. */
const authPlugin = createAuth({
  axios: [api, reports],
  router,
  login: async (credentials, { http }) => (await http.post(`${auth}/login`, credentials)).data,
  refresh: async ({ refreshToken }, { http, signal }) =>
    (await http.post(`${auth}/refresh`, { refreshToken }, { signal })).data,
  logout: async ({ refreshToken }, { http }) =>
    void (await http.post(`${auth}/logout`, { refreshToken })),
  fetchUser: async ({ http }) => (await http.get<User>('/me')).data,
  session: sessionMode,
  // Changing the mode begins another session
  name: sessionMode === 'tokens' ? 'auth' : sessionMode,
  isSameUser: (before, after) => before.id === after.id,
  // At a provider instead, with `npm run demo:oidc`; then the page is left, and what was typed there with it
  ...(import.meta.env.MODE === 'oidc'
    ? (await import('./oidc')).provider
    : { reauthenticate: signInAgain.ask }),
  onEvent(event) {
    countRefreshes('customer', event)
    timeline.record(event)
    elsewhere.record(event)
    forgetToken(event)
    signInAgain.record(event)
    void recordWhy(event)
  },
})

/** The admins' session beside it: `useAuth('admin')`, and `authSession` in the routes of their area. */
const adminPlugin = createAuth({
  name: 'admin',
  axios: adminApi,
  router,
  routes: { login: '/admin/login', home: '/admin', forbidden: '/admin/forbidden' },
  login: async (credentials, { http }) => (await http.post('/auth/login', credentials)).data,
  refresh: async ({ refreshToken }, { http, signal }) =>
    (await http.post('/auth/refresh', { refreshToken }, { signal })).data,
  logout: async ({ refreshToken }, { http }) =>
    void (await http.post('/auth/logout', { refreshToken })),
  fetchUser: async ({ http }) => (await http.get<User>('/me')).data,
  onEvent: (event) => countRefreshes('admin', event),
})

applyTheme()
const app = createApp(App).use(createPinia()).use(authPlugin).use(adminPlugin).use(router)

// A production build has nothing of it
if (import.meta.env.DEV) {
  void import('vue-auth-refresh/devtools').then(({ connectDevtools }) =>
    connectDevtools(app, authPlugin, adminPlugin),
  )
}

app.mount('#app')
