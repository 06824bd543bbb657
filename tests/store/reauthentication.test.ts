import { expect, test } from 'vitest'
import { createReauthentication } from '../../src/store/reauthentication'
import { toSession, type Session } from '../../src/session/session'

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
const jwtOf = (claims: object): string => `${encode({ alg: 'none' })}.${encode(claims)}.c2ln`

const sessionOf = (token: string): Session =>
  toSession({ token, refreshToken: null, expiresIn: null, scope: null })

/** Whether who has signed in with `after` answers for the session of `before`, by what the tokens say. */
function isAnswer(before: Session | null, after: string): boolean {
  const reauthentication = createReauthentication({
    options: { reauthenticateTimeout: 1_000 },
    keeper: {
      current: () => null,
      lapse: { session: () => before, resume() {}, end() {} },
      look() {},
      news: () => undefined,
    },
    takeTurn: (work) => work(async () => true),
    shown: async () => {},
    giveUp: async () => {},
  })
  reauthentication.expect({ name: 'ada' })
  return reauthentication.isAnswer(sessionOf(after), { name: 'ada' })
}

test.each([
  ['the same subject', jwtOf({ sub: '1', jti: 'a' }), jwtOf({ sub: '1', jti: 'b' }), true],
  ['another subject', jwtOf({ sub: '1' }), jwtOf({ sub: '2' }), false],
  ['no subject', jwtOf({ name: 'ada' }), jwtOf({ name: 'ada' }), false],
  ['a subject that is no string', jwtOf({ sub: 1 }), jwtOf({ sub: 1 }), false],
  ['opaque tokens', 'access-1', 'access-1', false],
])('tokens with %s', (_what, before, after, expected) => {
  expect(isAnswer(sessionOf(before), after)).toBe(expected)
})

test('nobody answers for a session that has not lapsed', () => {
  expect(isAnswer(null, jwtOf({ sub: '1' }))).toBe(false)
})
