import axios from 'axios'
import { createPinia } from 'pinia'
import { createAuth, memoryStorage, useAuthStore } from 'vue-auth-refresh'
import { createApp } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'

const page = { render: () => null }

/** The setup of our README, with the storage in memory. */
export async function setUp({ origin, patience, prepare, options }) {
  const http = axios.create({ baseURL: origin })
  prepare(http)
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', component: page },
      { path: '/login', component: page, meta: { guestOnly: true } },
      { path: '/profile', component: page, meta: { requiresAuth: true } },
    ],
  })
  const auth = createAuth({
    axios: http,
    router,
    storage: memoryStorage(),
    ...(patience === null ? {} : { refreshTimeout: patience }),
    ...options,
    login: async (credentials, { http }) => (await http.post('/auth/login', credentials)).data,
    refresh: async ({ refreshToken }, { http, signal }) =>
      (await http.post('/auth/refresh', { refreshToken }, { signal })).data,
    logout: async ({ refreshToken }, { http }) => http.post('/auth/logout', { refreshToken }),
  })
  const pinia = createPinia()
  createApp(page).use(pinia).use(auth).use(router)
  const store = useAuthStore(pinia)
  let redirects = 0
  router.afterEach((to) => {
    if (to.path === '/login') redirects++
  })
  return {
    http,
    async signIn(user) {
      await store.login({ user })
      await router.push('/profile')
    },
    signOut: () => store.logout(),
    redirects: () => redirects,
    dispose: () => auth.dispose(),
  }
}
