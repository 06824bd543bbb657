// @vitest-environment jsdom
import { mount } from '@vue/test-utils'
import axios from 'axios'
import { createPinia } from 'pinia'
import { expect, onTestFinished, test, vi } from 'vitest'
import { defineComponent, h, nextTick, watch } from 'vue'
import { createRouter, createMemoryHistory, RouterView, useRoute, useRouter } from 'vue-router'
import {
  createAuth,
  memoryStorage,
  returnUrlParameter,
  safeReturnUrl,
  useAuth,
  useAuthStore,
  type AuthOptions,
} from 'vue-auth-refresh'
import { createLatch } from '../../src/utils/waiting'
import { showPage, useSingleTab } from '../support/jsdom-tab'
import { arrival } from '../support/router-app'
import { optionsFor } from '../support/test-app'

useSingleTab()

const tokens = { access_token: 'A1', refresh_token: 'R1' }
const page = { render: () => null }

/** The login page of the README, for an app with guards of its own. */
const Login = defineComponent(() => {
  const { isAuthenticated } = useAuth()
  const [route, router] = [useRoute(), useRouter()]
  watch(
    isAuthenticated,
    (isIn) => isIn && router.replace(safeReturnUrl(route.query[returnUrlParameter], router) ?? '/'),
    { immediate: true },
  )
  return () => h('p', 'Sign in')
})

/** A tab of an app that guards its routes itself: the plugin has no router. */
function openTab(options: Partial<AuthOptions>) {
  const pinia = createPinia()
  const authPlugin = createAuth({ ...optionsFor(axios.create()), ...options })
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', component: page },
      { path: '/login', component: Login },
      { path: '/orders', component: page, meta: { private: true } },
    ],
  })
  const visited: string[] = []
  router.afterEach((to) => void visited.push(to.fullPath))
  router.beforeEach(async (to) => {
    await authPlugin.ready
    if (!to.meta['private'] || useAuthStore(pinia).isAuthenticated) return true
    return { path: '/login', query: { [returnUrlParameter]: to.fullPath } }
  })
  const app = mount(RouterView, { global: { plugins: [pinia, authPlugin, router] } })
  onTestFinished(() => app.unmount())
  return { router, visited, store: useAuthStore(pinia) }
}

test('a guard of the app that awaits `ready` lets the user of a stored session pass', async () => {
  const storage = memoryStorage()
  const first = openTab({ storage })
  await first.store.setSession(tokens)
  const answered = createLatch()
  const fetchUser = () => answered.opened.then(() => 'ada')
  const { router, visited, store } = openTab({ storage, fetchUser })

  const arrived = router.push('/orders')
  expect(store.status).toBe('restoring')
  answered.open()
  await arrived

  expect(visited.at(-1)).toBe('/orders')
  expect(visited).not.toContain('/login?redirect=/orders')
})

test('54: a login in another tab moves the login page of such an app on, too', async () => {
  const storage = memoryStorage()
  const one = openTab({ storage })
  const other = openTab({ storage })
  await one.router.push('/orders')
  await other.router.push('/login')
  expect(one.router.currentRoute.value.fullPath).toBe('/login?redirect=/orders')

  await other.store.setSession(tokens)
  showPage(true)

  await arrival(one.router, '/orders')
  await arrival(other.router, '/')
})

test('the login page of such an app moves a user on who is signed in already', async () => {
  const { router, store } = openTab({})
  await store.setSession(tokens)

  await router.push('/login?redirect=/orders')

  await arrival(router, '/orders')
})

test('the login page of such an app does not move a user on by a logout', async () => {
  const { router, store } = openTab({})
  await router.push('/login?redirect=/orders')
  // The page is left late: its user is signed out again before.
  const replace = vi.spyOn(router, 'replace').mockResolvedValue(undefined)
  await store.setSession(tokens)
  await nextTick()
  expect(replace.mock.calls).toEqual([['/orders']])

  await store.logout()
  await nextTick()

  expect(replace.mock.calls).toEqual([['/orders']])
})
