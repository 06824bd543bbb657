import { describe, expect, test } from 'vitest'
import { claimsOf, subjectOf } from '../../src/session/jwt'

const encode = (text: string | Buffer): string => Buffer.from(text).toString('base64url')
const jwt = (payload: string | Buffer): string => `e30.${encode(payload)}.sig`

describe('the claims of a JWT', () => {
  test('are its payload', () => {
    expect(claimsOf(jwt('{"sub":"ada","exp":1}'))).toEqual({ sub: 'ada', exp: 1 })
  })

  test('may need every character of base64url, more than once', () => {
    const payload = '{"sub":"~~~~???>>>>","name":"ÿÿÿ"}'
    expect(encode(payload)).toMatch(/_.*_|-.*-/)
    expect(claimsOf(jwt(payload))).toEqual(JSON.parse(payload))
    const [minus, line] = ['{"a":">>>>>>"}', '{"a":"??????"}']
    expect(encode(minus)).toMatch(/-.*-/)
    expect(encode(line)).toMatch(/_.*_/)
    expect(claimsOf(jwt(minus))).toEqual({ a: '>>>>>>' })
    expect(claimsOf(jwt(line))).toEqual({ a: '??????' })
  })

  test.each([
    ['an opaque token', 'opaque'],
    ['two parts', `e30.${encode('{"sub":"ada"}')}`],
    ['four parts', `${jwt('{"sub":"ada"}')}.more`],
    ['no payload', 'e30..sig'],
    ['no base64', 'e30.%%%.sig'],
    ['no JSON', jwt('sub')],
    ['no object', jwt('["ada"]')],
    ['null', jwt('null')],
    ['no UTF-8', jwt(Buffer.from('{"sub":"ä"}', 'latin1'))],
  ])('43: are none of %s', (_, token) => expect(claimsOf(token)).toEqual({}))
})

describe('its subject', () => {
  test('is what it says', () => expect(subjectOf(jwt('{"sub":"ada"}'))).toBe('ada'))

  test.each([
    ['an opaque token', 'opaque'],
    ['a token without one', jwt('{}')],
    ['one that is no text', jwt('{"sub":7}')],
  ])('is null for %s', (_, token) => expect(subjectOf(token)).toBeNull())
})
