import { describe, expect, test } from 'vitest'
import { createSSRApp, defineComponent, h } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { createMemoryHistory, createRouter, RouterView, type RouteRecordRaw } from 'vue-router'
import type { AuthOptions } from 'vue-auth-refresh'
import { oauth2 } from 'vue-auth-refresh/oauth2'
import { createTestApp } from '../support/test-app'

const nowhere = { origin: 'http://api.invalid' }
const tokens = { access_token: 'A1', refresh_token: 'R1' }
const page = (text: string) => defineComponent(() => () => h('p', text))
const isAdmin = (user: unknown): boolean => (user as { role: string }).role === 'admin'

const routes: RouteRecordRaw[] = [
  { path: '/', component: page('home') },
  { path: '/login', component: page('login'), meta: { guestOnly: true } },
  { path: '/orders', component: page('orders'), meta: { requiresAuth: true } },
  { path: '/admin', component: page('admin'), meta: { requiresAuth: isAdmin } },
  { path: '/sorry', component: page('sorry') },
]

/** One rendering on a server. */
function createRendering(options: Partial<AuthOptions> = {}) {
  const router = createRouter({ history: createMemoryHistory(), routes })
  const { app, plugin, pinia, store } = createTestApp(nowhere, {
    router,
    fetchUser: async () => ({ role: 'user' }),
    ...options,
    routes: { forbidden: '/sorry', ...options.routes },
  })
  /** Returns the page, and what the login page would be given. */
  async function render(path: string): Promise<string> {
    await router.push(path)
    const html = await renderToString(createSSRApp(RouterView).use(pinia).use(router))
    return `${router.currentRoute.value.fullPath} ${html}`
  }
  return { app, plugin, router, store, render }
}

describe('54: on a server where no session was set', () => {
  test.each([
    ['a protected page', '/orders', {}],
    ['a page that asks for a role', '/admin', {}],
    ['a page that is protected because it says nothing', '/', { requiresAuth: true }],
    ['the login page', '/login', {}],
  ])('%s is left for the browser to decide', async (_what, path, given) => {
    const { render } = createRendering({ routes: given })

    const name = path.slice(1) || 'home'
    expect(await render(path)).toBe(`${path} <p>${name}</p>`)
  })
})

describe('54: on a server where the app has set a session, the guard decides', () => {
  test.each([
    ['lets its user pass', '/orders', '/orders <p>orders</p>'],
    ['refuses a user by their role', '/admin', '/sorry <p>sorry</p>'],
    ['takes its user from the login page', '/login?redirect=/orders', '/orders <p>orders</p>'],
  ])('and %s', async (_what, path, expected) => {
    const { store, render } = createRendering()
    await store.setSession(tokens)

    expect(await render(path)).toBe(expected)
  })

  test('and sends a user to the login page once that session is over', async () => {
    const { store, render } = createRendering()
    await store.setSession(tokens)
    await store.logout()

    expect(await render('/orders')).toBe('/login?redirect=/orders <p>login</p>')
  })
  test('and takes no page for the callback of a provider, as no login began there', async () => {
    const provider = oauth2({ clientId: 'app', tokenEndpoint: `${nowhere.origin}/token` })
    const { isCallback } = provider
    const { store, render } = createRendering({ isCallback, routes: { requiresAuth: true } })
    await store.setSession(tokens)
    await store.logout()

    expect(await render('/?state=CA')).toBe('/login?redirect=/?state=CA <p>login</p>')
  })
})
