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

test('it goes from tab to tab', async () => {
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

test('20: it is stolen from a holder that stands still, not before it had its time', async () => {
  const { hold } = createTabs()
  const [first, second] = [hold(), hold()]
  await pass(SHARE - 1)
  expect(second.work).not.toHaveBeenCalled()
  await pass(1)
  expect(second.work).toHaveBeenCalledTimes(1)
  expect(await first.outcome).toMatch(/Stolen/)
})

test('20: of many who lose patience at a time one steals, and has its time', async () => {
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

test('20: it is not stolen from who has come after the one that stood still', async () => {
  const { hold } = createTabs()
  const [, second, third] = [hold(), hold(), hold()]
  await pass(SHARE + 1_000)
  second.end()
  expect(await second.outcome).toBeUndefined()
  await pass(0)
  expect(third.work).toHaveBeenCalledTimes(1)
})

test('20: nor from who has come after, whatever the one before holds besides', async () => {
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

test('a tab that has slept in the queue for more than three seconds is to begin nothing', async () => {
  for (const [slept, isInTime] of [
    [3_000, true],
    [3_001, false],
  ] as const) {
    const { hold } = createTabs()
    const [first, second] = [hold(), hold()]
    await pass(10_000)
    // Its timers stand still meanwhile.
    vi.setSystemTime(Date.now() + slept)
    first.end()
    await first.outcome
    expect(await second.work.mock.calls[0]![0]()).toBe(isInTime)
    second.end()
    await second.outcome
  }
})

test('nothing is to be begun in the second half of the time', async () => {
  const { hold } = createTabs()
  const { work } = hold()
  await pass(LIMIT / 2 - 1)
  const canBegin = work.mock.calls[0]![0]
  expect(await canBegin()).toBe(true)
  await pass(1)
  expect(await canBegin()).toBe(false)
})

test('who is aborted leaves the queue, and steals nothing', async () => {
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

test('who is aborted before asking never asks', async () => {
  const { hold } = createTabs()
  const { work, outcome } = hold(AbortSignal.abort(new Error('enough')))
  expect(await outcome).toBe('Error: enough')
  expect(work).not.toHaveBeenCalled()
})

test('the locks of other names are in nobody’s way', async () => {
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

test('15: who has had its turn before it is known who else waits sets no timer, and listens no more', async () => {
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
  expect(removed).toHaveBeenCalledWith('abort', expect.any(Function))
})
