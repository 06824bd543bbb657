// @vitest-environment jsdom
import { expect, onTestFinished, test, vi } from 'vitest'
import { bestLock } from '../../src/shared/best-lock'
import { driveClock } from '../support/clock'
import { FakeLocks } from '../support/fake-locks'
import { createRecord } from '../support/record'
import { noSignal } from '../support/signals'

/** The tabs of an origin: its Web Locks, and an IndexedDB that can break. */
function createOrigin() {
  vi.stubGlobal('navigator', { locks: new FakeLocks() })
  onTestFinished(() => void vi.unstubAllGlobals())
  const stored = createRecord()
  let fault: (() => Promise<never>) | null = null
  const warn = vi.fn()
  return {
    warn,
    break: () => (fault = () => Promise.reject(new Error('The database is gone.'))),
    lease: () => stored.value,
    free: () => (stored.value = null),
    hang: () => (fault = () => new Promise(() => {})),
    open: () =>
      bestLock('lock', {
        limit: 30_000,
        afterlife: 5_000,
        updateLease: (change) => (fault ? fault() : stored.update(change)),
        warn,
      }),
  }
}

test('where leases have stopped working, the Web Lock alone keeps the tabs apart', async () => {
  const origin = createOrigin()
  const [first, second] = [origin.open(), origin.open()]
  const begun: boolean[] = []
  const begin = async (canBegin: () => Promise<boolean>) => begun.push(await canBegin())
  await first(begin, noSignal)
  await second(begin, noSignal)
  origin.break()

  let end!: () => void
  const ended = new Promise<void>((resolve) => (end = resolve))
  const held = first(async (canBegin) => {
    await begin(canBegin)
    await ended
  }, noSignal)
  const waiting = second(begin, noSignal)
  await vi.waitUntil(() => begun.length === 3)
  await new Promise((resolve) => setImmediate(resolve))
  expect(begun).toEqual([true, true, true])
  end()
  await Promise.all([held, waiting])
  expect(begun).toEqual([true, true, true, true])
  expect(origin.warn).not.toHaveBeenCalled()
})

test('9: work begins only while both locks have time, and aborted work leaves its lease behind', async () => {
  const clock = driveClock()
  const origin = createOrigin()
  const tab = origin.open()
  const asked: boolean[] = []
  const after = (ms: number) => async (canBegin: () => Promise<boolean>) => {
    clock.moveWall(ms)
    asked.push(await canBegin())
  }
  await tab(after(0), noSignal)
  // By then the lease is over, and so is half of the Web Lock's limit.
  await tab(after(6_000), noSignal)
  await tab(async (canBegin) => {
    await canBegin()
    clock.moveWall(15_000)
    origin.free()
    asked.push(await canBegin())
  }, noSignal)
  expect(asked).toEqual([true, false, false])

  const controller = new AbortController()
  await tab(async (canBegin) => {
    await canBegin()
    controller.abort()
  }, controller.signal)
  expect(origin.lease()).not.toBeNull()
})

test('tabs wait only once for a lease that has never worked', async () => {
  const clock = driveClock()
  const origin = createOrigin()
  origin.hang()
  const tab = origin.open()
  const work = vi.fn(async () => {})
  const first = tab(work, noSignal)
  await clock.advance(4_999)
  expect(work).not.toHaveBeenCalled()
  await clock.advance(1)
  await first
  await tab(work, noSignal)
  expect(work).toHaveBeenCalledTimes(2)
  expect(origin.warn).not.toHaveBeenCalled()
})

test('work that fails under both locks does not run again', async () => {
  const origin = createOrigin()
  const work = vi.fn(() => Promise.reject(new Error('from the work')))
  await expect(origin.open()(work, noSignal)).rejects.toThrow('from the work')
  expect(work).toHaveBeenCalledTimes(1)
})
