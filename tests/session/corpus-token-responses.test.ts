import { describe, expect, test } from 'vitest'
import { isAuthError, memoryStorage, parseTokenResponse, type AuthStorage } from 'vue-auth-refresh'
import type { AuthServer, Fault } from '../fixtures/auth-server'
import { driveClock } from '../support/clock'
import { readCorpus, type TokenResponseEntry } from '../support/corpus'
import { createTestApp, keyOf, rejection, startServer, type TestApp } from '../support/test-app'

const corpus = readCorpus('token-responses')

const TEN_MEGABYTES = 10 * 2 ** 20
/** In ms, at most; it doubles. */
const FIRST_COOL_DOWN = 1_000

const bodyOf = ({ body }: TokenResponseEntry): string =>
  body.endsWith('<10MB>') ? 'x'.repeat(TEN_MEGABYTES) : body

/** The answer of the corpus, to be given over a real connection; status 0 is none at all. */
const faultOf = (entry: TokenResponseEntry): Fault =>
  entry.status === 0
    ? { kind: 'reset' }
    : {
        kind: 'answer',
        status: entry.status,
        body: bodyOf(entry),
        ...(entry.contentType ? { headers: { 'content-type': entry.contentType } } : {}),
      }

const good: Fault = {
  kind: 'answer',
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ access_token: 'A3', refresh_token: 'R3' }),
}

interface Refreshable extends TestApp {
  readonly server: AuthServer
  readonly storage: AuthStorage
}

/** Signed in with the tokens A1 and R1; an unreachable token endpoint is not asked again. */
async function refreshable(): Promise<Refreshable> {
  const server = await startServer()
  const storage = memoryStorage()
  const app = createTestApp(server, { storage, retries: 0 })
  await app.store.setSession({ access_token: 'A1', refresh_token: 'R1', expires_in: 3_600 })
  return { ...app, server, storage }
}

/** The expectations of the corpus in the words of the design. Comments say where the two differ. */
const kinds = {
  accepted: (expected: string) =>
    /^(?:accept|clamp)/.test(expected) && expected !== 'accept or unreachable; never throw raw',
  // A default mapper, a nonce and a client that is configured wrongly: nothing that says the session is over.
  unreachable: (expected: string) =>
    /^(?:unreachable|malformed|mapper|retry once|config error)/.test(expected),
  rejected: (expected: string) => expected === 'rejected',
}

const entriesOf = (kind: keyof typeof kinds): { name: string; entry: TokenResponseEntry }[] =>
  corpus
    .filter((entry) => kinds[kind](entry.expect))
    .map((entry) => ({ name: `${entry.status} ${entry.why || '(no more to say)'}`, entry }))

const entry = (why: string): TokenResponseEntry => corpus.find((one) => one.why === why)!

describe('31: the session is kept, who waits rejects with unreachable, and the next refresh succeeds', () => {
  test.each(entriesOf('unreachable'))('$name', async ({ entry }) => {
    const clock = driveClock()
    const { api, store, storage, server, count } = await refreshable()
    const before = await storage.read(keyOf(server))
    server.faults.push(faultOf(entry), good)

    const waiting = [rejection(api.get('/orders/1')), rejection(api.get('/orders/2'))]

    for (const error of await Promise.all(waiting)) {
      expect(isAuthError(error, 'unreachable')).toBe(true)
      expect(error).toMatchObject({ isAxiosError: true, response: { status: 401 } })
    }
    expect([store.status, store.token, store.refreshToken]).toEqual(['authenticated', 'A1', 'R1'])
    expect(store.error?.code).toBe('unreachable')
    expect(await storage.read(keyOf(server))).toEqual(before)
    expect(count('session-ended')).toBe(0)
    expect(server.refreshes).toBe(1)

    const again = store.refresh()
    await clock.advance(FIRST_COOL_DOWN)
    expect(await again).toBe('A3')
  })
})

describe('31: the session ends', () => {
  test.each(entriesOf('rejected'))('$name', async ({ entry }) => {
    const { api, store, storage, server, count } = await refreshable()
    server.faults.push(faultOf(entry))

    const error = await rejection(api.get('/orders/1'))

    expect(isAuthError(error, 'rejected')).toBe(true)
    expect([store.status, store.token, store.refreshToken]).toEqual(['expired', null, null])
    await expect.poll(() => storage.read(keyOf(server))).toBeNull()
    expect(count('session-ended')).toBe(1)
  })
})

describe('the new token is used', () => {
  test.each(entriesOf('accepted'))('$name', async ({ entry }) => {
    const { api, store, server } = await refreshable()
    server.faults.push(faultOf(entry))

    expect(await store.refresh()).toBe('A2')

    expect((await api.get('/public')).data).toEqual({ authorization: 'Bearer A2' })
    expect(store.refreshToken).toBe(entry.expect === 'accept, keep old RT' ? 'R1' : 'R2')
    expect(server.refreshes).toBe(1)
  })

  test('a byte-order mark does no harm', async () => {
    const { store, server } = await refreshable()
    server.faults.push(faultOf(entry('BOM')))

    expect(await store.refresh()).toBe('A2')
  })

  test('until when, is known where it can be', async () => {
    driveClock()
    const expiries = ['NaN', 'overflow', '30 days', 'control'].map(async (why) => {
      const { store, server } = await refreshable()
      server.faults.push(faultOf(entry(why)))
      await store.refresh()
      return store.expiresAt && store.expiresAt - Date.now()
    })

    expect(await Promise.all(expiries)).toEqual([null, null, 30 * 86_400_000, 3_600_000])
  })
})

test('no-progress guard: a refresh that answers with the same token is not made again and again', async () => {
  const { api, store, server } = await refreshable()
  server.everyFault = faultOf(entry('same token as before'))

  for (let request = 1; request <= 10; request++) await rejection(api.get(`/orders/${request}`))

  expect(store.token).toBe('A1')
  expect(store.status).toBe('authenticated')
  expect(server.refreshes).toBe(1)
})

test('302: the refresh token does not follow a redirect to somewhere else', async () => {
  const elsewhere = await startServer()
  const { store, server } = await refreshable()
  const location = `${elsewhere.origin}/auth/refresh`
  for (const status of [302, 307, 308]) {
    server.faults.push({ kind: 'answer', status, headers: { location } })
  }

  const clock = driveClock()
  for (let failures = 0; failures < 3; failures++) {
    const error = rejection(store.refresh())
    await clock.advance(failures && FIRST_COOL_DOWN * 2 ** (failures - 1))
    expect(isAuthError(await error, 'unreachable')).toBe(true)
  }

  expect(server.refreshes).toBe(3)
  expect(elsewhere.seen).toHaveLength(0)
})

describe('what parseTokenResponse says of the bodies', () => {
  const bodies = corpus.filter(({ status }) => status === 200)
  const isMalformed = ({ expect: expected }: TokenResponseEntry): boolean =>
    /^(?:unreachable|malformed|mapper)/.test(expected)
  const decode = (body: string): unknown => {
    try {
      return JSON.parse(body.replace(/^\ufeff/, ''))
    } catch {
      return body
    }
  }

  test.each(bodies.filter(isMalformed))('$why: malformed', (entry) => {
    expect(() => parseTokenResponse(decode(bodyOf(entry)))).toThrow(
      expect.objectContaining({ name: 'AuthError', code: 'malformed' }),
    )
  })

  test.each(bodies.filter((entry) => !isMalformed(entry)))('$why: tokens', (entry) => {
    expect(parseTokenResponse(decode(bodyOf(entry)))).toMatchObject({
      token: entry.why === 'same token as before' ? 'A1' : 'A2',
      scope: entry.why === 'scope narrowed' ? 'read' : null,
    })
  })
})

test('the corpus is run whole', () => {
  const run = Object.keys(kinds).flatMap((kind) => entriesOf(kind as keyof typeof kinds))

  expect(corpus).toHaveLength(32)
  expect(run).toHaveLength(corpus.length - 2)
  expect(
    corpus.filter((one) => !run.some(({ entry }) => entry === one)).map(({ why }) => why),
  ).toEqual(['same token as before', 'BOM'])
})
