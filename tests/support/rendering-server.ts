import { serve, type ServerType } from '@hono/node-server'
import axios from 'axios'
import { Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import type { AddressInfo } from 'node:net'
import { createPinia } from 'pinia'
import { onTestFinished } from 'vitest'
import { createSSRApp, defineComponent, h, onServerPrefetch, ref, type App } from 'vue'
import { createMemoryHistory, createRouter, RouterView, type Router } from 'vue-router'
import { renderToString } from 'vue/server-renderer'
import { createAuth, useAuth, useAuthStore, type AuthPlugin } from 'vue-auth-refresh'
import { optionsFor } from './test-app'

/** Shows the user of the API, and sends an order for them: each a request of its own. */
const Orders = defineComponent(() => {
  const { axios: api, status } = useAuth()
  const orders = ref<string[]>([])
  onServerPrefetch(async () => {
    const asked = await Promise.allSettled([
      api.get<{ user: string }>('/slow/orders'),
      api.post<{ user: string }>('/slow/orders', { item: 'tea' }),
    ])
    orders.value = asked.map((one) => (one.status === 'fulfilled' ? one.value.data.user : 'nobody'))
  })
  return () => h('p', `${status.value}: ${orders.value.join(', ')}`)
})
const Login = { render: () => h('p', 'Please sign in.') }

/** Makes the app of one rendering, as `main.ts` of an app that a server renders does. */
function createPageApp(origin: string): { app: App; authPlugin: AuthPlugin; router: Router } {
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/orders', component: Orders, meta: { requiresAuth: true } },
      { path: '/login', component: Login, meta: { guestOnly: true } },
      { path: '/', component: Login },
    ],
  })
  const authPlugin = createAuth({
    ...optionsFor(() => axios.create({ baseURL: origin })),
    router,
    fetchUser: async ({ http }) => (await http.get('/me')).data,
  })
  const app = createSSRApp({ render: () => h(RouterView) })
  app.use(createPinia()).use(authPlugin).use(router)
  return { app, authPlugin, router }
}

/** A server that renders pages for the user of the cookie `token`. Returns its origin. */
export async function startRenderingServer(api: { readonly origin: string }): Promise<string> {
  const pages = new Hono().get('*', async (context) => {
    const { app, authPlugin, router } = createPageApp(api.origin)
    const token = getCookie(context, 'token')
    const { $pinia } = app.config.globalProperties
    try {
      // Without the refresh token: a rendering must not spend what belongs to the page.
      const tokens = token ? { access_token: token } : null
      if (tokens)
        await useAuthStore($pinia)
          .setSession(tokens)
          .catch(() => {})
      await router.push(context.req.path)
      const html = await renderToString(app)
      const state = JSON.stringify($pinia.state.value)
      return context.html(`<div id="app">${html}</div><script>state = ${state}</script>`)
    } finally {
      authPlugin.dispose()
    }
  })
  const server = await new Promise<ServerType>((resolve) => {
    const options = { fetch: pages.fetch, port: 0, hostname: '127.0.0.1' }
    // The other tests of this process need the `Response` of Node.
    const started = serve({ ...options, overrideGlobalObjects: false }, () => resolve(started))
  })
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
