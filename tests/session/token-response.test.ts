import { beforeEach, describe, expect, test, vi } from 'vitest'
import { AuthError, parseTokenResponse } from 'vue-auth-refresh'
import { readTokens } from '../../src/session/token-response'

const base64url = (value: unknown): string =>
  Buffer.from(JSON.stringify(value)).toString('base64url')

const jwt = (claims: unknown): string => `${base64url({ alg: 'RS256' })}.${base64url(claims)}.sig`

function parsingError(data: unknown): AuthError {
  try {
    parseTokenResponse(data)
  } catch (error) {
    if (error instanceof AuthError) return error
    throw error
  }
  throw new Error('It was expected to throw.')
}

describe('spellings', () => {
  test.each([
    [
      "OAuth's",
      {
        access_token: 'A',
        refresh_token: 'R',
        expires_in: 60,
        token_type: 'Bearer',
        scope: 'read',
      },
    ],
    [
      'camel case',
      { accessToken: 'A', refreshToken: 'R', expiresIn: 60, tokenType: 'bearer', scope: 'read' },
    ],
    ['plain', { token: 'A', refreshToken: 'R', expiresIn: 60, scope: 'read' }],
    [
      'with members nobody asked for',
      { access_token: 'A', refresh_token: 'R', expires_in: 60, scope: 'read', jti: 'I' },
    ],
    [
      'null in a spelling that is not used',
      { access_token: null, accessToken: 'A', refreshToken: 'R', expires_in: 60, scope: 'read' },
    ],
  ])('%s', (_spelling, data) => {
    expect(parseTokenResponse(data)).toEqual({
      token: 'A',
      refreshToken: 'R',
      expiresIn: 60,
      scope: 'read',
    })
  })
})

test.each([
  ["in OAuth's spelling", { access_token: 'A', id_token: 'I' }],
  ['in camel case', { accessToken: 'A', idToken: 'I' }],
  ['inside `data`', { data: { token: 'A', id_token: 'I' } }],
])('an ID token is read %s', (_, data) => {
  expect(parseTokenResponse(data)).toHaveProperty('idToken', 'I')
})

test.each([null, '', 1, {}, ['I'], 'a b', 'a\nb', 'undefined'])(
  '51: an ID token that cannot be one is none: %j',
  (id_token) => {
    const tokens = parseTokenResponse({ access_token: 'A', id_token })
    expect(tokens).toMatchObject({ token: 'A' })
    expect(tokens).not.toHaveProperty('idToken')
  },
)

describe('an access token alone is enough', () => {
  test.each([
    ['nothing else', { access_token: 'A' }],
    [
      'nulls',
      { access_token: 'A', refresh_token: null, expires_in: null, token_type: null, scope: null },
    ],
    ['an empty refresh token', { access_token: 'A', refresh_token: '' }],
    ['a scope that is no string', { access_token: 'A', scope: ['read'] }],
  ])('%s', (_why, data) => {
    expect(parseTokenResponse(data)).toEqual({
      token: 'A',
      refreshToken: null,
      expiresIn: null,
      scope: null,
    })
  })
})

describe('anything else is malformed, and the error names the field', () => {
  test.each<[unknown, string]>([
    [undefined, '`access_token`'],
    [null, '`access_token`'],
    ['A', '`access_token`'],
    [1, '`access_token`'],
    [[{ access_token: 'A' }], '`access_token`'],
    [{}, '`access_token`'],
    [{ access_token: undefined }, '`access_token`'],
    [{ access_token: '' }, '`access_token`'],
    [{ access_token: 'a b' }, '`access_token`'],
    [{ access_token: 'a\n' }, '`access_token`'],
    [{ access_token: 'ä' }, '`access_token`'],
    [{ access_token: 1 }, '`access_token`'],
    [{ access_token: true }, '`access_token`'],
    [{ access_token: { toString: () => 'A' } }, '`access_token`'],
    [{ access_token: 'A', refresh_token: 'a\r\nb' }, '`refresh_token`'],
    [{ access_token: 'A', refresh_token: 1 }, '`refresh_token`'],
    [{ access_token: 'A', token_type: 'mac' }, '`token_type`'],
    [{ access_token: 'A', token_type: 'DPoP' }, '`token_type`'],
    [{ access_token: 'A', token_type: {} }, '`token_type`'],
    [{ access_token: 'A', token_type: ['Bearer'] }, '`token_type`'],
    [{ access_token: 'A', token_type: 'Bearers' }, '`token_type`'],
    [{ access_token: 'A', token_type: 'Forbearer' }, '`token_type`'],
    [{ data: { data: { access_token: 'A' } } }, '`access_token`'],
    [{ data: [{ access_token: 'A' }] }, '`access_token`'],
    [{ result: 'A' }, '`access_token`'],
    [{ tokens: { access_token: 'A' } }, '`access_token`'],
    [{ data: { access_token: 'a b' } }, '`access_token`'],
    [{ result: { token: 'A', token_type: 'mac' } }, '`token_type`'],
  ])('%j', (data, field) => {
    const error = parsingError(data)

    expect(error.code).toBe('malformed')
    expect(error.message).toContain(field)
  })

  test('it holds no token', () => {
    const error = parsingError({ access_token: 'canary 1', refresh_token: 'canary-2' })

    expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('canary')
  })
})

describe('51: an answer may be wrapped once', () => {
  test.each([
    ['in data', { data: { access_token: 'A', refresh_token: 'R', expires_in: 60 } }],
    ['in result', { result: { accessToken: 'A', refreshToken: 'R', expiresIn: 60 } }],
    [
      'with a code',
      { code: 200, message: 'OK', data: { token: 'A', refreshToken: 'R', expiresIn: '60' } },
    ],
    [
      'beside an empty member',
      { data: null, result: { token: 'A', refreshToken: 'R', expiresIn: 60 } },
    ],
    ['without a need', { token: 'A', refreshToken: 'R', expiresIn: 60, data: { token: 'B' } }],
  ])('%s', (_why, data) => {
    expect(parseTokenResponse(data)).toEqual({
      token: 'A',
      refreshToken: 'R',
      expiresIn: 60,
      scope: null,
    })
  })

  test('43: but a prototype wraps nothing', () => {
    expect(parsingError(Object.create({ data: { token: 'EVIL' } })).code).toBe('malformed')
  })
})

describe('51: a malformed answer is told by its keys', () => {
  test.each<[unknown, string]>([
    [{ code: 401, msg: 'no' }, 'but code, msg.'],
    [{ jwt: 'canary', user: { name: 'canary' } }, 'but jwt, user.'],
    [{ code: 0, data: { auth_token: 'canary' } }, 'but code, data, auth_token.'],
    [{ result: { id_token: 'canary' } }, 'but result, id_token.'],
    [{ data: 'canary' }, 'but data.'],
    [{ 'canary.canary.canary': 1, 'a b': 1, [`canary${'x'.repeat(40)}`]: 1 }, 'but no keys.'],
    [Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`key${n}`, 1])), 'key19.'],
    ['canary', 'but no keys.'],
    [['canary'], 'but no keys.'],
    [null, 'but no keys.'],
  ])('%j', (data, keys) => {
    const { message } = parsingError(data)

    expect(message).toContain(keys)
    expect(message).toContain('access_token or accessToken or token')
    expect(message).toContain('data or result')
    expect(message).not.toContain('canary')
  })
})

test('the longest token has 65,536 characters', () => {
  expect(parseTokenResponse({ token: 'a'.repeat(65_536) }).token).toHaveLength(65_536)
  expect(parsingError({ token: 'a'.repeat(65_537) }).code).toBe('malformed')
  const refreshToken = 'R'.repeat(65_537)
  expect(parsingError({ token: 'a', refreshToken }).message).toContain('`refresh_token`')
})

describe('43: a prototype supplies nothing', () => {
  test('of the answer', () => {
    expect(parsingError(Object.create({ access_token: 'EVIL' })).code).toBe('malformed')
  })

  test('of a JSON member called __proto__', () => {
    const data: unknown = JSON.parse('{"__proto__":{"access_token":"EVIL"}}')

    expect(parsingError(data).code).toBe('malformed')
    expect(Object.hasOwn(Object.prototype, 'access_token')).toBe(false)
  })

  test('of everything', () => {
    const polluted = Object.prototype as Record<string, unknown>
    Object.assign(polluted, {
      access_token: 'EVIL',
      refresh_token: 'EVIL',
      expires_in: 1,
      scope: 'all',
    })
    try {
      expect(parsingError({}).code).toBe('malformed')
      expect(parseTokenResponse({ token: 'A' })).toEqual({
        token: 'A',
        refreshToken: null,
        expiresIn: null,
        scope: null,
      })
    } finally {
      for (const name of ['access_token', 'refresh_token', 'expires_in', 'scope']) {
        delete polluted[name]
      }
    }
  })
})

describe('expires_in', () => {
  test.each<[unknown, number | null]>([
    [3_600, 3_600],
    ['3600', 3_600],
    [1, 1],
    [1.5, 1.5],
    [2_592_000, 2_592_000],
    [315_360_000, 315_360_000],
    [315_360_001, null],
    [0, null],
    [-1, null],
    [0.5, null],
    [1e12, null],
    [Infinity, null],
    [NaN, null],
    ['soon', null],
    ['', null],
    ['3600.5', 3_600.5],
    // A word that begins with a number is no number.
    ['3600 seconds or so', null],
    ['1e3', null],
    ['0x10', null],
    ['-1', null],
    ['1_000', null],
    ['NaN', null],
    [true, null],
    [[3_600], null],
    [{}, null],
  ])('%j is a lifetime of %j seconds', (expires_in, expected) => {
    expect(parseTokenResponse({ access_token: 'A', expires_in }).expiresIn).toBe(expected)
  })
})

describe('51: a duration in words is what it says, or unknown', () => {
  test.each<[string, number | null]>([
    ['30s', 30],
    ['30 s', 30],
    ['45 sec', 45],
    ['45 seconds', 45],
    ['15m', 900],
    ['60 min', 3_600],
    ['1 minute', 60],
    ['1h', 3_600],
    ['1.5h', 5_400],
    ['2 hrs', 7_200],
    ['2 hours', 7_200],
    ['7d', 604_800],
    ['1 day', 86_400],
    ['2w', 1_209_600],
    ['2 weeks', 1_209_600],
    ['1h30m', 5_400],
    ['1h0m0s', 3_600],
    ['1 h 30 min', 5_400],
    ['PT15M', 900],
    ['PT1H', 3_600],
    ['PT1H30M', 5_400],
    ['PT3600S', 3_600],
    ['P1D', 86_400],
    ['P2W', 1_209_600],
    ['P1DT12H', 129_600],
    // Less than a second, or more than ten years.
    ['0s', null],
    ['PT0.5S', null],
    ['4000d', null],
    // Months and years vary in length; the other texts are in no known form.
    ['1mo', null],
    ['1M', null],
    ['P1M', null],
    ['P1Y', null],
    ['P1YT1H', null],
    ['1y', null],
    ['900000ms', null],
    ['15 minutes ago', null],
    ['1h from now', null],
    ['1h or so', null],
    ['1h2', null],
    ['-1h', null],
    ['1,5h', null],
    ['1.2.3h', null],
    ['h', null],
    ['P', null],
    ['PT', null],
    ['PT1', null],
    ['00:15:00', null],
    ['1:00:00', null],
    ['7 days, 0:00:00', null],
    ['2099-01-01T00:00:00Z', null],
    ['Wed, 21 Oct 2099 07:28:00 GMT', null],
    ['never', null],
    ['session', null],
  ])('%j is a lifetime of %j seconds', (words, expected) => {
    expect(parseTokenResponse({ access_token: 'A', expires_in: words }).expiresIn).toBe(expected)
    const token = jwt({ iat: 1_790_000_000, exp: 1_790_000_060 })
    expect(parseTokenResponse({ token, expiresIn: words }).expiresIn).toBe(expected ?? 60)
  })
})

describe('51: an expiry as a date', () => {
  /** A whole second. */
  const NOW = 1_800_000_000_000

  beforeEach(() => {
    vi.useFakeTimers({ now: NOW, toFake: ['Date'] })
    return () => vi.useRealTimers()
  })

  const inAnHour = NOW + 3_600_000

  test.each<[string, unknown, number | null]>([
    ['seconds', inAnHour / 1_000, 3_600],
    ['seconds as a text', String(inAnHour / 1_000), 3_600],
    ['milliseconds', inAnHour, 3_600],
    ['milliseconds as a text', String(inAnHour), 3_600],
    ['an ISO date', new Date(inAnHour).toISOString(), 3_600],
    ['an ISO date of microseconds', new Date(inAnHour).toISOString().replace('Z', '000Z'), 3_600],
    ['an ISO date with an offset', '2027-01-15T11:00:00+02:00', 3_600],
    ['a Date', new Date(inAnHour), 3_600],
    ['now', NOW, null],
    ['the past', NOW - 1_000, null],
    ['a year of five digits', 1e14, null],
    ['an ISO date without a time zone', '2027-01-15T09:00:00', null],
    ['an ISO date without a time', '2027-01-16', null],
    ['a date in a language', 'Fri, 15 Jan 2027 09:00:00 GMT', null],
    ['a date as a number', 20_270_115, null],
    ['a lifetime in seconds', 3_600, null],
    ['a lifetime in milliseconds, as Directus names it', 900_000, null],
    ['a date that is none', new Date(NaN), null],
    ['words', 'in an hour', null],
    ['a negative number', -inAnHour, null],
    ['NaN', NaN, null],
    ['true', true, null],
    ['a list', [inAnHour], null],
    ['an object', {}, null],
    ['nothing', null, null],
  ])('%s', (_name, expiry, expected) => {
    for (const name of ['expires_at', 'expiresAt', 'expires']) {
      expect(parseTokenResponse({ token: 'A', [name]: expiry }).expiresIn).toBe(expected)
      expect(parseTokenResponse({ data: { token: 'A', [name]: expiry } }).expiresIn).toBe(expected)
    }
  })

  test.each<[string, unknown, number | null]>([
    ['ahead', inAnHour / 1_000, 3_600],
    ['in the past', NOW / 1_000 - 1, null],
    ['in milliseconds, which it never is', inAnHour, null],
    ['0', 0, null],
    ['-1', -1, null],
    ['no number', 'soon', null],
  ])('is also exp of a JWT without iat: %s', (_name, exp, expected) => {
    expect(parseTokenResponse({ token: jwt({ exp }) }).expiresIn).toBe(expected)
  })

  test('gives way to a lifetime', () => {
    expect(parseTokenResponse({ token: 'A', expires_in: 60, expires_at: inAnHour }).expiresIn).toBe(
      60,
    )
  })

  test('counts beside that of a JWT if it comes before it', () => {
    const token = jwt({ iat: NOW / 1_000, exp: NOW / 1_000 + 600 })
    expect(parseTokenResponse({ token, expires_at: NOW + 60_000 }).expiresIn).toBe(60)
    expect(parseTokenResponse({ token, expires: inAnHour }).expiresIn).toBe(600)
    expect(parseTokenResponse({ token, expires: NOW - 1_000 }).expiresIn).toBe(600)
  })

  test('says nothing of the age of an answer', () => {
    expect(readTokens({ token: 'A', expires_in: 60, expires_at: NOW - 1_000 })).not.toHaveProperty(
      'age',
    )
  })

  describe('tells the age of tokens from elsewhere', () => {
    const second = NOW / 1_000

    test.each<[string, Record<string, unknown>, number | null, number | undefined]>([
      ['new ones', { token: jwt({ iat: second, exp: second + 60 }) }, 60, undefined],
      ['half of it', { token: jwt({ iat: second - 30, exp: second + 30 }) }, 60, 30],
      ['all of it', { token: jwt({ iat: second - 90, exp: second - 30 }) }, 60, 90],
      ['with expires_in of then', { token: jwt({ exp: second - 30 }), expires_in: 60 }, 60, 90],
      ['an expiry in the past', { token: 'A', expires_at: second - 30 }, 1, 31],
      ['exp in the past', { token: jwt({ exp: second - 30 }) }, 1, 31],
      [
        'exp in the past, and a later expiry',
        { token: jwt({ exp: second - 30 }), expires: inAnHour },
        3_600,
        3_630,
      ],
      ['an expiry ahead', { token: 'A', expires_at: inAnHour }, 3_600, undefined],
      [
        'an expiry in the future of a clock that is slow',
        { token: jwt({ iat: second + 86_400, exp: second + 90_000 }) },
        3_600,
        undefined,
      ],
      ['none to be known', { token: 'A' }, null, undefined],
      ['an expiry that is none', { token: jwt({ exp: 0 }), expires_at: 'soon' }, null, undefined],
      ['an expiry beyond reason', { token: 'A', expires_at: 1e14 }, null, undefined],
    ])('%s', (_name, data, expiresIn, age) => {
      expect(readTokens(data, true)).toEqual({
        token: data['token'],
        refreshToken: null,
        expiresIn,
        scope: null,
        age,
      })
    })
  })
})

describe('without it, exp − iat of a JWT', () => {
  const iat = 1_790_000_000

  test.each<[string, unknown, number | null]>([
    ['an hour', { iat, exp: iat + 3_600 }, 3_600],
    ['of a server whose clock is years off', { iat: 1_000, exp: 1_060 }, 60],
    ['no iat, and exp long ago', { exp: 1_600_000_000 }, null],
    ['no exp', { iat }, null],
    ['none at all', { iat, exp: iat }, null],
    ['the wrong way round', { iat, exp: iat - 60 }, null],
    ['milliseconds', { iat, exp: iat * 1_000 }, null],
    ['both in milliseconds', { iat: iat * 1_000, exp: iat * 1_000 + 900_000 }, null],
    ['both in milliseconds, as texts', { iat: `${iat}000`, exp: `${iat}999` }, null],
    ['both in milliseconds, a minute apart', { iat: iat * 1_000, exp: iat * 1_000 + 60_000 }, null],
    ['both in microseconds', { iat: iat * 1e6, exp: iat * 1e6 + 9e7 }, null],
    ['an exp that never comes', { iat: 1e12, exp: 1e12 + 3_600 }, null],
    ['claims that are no object', [iat, iat + 60], null],
  ])('%s', (_why, claims, expected) => {
    expect(parseTokenResponse({ access_token: jwt(claims) }).expiresIn).toBe(expected)
  })

  test('gives way to expires_in', () => {
    const access_token = jwt({ iat, exp: iat + 3_600 })

    expect(parseTokenResponse({ access_token, expires_in: 60 }).expiresIn).toBe(60)
    expect(parseTokenResponse({ access_token, expires_in: 'soon' }).expiresIn).toBe(3_600)
  })
})

test('a token may begin or end like a missing one', () => {
  expect(parseTokenResponse({ token: 'undefined1' }).token).toBe('undefined1')
  expect(parseTokenResponse({ token: '1null' }).token).toBe('1null')
})

test.each([{ token_type: 'mac' }, { tokenType: 'mac' }])(
  'a type it does not know is refused: %j',
  (type) => {
    expect(() => parseTokenResponse({ access_token: 'A', ...type })).toThrow('token_type')
  },
)
