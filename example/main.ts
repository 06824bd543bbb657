import { createPinia } from 'pinia'
import { createAuth } from 'vue-auth-refresh'
import { createApp } from 'vue'
import { api, elsewhere, timeline } from './api'
import App from './App.vue'
import { forgetToken } from './demo-controls'
import type { User } from './protocol'
import { isCookieSession } from './refresh-token-place'
import { router } from './router'
import { signInAgain } from './sign-in-again'
import { applyTheme } from './theme'
import './auth-types'
import './style.css'

const auth = isCookieSession ? '/auth/cookie' : '/auth'

const authPlugin = createAuth({
  axios: api,
  router,
  login: async (credentials, { http }) => (await http.post(`${auth}/login`, credentials)).data,
  refresh: async ({ refreshToken }, { http, signal }) =>
    (await http.post(`${auth}/refresh`, { refreshToken }, { signal })).data,
  logout: async ({ refreshToken }, { http }) =>
    void (await http.post(`${auth}/logout`, { refreshToken })),
  fetchUser: async ({ http }) => (await http.get<User>('/me')).data,
  cookieSession: isCookieSession,
  // Two sessions, which never meet
  name: isCookieSession ? 'cookie' : 'auth',
  reauthenticate: signInAgain.ask,
  // At a provider instead, with `npm run demo:oidc`
  ...(import.meta.env.MODE === 'oidc' && (await import('./oidc')).provider),
  routes: { login: '/login', home: '/', forbidden: '/forbidden' },
  onEvent(event) {
    timeline.record(event)
    elsewhere.record(event)
    forgetToken(event)
    signInAgain.record(event)
  },
})

applyTheme()
createApp(App).use(createPinia()).use(authPlugin).use(router).mount('#app')
