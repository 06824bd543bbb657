// @vitest-environment jsdom
import { expect, test, vi } from 'vitest'
import type { AuthOptions } from 'vue-auth-refresh'
import type { AuthServer } from '../fixtures/auth-server'
import { driveClock, type DrivenClock } from '../support/clock'
import { setOnline, showPage, useSingleTab } from '../support/jsdom-tab'
import { signedIn, startServer } from '../support/test-app'

useSingleTab()

const HOUR = 3_600_000

interface Kept extends Awaited<ReturnType<typeof signedIn>> {
  readonly server: AuthServer
  readonly clock: DrivenClock
  /** Lets time pass, a minute at a time, and what the timers start come to its end. */
  pass(ms: number): Promise<void>
}

async function keptFresh(options: Partial<AuthOptions> = {}, expiresIn: number | null = 3_600) {
  const clock = driveClock()
  showPage(true)
  setOnline(true)
  const server = await startServer()
  server.expiresIn = expiresIn
  const app = await signedIn(server, { keepFresh: true, ...options }, { adapter: 'http' })
  // The login finishes its own work first.
  await clock.advance(0)
  const kept: Kept = {
    ...app,
    server,
    clock,
    async pass(ms) {
      for (let left = ms; left > 0; left -= 60_000) {
        await clock.advance(Math.min(left, 60_000))
        // A real answer takes real time.
        while (app.store.refreshing) await app.store.refreshing.catch(() => {})
      }
    },
  }
  return kept
}

test('a token is refreshed before it expires, without a request', async () => {
  const { server, store, pass, count } = await keptFresh()
  const first = store.token
  // At the earliest: a quarter of the lifetime, and the leeway, before the end.
  await pass(HOUR * 0.74)
  expect(server.refreshes).toBe(0)
  await pass(HOUR * 0.26 - 30_000)
  expect(server.refreshes).toBe(1)
  expect(store.token).not.toBe(first)
  expect(count('refresh-started')).toBe(1)
})

test('it goes on: once for each token, and never after the end of the session', async () => {
  const { server, store, pass } = await keptFresh()
  await pass(10 * HOUR)
  expect(server.refreshes).toBeGreaterThanOrEqual(10)
  expect(server.refreshes).toBeLessThanOrEqual(14)
  await store.logout()
  const before = server.refreshes
  await pass(3 * HOUR)
  expect(server.refreshes).toBe(before)
  expect(vi.getTimerCount()).toBe(0)
})

test('a session that cannot be refreshed is left alone', async () => {
  const { store, pass } = await keptFresh({
    login: async () => ({ access_token: 'alone', expires_in: 3_600 }),
  })
  await pass(2 * HOUR)
  expect(store.error).toBeNull()
  expect(vi.getTimerCount()).toBe(0)
})

test('who signed in together does not refresh together', async () => {
  const when: number[] = []
  for (const chance of [0, 0.25, 0.5, 0.75, 0.999]) {
    const random = vi.spyOn(Math, 'random').mockReturnValue(chance)
    const { server, plugin, clock } = await keptFresh()
    const began = Date.now()
    while (server.refreshes === 0) await clock.advance(1_000)
    when.push(Math.round((Date.now() - began) / 60_000))
    random.mockRestore()
    plugin.dispose()
    vi.useRealTimers()
  }
  expect(when).toEqual([60, 56, 52, 48, 45])
})

test('no timer runs while the page is hidden, offline or nobody is signed in', async () => {
  const { server, store, pass, clock } = await keptFresh()
  expect(vi.getTimerCount()).toBe(1)
  showPage(false)
  expect(vi.getTimerCount()).toBe(0)
  await pass(2 * HOUR)
  expect(server.refreshes).toBe(0)

  showPage(true)
  await clock.advance(0)
  await store.refreshing
  await clock.advance(0)
  expect(server.refreshes).toBe(1)
  expect(vi.getTimerCount()).toBe(1)
  setOnline(false)
  expect(vi.getTimerCount()).toBe(0)
  setOnline(true)
  expect(vi.getTimerCount()).toBe(1)
  await store.logout()
  await clock.advance(0)
  expect(vi.getTimerCount()).toBe(0)
})

/** The browser says that there is no network, and tells of no change. The network is there all the same. */
const lie = () => vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)

test.each([200, 503])(
  '55: goes on where `navigator.onLine` is wrong, and the first refresh is answered by %i',
  async (status) => {
    const { server, store, pass } = await keptFresh({
      retries: 0,
      login: async (credentials, { http }) => {
        lie()
        return (await http.post<unknown>('/auth/login', credentials)).data
      },
    })
    if (status === 503) server.faults.push({ kind: 'answer', status })
    expect(navigator.onLine).toBe(false)
    expect(vi.getTimerCount()).toBe(1)
    await pass(10 * HOUR)
    expect(server.refreshes).toBeGreaterThanOrEqual(10)
    expect(store.status).toBe('authenticated')
  },
)

test('55: a logout that asks no server is no answer, so the network stays away', async () => {
  const withoutLogout: Record<string, unknown> = { logout: undefined }
  const { store, clock } = await keptFresh(withoutLogout)
  setOnline(false)
  await store.logout()
  await store.setSession({ token: 'access-ada-1', refreshToken: 'refresh-ada-1', expiresIn: 60 })
  await clock.advance(0)
  expect(vi.getTimerCount()).toBe(0)
  setOnline(true)
  expect(vi.getTimerCount()).toBe(1)
})

test('55: begins again with the first answer after the browser has told of a change, and was wrong', async () => {
  const { server, store, pass, clock, api } = await keptFresh()
  setOnline(false)
  expect(vi.getTimerCount()).toBe(0)
  await pass(2 * HOUR)
  expect(server.refreshes).toBe(0)
  server.expireAccessTokens()
  expect((await clock.until(api.get('/orders/1'))).status).toBe(200)
  await clock.advance(0)
  expect([server.refreshes, vi.getTimerCount()]).toEqual([1, 1])
  await pass(HOUR)
  expect(server.refreshes).toBeGreaterThan(1)
  // The next event is believed.
  setOnline(false)
  expect(vi.getTimerCount()).toBe(0)
  await store.refresh()
  await clock.advance(0)
  expect(vi.getTimerCount()).toBe(1)
})

test('29: an attempt without an answer proves no network', async () => {
  const { server, store, clock } = await keptFresh({ retries: 0 })
  setOnline(false)
  server.everyFault = { kind: 'reset' }
  const refresh = store.refresh().catch(() => {})
  await clock.until(server.sees('/auth/refresh'))
  await clock.advance(20_000)
  await refresh
  // Neither the timer of keepFresh nor that of a retry: the refresh waits for the network.
  expect(server.refreshes).toBe(1)
})

test.each([
  ['hidden', () => showPage(false), () => showPage(true)],
  ['offline', () => setOnline(false), () => setOnline(true)],
  ['asleep, which nobody tells it', () => {}, () => {}],
])(
  '29: hours later, %s meanwhile, the first click works, with one refresh',
  async (_, leave, back) => {
    const { api, server, store, clock } = await keptFresh()
    leave()
    // Timers and the monotonic clock stand still.
    clock.moveWall(8 * HOUR)
    server.expireAccessTokens()
    back()
    expect((await api.get('/orders/1')).status).toBe(200)
    while (store.refreshing) await store.refreshing
    await clock.advance(1_000)
    expect(server.refreshes).toBe(1)
    expect(server.answersTo('/orders/1')).toEqual([200])
  },
)

test('27: a token that lives for ten years sets no timer that fires at once', async () => {
  const { server, pass } = await keptFresh({}, 10 * 365 * 86_400 - 1)
  await pass(24 * HOUR)
  expect(server.refreshes).toBe(0)
})

test.each([null, 0, -1])('a token with a lifetime of %s sets no timer', async (expiresIn) => {
  const { server, pass } = await keptFresh({}, expiresIn)
  expect(vi.getTimerCount()).toBe(0)
  await pass(HOUR)
  expect(server.refreshes).toBe(0)
})

test('26: tokens that live for a second cost twelve refreshes a minute at most', async () => {
  const { server, clock, store } = await keptFresh({}, 1)
  for (let second = 0; second < 60; second++) {
    await clock.advance(1_000)
    await store.refreshing
  }
  expect(server.refreshes).toBeLessThanOrEqual(12)
  expect(server.refreshes).toBeGreaterThan(5)
})

test('a server that cannot be reached is asked again about once a minute, and the session stays', async () => {
  const { server, store, pass, clock } = await keptFresh({ retries: 0 })
  server.everyFault = { kind: 'answer', status: 503 }
  await pass(2 * HOUR)
  // It begins with the first refresh that is due, within the first hour.
  expect(server.refreshes).toBeGreaterThan(40)
  expect(server.refreshes).toBeLessThan(160)
  expect(store.status).toBe('authenticated')
  expect(store.error?.code).toBe('unreachable')
  server.everyFault = null
  const outage = server.refreshes
  while (store.error) {
    await clock.advance(1_000)
    await store.refreshing
  }
  expect(server.refreshes).toBeGreaterThan(outage)
})

test('without it nothing happens by itself', async () => {
  const { server, pass } = await keptFresh({ keepFresh: false })
  expect(vi.getTimerCount()).toBe(0)
  await pass(2 * HOUR)
  expect(server.refreshes).toBe(0)
})
