import axios from 'axios'
import { createPinia } from 'pinia'
import { createApp, reactive } from 'vue'
import { createAuth, useAuthStore } from 'vue-auth-refresh'
import PlaygroundTab from './PlaygroundTab.vue'
import type { RequestState } from './words'
import type { World } from './world'

/** Mounts the app of a tab. It is an app as any other: its requests go to the world around it. */
export async function mountTab(element: Element, world: World, number: number): Promise<void> {
  const api = axios.create({ baseURL: '/api', adapter: world.adapter })
  /** The states of the requests to orders, by their path. */
  const requests = reactive(new Map<string, RequestState>())
  const authPlugin = createAuth({
    name: world.name,
    axios: api,
    login: async (credentials, { http }) => (await http.post('/auth/login', credentials)).data,
    refresh: async ({ refreshToken }, { http, signal }) =>
      (await http.post('/auth/refresh', { refreshToken }, { signal })).data,
    logout: ({ refreshToken }, { http }) => http.post('/auth/logout', { refreshToken }),
    fetchUser: async ({ http }) => (await http.get('/me')).data,
    onEvent(event) {
      const isOfOrder = 'path' in event && event.path.startsWith('/api/orders/')
      if (!isOfOrder) return
      if (event.type === 'request-waiting') requests.set(event.path, 'waiting')
      if (event.type === 'request-replayed') requests.set(event.path, 'replayed')
    },
  })
  if (number > 1) await world.begun
  const pinia = createPinia()
  const { words } = world
  document.documentElement.lang = words.lang
  createApp(PlaygroundTab, { api, number, requests, words })
    .use(pinia)
    .use(authPlugin)
    .mount(element)
  if (number === 1) await useAuthStore(pinia).login({ name: 'Ada' })
  world.begin()
}
