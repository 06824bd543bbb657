import { beforeEach, expect, test, vi } from 'vitest'
import { createFreshKeeper } from '../../src/session/keep-fresh'
import { toSession } from '../../src/session/session'

// In whole milliseconds, which the real one does not promise.
vi.mock('../../src/utils/clock', () => ({ now: () => Date.now() }))

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(0)
  return () => {
    vi.restoreAllMocks()
    vi.useRealTimers()
  }
})

const sessionOf = (expiresIn: number | null) =>
  toSession({ token: 'access', refreshToken: 'refresh', expiresIn, scope: null })

function createWorld(leeway: number | false = 30_000) {
  const world = { isActive: true, refresh: vi.fn(async () => {}) }
  const { refresh } = world
  const keeper = createFreshKeeper({ isActive: () => world.isActive, refresh }, leeway)
  return { world, keeper, refresh }
}

test('refreshes when the leeway is left', async () => {
  const { keeper, refresh } = createWorld()
  keeper.schedule(sessionOf(400))
  await vi.advanceTimersByTimeAsync(369_999)
  expect(refresh).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(refresh).toHaveBeenCalledTimes(1)
  expect(vi.getTimerCount()).toBe(0)
})

test('without a leeway when a quarter of the lifetime is left', async () => {
  const { keeper, refresh } = createWorld(false)
  keeper.schedule(sessionOf(400))
  await vi.advanceTimersByTimeAsync(299_999)
  expect(refresh).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(refresh).toHaveBeenCalledTimes(1)
})

test('with a leeway of 0 only when nothing is left', async () => {
  const { keeper, refresh } = createWorld(0)
  keeper.schedule(sessionOf(400))
  await vi.advanceTimersByTimeAsync(399_999)
  expect(refresh).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(refresh).toHaveBeenCalledTimes(1)
})

test('up to a quarter of the lifetime earlier by chance', async () => {
  vi.mocked(Math.random).mockReturnValue(0.5)
  const { keeper, refresh } = createWorld()
  keeper.schedule(sessionOf(400))
  await vi.advanceTimersByTimeAsync(319_999)
  expect(refresh).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(refresh).toHaveBeenCalledTimes(1)
})

test('26: leaves at least 5 s between two tokens', async () => {
  const { keeper, refresh } = createWorld()
  keeper.schedule(sessionOf(2))
  await vi.advanceTimersByTimeAsync(4_999)
  expect(refresh).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(refresh).toHaveBeenCalledTimes(1)
})

test.each([
  ['no user is signed in', null],
  ['the lifetime is not known', sessionOf(null)],
])('15: sets no timer while %s', (_, session) => {
  const { keeper } = createWorld()
  keeper.schedule(sessionOf(400))
  expect(vi.getTimerCount()).toBe(1)
  keeper.schedule(session)
  expect(vi.getTimerCount()).toBe(0)
  keeper.reschedule()
  expect(vi.getTimerCount()).toBe(0)
})

test('29: sets none while the page is hidden, and reads the clock again when it is shown', async () => {
  const { world, keeper, refresh } = createWorld()
  keeper.schedule(sessionOf(400))
  world.isActive = false
  keeper.reschedule()
  expect(vi.getTimerCount()).toBe(0)
  await vi.advanceTimersByTimeAsync(390_000)
  world.isActive = true
  keeper.reschedule()
  await vi.advanceTimersByTimeAsync(0)
  expect(refresh).toHaveBeenCalledTimes(1)
})

test('rescheduling leaves one timer', async () => {
  const { keeper, refresh } = createWorld()
  keeper.schedule(sessionOf(400))
  keeper.reschedule()
  keeper.reschedule()
  expect(vi.getTimerCount()).toBe(1)
  await vi.advanceTimersByTimeAsync(370_000)
  expect(refresh).toHaveBeenCalledTimes(1)
})

test('27: a timer that cannot be that long is set again when it rings', async () => {
  const setTimer = vi.spyOn(globalThis, 'setTimeout')
  const { keeper, refresh } = createWorld()
  const days = 60 * 86_400
  keeper.schedule(sessionOf(days))
  expect(setTimer).toHaveBeenLastCalledWith(expect.any(Function), 2 ** 31 - 1)
  await vi.advanceTimersByTimeAsync(2 ** 31 - 1)
  expect(refresh).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(days * 1_000 - 30_000 - (2 ** 31 - 1))
  expect(refresh).toHaveBeenCalledTimes(1)
})

test('after a refresh that failed it leaves refreshing to the requests for 30 to 90 s', async () => {
  const { keeper, refresh } = createWorld()
  refresh.mockRejectedValue(new Error('unreachable'))
  keeper.schedule(sessionOf(400))
  await vi.advanceTimersByTimeAsync(370_000)
  expect(refresh).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(29_999)
  expect(refresh).toHaveBeenCalledTimes(1)
  vi.mocked(Math.random).mockReturnValue(0.5)
  await vi.advanceTimersByTimeAsync(1)
  expect(refresh).toHaveBeenCalledTimes(2)
  await vi.advanceTimersByTimeAsync(59_999)
  expect(refresh).toHaveBeenCalledTimes(2)
  await vi.advanceTimersByTimeAsync(1)
  expect(refresh).toHaveBeenCalledTimes(3)
})
