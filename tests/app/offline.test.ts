// @vitest-environment jsdom
import { expect, test } from 'vitest'
import { isAuthError } from 'vue-auth-refresh'
import { driveClock } from '../support/clock'
import { setOnline, showPage, useSingleTab } from '../support/jsdom-tab'
import { rejection, signedIn, startServer } from '../support/test-app'

useSingleTab()

async function offline() {
  const clock = driveClock()
  showPage(true)
  setOnline(true)
  const server = await startServer()
  const app = await signedIn(server, { refreshTimeout: 5_000 }, { adapter: 'http' })
  server.expireAccessTokens()
  setOnline(false)
  return { ...app, server, clock }
}

test('29: without a network nobody is asked; who waits is answered when it is back', async () => {
  const { api, server, clock } = await offline()
  const call = api.get('/orders/1')
  await server.answers('/orders/1')
  await clock.advance(4_000)
  expect(server.refreshes).toBe(0)
  setOnline(true)
  expect((await call).status).toBe(200)
  expect(server.refreshes).toBe(1)
})

test('16, 31: who waits longer than refreshTimeout rejects; the session stays, and recovers at once', async () => {
  const { api, server, store, clock, count } = await offline()
  for (let round = 1; round <= 3; round++) {
    const call = rejection(api.get('/orders/1'))
    await server.answers('/orders/1', round)
    await clock.advance(5_000)
    expect(isAuthError(await call, 'unreachable')).toBe(true)
  }
  expect(store.status).toBe('authenticated')
  expect(store.error?.code).toBe('unreachable')
  expect(server.refreshes).toBe(0)
  expect(count('refresh-started')).toBe(0)

  setOnline(true)
  expect((await api.get('/orders/2')).status).toBe(200)
  expect(server.refreshes).toBe(1)
  expect(store.error).toBeNull()
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
