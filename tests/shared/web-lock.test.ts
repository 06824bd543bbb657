import { beforeEach, expect, test, vi } from 'vitest'
import { webLock } from '../../src/shared/web-lock'
import { FakeLocks } from '../support/fake-locks'
import { noSignal } from '../support/signals'

const LIMIT = 30_000
/** The limit, and five seconds more. */
const SHARE = 35_000

beforeEach(() => {
  vi.useFakeTimers()
  return () => vi.useRealTimers()
})

/** The tabs of an origin, in the order in which they ask. */
function createTabs() {
  const locks = new FakeLocks()
  return {
    locks,
    hold(signal = noSignal) {
      let end!: () => void
      const ended = new Promise<void>((resolve) => (end = resolve))
      const work = vi.fn(async (_canBegin: () => Promise<boolean>) => ended)
      const outcome = webLock(locks.tab(), 'lock', LIMIT)(work, signal).catch(String)
      return { work, end, outcome }
    },
  }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

test('a Web Lock goes from tab to tab', async () => {
  const { hold } = createTabs()
  const [first, second] = [hold(), hold()]
  await pass(0)
  expect(second.work).not.toHaveBeenCalled()
  first.end()
  await first.outcome
  await pass(0)
  expect(second.work).toHaveBeenCalledTimes(1)
  second.end()
  await second.outcome
  expect(vi.getTimerCount()).toBe(0)
})

test('20: the lock is stolen from a holder that stands still, not before it had its time', async () => {
  const { hold } = createTabs()
  const [first, second] = [hold(), hold()]
  await pass(SHARE - 1)
  expect(second.work).not.toHaveBeenCalled()
  await pass(1)
  expect(second.work).toHaveBeenCalledTimes(1)
  expect(await first.outcome).toMatch(/Stolen/)
})

test('20: of many tabs that would steal at once one does, and has its time', async () => {
  const { hold } = createTabs()
  const [first, second, third] = [hold(), hold(), hold()]
  await pass(SHARE)
  expect(second.work).toHaveBeenCalledTimes(1)
  await pass(SHARE - 1)
  expect(third.work).not.toHaveBeenCalled()
  await pass(1)
  expect(third.work).toHaveBeenCalledTimes(1)
  expect(await first.outcome).toMatch(/Stolen/)
  expect(await second.outcome).toMatch(/Stolen/)
})

test('20: the lock is not stolen from the holder that came after the frozen one', async () => {
  const { hold } = createTabs()
  const [, second, third] = [hold(), hold(), hold()]
  await pass(SHARE + 1_000)
  second.end()
  expect(await second.outcome).toBeUndefined()
  await pass(0)
  expect(third.work).toHaveBeenCalledTimes(1)
})

test('20: a later holder keeps the lock, even while the earlier one has another lock', async () => {
  const { hold, locks } = createTabs()
  void locks.tab().request('other', () => new Promise(() => {}))
  const [first, second, third] = [hold(), hold(), hold()]
  await pass(SHARE - 1_000)
  first.end()
  await pass(1_000)
  second.end()
  expect(await second.outcome).toBeUndefined()
  await pass(0)
  expect(third.work).toHaveBeenCalledTimes(1)
})

test('a tab that was frozen in the queue for more than three seconds begins nothing', async () => {
  for (const [slept, isInTime] of [
    [3_000, true],
    [3_001, false],
  ] as const) {
    const { hold } = createTabs()
    const [first, second] = [hold(), hold()]
    await pass(10_000)
    // The timers of a frozen tab stand still meanwhile.
    vi.setSystemTime(Date.now() + slept)
    first.end()
    await first.outcome
    expect(await second.work.mock.calls[0]![0]()).toBe(isInTime)
    second.end()
    await second.outcome
  }
})

test('nothing begins in the second half of the time', async () => {
  const { hold } = createTabs()
  const { work } = hold()
  await pass(LIMIT / 2 - 1)
  const canBegin = work.mock.calls[0]![0]
  expect(await canBegin()).toBe(true)
  await pass(1)
  expect(await canBegin()).toBe(false)
})

test('a tab that is aborted leaves the queue, and steals nothing', async () => {
  const { hold } = createTabs()
  const controller = new AbortController()
  const [first, second] = [hold(), hold(controller.signal)]
  await pass(1_000)
  controller.abort(new Error('enough'))
  expect(await second.outcome).toBe('Error: enough')
  await pass(10 * SHARE)
  expect(second.work).not.toHaveBeenCalled()
  first.end()
  expect(await first.outcome).toBeUndefined()
})

test('a tab that is aborted before it requests the lock never has it', async () => {
  const { hold } = createTabs()
  const { work, outcome } = hold(AbortSignal.abort(new Error('enough')))
  expect(await outcome).toBe('Error: enough')
  expect(work).not.toHaveBeenCalled()
})

test('locks of other names do not matter', async () => {
  const { locks, hold } = createTabs()
  const query = locks.query.bind(locks)
  locks.query = async () => {
    const { held = [], pending = [] } = await query()
    const others = Array.from({ length: 5 }, () => ({ name: 'other' }))
    return { held: [...others, ...held], pending }
  }
  hold()
  const second = hold()
  await pass(SHARE)
  expect(second.work).toHaveBeenCalledTimes(1)
})

test('15: work that ends before the holder is known leaves no timer and no listener', async () => {
  const { locks, hold } = createTabs()
  const query = locks.query.bind(locks)
  let tell!: () => void
  const told = new Promise<void>((resolve) => (tell = resolve))
  locks.query = async () => {
    await told
    return query()
  }
  const { signal } = new AbortController()
  const removed = vi.spyOn(signal, 'removeEventListener')
  const { end, outcome } = hold(signal)
  end()
  await outcome
  tell()
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  expect(vi.getTimerCount()).toBe(0)
  expect(removed).toHaveBeenCalledWith('abort', expect.any(Function), undefined)
})
