import { expect, test } from 'vitest'
import { isAuthError, memoryStorage } from 'vue-auth-refresh'
import { createTestApp, rejection, signedIn, startServer } from '../support/test-app'

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
  expect(await storage.read('auth')).toMatchObject({ token: first.store.token })
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
  expect(await storage.read('auth')).toMatchObject({ token: first.store.token })
  expect(server.refreshes).toBe(0)
})
