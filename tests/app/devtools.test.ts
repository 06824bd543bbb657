// @vitest-environment jsdom
import { mount } from '@vue/test-utils'
import axios from 'axios'
import { createPinia, type Pinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { createApp, defineComponent, ref, type App } from 'vue'
import { createAuth, useAuth, useAuthStore, type AuthStore } from 'vue-auth-refresh'
import { findLeaks } from '../support/find-leaks'
import { useSingleTab } from '../support/jsdom-tab'
import { optionsFor } from '../support/test-app'

useSingleTab()

interface Payload {
  readonly rootNodes?: readonly { readonly id: string }[]
  readonly state?: Readonly<Record<'state' | 'getters', readonly { readonly key: string }[]>>
}
type Ask = (payload: object) => void
const devtools = vi.hoisted(() => ({
  handlers: [] as { event: string; ask: Ask }[],
  sent: [] as unknown[],
}))

vi.mock('@vue/devtools-api', () => {
  const on = new Proxy(
    {},
    { get: (_target, event: string) => (ask: Ask) => devtools.handlers.push({ event, ask }) },
  )
  const send = (...message: unknown[]): void => void devtools.sent.push(message)
  const api = {
    on,
    now: () => 0,
    getSettings: () => ({ logStoreChanges: true }),
    addTimelineLayer: send,
    addTimelineEvent: send,
    addInspector: () => {},
    notifyComponentUpdate: send,
    sendInspectorState: send,
    sendInspectorTree: send,
  }
  return { setupDevtoolsPlugin: (_plugin: unknown, setup: (_api: object) => void) => setup(api) }
})

/** Printed lines, by the devtools' level. */
const printed: string[] = []

beforeEach(() => {
  devtools.handlers.length = devtools.sent.length = printed.length = 0
  // Pinia talks to devtools in a browser only, and not in tests.
  vi.stubEnv('NODE_ENV', 'development')
  const debug = vi.spyOn(console, 'debug').mockImplementation((line) => void printed.push(line))
  return () => {
    debug.mockRestore()
    vi.unstubAllEnvs()
  }
})

interface Shown {
  readonly app: App
  readonly pinia: Pinia
  readonly store: AuthStore
  dispose(): void
}

async function createSignedIn(prepare: (pinia: Pinia) => void = () => {}): Promise<Shown> {
  const app = createApp({ render: () => null })
  const pinia = createPinia()
  prepare(pinia)
  const { install, dispose } = createAuth(optionsFor(axios.create()))
  app.use(pinia).use({ install })
  await useAuthStore(pinia).setSession({ access_token: 'canary-1', refresh_token: 'canary-2' })
  return { app, pinia, store: useAuthStore(pinia), dispose }
}

function ask(event: string, payload: object): Payload {
  for (const one of devtools.handlers) if (one.event === event) one.ask(payload)
  return payload
}

/** The stores that devtools list, and what they show of them. */
function open(app: App): { ids: string[]; states: Payload[] } {
  const inspected = { app, inspectorId: 'pinia', filter: '' }
  const ids = (ask('getInspectorTree', { ...inspected }).rootNodes ?? []).map(({ id }) => id)
  const states = ids.map((nodeId) => ask('getInspectorState', { ...inspected, nodeId }))
  return { ids, states }
}

const withoutApp = (states: readonly Payload[]): unknown[] => states.map(({ state }) => state)

test('opening the devtools prints no warning, and shows the one store', async () => {
  const { app, pinia, dispose } = await createSignedIn()
  expect(() => useAuthStore(pinia, 'admin')).toThrow('no session named "admin"')

  const { ids, states } = open(app)

  expect(ids).toEqual(['_root', 'vue-auth-refresh/auth'])
  expect(states[1]?.state?.getters.map(({ key }) => key)).toContain('status')
  expect(findLeaks([withoutApp(states), devtools.sent], /canary/)).toEqual([])
  expect(printed).toEqual(['🍍 "vue-auth-refresh/auth" store installed 🆕'])

  dispose()
  expect(open(app).ids).toEqual(['_root'])
  expect(printed.slice(1)).toEqual(['🍍 Disposed "vue-auth-refresh/auth" store 🗑'])
})

test('the devtools’ button that resets a store does nothing', async () => {
  const { pinia, store, dispose } = await createSignedIn()

  pinia._s.get('vue-auth-refresh/auth')?.$reset()

  expect(store.token).toBe('canary-1')
  expect(findLeaks(devtools.sent, /canary/)).toEqual([])
  dispose()
})

test('the devtools show the store again after an app has disposed of it and used it', async () => {
  const { app, pinia, store, dispose } = await createSignedIn()
  pinia._s.forEach((one) => one.$dispose())
  expect(open(app).ids).toEqual(['_root'])

  expect(useAuthStore(pinia).token).toBe(store.token)

  const { ids, states } = open(app)
  expect(ids).toEqual(['_root', 'vue-auth-refresh/auth'])
  expect(findLeaks([withoutApp(states), devtools.sent], /canary/)).toEqual([])
  dispose()
})

test('41: a Pinia plugin that gives a `token` to all stores has devtools show none of the session', async () => {
  const { app, store, dispose } = await createSignedIn((pinia) =>
    pinia.use(() => ({ token: ref('theirs'), api: ref('their api') })),
  )

  const { states } = open(app)

  expect(store.token).toBe('canary-1')
  expect(JSON.stringify(withoutApp(states))).toContain('their api')
  expect(findLeaks([withoutApp(states), devtools.sent], /canary/)).toEqual([])
  dispose()
})

test('a component that uses the session is shown with its store', async () => {
  const { pinia, dispose } = await createSignedIn()
  const Page = defineComponent(() => {
    useAuth()
    return () => null
  })
  const { vm } = mount(Page, { global: { plugins: [pinia] } })
  const instanceData = { state: [] as { type: string; key: string }[] }

  ask('inspectComponent', { componentInstance: { proxy: vm }, instanceData })

  const types = new Set(instanceData.state.map(({ type }) => type))
  expect([...types]).toEqual(['🍍 vue-auth-refresh/auth'])
  expect(findLeaks(instanceData, /canary/)).toEqual([])
  dispose()
})
