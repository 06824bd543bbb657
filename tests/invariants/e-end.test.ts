import axios from 'axios'
import { expect, test } from 'vitest'
import { isAuthError } from 'vue-auth-refresh'
import type { Fault } from '../fixtures/auth-server'
import { expectError } from '../setup/console'
import { driveClock, fixChance } from '../support/clock'
import { shells } from '../support/shells'
import { createTestRouter, rejection, signedIn, startServer } from '../support/test-app'

const passing: [string, Fault][] = [
  ['a connection that is cut', { kind: 'reset' }],
  ['an answer that is cut', { kind: 'reset-mid-body' }],
  ...[302, 404, 408, 425, 429, 500, 502, 503, 504].map((status): [string, Fault] => [
    `a ${status}`,
    { kind: 'answer', status },
  ]),
  ['an HTML page', { kind: 'answer', status: 200, body: '<html>Sign in to the Wi-Fi</html>' }],
  ['an empty body', { kind: 'answer', status: 200 }],
  ['a 204', { kind: 'answer', status: 204 }],
  ['half of a JSON body', { kind: 'answer', status: 200, body: '{"access_token":"x' }],
  ['wrong types', { kind: 'answer', status: 200, body: '{"access_token":{"a":1}}' }],
  ['a 403 with the HTML page of a proxy', { kind: 'answer', status: 403, body: '<html>Blocked' }],
  [
    'a 400 that names a passing error',
    {
      kind: 'answer',
      status: 400,
      headers: { 'content-type': 'application/json' },
      body: '{"error":"temporarily_unavailable"}',
    },
  ],
  [
    'a 500 that says invalid_grant',
    {
      kind: 'answer',
      status: 500,
      headers: { 'content-type': 'application/json' },
      body: '{"error":"invalid_grant"}',
    },
  ],
]

test.each(passing)('31: %s does not end the session', async (_name, fault) => {
  const clock = driveClock()
  const server = await startServer()
  const { api, store } = await signedIn(server, { retries: 0 })
  server.expireAccessTokens()
  server.faults.push(fault)

  const error = await rejection(api.get('/orders/1'))
  expect(isAuthError(error, 'unreachable')).toBe(true)
  expect(store.status).toBe('authenticated')
  expect(store.error?.code).toBe('unreachable')

  await clock.advance(1_000)
  expect((await api.get('/orders/1')).status).toBe(200)
  expect(store.error).toBeNull()
})

test.each([400, 401, 403])('31: a %i of the token endpoint ends the session', async (status) => {
  const server = await startServer()
  const { api, store } = await signedIn(server)
  server.expireAccessTokens()
  server.faults.push({ kind: 'answer', status })

  const error = await rejection(api.get('/orders/1'))
  expect(isAuthError(error, 'rejected')).toBe(true)
  expect(store.status).toBe('expired')
  expect(store.token).toBeNull()
  expect(server.refreshes).toBe(1)
})

test('31: what the application classifies decides, also where its function throws', async () => {
  const server = await startServer()
  const { api, store } = await signedIn(server, {
    retries: 0,
    classifyFailure: (error) => {
      if (axios.isAxiosError(error) && error.response?.status === 410) return 'rejected'
      throw new Error('from the application')
    },
  })
  server.expireAccessTokens()
  server.faults.push({ kind: 'answer', status: 400 }, { kind: 'answer', status: 410 })
  expectError('classifyFailure threw')

  expect(isAuthError(await rejection(api.get('/orders/1')), 'unreachable')).toBe(true)
  expect(isAuthError(await rejection(api.get('/orders/1')), 'rejected')).toBe(true)
  expect(store.status).toBe('expired')
})

test.each([
  ['at once', 0, [0, 0]],
  ['after half of the span', 0.5, [250, 1_000]],
  ['after almost all of it', 0.999, [499.5, 1_998]],
])(
  '31: unreachable attempts are retried within the same wait, with full jitter: %s',
  async (_name, chance, pauses) => {
    const clock = driveClock()
    fixChance(chance)
    const server = await startServer()
    const { api, events } = await signedIn(server)
    server.expireAccessTokens()
    server.faults.push({ kind: 'answer', status: 503 }, { kind: 'reset' })

    expect((await clock.until(api.get('/orders/1'))).status).toBe(200)
    expect(server.refreshes).toBe(3)
    expect(
      events.flatMap((event) => (event.type === 'refresh-failed' ? [event.retryIn] : [])),
    ).toEqual(pauses)
  },
)

test('26: while the endpoint keeps failing, each refresh asks once, and the first to succeed ends that', async () => {
  const clock = driveClock()
  fixChance(0)
  const server = await startServer()
  const { api } = await signedIn(server)
  server.expireAccessTokens()
  server.everyFault = { kind: 'answer', status: 503 }
  const exchanges: number[] = []
  for (let round = 0; round < 3; round++) {
    await clock.until(rejection(api.get('/orders/1')))
    exchanges.push(server.refreshes)
    // Longer than any cool-down.
    await clock.advance(20_000)
  }
  expect(exchanges).toEqual([3, 4, 5])

  server.everyFault = null
  await api.get('/orders/1')
  server.expireAccessTokens()
  server.faults.push({ kind: 'reset' }, { kind: 'reset' })
  expect((await clock.until(api.get('/orders/1'))).status).toBe(200)
  expect(server.refreshes).toBe(9)
})

test('the cool-down doubles from a second to half of refreshTimeout, and who meets it is served', async () => {
  const clock = driveClock()
  fixChance(0)
  const server = await startServer()
  const { api, events } = await signedIn(server)
  const attempts = () => events.filter(({ type }) => type === 'refresh-started').length
  server.expireAccessTokens()
  server.everyFault = { kind: 'answer', status: 503 }
  await clock.until(rejection(api.get('/orders/1')))
  for (const coolDown of [1_000, 2_000, 4_000, 5_000, 5_000]) {
    const before = attempts()
    const call = rejection(api.get('/orders/1'))
    await clock.advance(coolDown - 50)
    // An attempt that came too early would be told by now.
    for (let turn = 0; turn < 20; turn++) await clock.advance(0)
    expect(attempts()).toBe(before)
    await clock.advance(50)
    // The clock stands still: on a busy machine an attempt begins some tasks after its timer.
    await clock.until(call, 0)
    expect(attempts()).toBe(before + 1)
  }
})

test.each(shells)(
  '32: a failed refresh ahead of expiry leaves a working token working (%s)',
  async (_shell, through) => {
    const clock = driveClock()
    const server = await startServer()
    server.expiresIn = 60
    const { api, store } = through(await signedIn(server, { retries: 0 }))
    await clock.advance(50_000)
    server.everyFault = { kind: 'answer', status: 503 }

    expect((await api.get('/orders/1')).status).toBe(200)
    expect((await api.get('/orders/2')).status).toBe(200)
    expect(server.refreshes).toBe(1)
    expect(store.status).toBe('authenticated')
  },
)

test.each(shells)(
  '32: while a refresh ahead of expiry hangs, only the first requests wait (%s)',
  async (_shell, through) => {
    const clock = driveClock()
    const server = await startServer()
    server.expiresIn = 600
    const { api } = through(await signedIn(server))
    await clock.advance(575_000)
    server.everyFault = { kind: 'hang' }
    const first = api.get('/orders/1')
    await server.sees('/auth/refresh')
    await clock.advance(10_000)

    expect((await first).status).toBe(200)
    expect((await api.get('/orders/2')).status).toBe(200)
    expect(server.refreshes).toBe(1)
  },
)

test.each(shells)('33: a 403 refreshes nothing (%s)', async (_shell, through) => {
  const server = await startServer()
  const { api } = through(await signedIn(server))
  const error = await rejection(api.get('/forbidden'))
  expect(axios.isAxiosError(error) && error.response?.status).toBe(403)
  expect(server.refreshes).toBe(0)
})

test.each(shells)(
  '34: the end is one event and one redirect, and every waiter rejects with the cause (%s)',
  async (_shell, through) => {
    const server = await startServer()
    const router = createTestRouter()
    const { api, count, store } = through(await signedIn(server, { router }))
    await router.push('/private?tab=2')
    const visits: string[] = []
    router.afterEach((to) => void visits.push(to.fullPath))
    server.revoke()

    const errors = await Promise.all(
      Array.from({ length: 50 }, (_, index) => rejection(api.get(`/orders/${index}`))),
    )
    for (const error of errors) {
      expect(isAuthError(error, 'rejected')).toBe(true)
      expect(axios.isAxiosError(error) && error.response?.status).toBe(401)
    }
    await expect.poll(() => visits).toHaveLength(1)
    expect(visits).toEqual(['/login?redirect=/private?tab=2'])
    expect(count('session-ended')).toBe(1)
    expect(server.refreshes).toBe(1)
    expect(store.error?.code).toBe('rejected')
  },
)

test.each(shells)(
  'an answer that is lost after the rotation ends the session, for want of a grace window (%s)',
  async (_shell, through) => {
    const server = await startServer()
    const { api, store } = through(await signedIn(server))
    server.expireAccessTokens()
    server.faults.push({ kind: 'lost-answer' })

    expect(isAuthError(await rejection(api.get('/orders/1')), 'rejected')).toBe(true)
    expect(store.status).toBe('expired')
    expect(server.reusedTokens).toBe(1)
  },
)

test.each(shells)(
  'a session without a refresh token lasts until its access token is refused (%s)',
  async (_shell, through) => {
    const server = await startServer()
    const { api, store } = through(await signedIn(server))
    await store.setSession({ access_token: store.token ?? '', expires_in: 1 })
    expect((await api.get('/orders/1')).status).toBe(200)
    server.expireAccessTokens()

    expect(isAuthError(await rejection(api.get('/orders/1')), 'rejected')).toBe(true)
    expect(store.status).toBe('expired')
    expect(server.refreshes).toBe(0)
  },
)
