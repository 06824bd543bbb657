// @vitest-environment jsdom
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { AuthStorage, SessionRecord } from 'vue-auth-refresh'
import { withFallback } from '../../src/shared/with-fallback'
import { driveClock, type DrivenClock } from '../support/clock'
import { PageChannel } from '../support/jsdom-tab'
import { createRecord } from '../support/record'
import type { StoredRecord } from '../../src/session/record'
import { recordOf } from '../support/storage-contract'

beforeEach(() => {
  vi.unstubAllGlobals()
  vi.stubGlobal('BroadcastChannel', PageChannel)
})

type Access = 'works' | 'fails' | 'is full' | 'is read-only'

/** A tab over a database that all of them have, and its own access to that. */
function openTab(database: ReturnType<typeof createRecord>, key: string) {
  let access: Access = 'works'
  const storage: AuthStorage = {
    async read() {
      if (access === 'fails') throw new Error('out of order')
      return database.value
    },
    update: async (_key, change) =>
      database.update((current) => {
        if (access === 'fails') throw new Error('out of order')
        const next = change(current)
        if (access === 'is read-only' && next !== undefined) throw new Error('It is read-only.')
        if (next && access === 'is full') throw new Error('The disk is full.')
        return next
      }),
  }
  const record = withFallback(
    storage,
    key,
    () => {},
    () => {},
  )
  return { ...record, allow: (next: Access) => void (access = next) }
}

describe('what another tab has in memory', () => {
  let clock: DrivenClock
  let key: string
  beforeEach(() => {
    clock = driveClock()
    key = `outage-${Math.random()}`
  })
  const run = async <T>(work: Promise<T>): Promise<T> => clock.until(work)

  /** A tab whose storage is broken, and which has this in its memory, while the database has the session before. */
  async function breakTab(
    record: SessionRecord | null,
    access: Access = 'fails',
    accessOfOther: Access = 'works',
  ) {
    const database = createRecord(recordOf())
    const [broken, other] = [openTab(database, key), openTab(database, key)]
    await run(broken.read())
    await run(other.read())
    await clock.advance(1_000)
    broken.allow(access)
    other.allow(accessOfOther)
    await run(broken.update(() => record))
    await clock.advance(1_000)
    return { database, broken, other }
  }

  const later: [string, SessionRecord][] = [
    ['a later generation', recordOf({ generation: 1 })],
    ['later tokens', recordOf({ receivedAt: recordOf().receivedAt + 1_000 })],
    ['a lapse', { version: 1, id: 's1', generation: 1, isLapsed: true }],
    ['a later session', recordOf({ id: 'next' })],
    ['a later session without a token', { ...recordOf({ id: 'next' }), token: null }],
  ]

  test.each(later)('counts where it is %s, and the database was emptied', async (_, record) => {
    const { database, other } = await breakTab(record, 'is full', 'is full')
    expect(database.value).toBeNull()
    expect(await run(other.read())).toEqual(record)
  })

  test.each(later)('2: counts where it is %s, and the database has it not', async (_, record) => {
    const { database, other } = await breakTab(record, 'is read-only', 'is read-only')
    expect(database.value).toEqual(recordOf())
    expect(await run(other.read())).toEqual(record)
  })

  test.each(later)('55: is stored by a tab that can where it is %s', async (_, record) => {
    const { database, other } = await breakTab(record)
    expect(await run(other.read())).toEqual(record)
    expect(database.value).toEqual(record)
  })

  test.each(later)('is told to a tab that opens later where it is %s', async (_, record) => {
    const { database } = await breakTab(record, 'is full', 'is full')
    const next = openTab(database, key)
    await run(next.read())
    await clock.advance(100)
    expect(await run(next.read())).toEqual(record)
  })

  test.each<[string, SessionRecord | null]>([
    ['a session before', recordOf({ generation: 1 })],
    ['an end', null],
    ['another session', recordOf({ id: 'next' })],
    ['a lapse', { version: 1, id: 's1', generation: 1, isLapsed: true }],
  ])('13: counts less than a later login: %s', async (_, record) => {
    const { database, other } = await breakTab(record)
    const login = recordOf({ id: 'later' })
    await run(other.update(() => login))
    await clock.advance(1_000)
    other.allow('fails')
    expect(await run(other.read())).toEqual(login)
    database.value = null
    other.allow('works')
    expect(await run(other.read())).toBeNull()
  })
})

describe('what a storage has once it works again, after a change in an outage', () => {
  const nobody = { version: 1, nobody: true } as const
  const untold = { ...nobody, isUntold: true } as const
  const later = recordOf().receivedAt + 5_000

  test.each<[string, StoredRecord | null, object | null, object | null]>([
    ['a successor over its session', recordOf({ generation: 1 }), recordOf(), { generation: 1 }],
    [
      'a later generation',
      recordOf({ generation: 1 }),
      recordOf({ generation: 2 }),
      { generation: 2 },
    ],
    ['a successor of nothing', recordOf({ generation: 1 }), null, { generation: 1 }],
    ['a login over the session before', recordOf({ id: 'next' }), recordOf(), { id: 'next' }],
    [
      'a login over an earlier one',
      recordOf({ id: 'next', receivedAt: later }),
      recordOf({ id: 'other' }),
      { id: 'next' },
    ],
    [
      'a later login',
      recordOf({ id: 'next' }),
      recordOf({ id: 'other', receivedAt: later }),
      { id: 'other' },
    ],
    [
      'an earlier login over a refresh',
      recordOf({ generation: 1, receivedAt: later }),
      recordOf({ id: 'other' }),
      { id: 'other' },
    ],
    ['nothing after an end', null, recordOf(), null],
    ['a login after an end', null, recordOf({ id: 'other' }), { id: 'other' }],
    ['a record of another version', null, { version: 2 }, { version: 2 }],
    ['61: an untold logout', untold, nobody, untold],
    ['61: an untold logout of another tab', nobody, untold, untold],
    ['a login over an untold logout', recordOf({ id: 'next' }), untold, { id: 'next' }],
  ])('%s', async (_, next, meanwhile, left) => {
    const clock = driveClock()
    const database = createRecord(recordOf())
    const tab = openTab(database, `outage-${Math.random()}`)
    await clock.until(tab.read())
    tab.allow('fails')
    await clock.until(tab.update(() => next))
    database.value = meanwhile
    tab.allow('works')
    await clock.until(tab.read())
    if (left) expect(database.value).toMatchObject(left)
    else expect(database.value).toBeNull()
    tab.close()
  })
})

test('a session without a token that is read again is there: the other tabs are not asked', async () => {
  const clock = driveClock()
  const tab = openTab(createRecord({ ...recordOf(), token: null }), `outage-${Math.random()}`)
  await clock.until(tab.read())
  // A tab that asked the others would wait for an answer, and the clock stands still.
  expect(await tab.read()).toMatchObject({ token: null })
  tab.close()
})

test('3: a change that is made while the storage comes back is stored', async () => {
  const clock = driveClock()
  const database = createRecord(recordOf())
  const tab = openTab(database, `outage-${Math.random()}`)
  await clock.until(tab.read())
  tab.allow('fails')
  await clock.until(tab.read())
  const channel = new BroadcastChannel('vue-auth-refresh/memory')
  // There is another tab, so the next change asks for its record first.
  channel.postMessage({ key: 'any', revision: 0 })
  await new Promise((resolve) => setImmediate(resolve))
  await clock.advance(850)
  tab.allow('works')
  const next = recordOf({ id: 'next' })
  await clock.until(tab.update(() => next))
  channel.close()
  expect(database.value).toEqual(next)
})
