import { describe, expect, test } from 'vitest'
import { AuthError, parseTokenResponse } from 'vue-auth-refresh'

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
      { access_token: 'A', refresh_token: 'R', expires_in: 60, scope: 'read', id_token: 'I' },
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
    [{ data: { access_token: 'A' } }, '`access_token`'],
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
    [true, null],
    [[3_600], null],
    [{}, null],
  ])('%j is a lifetime of %j seconds', (expires_in, expected) => {
    expect(parseTokenResponse({ access_token: 'A', expires_in }).expiresIn).toBe(expected)
  })
})

describe('without it, exp − iat of a JWT', () => {
  const iat = 1_790_000_000

  test.each<[string, unknown, number | null]>([
    ['an hour', { iat, exp: iat + 3_600 }, 3_600],
    ['of a server whose clock is years off', { iat: 1_000, exp: 1_060 }, 60],
    ['no iat', { exp: iat }, null],
    ['no exp', { iat }, null],
    ['none at all', { iat, exp: iat }, null],
    ['the wrong way round', { iat, exp: iat - 60 }, null],
    ['milliseconds', { iat, exp: iat * 1_000 }, null],
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
