// @vitest-environment jsdom
import { mount } from '@vue/test-utils'
import axios from 'axios'
import { createPinia } from 'pinia'
import { expect, test, vi } from 'vitest'
import { createApp, defineComponent, h, isRef, nextTick, watch } from 'vue'
import {
  createAuth,
  useAuth,
  useAuthStore,
  type AuthOptions,
  type AuthStatus,
  type UseAuthReturn,
} from 'vue-auth-refresh'
import type { AuthServer } from './fixtures/auth-server'
import { expectWarning } from './setup/console'
import { exampleSession } from './support/example-session'
import { useSingleTab } from './support/jsdom-tab'
import { createLatch } from '../src/utils/waiting'
import { optionsFor, rejection, startServer } from './support/test-app'

useSingleTab()

/** A component that shows the session, in an app of its own. */
function mountSession(server: AuthServer, options: Partial<AuthOptions> = {}) {
  const api = axios.create({ baseURL: server.origin, adapter: 'http' })
  const plugin = createAuth({ ...optionsFor(api), ...options })
  const pinia = createPinia()
  let auth!: UseAuthReturn
  const Session = defineComponent(() => {
    auth = useAuth()
    const { status, isAuthenticated, isRefreshing, user, error } = auth
    return () =>
      h('p', [
        [status.value, isAuthenticated.value, isRefreshing.value].join(' '),
        ` user: ${JSON.stringify(user.value)} error: ${error.value?.code ?? 'none'}`,
      ])
  })
  const wrapper = mount(Session, { global: { plugins: [pinia, plugin] } })
  return { wrapper, auth, api, plugin, pinia, text: () => wrapper.text() }
}

const fetchUser: NonNullable<AuthOptions['fetchUser']> = async ({ http }) =>
  (await http.get('/me')).data

test('a component shows the session as it begins and ends', async () => {
  const server = await startServer()
  const { auth, plugin, text } = mountSession(server, { fetchUser })
  expect(text()).toBe('restoring false false user: null error: none')
  await plugin.ready
  await nextTick()
  expect(text()).toBe('anonymous false false user: null error: none')

  await auth.login({ user: 'ada' })
  await nextTick()
  expect(text()).toBe('authenticated true false user: {"name":"ada"} error: none')

  await auth.logout()
  await nextTick()
  expect(text()).toBe('anonymous false false user: null error: none')
})

test('isRefreshing is true while a refresh is in flight', async () => {
  const server = await startServer()
  const { auth, text } = mountSession(server)
  await auth.login({ user: 'ada' })
  const release = server.hold('/auth/refresh')

  const refreshed = auth.refresh()
  await server.sees('/auth/refresh')
  await nextTick()
  expect(text()).toContain('authenticated true true')

  release()
  expect(await refreshed).toMatch(/^access-ada/)
  await nextTick()
  expect(text()).toContain('authenticated true false')
})

test('error says why the last refresh failed, and is null again after one that succeeded', async () => {
  const server = await startServer()
  const { auth, text } = mountSession(server, { retries: 0 })
  await auth.login({ user: 'ada' })
  server.faults.push({ kind: 'reset' })

  await rejection(auth.refresh())
  await nextTick()
  expect(text()).toContain('authenticated true false user: null error: unreachable')

  await auth.refresh()
  await nextTick()
  expect(text()).toContain('error: none')
})

test('a refused refresh shows as expired, with the reason', async () => {
  const server = await startServer()
  const { auth, text } = mountSession(server, { fetchUser })
  await auth.login({ user: 'ada' })
  server.revoke()

  await rejection(auth.refresh())
  await nextTick()

  expect(text()).toBe('expired false false user: null error: rejected')
})

test('the user is there before the login resolves', async () => {
  const server = await startServer()
  const { auth } = mountSession(server, { fetchUser })

  await auth.login({ user: 'ada' })

  expect(auth.user.value).toEqual({ name: 'ada' })
})

test('watchers see every status once, in order', async () => {
  const server = await startServer()
  const { auth, plugin } = mountSession(server)
  const seen: AuthStatus[] = []
  watch(auth.status, (status) => seen.push(status), { flush: 'sync' })

  await plugin.ready
  await auth.login({ user: 'ada' })
  await auth.refresh()
  await auth.logout()

  expect(seen).toEqual(['anonymous', 'authenticated', 'anonymous'])
})

test.each(['status', 'isAuthenticated', 'isRefreshing', 'user', 'error'] as const)(
  '%s is a readonly ref: writing warns and changes nothing',
  async (name) => {
    const { auth, plugin } = mountSession(await startServer())
    await plugin.ready
    const ref = auth[name] as { value: unknown }
    const before = ref.value
    expect(isRef(ref)).toBe(true)
    expectWarning(/readonly/)

    ref.value = 'authenticated'

    expect(ref.value).toBe(before)
  },
)

test('the actions may be destructured', async () => {
  const server = await startServer()
  const { auth } = mountSession(server)
  const { login, getAccessToken, refresh, logout } = auth

  await login({ user: 'ada' })
  const token = await getAccessToken()
  expect(await refresh()).not.toBe(token)
  await logout()

  expect(auth.status.value).toBe('anonymous')
})

test('two components share one session', async () => {
  const server = await startServer()
  const { auth, pinia, plugin } = mountSession(server)
  await plugin.ready
  let other!: UseAuthReturn
  mount(
    defineComponent(() => {
      other = useAuth()
      return () => null
    }),
    { global: { plugins: [pinia] } },
  )

  await auth.login({ user: 'ada' })

  expect(other.status.value).toBe('authenticated')
  expect(other.login).toBe(auth.login)
})

test('unmounting a component leaves the session; unmounting the app disposes of the plugin', async () => {
  const server = await startServer()
  const api = axios.create({ baseURL: server.origin, adapter: 'http' })
  const plugin = createAuth(optionsFor(api))
  const pinia = createPinia()
  const app = createApp({ render: () => null })
  app.use(pinia).use(plugin)
  app.mount(document.createElement('div'))
  await useAuthStore(pinia).setSession({ access_token: 'A1', refresh_token: 'R1' })
  const Part = defineComponent(() => {
    useAuth()
    return () => null
  })
  mount(Part, { global: { plugins: [pinia] } }).unmount()
  expect((await api.get('/public')).data).toEqual({ authorization: 'Bearer A1' })

  app.unmount()

  expect((await api.get('/public')).data).toEqual({ authorization: null })
  expect(pinia.state.value).toEqual({})
})

test('unmounting the app while a login is out rejects it', async () => {
  const server = await startServer()
  const { wrapper, auth } = mountSession(server)
  const release = server.hold('/auth/login')
  const outcome = rejection(auth.login({ user: 'ada' }))
  await server.sees('/auth/login')

  wrapper.unmount()

  expect(await outcome).toMatchObject({ name: 'AuthError', code: 'signed-out' })
  release()
})

test('unmounting the app while the stored session is being read signs nobody in', async () => {
  const server = await startServer()
  const latch = createLatch()
  const onEvent = vi.fn()
  const { wrapper, auth, plugin } = mountSession(server, {
    onEvent,
    storage: {
      read: () => latch.opened.then(() => ({ version: 1, ...exampleSession })),
      update: async () => null,
    },
  })

  wrapper.unmount()
  latch.open()
  await plugin.ready

  expect(auth.isAuthenticated.value).toBe(false)
  expect(onEvent).not.toHaveBeenCalled()
})
