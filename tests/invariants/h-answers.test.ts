import axios from 'axios'
import { describe, expect, test } from 'vitest'
import { AuthError, isAuthError, memoryStorage, type AuthOptions } from 'vue-auth-refresh'
import type { AuthServer } from '../fixtures/auth-server'
import { driveClock, type DrivenClock } from '../support/clock'
import { sample } from '../support/quantity'
import {
  createTestApp,
  optionsFor,
  rejection,
  startServer,
  type TestApp,
} from '../support/test-app'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
/** A JWT whose last part is the token that the server knows. */
const jwtOf = (claims: unknown, token: unknown): string =>
  `${base64({ alg: 'none' })}.${base64(claims)}.${String(token)}`

/** Times of the server's clock, in seconds. */
type Told = (second: number) => {
  readonly claims?: Record<string, unknown>
  readonly members?: Record<string, unknown>
}

interface Issued {
  readonly access_token: string
  readonly refresh_token: string
}

interface Answering extends TestApp {
  readonly server: AuthServer
  readonly clock: DrivenClock
  readonly options: Partial<AuthOptions>
  /** Tokens of the server as it tells of them now, as another store may hold them. */
  issue(): Promise<Issued>
}

/** An app whose server tells of lifetimes like this. `off`: how far the local clock is ahead, in ms. */
async function answering(
  told: Told,
  { off = 0, ...more }: Partial<AuthOptions> & { off?: number } = {},
): Promise<Answering> {
  const clock = driveClock()
  clock.moveWall(off)
  const server = await startServer()
  const api = axios.create({ baseURL: server.origin, adapter: 'http' })
  const { login, refresh } = optionsFor(api)
  const tell = ({ access_token, refresh_token }: Issued): Issued => {
    const { claims, members } = told((Date.now() - off) / 1_000)
    const token = claims ? jwtOf(claims, access_token) : access_token
    return { access_token: token, refresh_token, ...members }
  }
  /** Answers without tokens are told as they are. */
  const tellOf = (data: unknown): unknown =>
    Object(data).access_token === undefined ? data : tell(data as Issued)
  const options: Partial<AuthOptions> = {
    axios: api,
    storage: memoryStorage(),
    login: async (...args) => tellOf(await login(...args)),
    refresh: async (...args) => tellOf(await refresh(...args)),
    attach: ({ headers }, token) =>
      headers.set('Authorization', `Bearer ${token.split('.').at(-1)}`),
    ...more,
  }
  const app = createTestApp(server, options)
  const issue = async (): Promise<Issued> => {
    const url = `${server.origin}/auth/login`
    return tell((await axios.post<Issued>(url, { user: 'ada' }, { adapter: 'http' })).data)
  }
  return { ...app, server, clock, options, issue }
}

const ways: [string, Told][] = [
  ['expires_in in words', () => ({ members: { expires_in: '1h' } })],
  ['expires_in as an ISO duration', () => ({ members: { expires_in: 'PT1H' } })],
  ['expires_at in seconds', (second) => ({ members: { expires_at: second + 3_600 } })],
  ['expiresAt in milliseconds', (second) => ({ members: { expiresAt: second * 1_000 + HOUR } })],
  [
    'expires as an ISO date',
    (second) => ({ members: { expires: new Date(second * 1_000 + HOUR).toISOString() } }),
  ],
  ['exp of a JWT without iat', (second) => ({ claims: { exp: second + 3_600 } })],
  ['exp and iat of a JWT', (second) => ({ claims: { iat: second, exp: second + 3_600 } })],
  [
    'a word beside a JWT',
    (second) => ({
      claims: { iat: second, exp: second + 3_600 },
      members: { expires_in: 'an hour' },
    }),
  ],
]

describe('51: a lifetime of an hour is known to be one, and is used up', () => {
  test.each(ways)('%s', async (_name, told) => {
    const { store, server, clock } = await answering(told)
    await store.login({ user: 'ada' })
    expect(Math.round((store.expiresAt! - Date.now()) / 1_000)).toBe(3_600)
    const first = store.token

    await clock.advance(HOUR - MINUTE)
    expect(await store.getAccessToken()).toBe(first)
    expect(server.refreshes).toBe(0)
    await clock.advance(2 * MINUTE)
    expect(await store.getAccessToken()).not.toBe(first)
    expect(server.refreshes).toBe(1)
  })
})

/** Tokens that were made an hour and a half ago, as `issue` would have told of them. */
async function agedTokens({ issue, clock }: Answering): Promise<Issued> {
  const tokens = await issue()
  await clock.advance(1.5 * HOUR)
  return tokens
}

describe('51: a token that died elsewhere is refreshed before it is handed out or sent', () => {
  // Without a date, no client can know.
  test.each(ways.slice(2))('%s', async (_name, told) => {
    const app = await answering(told)
    const { api, store, server } = app
    const tokens = await agedTokens(app)
    server.expireAccessTokens()

    await store.setSession(tokens)
    expect(store.expiresAt).toBeLessThan(Date.now())
    const handedOut = await store.getAccessToken()
    expect(handedOut).not.toBe(tokens.access_token)
    await api.get('/orders/1')

    expect(server.refreshes).toBe(1)
    expect(server.countOf('/orders/1')).toBe(1)
  })

  test('a JWT with the expires_in of then', async () => {
    const app = await answering((second) => ({
      claims: { iat: second, exp: second + 3_600 },
      members: { expires_in: 3_600 },
    }))
    const { api, store, server } = app
    const tokens = await agedTokens(app)
    server.expireAccessTokens()

    await store.setSession(tokens)
    await api.get('/orders/1')

    expect(server.refreshes).toBe(1)
    expect(server.countOf('/orders/1')).toBe(1)
  })

  test('after a reload as well', async () => {
    const app = await answering((second) => ({ claims: { iat: second, exp: second + 3_600 } }))
    const { server, store, plugin, options } = app
    const tokens = await agedTokens(app)
    server.expireAccessTokens()
    await store.setSession(tokens)
    plugin.dispose()

    const reloaded = axios.create({ baseURL: server.origin })
    const { api } = createTestApp(server, { ...options, axios: reloaded })
    await api.get('/orders/1')

    expect(server.refreshes).toBe(1)
    expect(server.countOf('/orders/1')).toBe(1)
  })

  test('while one with most of its life behind it is sent, and refreshed in the background', async () => {
    const app = await answering((second) => ({ claims: { iat: second, exp: second + 3_600 } }))
    const { api, store, server, clock, issue } = app
    const tokens = await issue()
    await clock.advance(HOUR - 20_000)

    await store.setSession(tokens)
    await Promise.all([api.get('/orders/1'), server.sees('/auth/refresh')])

    expect(server.refreshes).toBe(1)
    expect(server.seen.find(({ path }) => path === '/orders/1')?.headers.authorization).toBe(
      `Bearer ${tokens.access_token.split('.').at(-1)}`,
    )
  })
})

describe('28: a wrong clock neither loops nor strands, however the end of a token is told', () => {
  const offsets: [string, number][] = [
    ['a day ahead', DAY],
    ['a day behind', -DAY],
    ['half an hour ahead', HOUR / 2],
    ['half an hour behind', -HOUR / 2],
  ]

  describe.each(offsets)('%s', (_clock, off) => {
    // Each case of a sample is met by a clock that is ahead or by one that is behind.
    test.each(sample(ways, off > 0 ? 0 : 1))('%s', async (_name, told) => {
      const { api, store, server, clock } = await answering(told, { off })
      await store.login({ user: 'ada' })
      for (let minute = 1; minute <= 240; minute++) {
        if (minute % 60 === 0) server.expireAccessTokens()
        expect((await clock.until(api.get('/orders/1'))).status).toBe(200)
        await clock.advance(MINUTE)
      }
      expect(server.refreshes).toBeGreaterThanOrEqual(4)
      // Half an hour ahead, a token looks half as long as it is.
      expect(server.refreshes).toBeLessThanOrEqual(off === HOUR / 2 ? 12 : 8)
    })

    test.each(ways)(
      'new tokens from elsewhere cost one refresh at most: %s',
      async (_name, told) => {
        const { api, store, server, issue } = await answering(told, { off })
        await store.setSession(await issue())
        for (let index = 0; index < 20; index++) {
          expect((await api.get('/orders/1')).status).toBe(200)
        }
        expect(server.refreshes).toBeLessThanOrEqual(1)
      },
    )
  })

  test('a day ahead, a token that cannot be refreshed is sent all the same', async () => {
    const { api, store, server, issue } = await answering(ways[6]![1], { off: DAY })
    await store.setSession({ access_token: (await issue()).access_token })
    expect((await api.get('/orders/1')).status).toBe(200)
    expect(server.refreshes).toBe(0)
    expect(store.status).toBe('authenticated')
  })
})

const json = (status: number, body: unknown) => ({
  kind: 'answer' as const,
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

describe('31: a refresh token that is gone ends the session at once', () => {
  test.each<[number, unknown]>([
    [404, { message: 'Refresh token not found' }],
    [409, { message: 'This refresh token has already been used.' }],
    [410, { error: 'token_expired' }],
    [419, { message: 'Session expired' }],
    [422, { message: 'The refresh token is invalid.' }],
    [440, {}],
    [498, {}],
  ])('%i %j', async (status, body) => {
    const { api, store, server, count } = await answering(() => ({}))
    await store.login({ user: 'ada' })
    server.expireAccessTokens()
    server.everyFault = json(status, body)

    expect(isAuthError(await rejection(api.get('/orders/1')), 'rejected')).toBe(true)
    expect(store.status).toBe('expired')
    expect(count('session-ended')).toBe(1)
    expect(server.refreshes).toBe(1)
  })
})

describe('31: an answer of status 200 that says no', () => {
  const refused = async (body: unknown, options: Partial<AuthOptions> = {}) => {
    const app = await answering(() => ({ members: { expires_in: 600 } }), options)
    await app.store.login({ user: 'ada' })
    app.server.expireAccessTokens()
    app.server.everyFault = json(200, body)
    return app
  }

  test.each<[unknown]>([
    [{ code: 401, msg: 'x', data: null }],
    [{ code: 1_001, message: 'refresh token expired' }],
    [
      {
        error: 'bad_refresh_token',
        error_description: 'The refresh token passed is incorrect or expired.',
      },
    ],
    [{ ok: false, error: 'invalid_refresh_token' }],
  ])('ends the session within one refresh, at its third attempt: %j', async (body) => {
    const { api, store, server, clock, count } = await refused(body)

    const error = await clock.until(rejection(api.get('/orders/1')))

    expect(isAuthError(error, 'rejected')).toBe(true)
    expect(store.status).toBe('expired')
    expect(server.refreshes).toBe(3)
    expect(count('session-ended')).toBe(1)
  })

  test('ends it by its third refresh without retries', async () => {
    const { api, store, server, clock } = await refused({ code: 401 }, { retries: 0 })
    const codes: unknown[] = []
    for (let index = 0; index < 3; index++) {
      await clock.until(rejection(api.get('/orders/1')))
      codes.push([store.status, store.error?.code])
    }
    expect(codes).toEqual([
      ['authenticated', 'unreachable'],
      ['authenticated', 'unreachable'],
      ['expired', 'rejected'],
    ])
    expect(server.refreshes).toBe(3)
  })

  test('and the next one has tokens: the session goes on', async () => {
    const { api, store, server, clock } = await refused({ code: 401 })
    server.everyFault = null
    server.faults.push(json(200, { code: 401 }), json(200, { code: 401 }))
    expect((await clock.until(api.get('/orders/1'))).status).toBe(200)
    expect(store.status).toBe('authenticated')
  })

  test('without a reason ends it after five minutes without a live token', async () => {
    const { api, store, server, clock } = await refused({ success: false })
    await clock.advance(600_000)
    const since = Date.now()
    while (store.status === 'authenticated') {
      await clock.until(rejection(api.get('/orders/1')))
      await clock.advance(10_000)
    }
    expect(store.error?.code).toBe('rejected')
    expect(Date.now() - since).toBeGreaterThanOrEqual(5 * MINUTE)
    expect(Date.now() - since).toBeLessThan(6 * MINUTE)
    // About three a minute: the cool-down stays.
    expect(server.refreshes).toBeLessThan(60)
  })

  test.each<[unknown]>([
    [{ code: 500, success: false, message: 'Token service is down' }],
    [{ code: 503 }],
    [{ message: 'Try again later' }],
    [{ data: null }],
  ])('is not an outage, which ends no session in an hour: %j', async (body) => {
    const { api, store, clock } = await refused(body)
    await clock.advance(600_000)
    for (let minute = 0; minute < 60; minute++) {
      await clock.until(rejection(api.get('/orders/1')))
      await clock.advance(MINUTE)
    }
    expect(store.status).toBe('authenticated')
  })

  test('is for classifyFailure of the app to decide about', async () => {
    const { api, store, clock } = await refused(
      { code: 401 },
      { classifyFailure: () => 'unreachable' },
    )
    for (let index = 0; index < 5; index++) await clock.until(rejection(api.get('/orders/1')))
    expect(store.status).toBe('authenticated')
  })

  test('tells by its keys what came, and no value', async () => {
    const { store, clock } = await refused({ code: 500, msg: 'canary' }, { retries: 0 })
    const error = await clock.until(rejection(store.refresh()))
    const { message, cause } = error as Error
    expect(message).toBe(new AuthError('unreachable').message)
    expect(String(cause)).toContain('but code, msg.')
    expect(String(cause)).not.toContain('canary')
  })
})
