import { beforeEach, expect, test, vi } from 'vitest'
import { lease, type UpdateLease } from '../../src/tabs/lease'
import { noSignal } from '../support/signals'

/** What is stored in the origin. */
let stored: unknown
const update: UpdateLease = (change) => {
  const next = change(stored)
  if (next !== undefined) stored = next
  return Promise.resolve(stored)
}

beforeEach(() => {
  stored = null
  vi.useFakeTimers()
  return () => vi.useRealTimers()
})

/** Work that is in the middle until it is told to end. */
function createWork() {
  let end!: () => void
  const ended = new Promise<void>((resolve) => (end = resolve))
  const work = vi.fn(async (_canBegin: () => boolean) => ended)
  return { work, end }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

test('it is renewed for as long as the work takes, and then released at once', async () => {
  const first = createWork()
  const second = createWork()
  const held = lease(update).hold(first.work, noSignal)
  const waiting = lease(update).hold(second.work, noSignal)
  await pass(60_000)
  expect(first.work).toHaveBeenCalledTimes(1)
  expect(second.work).not.toHaveBeenCalled()

  first.end()
  await held
  await pass(20)
  expect(second.work).toHaveBeenCalledTimes(1)
  second.end()
  await waiting
  expect(stored).toBeNull()
})

test('a holder that stands still loses it after five seconds, and is told when it goes on', async () => {
  let isFrozen = false
  const first = createWork()
  const frozen: UpdateLease = (change) => (isFrozen ? new Promise(() => {}) : update(change))
  const held = lease(frozen).hold(first.work, noSignal).catch(String)
  await pass(0)
  isFrozen = true
  const second = createWork()
  const waiting = lease(update).hold(second.work, noSignal)
  await pass(3_900)
  expect(second.work).not.toHaveBeenCalled()
  await pass(1_200)
  expect(second.work).toHaveBeenCalledTimes(1)

  isFrozen = false
  await pass(6_000)
  expect(await held).toMatch(/lease/)
  // Whoever has it now keeps it.
  first.end()
  await pass(0)
  expect(stored).not.toBeNull()
  second.end()
  await waiting
})

test('nothing is to be begun when it was not renewed for half its time', async () => {
  let isFrozen = false
  const { work, end } = createWork()
  const shaky: UpdateLease = (change) => (isFrozen ? new Promise(() => {}) : update(change))
  const held = lease(shaky).hold(work, noSignal)
  await pass(0)
  const canBegin = work.mock.calls[0]![0]
  expect(canBegin()).toBe(true)
  await pass(60_000)
  expect(canBegin()).toBe(true)
  isFrozen = true
  await pass(2_000)
  expect(canBegin()).toBe(true)
  await pass(1_500)
  expect(canBegin()).toBe(false)
  isFrozen = false
  end()
  await held
})

test.each([
  ['lasts longer than any can', () => ({ owner: 'x', until: Date.now() + 86_400_000 })],
  ['is over', () => ({ owner: 'x', until: Date.now() - 1 })],
  ['is none', () => 'x'],
  ['has no end', () => ({ owner: 'x', until: null })],
  ['ends at no time', () => ({ owner: 'x', until: 'soon' })],
])('one that %s is in nobody’s way', async (_, planted) => {
  stored = planted()
  const { work, end } = createWork()
  const held = lease(update).hold(work, noSignal)
  await pass(0)
  expect(work).toHaveBeenCalledTimes(1)
  end()
  await held
  expect(stored).toBeNull()
})

test('waiting for it can be aborted, which leaves it to whom it belongs', async () => {
  const first = createWork()
  const held = lease(update).hold(first.work, noSignal)
  await pass(0)
  const controller = new AbortController()
  const second = createWork()
  const waiting = lease(update).hold(second.work, controller.signal).catch(String)
  await pass(1_000)
  const before = stored
  controller.abort(new Error('enough'))
  expect(await waiting).toBe('Error: enough')
  await pass(0)
  expect(stored).toEqual(before)
  expect(second.work).not.toHaveBeenCalled()
  first.end()
  await held
})

test('a database that hangs is given up', async () => {
  const { work } = createWork()
  const held = lease(() => new Promise(() => {}))
    .hold(work, noSignal)
    .catch(String)
  await pass(5_000)
  expect(await held).toMatch(/not written/)
  expect(work).not.toHaveBeenCalled()
})
