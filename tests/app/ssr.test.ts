import axios from 'axios'
import { createPinia } from 'pinia'
import { describe, expect, test } from 'vitest'
import { createSSRApp, defineComponent, h, onServerPrefetch } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { createAuth, useAuth, type AuthOptions } from 'vue-auth-refresh'
import type { AuthServer } from '../fixtures/auth-server'
import { createTestApp, optionsFor, startServer } from '../support/test-app'

const fetchUser: NonNullable<AuthOptions['fetchUser']> = async ({ http, signal }) =>
  (await http.get('/me', { signal })).data

describe('14: on a server', () => {
  /** One rendering of a page that signs in and shows who is there. */
  async function render(
    server: AuthServer,
    user: string,
  ): Promise<{ html: string; state: string }> {
    const api = axios.create({ baseURL: server.origin })
    const { storage: _default, ...options } = optionsFor(api)
    const pinia = createPinia()
    const Page = defineComponent(() => {
      const auth = useAuth()
      onServerPrefetch(async () => {
        await auth.login({ user })
        await api.get(`/orders/${user}`)
      })
      return () => h('p', `${auth.status.value} ${JSON.stringify(auth.user.value)}`)
    })
    const plugin = createAuth({ ...options, fetchUser })
    const app = createSSRApp(Page).use(pinia).use(plugin)
    const html = await renderToString(app)
    const state = JSON.stringify(pinia.state.value)
    plugin.dispose()
    return { html, state }
  }

  test('two renderings at once share nothing', async () => {
    const server = await startServer()
    const release = server.hold('/auth/login')
    const rendered = Promise.all([render(server, 'ada'), render(server, 'grace')])
    await server.sees('/auth/login', 2)
    release()

    const [ada, grace] = await rendered

    expect(ada.html).toContain('authenticated {&quot;name&quot;:&quot;ada&quot;}')
    expect(grace.html).toContain('authenticated {&quot;name&quot;:&quot;grace&quot;}')
    for (const user of ['ada', 'grace']) {
      const sent = server.seen.find(({ path }) => path === `/orders/${user}`)
      expect(sent?.headers.authorization).toMatch(new RegExp(`^Bearer access-${user}-`))
    }
  })

  test('nobody is looked for: a server has no cookie of theirs', async () => {
    const server = await startServer()
    const { store, plugin } = createTestApp(server, { session: 'refresh-cookie' })
    await plugin.ready
    expect(store.status).toBe('anonymous')
    expect(server.refreshes).toBe(0)
  })

  test('a rendering begins signed out, whoever was rendered before, and leaves no token in the page', async () => {
    const server = await startServer()
    const { html, state } = await render(server, 'ada')
    const { store, plugin } = createTestApp(server)
    await plugin.ready

    expect(html + state).not.toMatch(/access-|refresh-/)
    expect([store.status, store.token]).toEqual(['anonymous', null])
  })
})
