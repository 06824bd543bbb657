import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createLifespan, lifeOf, type LifespanOptions } from '../../src/session/lifespan'
import { fromRecord, isSession, toLapsed, toRecord } from '../../src/session/record'
import { toSession, type Session } from '../../src/session/session'
import { now } from '../../src/utils/clock'

// In whole milliseconds, which the real one does not promise.
vi.mock('../../src/utils/clock', () => ({ now: () => Date.now() }))

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] })
  return () => vi.useRealTimers()
})

const HOUR = 3_600_000
const tokens = { token: 'access', refreshToken: 'refresh', expiresIn: 60, scope: null }
const session = toSession(tokens, null, 'mine')

describe('the times of a session', () => {
  test('begin now where no one knows them', () => {
    expect(lifeOf(session)).toEqual({ id: 'mine', begunAt: now(), activeAt: now() })
    const others = [null, toLapsed(session), { nobody: true as const }, session]
    expect(lifeOf(session, ...others)).toEqual({ id: 'mine', begunAt: now(), activeAt: now() })
  })

  test.each([
    [
      [1, 5],
      [2, 3],
      [1, 5],
    ],
    [
      [2, 3],
      [1, 5],
      [1, 5],
    ],
    [
      [-9, -5],
      [-8, -6],
      [-9, -5],
    ],
  ] as const)('of %j and %j are %j', (one, other, [begunAt, activeAt]) => {
    const timed = { ...session, begunAt: one[0], activeAt: one[1] }
    const found = { id: 'mine', begunAt: other[0], activeAt: other[1] }
    expect(lifeOf(timed, found)).toEqual({ id: 'mine', begunAt, activeAt })
    expect(lifeOf(session, timed, found)).toEqual({ id: 'mine', begunAt, activeAt })
  })

  test('are not those of another session', () => {
    const other = { ...session, id: 'other', begunAt: 1, activeAt: 1 }
    expect(lifeOf(session, other)).toEqual({ id: 'mine', begunAt: now(), activeAt: now() })
  })

  test('are stored by the wall clock, and read again as they were', () => {
    const timed = { ...session, begunAt: now() - HOUR, activeAt: now() - 5 }
    expect(fromRecord(toRecord(timed))).toEqual(timed)
    expect(toRecord(session)).not.toHaveProperty('activeAt')
  })

  test.each([
    ['none', {}],
    ['one alone', { begunAt: 1 }],
    ['text', { begunAt: '1', activeAt: '1' }],
    ['no numbers', { begunAt: NaN, activeAt: null }],
    ['negative', { begunAt: -1, activeAt: -1 }],
    ['in the future', { begunAt: 1, activeAt: Date.now() + 365 * 24 * HOUR }],
  ])('51: are unknown where a record has %s', (_, times) => {
    const found = fromRecord({ ...toRecord(session), ...times })
    expect(isSession(found)).toBe(true)
    expect(found).not.toHaveProperty('begunAt')
    expect(found).not.toHaveProperty('activeAt')
  })
})

function createWorld(options: LifespanOptions) {
  const ports = {
    isShown: vi.fn(() => true),
    onActivity: vi.fn(() => vi.fn()),
    share: vi.fn(),
    reread: vi.fn(),
    onEndsAt: vi.fn(),
    emit: vi.fn(),
  }
  const lifespan = createLifespan(ports, options)
  const timed = (activeAt = now()): Session => ({ ...session, begunAt: now(), activeAt })
  return { ...ports, lifespan, timed }
}

describe('the lifespan of the session in use', () => {
  test('without a limit sets no timer, asks for no activity, and stamps nothing', () => {
    const { lifespan, onActivity, timed } = createWorld({})
    lifespan.follow(timed())
    lifespan.act()
    expect(vi.getTimerCount()).toBe(0)
    expect(onActivity).not.toHaveBeenCalled()
    expect(lifespan.stamp(session, null)).toBe(session)
    vi.advanceTimersByTime(1_000 * HOUR)
    expect(lifespan.over()).toBeNull()
  })

  test('asks to read the storage when the time is up, and ends nothing itself', () => {
    const { lifespan, reread, timed } = createWorld({ idleTimeout: HOUR })
    lifespan.follow(timed())
    vi.advanceTimersByTime(HOUR - 1)
    expect([reread.mock.calls.length, lifespan.over()]).toEqual([0, null])
    expect(lifespan.over(1)).toMatchObject({ code: 'idle' })
    vi.advanceTimersByTime(1)
    expect(reread).toHaveBeenCalledOnce()
    expect(lifespan.over()).toMatchObject({ code: 'idle' })
    // Another tab was busy.
    lifespan.follow(timed())
    expect(lifespan.over()).toBeNull()
    vi.advanceTimersByTime(HOUR)
    expect(reread).toHaveBeenCalledTimes(2)
  })

  test('is not brought back by activity after the end', () => {
    const { lifespan, reread, share, isShown, timed } = createWorld({ idleTimeout: HOUR })
    isShown.mockReturnValue(false)
    lifespan.follow(timed())
    vi.advanceTimersByTime(HOUR)
    lifespan.act()
    expect(reread).toHaveBeenCalledOnce()
    expect(share).not.toHaveBeenCalled()
    expect(lifespan.over()).toMatchObject({ code: 'idle' })
  })

  test('writes at most so often in a hidden page, too', () => {
    const { lifespan, share, isShown, timed } = createWorld({ idleTimeout: HOUR })
    isShown.mockReturnValue(false)
    lifespan.follow(timed())
    for (let second = 0; second < 300; second++) {
      lifespan.act()
      vi.advanceTimersByTime(1_000)
    }
    expect(share.mock.calls.length).toBeGreaterThanOrEqual(8)
    expect(share.mock.calls.length).toBeLessThanOrEqual(10)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('stamps what is stored with all that is known', () => {
    const { lifespan, timed } = createWorld({ maxAge: HOUR })
    lifespan.follow(timed())
    const begunAt = now()
    vi.advanceTimersByTime(5_000)
    lifespan.act()
    const successor = toSession(tokens, session)
    expect(lifespan.stamp(successor, null)).toEqual({ ...successor, begunAt, activeAt: now() })
    const found = { ...session, begunAt: begunAt - 1, activeAt: now() + 1 }
    expect(lifespan.stamp(successor, found)).toMatchObject({
      begunAt: begunAt - 1,
      activeAt: now() + 1,
    })
    const other = toSession(tokens)
    expect(lifespan.stamp(other, found)).toEqual({ ...other, begunAt: now(), activeAt: now() })
  })

  test('stops listening once another session or none is in use', () => {
    const { lifespan, onActivity, onEndsAt, timed } = createWorld({ idleTimeout: HOUR })
    lifespan.follow(timed())
    lifespan.follow(timed())
    lifespan.follow({ ...timed(), id: 'other' })
    lifespan.follow(null)
    const stops = onActivity.mock.results.map(({ value }) => value as ReturnType<typeof vi.fn>)
    expect(stops.map((stop) => stop.mock.calls.length)).toEqual([1, 1])
    expect(onEndsAt).toHaveBeenLastCalledWith(null)
    expect(vi.getTimerCount()).toBe(0)
  })
})
