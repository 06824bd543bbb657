import { describe, expect, test } from 'vitest'
import { claimsOf, isSameSubject } from '../../src/session/jwt'

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

describe('two JWTs', () => {
  test.each<[string, string, string, boolean | undefined]>([
    ['one sub', '{"sub":"ada"}', '{"sub":"ada"}', true],
    ['one sub and one iss', '{"sub":"ada","iss":"a"}', '{"sub":"ada","iss":"a"}', true],
    ['one sub, and iss in one of them', '{"sub":"ada","iss":"a"}', '{"sub":"ada"}', true],
    ['one sub of two issuers', '{"sub":"ada","iss":"a"}', '{"sub":"ada","iss":"b"}', false],
    ['two subs', '{"sub":"ada"}', '{"sub":"ben"}', false],
    ['two subs of one issuer', '{"sub":"ada","iss":"a"}', '{"sub":"ben","iss":"a"}', false],
    ['a sub in one of them', '{"sub":"ada"}', '{}', undefined],
    ['one number as sub', '{"sub":7}', '{"sub":7}', true],
    ['a number as sub, and its text', '{"sub":7}', '{"sub":"7"}', true],
    ['two numbers as sub', '{"sub":7}', '{"sub":8}', false],
    ['a number and a text as sub', '{"sub":7}', '{"sub":"ada"}', false],
    ['zero and one as sub', '{"sub":0}', '{"sub":1}', false],
    ['one number of two issuers', '{"sub":7,"iss":"a"}', '{"sub":7,"iss":"b"}', false],
    ['a sub that is neither text nor number', '{"sub":{"id":7}}', '{"sub":{"id":8}}', undefined],
    ['a sub that is true', '{"sub":true}', '{"sub":"true"}', undefined],
    ['one iss and no sub', '{"iss":"a"}', '{"iss":"b"}', undefined],
  ])('with %s', (_, mine, theirs, isSame) => {
    expect(isSameSubject(jwt(mine), jwt(theirs))).toBe(isSame)
    expect(isSameSubject(jwt(theirs), jwt(mine))).toBe(isSame)
  })

  test('are needed: an opaque token does not tell', () => {
    expect(isSameSubject('opaque', jwt('{"sub":"ada"}'))).toBeUndefined()
    expect(isSameSubject('opaque', 'opaque')).toBeUndefined()
  })
})
