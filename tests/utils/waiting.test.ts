import { beforeEach, expect, test, vi } from 'vitest'
import {
  abortable,
  countdown,
  createLatch,
  patiently,
  sleep,
  within,
} from '../../src/utils/waiting'

beforeEach(() => {
  vi.useFakeTimers()
  return () => {
    // First, or a spy that is taken back later would bring the fake timers back.
    vi.restoreAllMocks()
    vi.useRealTimers()
  }
})

const never = new Promise<never>(() => {})

/** The outcome of a promise, in an array that is empty while the promise is pending. */
function watch(promise: Promise<unknown>) {
  const seen: unknown[] = []
  promise.then(
    (value) => seen.push(value),
    (reason: unknown) => seen.push(reason),
  )
  return seen
}

test('a countdown ends when its time is over, not before and not twice', () => {
  const callback = vi.fn()
  countdown(2_500, callback)
  vi.advanceTimersByTime(2_499)
  expect(callback).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(callback).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(10_000)
  expect(callback).toHaveBeenCalledTimes(1)
  expect(vi.getTimerCount()).toBe(0)
})

test('27: a countdown goes in slices of a second, so sleep uses up at most one', () => {
  const setTimer = vi.spyOn(globalThis, 'setTimeout')
  countdown(2_500, () => {})
  vi.advanceTimersByTime(2_500)
  expect(setTimer.mock.calls.map(([, delay]) => delay)).toEqual([1_000, 1_000, 500])
})

test('a countdown that was cancelled does not call back, in whichever slice', () => {
  const callback = vi.fn()
  const cancel = countdown(2_500, callback)
  vi.advanceTimersByTime(1_500)
  cancel()
  expect(vi.getTimerCount()).toBe(0)
  vi.advanceTimersByTime(10_000)
  expect(callback).not.toHaveBeenCalled()
})

test('work that is in time settles the promise, and leaves no timer behind', async () => {
  const late = vi.fn()
  expect(await within(Promise.resolve(1), 1_000, late)).toBe(1)
  await expect(within(Promise.reject(new Error('no')), 1_000, late)).rejects.toThrow('no')
  await vi.advanceTimersByTimeAsync(0)
  expect(vi.getTimerCount()).toBe(0)
  expect(late).not.toHaveBeenCalled()
})

test('16: work that is late is replaced by the result of the callback', async () => {
  const seen = watch(within<unknown>(never, 1_500, () => 'late'))
  await vi.advanceTimersByTimeAsync(1_499)
  expect(seen).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(seen).toEqual(['late'])
})

test('a latch resolves once it is opened, also for those that come later', async () => {
  const latch = createLatch()
  const early = watch(latch.opened)
  await vi.advanceTimersByTimeAsync(0)
  expect(early).toEqual([])
  latch.open()
  latch.open()
  await vi.advanceTimersByTimeAsync(0)
  expect(early).toEqual([undefined])
  expect(await latch.opened).toBeUndefined()
})

test('waiting for a callback of the application is bounded, and never rejects', async () => {
  expect(await patiently(async () => 'done', 1_000)).toBe('done')
  expect(await patiently(() => undefined, 1_000)).toBeUndefined()
  expect(await patiently(() => Promise.reject(new Error('no')), 1_000)).toBeUndefined()
  const thrower = (): never => {
    throw new Error('no')
  }
  expect(await patiently(thrower, 1_000)).toBeUndefined()
  const seen = watch(patiently(() => never, 1_000))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(seen).toEqual([undefined])
})

test('17: abortable work rejects with the reason at once', async () => {
  const controller = new AbortController()
  const seen = watch(abortable(never, controller.signal))
  await vi.advanceTimersByTimeAsync(0)
  expect(seen).toEqual([])
  controller.abort('reason')
  await vi.advanceTimersByTimeAsync(0)
  expect(seen).toEqual(['reason'])
  await expect(abortable(Promise.resolve(1), AbortSignal.abort('before'))).rejects.toBe('before')
})

test('15: abortable work leaves no listener on the signal', async () => {
  const { signal } = new AbortController()
  const added = vi.spyOn(signal, 'addEventListener')
  const removed = vi.spyOn(signal, 'removeEventListener')
  expect(await abortable(Promise.resolve(1), signal)).toBe(1)
  await expect(abortable(Promise.reject(new Error('no')), signal)).rejects.toThrow('no')
  await vi.advanceTimersByTimeAsync(0)
  expect(added).toHaveBeenCalledTimes(2)
  expect(removed.mock.calls).toEqual(added.mock.calls)
})

test('a signal without listeners counts if it is aborted before', async () => {
  expect(await abortable(Promise.resolve(1), { aborted: false })).toBe(1)
  await expect(abortable(never, { aborted: true, reason: 'before' })).rejects.toBe('before')
})

test('a sleep without a signal ends in time', async () => {
  const seen = watch(sleep(1_200))
  await vi.advanceTimersByTimeAsync(1_199)
  expect(seen).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(seen).toEqual([undefined])
})

test('sleep can be aborted, and leaves no timer then', async () => {
  const controller = new AbortController()
  const slept = watch(sleep(500, controller.signal))
  await vi.advanceTimersByTimeAsync(500)
  expect(slept).toEqual([undefined])
  const broken = watch(sleep(500, controller.signal))
  controller.abort('reason')
  await vi.advanceTimersByTimeAsync(0)
  expect(broken).toEqual(['reason'])
  expect(vi.getTimerCount()).toBe(0)
})
