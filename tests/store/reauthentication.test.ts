import { expect, test, vi } from 'vitest'
import { AuthError } from 'vue-auth-refresh'
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

test('a turn that comes too late, as in a tab that was frozen, is followed by another one', async () => {
  const over = new AbortController()
  const turns: boolean[] = []
  const asked = vi.fn(async () => {})
  const gaveUp = vi.fn(async () => {})
  const reauthentication = createReauthentication({
    options: { reauthenticate: asked, reauthenticateTimeout: 1_000 },
    keeper: {
      current: () => null,
      lapse: { session: () => sessionOf('before'), resume() {}, end() {} },
      look() {},
      news: () => undefined,
    },
    takeTurn: (work) => work(async () => turns.push(turns.length > 0) > 1),
    shown: async () => {},
    giveUp: gaveUp,
  })
  await reauthentication.ask(new AuthError('rejected'), over.signal)
  expect(turns).toEqual([false, true])
  expect(asked).toHaveBeenCalledTimes(1)
  expect(gaveUp).toHaveBeenCalledTimes(1)
})
