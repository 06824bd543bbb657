import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { bestLock } from '../../src/shared/best-lock'
import type { UpdateLease } from '../../src/shared/lease-lock'
import { createRecord } from '../support/record'
import { noSignal } from '../support/signals'

const refused = new DOMException('No locks here.', 'SecurityError')

/** What a browser has: Web Locks that grant or refuse, or none; a database that keeps, or refuses. */
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

test('24: without them a lease in the database will do', async () => {
  const { lock, update, warn } = createWorld()
  expect(await lock(work, noSignal)).toBe('done')
  expect(update).toHaveBeenCalled()
  expect(warn).not.toHaveBeenCalled()
})

test('24: locks that refuse are not asked again', async () => {
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

test('24: two that ask at once do not skip the lease, and warn once', async () => {
  const { lock, update, warn } = createWorld({ locks: locksOf(refusing) })
  await Promise.all([lock(work, noSignal), lock(work, noSignal)])
  expect(update).toHaveBeenCalled()
  expect(warn).not.toHaveBeenCalled()
})

test('1: a lock that has worked is not given up for one failure: the other tabs have it too', async () => {
  const { lock, update } = createWorld({ locks: locksOf(granting) })
  await lock(work, noSignal)
  granting.request.mockImplementationOnce(() => Promise.reject(refused))
  await expect(lock(work, noSignal)).rejects.toBe(refused)
  expect(update).not.toHaveBeenCalled()
})

test('work that fails is no failure of the lock', async () => {
  const { lock, update } = createWorld({ locks: locksOf(granting) })
  const failing = () => Promise.reject(new Error('no'))
  await expect(lock(failing, noSignal)).rejects.toThrow('no')
  expect(update).not.toHaveBeenCalled()
})

test('who is aborted while waiting does not blame the lock', async () => {
  const { lock, update, warn } = createWorld({ locks: locksOf(refusing) })
  await expect(lock(work, AbortSignal.abort('enough'))).rejects.toBe(refused)
  expect(update).not.toHaveBeenCalled()
  expect(warn).not.toHaveBeenCalled()
})
