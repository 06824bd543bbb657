// @vitest-environment jsdom
import axios from 'axios'
import { setImmediate } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { memoryStorage, type AuthOptions, type AuthStorage } from 'vue-auth-refresh'
import { subjectToken } from '../fixtures/auth-server'
import { expectWarning } from '../setup/console'
import { driveClock } from '../support/clock'
import { showPage, useSingleTab } from '../support/jsdom-tab'
import { createRoutedApp } from '../support/router-app'
import { createTestApp, keyOf } from '../support/test-app'

useSingleTab()

const nowhere = { origin: 'http://api.invalid' }
const tokens = (n: number) => ({ access_token: `A${n}`, refresh_token: `R${n}`, expires_in: 3600 })
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await setImmediate()
}
const api = () =>
  axios.create({
    baseURL: nowhere.origin,
    adapter: async (config) => ({ config, data: {}, headers: {}, status: 200, statusText: '' }),
  })

test('2: a server that gives both tabs one access token: the stored refresh token counts', async () => {
  const storage = memoryStorage()
  const sent: unknown[] = []
  const { store } = createTestApp(nowhere, {
    axios: api(),
    storage,
    async refresh({ refreshToken }) {
      sent.push(refreshToken)
      if (sent.length > 1) return tokens(9)
      // Another tab, which took the turn away, has been answered first. The server gives the same access token while it
      // lives, and a refresh token of its own to each.
      await storage.update(
        keyOf(nowhere),
        (current) =>
          ({
            ...(current as object),
            generation: 1,
            token: 'A2',
            refreshToken: 'R3',
          }) as never,
      )
      return { access_token: 'A2', refresh_token: 'R2', expires_in: 3600 }
    },
  })
  await store.setSession(tokens(1))
  await store.refresh()
  expect(store.refreshToken).toBe('R3')
  await store.refresh()
  expect(sent).toEqual(['R1', 'R3'])
})

test('the start ends, however close to its timeout another tab turns out to have signed in', async () => {
  const stuck: number[] = []
  for (let ticks = 0; ticks < 40; ticks++) {
    const clock = driveClock()
    const inner = memoryStorage()
    let isHeld = false
    let release = (): void => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    const { store, plugin } = createTestApp(nowhere, {
      axios: api(),
      storage: {
        ...inner,
        async read(key) {
          if (isHeld) await held
          return inner.read(key)
        },
      },
      session: 'refresh-cookie',
      refreshTimeout: 1_000,
      refresh: () => new Promise(() => {}),
      async onEvent({ type }) {
        if (type !== 'refresh-failed') return
        for (let tick = 0; tick < ticks; tick++) await Promise.resolve()
        release()
      },
    })
    await clock.advance(500)
    // Another tab signs in; this one is told, and reads.
    await inner.update(keyOf(nowhere), () => ({
      version: 1,
      id: 'other',
      generation: 0,
      token: 'A9',
      refreshToken: null,
      lifetime: null,
      receivedAt: Date.now(),
    }))
    isHeld = true
    showPage(true)
    await clock.until(plugin.ready)
    await clock.advance(1_000)
    if (store.status !== 'authenticated') stuck.push(ticks)
    plugin.dispose()
    vi.useRealTimers()
  }
  expect(stuck).toEqual([])
})

function lapsing(storage: AuthStorage, given: Pick<AuthOptions, 'fetchUser'> = {}) {
  const client = axios.create({
    baseURL: nowhere.origin,
    adapter: async (config) => ({
      config,
      data: {},
      headers: {},
      status: config.url === '/refused' ? 401 : 200,
      statusText: '',
    }),
  })
  const reauthenticate = vi.fn(() => new Promise<void>(() => {}))
  const app = createRoutedApp({
    axios: client,
    storage,
    reauthenticate,
    refresh: () => Promise.reject(Object.assign(new Error(), { response: { status: 400 } })),
    ...given,
  })
  return { ...app, client, reauthenticate }
}

test('a page that shows a user stays when the session that took over is refused', async () => {
  const storage = memoryStorage()
  showPage(true)
  let isSlow = false
  const { store, client, reauthenticate, router } = lapsing(storage, {
    fetchUser: async () => {
      if (isSlow) await new Promise(() => {})
      return { name: 'ada' }
    },
  })
  const token = (n: number) => ({ ...tokens(n), access_token: subjectToken('ada', n) })
  await store.setSession(token(1))
  await router.push('/private')
  isSlow = true
  // Another tab signs in once more.
  const other = createTestApp(nowhere, { axios: api(), storage })
  await other.store.setSession(token(2))
  showPage(true)
  await settle()
  expect(store.status).toBe('authenticated')
  void client.get('/refused').catch(() => {})
  await settle()
  expect(store.status).toBe('authenticated')
  expect(router.currentRoute.value.fullPath).toBe('/private')
  expect(reauthenticate).toHaveBeenCalled()
})

test('a logout erases what another tab stored, however many sessions have ended here', async () => {
  const left: number[] = []
  for (let before = 45; before < 53; before++) {
    const storage = memoryStorage()
    showPage(true)
    const { store, client, plugin } = lapsing(storage, {
      fetchUser: async () => ({ name: 'ada' }),
    })
    for (let n = 0; n < before; n++) {
      await store.setSession(tokens(n))
      await store.logout()
    }
    await store.setSession(tokens(100))
    void client.get('/refused').catch(() => {})
    await settle()
    expect(store.error?.code).toBe('rejected')
    // In another tab the user signs in again; here it is not known yet whether it is the same one.
    const other = createTestApp(nowhere, { axios: api(), storage })
    await other.plugin.ready
    await other.store.setSession(tokens(200))
    document.dispatchEvent(new Event('visibilitychange'))
    // Log out as soon as that was adopted, while its user is fetched.
    for (let tick = 0; tick < 200 && store.token !== 'A200'; tick++) await Promise.resolve()
    if (store.token === 'A200') await store.logout()
    else throw new Error(`not adopted: ${store.status}`)
    await settle()
    if ((await storage.read(keyOf(nowhere))) !== null) left.push(before)
    plugin.dispose()
    other.plugin.dispose()
  }
  expect(left).toEqual([])
})

test('a token that cannot be refreshed is the end at once, also while the storage hangs', async () => {
  const clock = driveClock()
  const inner = memoryStorage()
  let isHanging = false
  const client = axios.create({
    baseURL: nowhere.origin,
    adapter: async (config) => {
      const response = { config, data: {}, headers: {}, status: 401, statusText: '' }
      throw new axios.AxiosError('refused', 'ERR', config, null, response)
    },
  })
  const { store, plugin } = createTestApp(nowhere, {
    axios: client,
    refreshTimeout: 2_000,
    storage: {
      ...inner,
      update: (key, change) => (isHanging ? new Promise(() => {}) : inner.update(key, change)),
    },
  })
  await plugin.ready
  await clock.until(store.setSession({ access_token: 'A1' }))
  isHanging = true
  expectWarning('Storage failed')
  const codes: unknown[] = []
  void client
    .get('/x')
    .catch((error: { cause?: { code?: string } }) => codes.push(error.cause?.code))
  await clock.advance(100)
  expect.soft(store.status).toBe('expired')
  await clock.advance(5_000)
  expect(codes).toEqual(['rejected'])
})
