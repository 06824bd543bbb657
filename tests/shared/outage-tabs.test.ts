// @vitest-environment jsdom
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { AuthStorage, SessionRecord } from 'vue-auth-refresh'
import { withFallback } from '../../src/shared/with-fallback'
import { driveClock, type DrivenClock } from '../support/clock'
import { PageChannel } from '../support/jsdom-tab'
import { createRecord } from '../support/record'
import { recordOf } from '../support/storage-contract'

beforeEach(() => {
  vi.unstubAllGlobals()
  vi.stubGlobal('BroadcastChannel', PageChannel)
})

type Access = 'works' | 'fails' | 'is full'

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
  async function breakTab(record: SessionRecord | null, access: Access = 'fails') {
    const database = createRecord(recordOf())
    const [broken, other] = [openTab(database, key), openTab(database, key)]
    await run(broken.read())
    await run(other.read())
    await clock.advance(1_000)
    broken.allow(access)
    await run(broken.update(() => record))
    await clock.advance(1_000)
    return { database, broken, other }
  }

  test.each<[string, SessionRecord]>([
    ['a later generation', recordOf({ generation: 1 })],
    ['a later session', recordOf({ id: 'next' })],
  ])('counts where it is %s, and the database was emptied', async (_, record) => {
    const { database, other } = await breakTab(record, 'is full')
    expect(database.value).toBeNull()
    expect(await run(other.read())).toEqual(record)
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
