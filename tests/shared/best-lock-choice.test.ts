// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { bestLock } from '../../src/shared/best-lock'
import type { UpdateLease } from '../../src/shared/lease-lock'
import { driveClock } from '../support/clock'
import { createRecord } from '../support/record'
import { noSignal } from '../support/signals'

const refused = new DOMException('No locks here.', 'SecurityError')

/** A browser: with Web Locks that grant or refuse, or without; with a database that works or refuses. */
function createWorld({
  locks = undefined as Pick<LockManager, 'request' | 'query'> | undefined,
  hasDatabase = true,
} = {}) {
  vi.stubGlobal('navigator', { locks })
  const stored = createRecord()
  const update = vi.fn<UpdateLease>(async (change) => {
    if (!hasDatabase) throw refused
    return stored.update(change)
  })
  const warn = vi.fn()
  const options = { limit: 30_000, afterlife: 0, updateLease: update, warn }
  return { warn, update, lock: bestLock('lock', options) }
}

const granting = {
  request: vi.fn((_name: string, _options: unknown, work: () => unknown) =>
    Promise.resolve(work()),
  ),
  query: async () => ({}),
}
const refusing = { request: vi.fn(() => Promise.reject(refused)), query: async () => ({}) }
const locksOf = (fake: object) => fake as Pick<LockManager, 'request' | 'query'>

beforeEach(() => {
  vi.clearAllMocks()
})
afterEach(() => {
  vi.unstubAllGlobals()
})

const work = async (canBegin: () => Promise<boolean>) => (await canBegin()) && 'done'

test('Web Locks are the best there is', async () => {
  const { lock, update, warn } = createWorld({ locks: locksOf(granting) })
  expect(await lock(work, noSignal)).toBe('done')
  expect(granting.request.mock.calls[0]![0]).toBe('lock')
  expect(update).not.toHaveBeenCalled()
  expect(warn).not.toHaveBeenCalled()
})

test('24: without Web Locks a lease in the database is used', async () => {
  const { lock, update, warn } = createWorld()
  expect(await lock(work, noSignal)).toBe('done')
  expect(update).toHaveBeenCalled()
  expect(warn).not.toHaveBeenCalled()
})

test('24: Web Locks that refuse are not requested again', async () => {
  const { lock, update, warn } = createWorld({ locks: locksOf(refusing) })
  expect(await lock(work, noSignal)).toBe('done')
  expect(await lock(work, noSignal)).toBe('done')
  expect(refusing.request).toHaveBeenCalledTimes(1)
  expect(update).toHaveBeenCalled()
  expect(warn).not.toHaveBeenCalled()
})

test('24: where nothing works one tab still does, with one warning', async () => {
  const { lock, warn } = createWorld({ locks: locksOf(refusing), hasDatabase: false })
  expect(await lock(work, noSignal)).toBe('done')
  expect(await lock(work, noSignal)).toBe('done')
  expect(warn.mock.calls).toEqual([[refused]])
})

describe('24: a database that refuses at first', () => {
  test.each([1, 2])('%s times has the lease all the same, then and later', async (refusals) => {
    const { lock, update, warn } = createWorld()
    for (let count = 0; count < refusals; count++) update.mockRejectedValueOnce(refused)
    expect(await lock(work, noSignal)).toBe('done')
    update.mockClear()
    expect(await lock(work, noSignal)).toBe('done')
    expect(update).toHaveBeenCalled()
    expect(warn).not.toHaveBeenCalled()
  })

  test('and later again has the lease each time', async () => {
    const { lock, update, warn } = createWorld()
    for (let round = 0; round < 5; round++) {
      update.mockRejectedValueOnce(refused)
      expect(await lock(work, noSignal)).toBe('done')
    }
    expect(warn).not.toHaveBeenCalled()
  })

  test('and then hangs is not waited for three times', async () => {
    const clock = driveClock()
    const { lock, update, warn } = createWorld()
    update.mockImplementation(() => new Promise(() => {}))
    const done = lock(work, noSignal)
    await clock.advance(5_000)
    expect(await done).toBe('done')
    expect(warn).toHaveBeenCalledTimes(1)
  })

  test('does not keep a caller that is aborted meanwhile', async () => {
    const { lock, update } = createWorld()
    const controller = new AbortController()
    update.mockImplementation(async () => {
      controller.abort('enough')
      throw refused
    })
    await expect(lock(work, controller.signal)).rejects.toBe('enough')
  })
})

test('24: two callers at once, refused by Web Locks, both use the lease without a warning', async () => {
  const { lock, update, warn } = createWorld({ locks: locksOf(refusing) })
  await Promise.all([lock(work, noSignal), lock(work, noSignal)])
  expect(update).toHaveBeenCalled()
  expect(warn).not.toHaveBeenCalled()
})

test('1: a lock that has worked stays in use after one failure, as the other tabs use it too', async () => {
  const { lock, update } = createWorld({ locks: locksOf(granting) })
  await lock(work, noSignal)
  granting.request.mockImplementationOnce(() => Promise.reject(refused))
  await expect(lock(work, noSignal)).rejects.toBe(refused)
  expect(update).not.toHaveBeenCalled()
})

test('55: a lock that has worked and fails again and again is left out, with a warning, until it works', async () => {
  const { lock, warn } = createWorld({ locks: locksOf(granting) })
  await lock(work, noSignal)
  const failures = 5
  for (let count = 0; count < failures; count++) {
    granting.request.mockImplementationOnce(() => Promise.reject(refused))
  }
  for (let count = 0; count < 2; count++) {
    await expect(lock(work, noSignal)).rejects.toBe(refused)
  }
  for (let count = 2; count < failures; count++) expect(await lock(work, noSignal)).toBe('done')
  expect(warn).toHaveBeenCalledWith(refused)
  warn.mockClear()
  const { length } = granting.request.mock.calls
  expect(await lock(work, noSignal)).toBe('done')
  expect(granting.request.mock.calls).toHaveLength(length + 1)
  expect(warn).not.toHaveBeenCalled()
})

test('work that fails is no failure of the lock', async () => {
  const { lock, update } = createWorld({ locks: locksOf(granting) })
  const failing = () => Promise.reject(new Error('no'))
  await expect(lock(failing, noSignal)).rejects.toThrow('no')
  expect(update).not.toHaveBeenCalled()
})

test('a caller that is aborted while waiting does not count against the lock', async () => {
  const { lock, update, warn } = createWorld({ locks: locksOf(refusing) })
  await expect(lock(work, AbortSignal.abort('enough'))).rejects.toBe(refused)
  expect(update).not.toHaveBeenCalled()
  expect(warn).not.toHaveBeenCalled()
})
