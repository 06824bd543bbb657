import { expect, test } from 'vitest'
import { bringsRefreshToken, createOwnCalls } from '../../src/calls/own-calls'
import { toSession } from '../../src/session/session'

const sessionOf = (refreshToken: string | null) =>
  toSession({ token: 'access', refreshToken, expiresIn: null, scope: null })

test.each<[unknown, string | null, boolean]>([
  ['{"refreshToken":"a+b"}', 'a+b', true],
  ['refresh_token=a%2Bb', 'a+b', true],
  ['{"refreshToken":"another"}', 'a+b', false],
  ['{"refreshToken":null}', null, false],
  [{ refreshToken: 'a+b' }, 'a+b', false],
  [['a+b'], 'a+b', false],
  [undefined, 'a+b', false],
])('21: whether %j brings the refresh token %s: %s', (data, refreshToken, brings) => {
  expect(bringsRefreshToken({ data }, sessionOf(refreshToken))).toBe(brings)
})

test('21: a callback is running while it runs, also when it throws', () => {
  const calls = createOwnCalls<string>()
  expect(calls.running()).toBeUndefined()
  expect(calls.run(calls.running, 'mark')).toBe('mark')
  expect(calls.running()).toBeUndefined()
  const fail = () =>
    calls.run(() => {
      throw new Error('out of order')
    }, 'mark')
  expect(fail).toThrow('out of order')
  expect(calls.running()).toBeUndefined()
})

test('21: what is sent with the signal of a callback is its own, then and later', () => {
  const calls = createOwnCalls<string>()
  const { signal } = new AbortController()
  const request = { signal }
  expect(calls.markOf(request)).toBeUndefined()
  calls.run(() => {}, 'mark', signal)
  expect(calls.markOf(request)).toBe('mark')
  expect(calls.markOf({})).toBeUndefined()
})
