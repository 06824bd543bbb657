import { beforeEach, describe, expect, test, vi } from 'vitest'
import {
  isNobody,
  nobody,
  earliness,
  fromRecord,
  isExpiring,
  isLapsed,
  remaining,
  toLapsed,
  toRecord,
  toSession,
} from '../../src/session/session'

// In whole milliseconds, which the real one does not promise.
vi.mock('../../src/utils/clock', () => ({ now: () => Date.now() }))

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  return () => {
    vi.unstubAllGlobals()
    vi.useRealTimers()
  }
})

const tokens = { token: 'access', refreshToken: 'refresh', expiresIn: 60, scope: null }

describe('a session', () => {
  test('begins with generation 0, a lifetime in ms and an id of its own', () => {
    const session = toSession(tokens)
    expect(session).toMatchObject({ generation: 0, token: 'access', lifetime: 60_000 })
    expect(session.id).toMatch(/^[\da-f-]{36}$/)
    expect(toSession(tokens).id).not.toBe(session.id)
  })

  test('24: gets an id without crypto too, as on plain-HTTP origins', () => {
    for (const crypto of [undefined, {}]) {
      vi.stubGlobal('crypto', crypto)
      expect(toSession(tokens).id).toMatch(/^\d+-0\.\d+/)
      expect(toSession(tokens).id).not.toBe(toSession(tokens).id)
    }
  })

  test('6: keeps its id and the refresh token it had when it is refreshed without a new one', () => {
    const first = toSession(tokens)
    const next = toSession({ ...tokens, token: 'next', refreshToken: null, expiresIn: null }, first)
    expect(next).toMatchObject({ id: first.id, generation: 1, token: 'next', lifetime: null })
    expect(next.refreshToken).toBe('refresh')
    expect(toSession({ ...tokens, refreshToken: 'new' }, next).refreshToken).toBe('new')
    expect(toSession({ ...tokens, refreshToken: null }).refreshToken).toBeNull()
  })

  test('has less and less of its lifetime left', () => {
    const session = toSession(tokens)
    expect(remaining(session)).toBe(60_000)
    vi.advanceTimersByTime(61_000)
    expect(remaining(session)).toBe(-1_000)
    expect(remaining(toSession({ ...tokens, expiresIn: null }))).toBe(Infinity)
  })
})

describe('ahead of its expiry it is refreshed', () => {
  test('by the leeway, but a quarter of the lifetime at most', () => {
    const session = toSession({ ...tokens, expiresIn: 400 })
    expect(earliness(session, 30_000)).toBe(30_000)
    expect(earliness(session, 200_000)).toBe(100_000)
    expect(earliness(toSession({ ...tokens, expiresIn: null }), 30_000)).toBe(0)
  })

  test('from then on, and not before', () => {
    const session = toSession({ ...tokens, expiresIn: 400 })
    vi.advanceTimersByTime(369_999)
    expect(isExpiring(session, 30_000)).toBe(false)
    vi.advanceTimersByTime(1)
    expect(isExpiring(session, 30_000)).toBe(true)
  })

  test('never with a leeway of false', () => {
    const session = toSession(tokens)
    vi.advanceTimersByTime(61_000)
    expect(isExpiring(session, false)).toBe(false)
    expect(isExpiring(session, 0)).toBe(true)
  })
})

describe('what is stored of it', () => {
  test('says when it was received by the wall clock, and is read again as it was', () => {
    const session = toSession(tokens)
    vi.advanceTimersByTime(5_000)
    const record = toRecord(session)
    expect(record).toEqual({ ...session, version: 1, receivedAt: Date.now() - 5_000 })
    expect(fromRecord(record)).toEqual(session)
  })

  test('28: is never from the future', () => {
    const record = { ...toRecord(toSession(tokens)), receivedAt: Date.now() + 86_400_000 }
    const found = fromRecord(record)
    expect(found && !isLapsed(found) && remaining(found)).toBe(60_000)
  })

  test('of a lapsed one is one generation more and no token', () => {
    const session = toSession(tokens)
    const lapsed = toLapsed(session)
    expect(lapsed).toEqual({ id: session.id, generation: 1, isLapsed: true })
    expect(toRecord(lapsed)).toEqual({ ...lapsed, version: 1 })
    expect(fromRecord({ ...lapsed, version: 1, token: 'access' })).toEqual(lapsed)
    expect([isLapsed(lapsed), isLapsed(session), isLapsed(null)]).toEqual([true, false, false])
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

  test.each([[undefined], [null], ['text'], [1], [[good]]])('43: is nothing in %j', (record) => {
    expect(fromRecord(record)).toBeNull()
  })
})

test('the record of nobody is known again, and nothing else is', () => {
  expect(nobody).toEqual({ version: 1, nobody: true })
  expect(isNobody(nobody)).toBe(true)
  for (const other of [
    null,
    'nobody',
    {},
    { version: 1 },
    { nobody: true },
    { version: 1, nobody: 1 },
  ]) {
    expect(isNobody(other)).toBe(false)
  }
})
