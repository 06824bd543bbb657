import { expect, test } from 'vitest'
import { memoryStorage, type AuthOptions } from 'vue-auth-refresh'
import { driveClock } from '../support/clock'
import { createLatch } from '../../src/utils/waiting'
import { createTestApp, rejection, signedIn, startServer } from '../support/test-app'

const fetchUser: NonNullable<AuthOptions['fetchUser']> = async ({ http, signal }) =>
  (await http.get('/me', { signal })).data

test('the user is fetched after a login', async () => {
  const server = await startServer()
  const { store } = await signedIn(server, { fetchUser })

  expect(store.user).toEqual({ name: 'ada' })
  expect(server.countOf('/me')).toBe(1)
})

test('the user is fetched after a restored session, before ready, with a token refreshed if need be', async () => {
  const server = await startServer()
  const storage = memoryStorage()
  const first = await signedIn(server, { storage })
  first.plugin.dispose()
  server.expireAccessTokens()

  const { store, plugin } = createTestApp(server, { storage, fetchUser })
  await plugin.ready

  expect([store.status, store.user]).toEqual(['authenticated', { name: 'ada' }])
  expect(server.refreshes).toBe(1)
})

test('the user is not fetched again by a refresh', async () => {
  const server = await startServer()
  const { store } = await signedIn(server, { fetchUser })

  await store.refresh()

  expect(store.user).toEqual({ name: 'ada' })
  expect(server.countOf('/me')).toBe(1)
})

test('a user that cannot be fetched is null, and the session goes on', async () => {
  const server = await startServer()
  server.route('/me', (_request, response) => response.writeHead(500).end())

  const { store, api, count } = await signedIn(server, { fetchUser })

  expect([store.status, store.user]).toEqual(['authenticated', null])
  expect(count('user-failed')).toBe(1)
  expect((await api.get('/orders/1')).status).toBe(200)
})

test('a user that hangs keeps a login waiting no longer than refreshTimeout, and counts when it comes later', async () => {
  const clock = driveClock()
  const server = await startServer()
  const { store } = createTestApp(server, { fetchUser, refreshTimeout: 2_000 })
  const release = server.hold('/me')
  const login = store.login({ user: 'ada' })
  await server.sees('/me')

  await clock.advance(2_000)
  await login
  expect([store.status, store.user]).toEqual(['authenticated', null])

  release()
  await expect.poll(() => store.user).toEqual({ name: 'ada' })
})

test('a user that hangs keeps ready waiting no longer than refreshTimeout', async () => {
  const server = await startServer()
  const storage = memoryStorage()
  const first = await signedIn(server, { storage })
  first.plugin.dispose()
  const clock = driveClock()
  server.hold('/me')
  const { store, plugin } = createTestApp(server, { storage, fetchUser, refreshTimeout: 2_000 })
  await server.sees('/me')
  expect(store.status).toBe('restoring')

  await clock.advance(2_000)
  await plugin.ready

  expect([store.status, store.user]).toEqual(['authenticated', null])
})

test('the user of a session that has ended is never shown in the next one', async () => {
  const server = await startServer()
  const latch = createLatch()
  const answers = [latch.opened.then(() => 'ada'), Promise.resolve('grace')]
  const { store } = createTestApp(server, { fetchUser: () => answers.shift()! })
  const first = rejection(store.login({ user: 'ada' }))
  await expect.poll(() => store.token).not.toBeNull()

  await store.login({ user: 'grace' })
  latch.open()
  await answers[0]

  expect(await first).toMatchObject({ name: 'AuthError', code: 'superseded' })
  expect(store.user).toBe('grace')
})

test('a user that could not be fetched is fetched once the session is well again', async () => {
  const server = await startServer()
  let isOut = true
  server.route('/me', (_request, response) => {
    response.writeHead(isOut ? 503 : 200, { 'content-type': 'application/json' })
    response.end('{"name":"ada"}')
  })
  const { store } = await signedIn(server, { fetchUser })
  expect(store.user).toBeNull()

  isOut = false
  await store.refresh()
  await expect.poll(() => store.user).toEqual({ name: 'ada' })
})
