// @vitest-environment jsdom
import { AxiosError } from 'axios'
import { expect, test } from 'vitest'
import { isAuthError } from 'vue-auth-refresh'
import { driveClock } from '../support/clock'
import { setOnline, showPage, useSingleTab } from '../support/jsdom-tab'
import { rejection, signedIn, startServer } from '../support/test-app'

useSingleTab()

/** @param isWrong whether there is a network although the browser says that there is none */
async function offline(isWrong = false) {
  const clock = driveClock()
  showPage(true)
  setOnline(true)
  const server = await startServer()
  let attempts = 0
  const app = await signedIn(
    server,
    {
      refreshTimeout: 5_000,
      refresh: async ({ refreshToken }, { http }) => {
        attempts++
        if (!navigator.onLine && !isWrong) throw new AxiosError('Network Error', 'ERR_NETWORK')
        return (await http.post<unknown>('/auth/refresh', { refreshToken })).data
      },
    },
    { adapter: 'http' },
  )
  server.expireAccessTokens()
  setOnline(false)
  return { ...app, server, clock, attempts: () => attempts }
}

test('a browser that says it is offline, and is wrong, refreshes as any other', async () => {
  const app = await offline(true)
  for (let count = 1; count <= 3; count++) {
    app.server.expireAccessTokens()
    expect((await app.api.get(`/orders/${count}`)).status).toBe(200)
  }
  expect(app.server.refreshes).toBe(3)
})

test('and goes on to do so after its network was gone for a while', async () => {
  const app = await offline(true)
  app.server.faults.push(...Array.from({ length: 9 }, () => ({ kind: 'reset' }) as const))
  const lost = rejection(app.api.get('/orders/1'))
  expect(isAuthError(await app.clock.until(lost), 'unreachable')).toBe(true)
  app.server.faults.length = 0
  expect((await app.clock.until(app.api.get('/orders/2'))).status).toBe(200)
})

test('29: without a network one attempt is made; a request that waits is answered when it is back', async () => {
  const app = await offline()
  const { server, clock, attempts } = app
  const call = app.api.get('/orders/1')
  await server.answers('/orders/1')
  await clock.advance(4_000)
  expect(attempts()).toBe(1)
  expect(server.refreshes).toBe(0)
  setOnline(true)
  expect((await call).status).toBe(200)
  expect(server.refreshes).toBe(1)
})

test('16, 31: a request that waits longer than refreshTimeout rejects; the session stays, and recovers at once', async () => {
  const app = await offline()
  const { api, server, store, clock, count, attempts } = app
  for (let round = 1; round <= 3; round++) {
    const call = rejection(api.get('/orders/1'))
    await server.answers('/orders/1', round)
    await clock.advance(5_000)
    expect(isAuthError(await call, 'unreachable')).toBe(true)
  }
  expect(store.status).toBe('authenticated')
  expect(store.error?.code).toBe('unreachable')
  expect(server.refreshes).toBe(0)
  // One for each time that requests have waited.
  expect(attempts()).toBe(3)
  expect(count('refresh-started')).toBe(3)

  setOnline(true)
  expect((await api.get('/orders/2')).status).toBe(200)
  expect(server.refreshes).toBe(1)
  expect(store.error).toBeNull()
})

test('26: a device that is offline does not loop, however many requests there are', async () => {
  const { api, clock, attempts } = await offline()
  for (let count = 0; count < 20; count++) {
    const calls = Array.from({ length: 5 }, () => rejection(api.get('/orders/1')))
    await clock.until(Promise.all(calls), 500)
  }
  expect(attempts()).toBeLessThanOrEqual(20)
})

test('18: logging out while waiting for a network settles everybody at once', async () => {
  const { api, server, store } = await offline()
  const call = rejection(api.get('/orders/1'))
  await server.answers('/orders/1')
  await store.logout()
  expect(isAuthError(await call, 'signed-out')).toBe(true)
  setOnline(true)
  expect(server.refreshes).toBe(0)
})
