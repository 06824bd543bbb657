import { beforeEach, describe, expect, test, vi } from 'vitest'
import { earliness, remaining, toSession } from '../../src/session/session'

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

test('51: a token that was old when it arrived has less left of the same lifetime', () => {
  const session = toSession({ ...tokens, expiresIn: 400, age: 350 })
  expect(session.lifetime).toBe(400_000)
  expect(remaining(session)).toBe(50_000)
  expect(earliness(session, 200_000)).toBe(100_000)
  expect(remaining(toSession({ ...tokens, age: 90 }))).toBe(-30_000)
})

describe('ahead of its expiry it is refreshed', () => {
  test('by the leeway, but a quarter of the lifetime at most', () => {
    const session = toSession({ ...tokens, expiresIn: 400 })
    expect(earliness(session, 30_000)).toBe(30_000)
    expect(earliness(session, 200_000)).toBe(100_000)
    expect(earliness(toSession({ ...tokens, expiresIn: null }), 30_000)).toBe(0)
  })
})
