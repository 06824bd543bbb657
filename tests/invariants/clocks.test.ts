// @vitest-environment jsdom
import axios from 'axios'
import { describe, expect, test } from 'vitest'
import { memoryStorage, type AuthOptions } from 'vue-auth-refresh'
import { driveClock } from '../support/clock'
import { setOnline, showPage, useSingleTab } from '../support/jsdom-tab'
import { sample } from '../support/quantity'
import { createTestApp, optionsFor, startServer } from '../support/test-app'

// A day in the life of a page, on a server that keeps time itself: there an access token lives for an hour, whatever
// the client is told or thinks. Every request must be answered, and the refreshes be neither too many nor too few.

useSingleTab()

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** The fewest refreshes in a day: a token lives for an hour. */
const LEAST = 23
/** The most refreshes in a day. `true`: `keepFresh` knows the lifetime, and refreshes up to a quarter of it earlier. */
const MOST = { false: 25, true: 33 }

interface Day {
  /** The error of the wall clock from the start, in ms. */
  readonly off?: number
  /** The ms by which the wall clock is moved in this minute of the day. */
  move?(minute: number): number
  /** Fields with which the token endpoint tells the lifetime. Default: the true ones. */
  readonly says?: Record<string, unknown>
  /** The claims of a JWT; without them the token is opaque. */
  claims?(): Record<string, unknown>
  /** Whether the page is loaded anew every three hours, right after the clock was moved. */
  readonly reloads?: boolean
}

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** How many refreshes there were. Fails when a request is not answered. */
async function live(keepFresh: boolean, { off = 0, move, says, claims, reloads }: Day) {
  const clock = driveClock()
  showPage(true)
  setOnline(true)
  clock.moveWall(off)
  const server = await startServer()
  const api = axios.create({ baseURL: server.origin, adapter: 'http' })
  const { login, refresh } = optionsFor(api)
  const told = (data: unknown): unknown => {
    const { access_token, ...rest } = data as Record<string, unknown>
    const jwt = claims && `${base64({ alg: 'none' })}.${base64(claims())}.${String(access_token)}`
    return { ...rest, access_token: jwt ?? access_token, ...says }
  }
  const options: Partial<AuthOptions> = {
    axios: api,
    keepFresh,
    storage: memoryStorage(),
    login: async (...args) => told(await login(...args)),
    refresh: async (...args) => told(await refresh(...args)),
    // The server knows its part of the JWT.
    attach: ({ headers }, token) =>
      headers.set('Authorization', `Bearer ${token.split('.').at(-1)}`),
  }
  let app = createTestApp(server, options)
  await app.store.login({ user: 'ada' })

  let known = 0
  let bornAt = 0
  for (let minute = 1; minute <= DAY / MINUTE; minute++) {
    await clock.advance(MINUTE)
    clock.moveWall(move?.(minute) ?? 0)
    if (reloads && minute % 180 === 0) {
      app.plugin.dispose()
      app = createTestApp(server, options)
      await app.plugin.ready
    }
    while (app.store.refreshing) await app.store.refreshing
    if (server.refreshes > known) [known, bornAt] = [server.refreshes, minute]
    if ((minute - bornAt) * MINUTE >= HOUR) server.expireAccessTokens()
    if (minute % 5 === 0) {
      expect((await clock.until(api.get('/orders/1'))).status).toBe(200)
      if (server.refreshes > known) [known, bornAt] = [server.refreshes, minute]
    }
  }
  expect(app.store.status).toBe('authenticated')
  expect(server.reusedTokens).toBe(0)
  return server.refreshes
}

const hourly = (minute: number): boolean => minute % 60 === 30
const epochSeconds = (): number => Math.floor(Date.now() / 1_000)

/** And how many refreshes more there may be, because a clock that jumps ahead makes a token look older than it is. */
const days: [string, Day, extra?: number, least?: number][] = [
  ['that is right', {}],
  ['that is a day fast', { off: DAY }],
  ['that is a day slow', { off: -DAY }],
  ['that is set a day forth at noon', { move: (minute) => (minute === 720 ? DAY : 0) }, 1],
  ['that is set a day back at noon', { move: (minute) => (minute === 720 ? -DAY : 0) }],
  [
    'that is set back and forth by a day every hour',
    { move: (minute) => (hourly(minute) ? (minute % 120 === 30 ? DAY : -DAY) : 0) },
    12,
  ],
  ['that is set back by a minute every minute', { move: () => -MINUTE }],
  ['that runs twice as fast', { move: () => MINUTE }, 26, 47],
  [
    'that is a day behind after every other reload, and right again after the next',
    {
      reloads: true,
      move: (minute) => (minute % 180 === 0 ? (minute % 360 === 0 ? DAY : -DAY) : 0),
    },
    8,
  ],
]

// Each case of a sample is lived with keepFresh or without.
describe.each([false, true])('28: with keepFresh %s, a day passes well by a clock', (keepFresh) => {
  test.each(sample(days, keepFresh ? 1 : 0))('%s', async (_name, day, extra = 0, least = LEAST) => {
    const refreshes = await live(keepFresh, day)
    expect(refreshes).toBeGreaterThanOrEqual(least)
    expect(refreshes).toBeLessThanOrEqual(MOST[`${keepFresh}`] + extra)
  })
})

const lifetimes: [string, Day, isKnown: boolean][] = [
  ['no expires_in', { says: { expires_in: undefined } }, false],
  ['an expires_in of null', { says: { expires_in: null } }, false],
  ['an expires_in of 0', { says: { expires_in: 0 } }, false],
  ['a negative expires_in', { says: { expires_in: -3_600 } }, false],
  ['an expires_in of ten thousand years', { says: { expires_in: 3e11 } }, false],
  ['an expires_in of nine years', { says: { expires_in: 9 * 365 * 86_400 } }, false],
  ['an expires_in that JSON cannot hold', { says: { expires_in: Infinity } }, false],
  ['a number as a string', { says: { expires_in: '3600' } }, true],
  ['a duration in words', { says: { expires_in: '1h' } }, true],
  ['an ISO duration', { says: { expires_in: 'PT1H' } }, true],
  ['a word as a string', { says: { expires_in: 'soon' } }, false],
  [
    'a JWT without iat',
    { says: { expires_in: undefined }, claims: () => ({ exp: epochSeconds() + 3_600 }) },
    true,
  ],
  [
    'a JWT whose issuer is a day slow',
    {
      says: { expires_in: undefined },
      claims: () => ({ iat: epochSeconds() - 86_400, exp: epochSeconds() - 86_400 + 3_600 }),
    },
    true,
  ],
]

describe.each([false, true])('27, 28: with keepFresh %s, a day passes well with', (keepFresh) => {
  test.each(sample(lifetimes, keepFresh ? 1 : 0))('%s', async (_name, day, isKnown) => {
    const refreshes = await live(keepFresh, day)
    expect(refreshes).toBeGreaterThanOrEqual(LEAST)
    // Without a known lifetime, `keepFresh` cannot act: requests refresh when the server refuses them.
    expect(refreshes).toBeLessThanOrEqual(MOST[`${keepFresh && isKnown}`])
  })
})
