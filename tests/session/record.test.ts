import { beforeEach, describe, expect, test, vi } from 'vitest'
import {
  fromRecord,
  isLapsed,
  isSession,
  nobody,
  nobodyUntold,
  toLapsed,
  toRecord,
} from '../../src/session/record'
import { remaining, toSession } from '../../src/session/session'

// In whole milliseconds, which the real one does not promise.
vi.mock('../../src/utils/clock', () => ({ now: () => Date.now() }))

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  return () => vi.useRealTimers()
})

const tokens = { token: 'access', refreshToken: 'refresh', expiresIn: 60, scope: null }

describe('the record of a session', () => {
  test('says when it was received by the wall clock, and is read again as it was', () => {
    const session = toSession(tokens)
    vi.advanceTimersByTime(5_000)
    const record = toRecord(session)
    expect(record).toEqual({ ...session, version: 1, receivedAt: Date.now() - 5_000 })
    expect(fromRecord(record)).toEqual(session)
  })

  test('has the ID token, and its successor too, unless it has one of its own', () => {
    const session = toSession({ ...tokens, idToken: 'first' })
    expect(fromRecord(toRecord(session))).toHaveProperty('idToken', 'first')
    expect(toSession(tokens, session).idToken).toBe('first')
    expect(toSession({ ...tokens, idToken: 'second' }, session).idToken).toBe('second')
    expect(toSession(tokens)).not.toHaveProperty('idToken')
  })

  test('has the mark of a step-up, and its successor too', () => {
    const session = { ...toSession(tokens), stepUp: 'mark' }
    expect(fromRecord(toRecord(session))).toEqual(session)
    expect(toSession(tokens, session).stepUp).toBe('mark')
    expect(toSession(tokens)).not.toHaveProperty('stepUp')
  })

  test('has the user as text, and its successor has not', () => {
    const session = { ...toSession(tokens), user: '{"name":"ada"}' }
    expect(fromRecord(toRecord(session))).toEqual(session)
    expect(toSession(tokens, session)).not.toHaveProperty('user')
  })

  test('says that it is not remembered, and so does its successor', () => {
    const session = { ...toSession(tokens), remember: false as const }
    expect(fromRecord(toRecord(session))).toEqual(session)
    expect(toSession(tokens, session).remember).toBe(false)
    expect(toSession(tokens)).not.toHaveProperty('remember')
  })

  test.each([true, 'false', 0, null])('is remembered where it says %j', (remember) => {
    expect(fromRecord({ ...toRecord(toSession(tokens)), remember })).not.toHaveProperty('remember')
  })

  test('28: is never from the future', () => {
    const record = { ...toRecord(toSession(tokens)), receivedAt: Date.now() + 86_400_000 }
    const found = fromRecord(record)
    expect(isSession(found) && remaining(found)).toBe(60_000)
  })

  test('that lapsed is its mark: one generation more and no token', () => {
    const session = toSession(tokens)
    const lapsed = toLapsed(session)
    expect(lapsed).toEqual({ id: session.id, generation: 1, isLapsed: true })
    expect(toRecord(lapsed)).toEqual({ ...lapsed, version: 1 })
    expect(fromRecord({ ...lapsed, version: 1, token: 'access' })).toEqual(lapsed)
    expect([lapsed, session, nobody, null].map(isLapsed)).toEqual([true, false, false, false])
    expect([lapsed, session, nobody, null].map(isSession)).toEqual([false, true, false, false])
  })

  const good = {
    version: 1,
    id: 'id',
    generation: 0,
    token: 'access',
    refreshToken: 'refresh',
    lifetime: 60_000,
    receivedAt: 1,
  }

  test.each([
    ['without a refresh token', { refreshToken: null }],
    ['without a lifetime', { lifetime: null }],
    ['with one of no time', { lifetime: 0 }],
    ['of a later generation', { generation: 7 }],
    ['that is not quite lapsed', { isLapsed: 'true' }],
    ['that is not quite the word for no user', { nobody: 1 }],
  ])('is a session %s', (_, change) => {
    expect(fromRecord({ ...good, ...change })).toMatchObject({ id: 'id', token: 'access' })
    expect(fromRecord({ ...good, ...change })).not.toHaveProperty('isLapsed')
  })

  test.each([
    ['another version', { version: 2 }],
    ['a version that is text', { version: '1' }],
    ['no id', { id: undefined }],
    ['an id that is a number', { id: 1 }],
    ['no generation', { generation: undefined }],
    ['a generation below 0', { generation: -1 }],
    ['a generation that is text', { generation: '1' }],
    ['an infinite generation', { generation: Infinity }],
    ['a generation after which there is none', { generation: 2 ** 53 }],
    ['the last safe generation', { generation: Number.MAX_SAFE_INTEGER }],
    ['a generation of astronomic size', { generation: Number.MAX_VALUE }],
    ['a token that cannot be one', { token: 'a b' }],
    ['no refresh token, not even null', { refreshToken: undefined }],
    ['a refresh token that cannot be one', { refreshToken: 'a\nb' }],
    ['a lifetime that is text', { lifetime: '60000' }],
    ['a negative lifetime', { lifetime: -1 }],
    ['no time of receipt', { receivedAt: null }],
    ['a negative time of receipt', { receivedAt: -1 }],
  ])('43: is nothing with %s', (_, change) => {
    expect(fromRecord({ ...good, ...change })).toBeNull()
  })

  test.each([1, null, '', 'a b', {}])('51: has no ID token where it is %j', (idToken) => {
    expect(fromRecord({ ...good, idToken })).toMatchObject({ token: 'access' })
    expect(fromRecord({ ...good, idToken })).not.toHaveProperty('idToken')
  })

  test.each(['stepUp', 'resumes'])('51: has no `%s` but text', (member) => {
    for (const value of [1, null, {}, ['mark'], true, undefined]) {
      expect(fromRecord({ ...good, [member]: value })).toMatchObject({ token: 'access' })
      expect(fromRecord({ ...good, [member]: value })).not.toHaveProperty(member)
    }
    expect(fromRecord({ ...good, [member]: 'mark' })).toHaveProperty(member, 'mark')
  })

  test.each([1, null, {}, ['{}']])('43: has no user where it is %j', (user) => {
    expect(fromRecord({ ...good, user })).toMatchObject({ token: 'access' })
    expect(fromRecord({ ...good, user })).not.toHaveProperty('user')
  })

  test.each([[undefined], [null], ['text'], [1], [[good]]])('43: is nothing in %j', (record) => {
    expect(fromRecord(record)).toBeNull()
  })
})

test('the record that tells of no user is read again as that, and nothing else is', () => {
  expect(nobody).toEqual({ nobody: true })
  expect(toRecord(nobody)).toEqual({ version: 1, nobody: true })
  expect(fromRecord(toRecord(nobody))).toBe(nobody)
  expect(fromRecord({ version: 1, nobody: true, token: 'access' })).toBe(nobody)
  expect(fromRecord({ version: 1, nobody: true, isUntold: 1 })).toBe(nobody)
  expect(toRecord(nobodyUntold)).toEqual({ version: 1, nobody: true, isUntold: true })
  expect(fromRecord(toRecord(nobodyUntold))).toBe(nobodyUntold)
  for (const other of [
    null,
    'nobody',
    {},
    { version: 1 },
    { nobody: true },
    { version: 2, nobody: true },
    { version: 1, nobody: 1 },
    { version: 1, isNobody: true },
  ]) {
    expect(fromRecord(other)).toBeNull()
  }
})
