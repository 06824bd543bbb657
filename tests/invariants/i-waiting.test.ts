import { Readable } from 'node:stream'
import { describe, expect, test, vi } from 'vitest'
import { isAuthError, memoryStorage } from 'vue-auth-refresh'
import type { Fault } from '../fixtures/auth-server'
import { driveClock } from '../support/clock'
import { expectWarning } from '../setup/console'
import { shells } from '../support/shells'
import { createTestApp, rejection, signedIn, startServer, type TestApp } from '../support/test-app'

/** A user whose token lives for two more seconds than a request needs. */
async function createExpiring(options: Parameters<typeof signedIn>[1] = {}) {
  const clock = driveClock()
  const server = await startServer()
  server.revokesAtOnce = false
  server.expiresIn = 600
  const app = await signedIn(server, options)
  await clock.advance(596_000)
  return { clock, server, ...app }
}

const troubles: [string, Fault][] = [
  ['hangs', { kind: 'hang' }],
  ['cuts the connection', { kind: 'reset' }],
  ['answers 503', { kind: 'answer', status: 503 }],
  ['answers 429', { kind: 'answer', status: 429, headers: { 'retry-after': '60' } }],
  ['answers with an HTML page', { kind: 'answer', status: 200, body: '<html>' }],
]

test.each(troubles)(
  '56: while its token lives, no request waits for an endpoint that %s',
  async (_name, fault) => {
    const { clock, server, api, events } = await createExpiring()
    server.everyFault = fault
    await Promise.all([api.get('/orders/1'), api.get('/orders/2'), server.sees('/auth/refresh')])
    for (let count = 0; count < 19; count++) {
      await clock.advance(100)
      expect((await api.get('/orders/3')).status).toBe(200)
    }
    expect(events.filter(({ type }) => type === 'request-waiting')).toEqual([])
    expect(new Set(server.answersTo('/orders/3'))).toEqual(new Set([200]))
  },
)

test.each(shells)(
  '56: one refresh goes on in the background, and its token is used once it is there (%s)',
  async (_shell, through) => {
    const { server, api, store } = through(await createExpiring())
    const release = server.hold('/auth/refresh')
    await Promise.all(Array.from({ length: 20 }, () => api.get('/orders/1')))
    await server.sees('/auth/refresh')
    const { refreshing } = store
    release()
    const token = await refreshing
    await api.get('/orders/2')
    expect(server.seen.at(-1)?.headers.authorization).toBe(`Bearer ${token}`)
    expect(server.refreshes).toBe(1)
  },
)

test.each(shells)(
  '56: with hardly any life left a request waits, and is sent once with the next token (%s)',
  async (_shell, through) => {
    const { clock, server, api, events } = through(await createExpiring())
    await clock.advance(2_000)
    await api.get('/orders/1')
    expect(events.filter(({ type }) => type === 'request-waiting')).toMatchObject([
      { after: 'call' },
    ])
    expect(server.answersTo('/orders/1')).toEqual([200])
    expect(server.refreshes).toBe(1)
  },
)

test('5, 56: where the server revokes the old token at once, a late request is sent twice, without a second refresh', async () => {
  const { server, api } = await createExpiring()
  server.revokesAtOnce = true
  const release = server.hold('/auth/refresh')
  await Promise.all([api.get('/orders/1'), server.sees('/auth/refresh')])
  const late = api.get('/late')
  await server.sees('/late')
  release()
  expect((await late).status).toBe(200)
  expect(server.answersTo('/late')).toEqual([401, 200])
  expect(server.refreshes).toBe(1)
})

test('36, 56: a body that can be read once waits for the next token, unless the endpoint fails', async () => {
  const { clock, server, api, events } = await createExpiring({ retries: 0 })
  const upload = () => api.post('/upload', Readable.from(['bytes']))
  await upload()
  expect(events.filter(({ type }) => type === 'request-waiting')).toHaveLength(1)
  expect(server.refreshes).toBe(1)
  await clock.advance(596_000)
  server.everyFault = { kind: 'answer', status: 503 }
  expect((await upload()).status).toBe(200)
  expect(server.answersTo('/upload')).toEqual([200, 200])
})

test('56: getAccessToken() does not wait either, unless its caller needs more life', async () => {
  const { server, store } = await createExpiring()
  const { token } = store
  const release = server.hold('/auth/refresh')
  expect(await store.getAccessToken()).toBe(token)
  expect(await store.getAccessToken({ minValidity: 3_000 })).toBe(token)
  await server.sees('/auth/refresh')
  const fresh = store.getAccessToken({ minValidity: 60_000 })
  release()
  expect(await fresh).not.toBe(token)
  expect(await fresh).toBe(store.token)
  expect(server.refreshes).toBe(1)
})

test.each([
  ['more than the lifetime', 60_000],
  ['all of the lifetime', 10_000],
  ['what is lost on the way', 9_500],
])(
  '26, 56: getAccessToken() that asks for %s learns it from one refresh, and asks the server no more',
  async (_what, minValidity) => {
    const clock = driveClock()
    const server = await startServer()
    server.expiresIn = 10
    const { api, store } = await signedIn(server)
    const outcomes: string[] = []
    for (let count = 0; count < 30; count++) {
      // A new token is not read at the moment at which it arrives.
      await clock.advance(100)
      outcomes.push(await store.getAccessToken({ minValidity }).catch(String))
    }
    expect(outcomes.slice(-10)).toEqual(
      Array(10).fill('RangeError: No token with `minValidity` left was to be had.'),
    )
    expect(server.refreshes).toBe(1)
    expect((await api.get('/orders/1')).status).toBe(200)
    expect(await store.getAccessToken({ minValidity: 5_000 })).toBe(store.token)
  },
)

test('getAccessToken() names a minValidity that is no duration', async () => {
  const { store } = await createExpiring()
  for (const minValidity of [-1, NaN, '60s', null]) {
    const asked = Reflect.apply(store.getAccessToken, undefined, [{ minValidity }])
    await expect(asked).rejects.toThrow(
      new TypeError('getAccessToken(): `minValidity` must be a duration in milliseconds.'),
    )
  }
})

describe('16: a storage that hangs at the start', () => {
  /** An app whose stored session is not read in time: a storage counts as broken after 3 s. */
  async function createHung(refreshTimeout: number) {
    const clock = driveClock()
    const server = await startServer()
    expectWarning('There was no answer in time.')
    const storage = { ...memoryStorage(), read: () => new Promise<never>(() => {}) }
    const app = createTestApp(server, { storage, refreshTimeout })
    return { clock, server, ...app }
  }

  test.each<[string, (app: TestApp) => Promise<unknown>]>([
    ['a request', ({ api }) => api.get('/orders/1')],
    ['getAccessToken()', ({ store }) => store.getAccessToken()],
    ['refresh()', ({ store }) => store.refresh()],
  ])('keeps %s waiting for `refreshTimeout` at most', async (_what, ask) => {
    const { clock, server, ...app } = await createHung(1_000)
    const early = [ask(app), ask(app)].map(rejection)
    const isEarly = vi.fn()
    void Promise.all(early).then(isEarly)
    await clock.advance(999)
    expect(isEarly).not.toHaveBeenCalled()
    await clock.advance(1)
    for (const error of await Promise.all(early)) {
      expect(isAuthError(error, 'unreachable')).toBe(true)
    }
    await clock.advance(2_000)
    expect(server.countOf('/orders/1')).toBe(0)
  })

  test('is given up after 3 s where `refreshTimeout` is longer', async () => {
    const { clock, server, api } = await createHung(10_000)
    const early = api.get('/public')
    await clock.until(early, 100)
    expect(server.countOf('/public')).toBe(1)
  })
})
