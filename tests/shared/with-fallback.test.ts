import { expect, test, vi } from 'vitest'
import { memoryStorage, type AuthStorage } from 'vue-auth-refresh'
import { withFallback, type RecordStorage } from '../../src/shared/with-fallback'
import { driveClock } from '../support/clock'
import { createLatch } from '../../src/utils/waiting'
import { describeStorage, recordOf } from '../support/storage-contract'

const broken = new Error('out of order')
const refuse = (): Promise<never> => Promise.reject(broken)
const hang = (): Promise<never> => new Promise(() => {})

const withoutWarning = (storage: AuthStorage): RecordStorage =>
  withFallback(storage, 'key', () => {
    throw new Error('There is nothing to warn of.')
  })

/** A storage with a fallback for each key, for the tests that every storage must pass. */
function keyed(storage: AuthStorage): AuthStorage {
  const records = new Map<string, RecordStorage>()
  const at = (key: string): RecordStorage => {
    const record = records.get(key) ?? withFallback(storage, key, () => {})
    records.set(key, record)
    return record
  }
  return {
    read: (key) => at(key).read(),
    update: (key, change) => at(key).update(change),
  }
}

describeStorage('withFallback() over a storage that works', () => keyed(memoryStorage()))

describeStorage('withFallback() over one that does not', () =>
  keyed({ read: refuse, update: refuse }),
)

test('a storage that works is used', async () => {
  const storage = memoryStorage()

  await withoutWarning(storage).update(() => recordOf())

  expect(await storage.read('key')).toEqual(recordOf())
})

test('however often the storage fails, there is one warning, with the cause', async () => {
  const warn = vi.fn()
  const storage = withFallback({ read: refuse, update: refuse }, 'key', warn)

  await Promise.all([storage.read(), storage.update(() => recordOf())])
  await storage.read()

  expect(warn.mock.calls).toEqual([[broken]])
})

test('a storage may throw instead of rejecting', async () => {
  const warn = vi.fn()
  const fail = (): never => {
    throw broken
  }
  const storage = withFallback({ read: fail, update: fail }, 'key', warn)

  await storage.update(() => recordOf())

  expect(await storage.read()).toEqual(recordOf())
  expect(warn).toHaveBeenCalledTimes(1)
})

test('a record that was read once is still known when the storage fails later', async () => {
  const inner = memoryStorage()
  const storage = withFallback({ ...inner, update: refuse }, 'key', () => {})
  await inner.update('key', () => recordOf())
  await storage.read()
  const given: unknown[] = []

  await storage.update((current) => {
    given.push(current)
    return undefined
  })

  expect(given).toEqual([recordOf()])
  expect(await storage.read()).toEqual(recordOf())
})

test('after two failures in a row the storage is not read again', async () => {
  const read = vi.fn(refuse)
  const storage = withFallback({ read, update: refuse }, 'key', () => {})
  await storage.read()
  await storage.read()

  expect(read).toHaveBeenCalledTimes(2)
})

test('2: a storage that has only stalled is used again, with the writes of other tabs', async () => {
  const clock = driveClock()
  const inner = memoryStorage()
  const read = vi.fn(inner.read)
  const warn = vi.fn()
  const storage = withFallback({ ...inner, read }, 'key', warn)
  await storage.update(() => recordOf())
  for (const generation of [1, 2]) {
    read.mockImplementationOnce(hang)
    const stalled = storage.read()
    await clock.advance(3_000)
    expect(await stalled).toEqual(recordOf({ generation: generation - 1 }))
    await inner.update('key', () => recordOf({ generation }))
    expect(await storage.read()).toEqual(recordOf({ generation }))
  }
  expect(warn).toHaveBeenCalledTimes(1)
})

test('a storage that has missed a change is not used again: it may hold a session that has ended', async () => {
  const inner = memoryStorage()
  const update = vi.fn(inner.update)
  const storage = withFallback({ ...inner, update }, 'key', () => {})
  await storage.update(() => recordOf())
  for (let count = 0; count < 3; count++) update.mockImplementationOnce(refuse)
  await storage.update(() => null)
  expect(await inner.read('key')).toEqual(recordOf())
  expect(await storage.read()).toBeNull()
  expect(await storage.read()).toBeNull()
})

test('10: a storage that has stalled at the start is not used again: its record was never known', async () => {
  const clock = driveClock()
  const inner = memoryStorage()
  await inner.update('key', () => recordOf())
  const read = vi.fn(inner.read)
  read.mockImplementationOnce(hang)
  const storage = withFallback({ ...inner, read }, 'key', () => {})
  const stalled = storage.read()
  await clock.advance(3_000)
  expect(await stalled).toBeNull()
  expect(await storage.read()).toBeNull()
})

test('13: a storage that has stalled during a change in memory is not used again', async () => {
  const clock = driveClock()
  const inner = memoryStorage()
  const read = vi.fn(inner.read)
  const latch = createLatch()
  const update = async (...args: Parameters<typeof inner.update>) => {
    await latch.opened
    return inner.update(...args)
  }
  await inner.update('key', () => recordOf())
  const storage = withFallback({ read, update }, 'key', () => {})
  await storage.read()
  read.mockImplementationOnce(hang)
  const stalled = storage.read()
  await clock.advance(3_000)
  await stalled
  await storage.update(() => recordOf({ id: 'mine' }))
  await inner.update('key', () => recordOf({ id: 'other' }))
  latch.open()
  await clock.advance(0)
  expect(await storage.read()).toEqual(recordOf({ id: 'mine' }))
})

test('a storage that fails to close is still used', async () => {
  const inner = memoryStorage()
  const fail = vi.fn((): never => {
    throw broken
  })
  const storage = withoutWarning({ ...inner, close: fail })
  expect(() => storage.close()).toThrow(broken)
  await storage.update(() => recordOf())
  expect(await storage.read()).toEqual(recordOf())
})

test('15: operations that are left after closing run, and close the storage again', async () => {
  const latch = createLatch()
  const order: string[] = []
  const storage = withFallback(
    {
      read: async () => latch.opened,
      update: async () => order.push('updated'),
      close: () => order.push('closed'),
    },
    'key',
    () => {},
  )
  const read = storage.read()
  const updated = storage.update(() => null)
  storage.close()
  latch.open()
  await Promise.all([read, updated])
  await storage.update(() => null)
  expect(order).toEqual(['closed', 'closed', 'updated', 'closed', 'updated', 'closed'])
})

test('a storage that hangs counts as broken after three seconds', async () => {
  const clock = driveClock()
  const warn = vi.fn()
  const storage = withFallback({ read: hang, update: hang }, 'key', warn)
  const read = storage.read()
  await clock.advance(2_999)
  expect(warn).not.toHaveBeenCalled()

  await clock.advance(1)

  expect(await read).toBeNull()
  expect(warn).toHaveBeenCalledTimes(1)
})

test('a storage that works leaves no timer behind', async () => {
  driveClock()
  const storage = withoutWarning(memoryStorage())

  await storage.update(() => recordOf())
  await storage.read()

  expect(vi.getTimerCount()).toBe(0)
})

test('a storage that answers after memory took over writes only what is current', async () => {
  const clock = driveClock()
  const inner = memoryStorage()
  const latch = createLatch()
  const late = latch.opened.then(() => inner)
  const storage = withFallback(
    {
      read: inner.read,
      update: async (key, change) => (await late).update(key, change),
    },
    'key',
    () => {},
  )
  const written = storage.update(() => recordOf())
  await clock.advance(3_000)
  expect(await written).toEqual(recordOf())
  await storage.update(() => recordOf({ generation: 1 }))

  latch.open()
  await late
  await clock.advance(0)
  expect(await inner.read('key')).toEqual(recordOf({ generation: 1 }))

  await storage.update(() => null)
  await clock.advance(0)
  expect(await inner.read('key')).toBeNull()
})
