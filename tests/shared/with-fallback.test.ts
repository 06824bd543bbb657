import { describe, expect, test, vi } from 'vitest'
import { memoryStorage, type AuthStorage, type SessionRecord } from 'vue-auth-refresh'

import { withFallback, type Change, type RecordStorage } from '../../src/shared/with-fallback'
import { driveClock } from '../support/clock'
import { createLatch } from '../../src/utils/waiting'
import { describeStorage, recordOf } from '../support/storage-contract'

const broken = new Error('out of order')
const refuse = (): Promise<never> => Promise.reject(broken)
const hang = (): Promise<never> => new Promise(() => {})

const withoutWarning = (storage: AuthStorage): RecordStorage =>
  withFallback(
    storage,
    'key',
    () => {
      throw new Error('There is nothing to warn of.')
    },
    () => {
      throw new Error('There is nothing to recover from.')
    },
  )

/** A storage with a fallback for each key, for the tests that every storage must pass. */
function keyed(storage: AuthStorage): AuthStorage {
  const records = new Map<string, RecordStorage>()
  const at = (key: string): RecordStorage => {
    const record =
      records.get(key) ??
      withFallback(
        storage,
        key,
        () => {},
        () => {},
      )
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
  const storage = withFallback({ read: refuse, update: refuse }, 'key', warn, () => {})

  await Promise.all([storage.read(), storage.update(() => recordOf())])
  await storage.read()

  expect(warn.mock.calls).toEqual([[broken]])
})

test('a storage may throw instead of rejecting', async () => {
  const warn = vi.fn()
  const fail = (): never => {
    throw broken
  }
  const storage = withFallback({ read: fail, update: fail }, 'key', warn, () => {})

  await storage.update(() => recordOf())

  expect(await storage.read()).toEqual(recordOf())
  expect(warn).toHaveBeenCalledTimes(1)
})

test('a record that was read once is still known when the storage fails later', async () => {
  const inner = memoryStorage()
  const storage = withFallback(
    { ...inner, update: refuse },
    'key',
    () => {},
    () => {},
  )
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
  const storage = withFallback(
    { read, update: refuse },
    'key',
    () => {},
    () => {},
  )
  await storage.read()
  await storage.read()

  expect(read).toHaveBeenCalledTimes(2)
})

test('2: a storage that has only stalled is used again, with the writes of other tabs', async () => {
  const clock = driveClock()
  const inner = memoryStorage()
  const read = vi.fn(inner.read)
  const warn = vi.fn()
  const storage = withFallback({ ...inner, read }, 'key', warn, () => {})
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

test('55: a storage that has missed a change is used again once it has that change', async () => {
  const inner = memoryStorage()
  const update = vi.fn(inner.update)
  const storage = withFallback(
    { ...inner, update },
    'key',
    () => {},
    () => {},
  )
  await storage.update(() => recordOf())
  for (let count = 0; count < 4; count++) update.mockImplementationOnce(refuse)
  await storage.update(() => null)
  expect(await inner.read('key')).toEqual(recordOf())
  expect(await storage.read()).toBeNull()
  expect(await inner.read('key')).toBeNull()
  await inner.update('key', () => recordOf({ id: 'next' }))
  expect(await storage.read()).toEqual(recordOf({ id: 'next' }))
})

describe('55: a storage that answers late at the start', () => {
  /** A storage with a session, whose first operations hang, until `open`. */
  function late() {
    const clock = driveClock()
    const inner = memoryStorage()
    const latch = createLatch()
    const onRecovered = vi.fn()
    const slow: AuthStorage = {
      read: (key) => latch.opened.then(() => inner.read(key)),
      update: (key, change) => latch.opened.then(() => inner.update(key, change)),
    }
    const storage = withFallback(slow, 'key', () => {}, onRecovered)
    return { clock, inner, storage, onRecovered, open: latch.open }
  }

  test('counts, and its record is told of', async () => {
    const { clock, inner, storage, onRecovered, open } = late()
    await inner.update('key', () => recordOf())
    const read = storage.read()
    await clock.advance(3_000)
    expect(await read).toBeNull()
    expect(onRecovered).not.toHaveBeenCalled()
    open()
    await clock.advance(0)
    expect(onRecovered).toHaveBeenCalledTimes(1)
    expect(await storage.read()).toEqual(recordOf())
  })

  test.each([
    ['10: an end', [null], null],
    ['13: nothing but a change that leaves it', [undefined], recordOf()],
    ['13: a login', [recordOf({ id: 'mine' })], recordOf({ id: 'mine' })],
    ['10: a login and its end', [recordOf({ id: 'mine' }), null], null],
    ['13: an end and a login', [undefined, recordOf({ id: 'mine' })], recordOf({ id: 'mine' })],
  ])('counts less than %s in this tab meanwhile', async (_, changes, left) => {
    const { clock, inner, storage, open } = late()
    await inner.update('key', () => recordOf())
    const read = storage.read()
    await clock.advance(3_000)
    await read
    for (const next of changes) await storage.update(() => next)
    open()
    await clock.advance(0)
    expect(await storage.read()).toEqual(left)
    expect(await inner.read('key')).toEqual(left)
  })

  test('counts also where its first operation never ends, within seconds and without being needed', async () => {
    const clock = driveClock()
    const inner = memoryStorage()
    await inner.update('key', () => recordOf())
    const onRecovered = vi.fn()
    const update = vi.fn(inner.update)
    update.mockImplementationOnce(hang)
    const read = vi.fn(inner.read)
    read.mockImplementationOnce(hang)
    const storage = withFallback({ read, update }, 'key', () => {}, onRecovered)
    void storage.read()
    await clock.advance(10_000)
    expect(onRecovered).toHaveBeenCalledTimes(1)
    expect(await storage.read()).toEqual(recordOf())
  })
})

describe('55: a storage that is full', () => {
  /** A storage that refuses records, until `makeRoom`; it still removes them. */
  function full() {
    const inner = memoryStorage()
    let isFull = true
    const update: AuthStorage['update'] = (key, change) =>
      inner.update(key, (current) => {
        const next = change(current)
        if (next && isFull) throw new DOMException('The disk is full.', 'QuotaExceededError')
        return next
      })
    return {
      inner,
      storage: withFallback(
        { ...inner, update },
        'key',
        () => {},
        () => {},
      ),
      makeRoom: () => (isFull = false),
    }
  }
  const commit =
    (generation: number) =>
    (current: unknown): SessionRecord | undefined =>
      (current as SessionRecord | null)?.generation === generation - 1
        ? recordOf({ generation })
        : undefined

  test('2: a record that cannot be replaced is removed: its refresh token is spent', async () => {
    const { inner, storage } = full()
    await inner.update('key', () => recordOf())
    await storage.read()
    expect(await storage.update(commit(1))).toEqual(recordOf({ generation: 1 }))
    expect(await inner.read('key')).toBeNull()
    expect(await storage.read()).toEqual(recordOf({ generation: 1 }))
  })

  test('a record that need not be replaced stays', async () => {
    const { inner, storage } = full()
    await inner.update('key', () => recordOf({ id: 'other', generation: 7 }))
    await storage.read()
    expect(await storage.update(commit(1))).toEqual(recordOf({ id: 'other', generation: 7 }))
    expect(await inner.read('key')).toEqual(recordOf({ id: 'other', generation: 7 }))
  })

  test('it has the record again as soon as there is room, with later changes', async () => {
    const { inner, storage, makeRoom } = full()
    await inner.update('key', () => recordOf())
    await storage.read()
    for (const generation of [1, 2]) await storage.update(commit(generation))
    makeRoom()
    expect(await storage.read()).toEqual(recordOf({ generation: 2 }))
    expect(await inner.read('key')).toEqual(recordOf({ generation: 2 }))
    await storage.update(commit(3))
    expect(await inner.read('key')).toEqual(recordOf({ generation: 3 }))
  })

  test('13: a login in another tab that found room meanwhile counts', async () => {
    const { inner, storage } = full()
    await inner.update('key', () => recordOf())
    await storage.read()
    await storage.update(commit(1))
    await inner.update('key', () => recordOf({ id: 'other' }))
    expect(await storage.read()).toEqual(recordOf({ id: 'other' }))
    expect(await inner.read('key')).toEqual(recordOf({ id: 'other' }))
  })

  test('10: an end there is an end', async () => {
    const { inner, storage, makeRoom } = full()
    await inner.update('key', () => recordOf())
    await storage.read()
    await storage.update(commit(1))
    await storage.update(() => null)
    makeRoom()
    expect(await storage.read()).toBeNull()
    expect(await inner.read('key')).toBeNull()
  })

  test('62: however many changes it misses, the last one counts', async () => {
    const inner = memoryStorage()
    let isBroken = false
    const update = vi.fn<AuthStorage['update']>(async (key, change) =>
      isBroken ? refuse() : inner.update(key, change),
    )
    const storage = withFallback(
      { ...inner, update },
      'key',
      () => {},
      () => {},
    )
    await storage.update(() => recordOf())
    isBroken = true
    const runs = vi.fn()
    const forward = (current: unknown): SessionRecord => {
      runs()
      return recordOf({ generation: (current as SessionRecord).generation + 1 })
    }
    for (let count = 0; count < 50; count++) await storage.update(forward)
    isBroken = false
    runs.mockClear()
    await storage.read()
    expect(runs.mock.calls.length).toBeLessThanOrEqual(20)
  })
})

describe('13: what began while a storage was broken counts, however many changes it misses afterwards', () => {
  const generationOf = (current: unknown): number => (current as SessionRecord).generation
  const login =
    (id: string): Change =>
    (current) =>
      (current as SessionRecord | null)?.id === id ? undefined : recordOf({ id })
  const commit =
    (id: string, generation: number): Change =>
    (current) =>
      (current as SessionRecord | null)?.id === id && generationOf(current) < generation
        ? recordOf({ id, generation, receivedAt: Date.now() + generation })
        : undefined
  const leave: Change = () => undefined
  const many = (count: number, change: (index: number) => Change): Change[] =>
    Array.from({ length: count }, (_, index) => change(index + 1))

  /** Makes the changes while the storage is broken. Resolves with what it has once it works. */
  async function afterOutage(changes: readonly Change[], meanwhile?: SessionRecord) {
    const inner = memoryStorage()
    let isBroken = false
    const runs = vi.fn()
    const storage = withFallback(
      {
        read: inner.read,
        update: async (key, change) => (isBroken ? refuse() : inner.update(key, change)),
      },
      'key',
      () => {},
      () => {},
    )
    await storage.update(() => recordOf({ id: 'before' }))
    isBroken = true
    for (const change of changes) {
      await storage.update((current) => {
        runs()
        return change(current)
      })
    }
    isBroken = false
    if (meanwhile) await inner.update('key', () => meanwhile)
    runs.mockClear()
    await storage.read()
    expect(runs.mock.calls.length).toBeLessThanOrEqual(20)
    return inner.read('key')
  }

  const next = { id: 'next', generation: 0 }
  test.each<[string, Change[], object | null]>([
    [
      'a login and its refreshes',
      [login('next'), ...many(50, (count) => commit('next', count))],
      { ...next, generation: 50 },
    ],
    ['a login and changes that leave it', [login('next'), ...many(50, () => leave)], next],
    [
      'a login, and refreshes of the session before that come late',
      [login('next'), ...many(50, (count) => commit('before', count))],
      next,
    ],
    [
      'a login after many refreshes, and many more',
      [
        ...many(50, (count) => commit('before', count)),
        login('next'),
        ...many(50, (count) => commit('next', count)),
      ],
      { ...next, generation: 50 },
    ],
    ['many logins', many(50, (count) => login(`s${count}`)), { id: 's50' }],
    [
      'a login, its refreshes and its end',
      [login('next'), ...many(50, (count) => commit('next', count)), () => null],
      null,
    ],
    [
      'a login and changes that build on each other',
      [
        login('next'),
        ...many(
          50,
          () => (current: unknown) =>
            recordOf({ id: 'next', generation: generationOf(current) + 1 }),
        ),
      ],
      { ...next, generation: 50 },
    ],
  ])('%s', async (_, changes, left) => {
    const found = await afterOutage(changes)
    if (left) expect(found).toMatchObject(left)
    else expect(found).toBeNull()
  })

  test('2: refreshes do not replace a login in another tab meanwhile', async () => {
    const changes = many(50, (count) => commit('before', count))
    const other = recordOf({ id: 'other' })
    expect(await afterOutage(changes, other)).toEqual(other)
  })
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
  const storage = withFallback(
    { read, update },
    'key',
    () => {},
    () => {},
  )
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
  const storage = withFallback({ read: hang, update: hang }, 'key', warn, () => {})
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
