import { expect, test, vi } from 'vitest'
import { isAuthError, memoryStorage } from 'vue-auth-refresh'
import { driveClock, fixChance } from '../support/clock'
import { createTestApp, keyOf, rejection, signedIn, startServer } from '../support/test-app'

// Two apps over one storage: what another tab leaves there is noticed at the next refresh.

test('what a sibling has refreshed is adopted without a request', async () => {
  const server = await startServer()
  const storage = memoryStorage()
  const first = await signedIn(server, { storage })
  const second = createTestApp(server, { storage })
  await second.plugin.ready
  await first.store.refresh()

  const answer = await second.api.get('/orders/1')
  expect(answer.status).toBe(200)
  expect(second.store.token).toBe(first.store.token)
  expect(server.refreshes).toBe(1)
  expect(second.events).toContainEqual(
    expect.objectContaining({ type: 'refresh-succeeded', adopted: true }),
  )
})

test('a refusal that crossed with the refresh of a sibling does not end the session', async () => {
  const server = await startServer()
  const storage = memoryStorage()
  const first = await signedIn(server, { storage })
  const second = createTestApp(server, {
    storage,
    refresh: async ({ refreshToken }, { http }) => {
      await first.store.refresh()
      return (await http.post<unknown>('/auth/refresh', { refreshToken })).data
    },
  })
  await second.plugin.ready

  await second.store.refresh()
  expect(second.store.status).toBe('authenticated')
  expect(second.store.token).toBe(first.store.token)
})

test('an answer that crossed with the refresh of a sibling gives way to it', async () => {
  const server = await startServer()
  const storage = memoryStorage()
  const first = await signedIn(server, { storage })
  const second = createTestApp(server, {
    storage,
    refresh: async () => {
      await first.store.refresh()
      return { access_token: 'from-a-grace-window' }
    },
  })
  await second.plugin.ready

  expect(await second.store.refresh()).toBe(first.store.token)
  expect(await storage.read(keyOf(server))).toMatchObject({ token: first.store.token })
})

test('a session that a sibling has ended is over at the next refresh', async () => {
  const server = await startServer()
  const storage = memoryStorage()
  const first = await signedIn(server, { storage })
  const second = createTestApp(server, { storage })
  await second.plugin.ready
  await first.store.logout()

  const error = await rejection(second.api.get('/orders/1'))
  expect(isAuthError(error, 'signed-out')).toBe(true)
  expect(second.store.status).toBe('anonymous')
  expect(server.refreshes).toBe(0)
})

test('a session that another user has replaced is over at the next refresh, and theirs is kept', async () => {
  const server = await startServer()
  const storage = memoryStorage()
  const first = await signedIn(server, { storage })
  const second = createTestApp(server, { storage })
  await second.plugin.ready
  await first.store.login({ user: 'ben' })

  expect(isAuthError(await rejection(second.store.refresh()), 'superseded')).toBe(true)
  expect(await storage.read(keyOf(server))).toMatchObject({ token: first.store.token })
  expect(server.refreshes).toBe(0)
})

test('what a sibling has got ends the cool-down here', async () => {
  const clock = driveClock()
  fixChance(0)
  const server = await startServer()
  const storage = memoryStorage()
  const first = await signedIn(server, { storage })
  const second = createTestApp(server, { storage })
  await second.plugin.ready
  server.expireAccessTokens()
  const reset = { kind: 'reset' } as const
  server.faults.push(reset, reset, reset)
  await clock.until(rejection(first.api.get('/orders/1')))

  await second.store.refresh()
  await clock.advance(2_000)
  expect((await first.api.get('/orders/1')).status).toBe(200)
  expect(first.store.token).toBe(second.store.token)

  // The number of retries is the full one again: the earlier failures are forgotten.
  server.expireAccessTokens()
  server.faults.push(reset, reset)
  expect((await clock.until(first.api.get('/orders/1'))).status).toBe(200)
})

test('8: an exchange whose answer was lost is not repeated when a sibling has moved on', async () => {
  const clock = driveClock()
  const server = await startServer()
  const storage = memoryStorage()
  let tell!: () => void
  const failed = new Promise<void>((resolve) => (tell = resolve))
  const first = await signedIn(server, {
    storage,
    onEvent: ({ type }) => {
      if (type === 'refresh-failed') tell()
    },
  })
  const second = createTestApp(server, { storage })
  await second.plugin.ready
  server.expireAccessTokens()
  server.faults.push({ kind: 'reset' })

  const call = first.api.get('/orders/1')
  await failed
  await second.store.refresh()
  expect((await clock.until(call)).status).toBe(200)
  expect(first.store.token).toBe(second.store.token)
  expect(server.refreshes).toBe(2)
  expect(server.reusedTokens).toBe(0)
})

test('8: where nobody has moved on, it is sent again, and a refusal then is the end', async () => {
  const clock = driveClock()
  const server = await startServer()
  const storage = memoryStorage()
  const { api, store } = await signedIn(server, { storage })
  const reads = vi.spyOn(storage, 'read')
  server.expireAccessTokens()
  server.faults.push({ kind: 'lost-answer' })

  const error = await clock.until(rejection(api.get('/orders/1')))
  expect(isAuthError(error, 'rejected')).toBe(true)
  expect(store.status).toBe('expired')
  expect(server.refreshes).toBe(2)
  // Before each of the two.
  expect(reads.mock.calls.length).toBeGreaterThanOrEqual(2)
})
