import { describe, expect, test } from 'vitest'
import { parseTokenResponse } from 'vue-auth-refresh'
import { driveClock, type DrivenClock } from '../support/clock'
import { readCorpus, type JwtEntry } from '../support/corpus'
import { createTestApp, rejection, startServer } from '../support/test-app'

const corpus = readCorpus('jwts')

/** Whether a text is a token, at least an opaque one. A text that is too long or may not stand in a header is none. */
const isToken = ({ expect: expected }: JwtEntry): boolean => !expected.includes('reject')

describe('43: what is no token', () => {
  test.each(corpus.filter((entry) => !isToken(entry)))('$why', async ({ token }) => {
    const server = await startServer()
    const { api, store, plugin } = createTestApp(server)
    await plugin.ready

    const error = await rejection(store.setSession({ access_token: token }))

    expect(error).toMatchObject({ name: 'AuthError', code: 'malformed' })
    expect(store.status).toBe('anonymous')
    expect((await api.get('/public')).data).toEqual({ authorization: null })
  })
})

/** A moment at which the plausible dates of the corpus lie ahead. */
const START = 1_790_000_000_000
/** The lifetimes from then on, in seconds. */
const LIFETIMES = new Map([
  ['multi-byte claims', 60],
  ['BOM', 3_600],
  ['alg none', 3_600],
])

const startClock = (): DrivenClock => {
  const clock = driveClock()
  clock.moveWall(START - Date.now())
  return clock
}

describe('43: what is a token goes into the header as it is, and its claims refresh nothing', () => {
  test.each(corpus.filter(isToken))('$why', async ({ token, why }) => {
    startClock()
    const server = await startServer()
    const { api, store } = createTestApp(server)

    await store.setSession({ access_token: token, refresh_token: 'R1' })
    const answers = [await api.get('/public'), await api.get('/public'), await api.get('/public')]

    for (const { data } of answers) expect(data).toEqual({ authorization: `Bearer ${token}` })
    expect(server.refreshes).toBe(0)
    const lifetime = LIFETIMES.get(why)
    expect(store.expiresAt).toBe(lifetime ? START + lifetime * 1_000 : null)
  })
})

describe('a lifetime beside such a token counts', () => {
  test.each(corpus.filter(isToken))('$why', ({ token, why }) => {
    startClock()
    expect(parseTokenResponse({ access_token: token }).expiresIn).toBe(LIFETIMES.get(why) ?? null)
    expect(parseTokenResponse({ access_token: token, expires_in: 60 }).expiresIn).toBe(60)
  })
})

describe('claims', () => {
  const lifetimeOf = (payload: Buffer): number | null =>
    parseTokenResponse({ access_token: `e30.${payload.toString('base64url')}.sig` }).expiresIn
  const claims = '{"iat":1790000000,"exp":1790000060,"sub":"日本語👍ü"}'

  test('are read from UTF-8', () => {
    expect(lifetimeOf(Buffer.from(claims))).toBe(60)
  })

  test('are not read from anything else', () => {
    expect(lifetimeOf(Buffer.from(claims, 'latin1'))).toBeNull()
    expect(lifetimeOf(Buffer.from(claims, 'utf16le'))).toBeNull()
  })

  test('pollute no prototype', () => {
    const { token } = corpus.find(({ why }) => why === 'constructor')!
    parseTokenResponse({ access_token: token })
    lifetimeOf(Buffer.from('{"__proto__":{"exp":60,"iat":0}}'))

    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false)
    expect(Object.hasOwn(Object.prototype, 'exp')).toBe(false)
  })

  test('of a prototype are none', () => {
    expect(lifetimeOf(Buffer.from('{"__proto__":{"exp":1790000060,"iat":1790000000}}'))).toBeNull()
  })
})

test('the corpus is run whole', () => {
  expect(corpus.filter(isToken)).toHaveLength(15)
  expect(corpus).toHaveLength(20)
})
