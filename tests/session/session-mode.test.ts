import { describe, expect, test } from 'vitest'
import { toSession } from '../../src/session/session'
import {
  canRefresh,
  cookieTokens,
  exchangedOf,
  hasCookie,
  hasToken,
  readAnswer,
  sessionModes,
  toUpdated,
  type SessionMode,
} from '../../src/session/session-mode'

const tokens = { token: 'access', refreshToken: 'refresh', expiresIn: 60, scope: null }
const full = toSession(tokens)
const bare = toSession({ ...tokens, refreshToken: null })

const table: Record<
  SessionMode,
  {
    readonly cookie: boolean
    readonly exchanged: string | null
    readonly refreshes: readonly boolean[]
    readonly keeps: string | null
  }
> = {
  tokens: { cookie: false, exchanged: 'refresh', refreshes: [true, false], keeps: 'refresh' },
  'refresh-cookie': { cookie: true, exchanged: null, refreshes: [true, true], keeps: null },
  cookies: { cookie: true, exchanged: null, refreshes: [true, true], keeps: null },
  'access-token': { cookie: false, exchanged: 'access', refreshes: [true, true], keeps: null },
}

test.each(sessionModes)('a session of the mode %s follows its row of the table', (mode) => {
  const { cookie, exchanged, refreshes, keeps } = table[mode]
  expect(hasCookie(mode)).toBe(cookie)
  expect(hasToken(mode)).toBe(mode !== 'cookies')
  expect(exchangedOf(full, mode)).toBe(exchanged)
  expect([full, bare].map((session) => canRefresh(session, mode))).toEqual(refreshes)
  expect(readAnswer(tokens, mode)).toEqual({
    ...tokens,
    token: mode === 'cookies' ? null : 'access',
    refreshToken: keeps,
  })
})

test.each<[SessionMode, object, number]>([
  ['tokens', { token: 'newer', refreshToken: null }, 0],
  ['tokens', { token: 'newer', refreshToken: 'newer' }, 1],
  ['refresh-cookie', { token: 'newer', refreshToken: null }, 0],
  ['access-token', { token: 'newer', refreshToken: null }, 1],
  ['access-token', { token: 'access', refreshToken: null }, 0],
])('53: in the mode %s, the newer tokens %j are of generation %d', (mode, newer, generation) => {
  const session = toSession(readAnswer(tokens, mode))
  expect(toUpdated({ ...tokens, ...newer }, session, mode)).toMatchObject({
    id: session.id,
    ...newer,
    refreshToken: mode === 'tokens' ? (Object(newer).refreshToken ?? 'refresh') : null,
    generation,
  })
})

test('53: cookies are told apart by nothing, so newer ones are of the next generation', () => {
  const session = toSession(cookieTokens(60))
  expect(toUpdated(cookieTokens(), session, 'cookies')).toMatchObject({
    id: session.id,
    token: null,
    generation: 1,
  })
})

describe('the answer with cookies', () => {
  test.each([
    ['nothing', undefined, null],
    ['null', null, null],
    ['an empty body, as of a 204', '', null],
    ['an empty object', {}, null],
    ['a user', { id: 7, name: 'Ada', status: 'active' }, null],
    ['a lifetime in seconds', { expires_in: 300 }, 300],
    ['a lifetime in words', { expiresIn: '5m' }, 300],
    ['a lifetime that is wrapped', { data: { user: 'ada', expires_in: 300 } }, 300],
    ['a lifetime of nonsense', { expires_in: 'soon' }, null],
    ['an error that is not there', { error: null, errors: undefined, success: true }, null],
    ['an empty list of errors', { succeeded: true, errors: [] }, null],
    ['errors without a member', { user: 'ada', errors: {} }, null],
    ['an error without a member', { error: {} }, null],
    ['an empty list as error, and a lifetime', { error: [], expires_in: 60 }, 60],
    ['an error that says no', { error: false, errors: '' }, null],
  ])('is %s', (_what, data, expiresIn) => {
    expect(readAnswer(data, 'cookies')).toEqual(cookieTokens(expiresIn))
  })

  test('tells by a date how long they last', () => {
    const { expiresIn } = readAnswer(
      { expires_at: new Date(Date.now() + 300_000).toISOString() },
      'cookies',
    )
    expect(expiresIn).toBeGreaterThan(290)
    expect(expiresIn).toBeLessThanOrEqual(300)
  })

  test('41: shows no script a token that is there all the same', () => {
    const data = { access_token: 'A', refresh_token: 'R', id_token: 'I', expires_in: 60 }
    expect(readAnswer(data, 'cookies')).toEqual(cookieTokens(60))
  })

  test.each([
    ['the page of a proxy', '<html></html>'],
    ['a text', 'OK'],
    ['a number', 0],
    ['false', false],
    ['a list', []],
    ['an error', { error: 'invalid_grant' }],
    ['errors', { errors: ['expired'] }],
    ['errors by field', { errors: { token: ['expired'] } }],
    ['an error in parts', { error: { code: 'expired' } }],
    ['errors beside an empty error', { error: {}, errors: ['expired'] }],
    ['a bare no', { success: false }],
    ['another bare no', { ok: false }],
    ['a status', { statusCode: 401 }],
    ['a code', { code: '401', message: 'unauthorized' }],
  ])('31: is not %s', (_what, data) => {
    expect(() => readAnswer(data, 'cookies')).toThrow(
      expect.objectContaining({ code: 'malformed' }) as Error,
    )
  })
})
