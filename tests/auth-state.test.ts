// @vitest-environment jsdom
import { mount } from '@vue/test-utils'
import axios from 'axios'
import { createPinia } from 'pinia'
import { expect, test } from 'vitest'
import { nextTick } from 'vue'
import { AuthState, createAuth, useAuthStore } from 'vue-auth-refresh'
import { useSingleTab } from './support/jsdom-tab'
import { optionsFor, rejection, startServer } from './support/test-app'

useSingleTab()

const slots = {
  restoring: '<i>One moment</i>',
  authenticated: '<template #authenticated="{ user }">Hello {{ user.name }}</template>',
  anonymous: '<template #anonymous="{ error }">Sign in, {{ error?.code ?? "please" }}</template>',
}

/** An app whose only session has this name; the component asks for it by that name, too. */
async function mountState(name?: string) {
  const server = await startServer()
  const pinia = createPinia()
  const plugin = createAuth({
    ...optionsFor(axios.create({ baseURL: server.origin, adapter: 'http' })),
    ...(name ? { name } : {}),
    fetchUser: async ({ http }) => (await http.get('/me')).data,
  })
  const global = { plugins: [pinia, plugin] }
  const wrapper = mount(AuthState, { ...(name ? { props: { name } } : {}), slots, global })
  return { server, plugin, wrapper, store: useAuthStore(pinia) }
}

test.each([undefined, 'admin'])('each state has its slot; name: %s', async (name) => {
  const { server, plugin, wrapper, store } = await mountState(name)
  expect(wrapper.html()).toBe('<i>One moment</i>')
  await plugin.ready
  await nextTick()
  expect(wrapper.html()).toBe('Sign in, please')
  await store.login({ user: 'ada' })
  await nextTick()
  expect(wrapper.html()).toBe('Hello ada')
  server.revoke()
  await rejection(store.refresh())
  await nextTick()
  expect(wrapper.html()).toBe('Sign in, rejected')
})

test('a slot that is missing renders nothing', async () => {
  const pinia = createPinia()
  const plugin = createAuth(optionsFor(axios.create()))
  const wrapper = mount(AuthState, { global: { plugins: [pinia, plugin] } })
  await plugin.ready
  await nextTick()
  expect(wrapper.text()).toBe('')
})

test('another name shows another session', async () => {
  const pinia = createPinia()
  const [users, admins] = ['auth', 'admin'].map((name) =>
    createAuth({ ...optionsFor(axios.create()), name, fetchUser: async () => ({ name }) }),
  )
  const global = { plugins: [pinia, users!, admins!] }
  const wrapper = mount(AuthState, { props: { name: 'auth' }, slots, global })
  await Promise.all([users!.ready, admins!.ready])
  await useAuthStore(pinia, 'admin').setSession({ access_token: 'a', refresh_token: 'b' })
  await nextTick()
  expect(wrapper.text()).toBe('Sign in, please')
  await wrapper.setProps({ name: 'admin' })
  expect(wrapper.text()).toBe('Hello admin')
})
