// @vitest-environment jsdom
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { memoryStorage, type AuthStorage } from 'vue-auth-refresh'
import { nobody, toRecord } from '../../src/session/record'
import type { Session } from '../../src/session/session'
import {
  commit,
  erase,
  lapse,
  oweLogout,
  put,
  remove,
  resume,
  settle,
  settleLogout,
  settleNobody,
  stepUpTo,
  update,
  type Rule,
} from '../../src/session/stored-rules'
import { openSharedSession, type SharedSessionOptions } from '../../src/shared/open-shared-session'
import { driveClock } from '../support/clock'
import { setOnline, showPage, useSingleTab } from '../support/jsdom-tab'
import { exampleSession as session } from '../support/example-session'
import { createRecord } from '../support/record'
import { createLatch } from '../../src/utils/waiting'
import { noSignal } from '../support/signals'

const ANNOUNCEMENT = 'vue-auth-refresh/changed:auth'
const successor: Session = { ...session, generation: 1, token: 'A2', refreshToken: 'R2' }

useSingleTab()

beforeEach(() => {
  localStorage.clear()
})

/** A storage over one value, which the test can read and replace. */
function valueStorage(value: unknown = null) {
  const stored = createRecord(value)
  const update = vi.fn<AuthStorage['update']>((_key, change) => stored.update(change))
  return { stored, storage: { read: stored.read, update, close: vi.fn() } }
}

function open(change: Partial<Omit<SharedSessionOptions, 'onChange' | 'onEnded' | 'warn'>> = {}) {
  const options = {
    name: 'auth',
    storage: memoryStorage(),
    refreshLimit: 30_000,
    askLimit: 60_000,
    afterlife: 0,
    ...change,
    onChange: vi.fn(),
    onEnded: vi.fn(),
    warn: vi.fn(),
  }
  return { ...options, shared: openSharedSession(options) }
}

/** The time of receipt goes through the wall clock, which costs fractions of a millisecond. */
const like = ({ id, generation, token }: Session) =>
  expect.objectContaining({ id, generation, token })

/** A storage that keeps nothing, as `localStorage` in some private modes. */
const leakyStorage: AuthStorage = {
  read: async () => null,
  async update(_key, change) {
    if (change(null)) throw new Error('The record was not kept.')
    return null
  },
}

/** Whether an announcement has been made since the last call. */
function takeAnnouncement(): boolean {
  const isAnnounced = localStorage.getItem(ANNOUNCEMENT) !== null
  localStorage.removeItem(ANNOUNCEMENT)
  return isAnnounced
}

/** Notes what is announced from here on. */
function hearChannels(): { readonly sent: unknown[] } {
  const sent: unknown[] = []
  const channel = class {
    postMessage = (message: unknown): void => void sent.push(message)
    close(): void {}
  }
  vi.stubGlobal('BroadcastChannel', channel)
  return { sent }
}

describe('what is stored', () => {
  test('a session that a rule stores is read, and another rule finds it', async () => {
    const { shared, warn } = open()
    expect(await shared.read()).toBeNull()
    expect(await shared.change(put(session))).toBe(session)
    expect(await shared.read()).toEqual(like(session))

    const found: unknown[] = []
    await shared.change((stored) => void found.push(stored))
    expect(found).toEqual([like(session)])
    expect(await shared.change(commit(successor))).toBe(successor)
    expect(await shared.read()).toEqual(like(successor))
    expect(warn).not.toHaveBeenCalled()
  })

  test('it is a record under the name of the session', async () => {
    const storage = memoryStorage()
    const { shared } = open({ name: 'admin', storage })
    await shared.change(put(session))
    expect(await storage.read('admin')).toMatchObject({ version: 1, id: 's1', token: 'A1' })
    expect(await storage.read('auth')).toBeNull()
  })

  test('a rule that leaves the record resolves with the session that another tab has stored', async () => {
    const { stored, storage } = valueStorage()
    const { shared } = open({ storage })
    await shared.change(put(session))
    stored.value = toRecord(successor)
    expect(await shared.change(put(session))).toEqual(like(successor))
    expect(stored.value).toMatchObject({ generation: 1 })
  })

  test('the mark of a lapse and its removal are stored as any session', async () => {
    const { shared } = open()
    await shared.change(put(session))
    const lapsed = { id: 's1', generation: 1, isLapsed: true }
    expect(await shared.change(lapse(session))).toEqual(lapsed)
    expect(await shared.read()).toEqual(lapsed)
    expect(await shared.change(remove(successor, { nobody: true }))).toEqual({ nobody: true })
    expect(await shared.read()).toEqual({ nobody: true })
  })

  test('reads and changes happen one after the other', async () => {
    const latch = createLatch()
    const { storage } = valueStorage()
    storage.update.mockImplementationOnce(async () => latch.opened)
    const { shared } = open({ storage })
    const order: string[] = []
    const done = Promise.all([
      shared.change(put(session)).then(() => order.push('put')),
      shared.read().then(() => order.push('read')),
      shared.change(put(successor)).then(() => order.push('put again')),
    ])
    latch.open()
    await done
    expect(order).toEqual(['put', 'read', 'put again'])
  })
})

describe('announcements', () => {
  test.each<[string, Session | null, Rule, boolean]>([
    ['a session that is stored', null, put(session), true],
    ['a successor', session, commit(successor), true],
    ['a removal', session, remove(session, null), true],
    ['the mark of a lapse', session, lapse(session), true],
    ['a removal where nothing was left', null, remove(session, null), true],
    ['a rule that leaves a session', successor, remove(session, null), false],
    ['a rule that leaves nothing as it is', null, commit(successor), false],
  ])('%s is announced unless the rule has changed nothing', async (_, found, rule, isTold) => {
    const { storage } = valueStorage(found && toRecord(found))
    const { shared } = open({ storage })
    await shared.change(rule)
    expect(takeAnnouncement()).toBe(isTold)
  })

  test('11: an end is announced even if the rule leaves everything', async () => {
    const record = toRecord(successor)
    const { storage, stored } = valueStorage(record)
    const { shared } = open({ storage })
    expect(await shared.change(remove(session, null), session.id)).toEqual(like(successor))
    expect(takeAnnouncement()).toBe(true)
    expect(stored.value).toBe(record)
  })

  describe('10: the session that is over is named to the other tabs', () => {
    const other: Session = { ...session, id: 's2' }
    const gone = toRecord(session)
    test.each<[string, unknown, Rule, string | null | undefined, string | null]>([
      ['after a removal', gone, remove(session, null), undefined, 's1'],
      ['after a login in its place', gone, put(other), undefined, 's1'],
      ['after an end that finds nothing', null, remove(session, null), 's1', 's1'],
      ['after an end that finds another one', toRecord(other), remove(session, null), 's1', 's1'],
      ['after the removal of an unknown one', gone, remove(session, null), null, 's1'],
      ['unless its successor is there', toRecord(successor), remove(session, null), 's1', null],
      ['unless it is renewed', gone, commit(successor), undefined, null],
      ['unless it lapses', gone, lapse(session), undefined, null],
      ['unless none was there', null, put(session), undefined, null],
    ])('%s', async (_, found, rule, ended, named) => {
      const { sent } = hearChannels()
      const { storage } = valueStorage(found)
      const { shared } = open({ storage })
      await shared.change(rule, ended)
      expect(sent).toEqual([named])
    })

    test('unless each tab has a session of its own: a duplicated tab has one of the same id', async () => {
      const { sent } = hearChannels()
      const { storage } = valueStorage(gone)
      const { shared } = open({ storage: { ...storage, isPerTab: true } })
      await shared.change(remove(session, null), 's1')
      expect(sent).toEqual([null])
    })
  })

  test('reading is not announced', async () => {
    const { shared } = open()
    await shared.read()
    expect(takeAnnouncement()).toBe(false)
  })

  test('3: a change is announced once it is stored, not before', async () => {
    const latch = createLatch()
    const { stored, storage } = valueStorage()
    storage.update.mockImplementationOnce(async (_key, change) => {
      const written = await stored.update(change)
      await latch.opened
      return written
    })
    const { shared } = open({ storage })
    const changed = shared.change(put(session))
    await vi.waitUntil(() => stored.value !== null)
    expect(takeAnnouncement()).toBe(false)
    latch.open()
    await changed
    expect(takeAnnouncement()).toBe(true)
  })

  test('a rule that throws rejects for its caller, and changes nothing', async () => {
    const { stored, storage } = valueStorage(toRecord(session))
    const { shared } = open({ storage })
    const fail = (): never => {
      throw new RangeError('no')
    }
    await expect(shared.change(fail)).rejects.toThrow('no')
    expect(stored.value).toMatchObject({ id: 's1' })
    expect(takeAnnouncement()).toBe(false)
  })
})

describe('43: records that the library has not written', () => {
  const hostile: [string, unknown][] = [
    ['text', '{"version":1}'],
    ['an array', [toRecord(session)]],
    ['a number', 1],
    ['a later version', { ...toRecord(session), version: 2 }],
    ['a token with a line break', { ...toRecord(session), token: 'a\r\nb' }],
    ['a generation below zero', { ...toRecord(session), generation: -1 }],
    ['a record in a prototype', JSON.parse(`{"__proto__":${JSON.stringify(toRecord(session))}}`)],
  ]

  test.each(hostile)(
    '%s is no session, and stays when nothing takes its place',
    async (_, record) => {
      const { stored, storage } = valueStorage(record)
      const { shared, warn } = open({ storage })
      expect(await shared.read()).toBeNull()
      const found: unknown[] = []
      expect(await shared.change((stored) => void found.push(stored))).toBeNull()
      expect(found).toEqual([null])
      expect(await shared.change(remove(session, null))).toBeNull()
      expect(stored.value).toBe(record)
      expect(takeAnnouncement()).toBe(true)
      expect(warn).not.toHaveBeenCalled()
    },
  )

  test.each(hostile)('%s makes room for a session', async (_, record) => {
    const { stored, storage } = valueStorage(record)
    const { shared } = open({ storage })
    expect(await shared.change(put(session))).toBe(session)
    expect(stored.value).toMatchObject({ version: 1, id: 's1', token: 'A1' })
  })
})

describe('24: a storage that fails', () => {
  const broken = new Error('out of order')
  const refuse = (): Promise<never> => Promise.reject(broken)
  const WARNING = ['Storage failed; a reload may end the session.', 'storage-failed', broken]

  test('memory takes over, with one warning', async () => {
    const { shared, warn } = open({ storage: { read: refuse, update: refuse } })
    expect(await shared.read()).toBeNull()
    expect(await shared.change(put(session))).toBe(session)
    expect(await shared.read()).toEqual(like(session))
    expect(await shared.change(remove(session, null))).toBeNull()
    expect(await shared.read()).toBeNull()
    expect(warn.mock.calls).toEqual([WARNING])
  })

  test('memory takes over from a storage that hangs, after three seconds', async () => {
    const clock = driveClock()
    const hang = (): Promise<never> => new Promise(() => {})
    const { shared, warn } = open({ storage: { read: hang, update: hang } })
    const changed = shared.change(put(session))
    await clock.advance(2_999)
    expect(warn).not.toHaveBeenCalled()
    await clock.advance(1)
    expect(await changed).toBe(session)
    expect(warn).toHaveBeenCalledTimes(1)
  })

  test('a rule that runs twice is announced once', async () => {
    const { stored, storage } = valueStorage()
    storage.update.mockImplementationOnce(async (_key, change) => {
      change(stored.value)
      throw broken
    })
    const { shared, warn } = open({ storage })
    const announced = vi.spyOn(Storage.prototype, 'setItem')
    expect(await shared.change(put(session))).toBe(session)
    expect(stored.value).toMatchObject({ id: 's1' })
    expect(announced).toHaveBeenCalledTimes(1)
    expect(warn).not.toHaveBeenCalled()
  })

  test('where IndexedDB, the default, is missing, memory takes over', async () => {
    const { shared, warn } = open({ storage: undefined })
    await shared.change(put(session))
    expect(await shared.read()).toEqual(like(session))
    expect(warn.mock.calls).toEqual([[...WARNING.slice(0, 2), expect.any(ReferenceError)]])
  })

  test('where the locks fail as well, each has one warning', async () => {
    Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true })
    const { shared, warn } = open({ storage: { read: refuse, update: refuse } })
    await shared.read()
    expect(await shared.exclusively(async () => 'done', noSignal)).toBe('done')
    expect(await shared.takeTurn(async () => 'done', noSignal)).toBe('done')
    expect(warn.mock.calls).toEqual([
      WARNING,
      [expect.any(String), 'tabs-cannot-be-kept-apart', expect.any(Error)],
    ])
  })
})

describe('locks', () => {
  /** An IndexedDB that refuses, and the names of the databases that were to be opened. */
  function refuseDatabases() {
    const opened = vi.fn((_name: string): never => {
      throw new Error('no database')
    })
    vi.stubGlobal('indexedDB', { open: opened })
    return () => opened.mock.calls.map(([name]) => name)
  }
  const begin = async (canBegin: () => Promise<boolean>) => canBegin()

  test('refreshing and asking the user have locks of their own, and do not exclude each other', async () => {
    const databases = refuseDatabases()
    const request = vi.spyOn(navigator.locks, 'request')
    const { shared, warn } = open()
    const nested = shared.exclusively(() => shared.takeTurn(begin, noSignal), noSignal)
    expect(await nested).toBe(true)
    expect(request.mock.calls.map(([name]) => name)).toEqual([
      'vue-auth-refresh:auth',
      'vue-auth-refresh/turn:auth',
    ])
    expect(databases()).toEqual([])
    expect(warn).not.toHaveBeenCalled()
  })

  test('24: without Web Locks each has leases of its own; where leases fail too, one tab still works', async () => {
    Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true })
    const databases = refuseDatabases()
    const { shared, warn } = open()
    expect(await shared.exclusively(begin, noSignal)).toBe(true)
    // Three times to take it, once to give it back.
    expect(databases()).toEqual(Array(4).fill('vue-auth-refresh:auth'))
    expect(await shared.takeTurn(begin, noSignal)).toBe(true)
    expect(databases().slice(4)).toEqual(Array(4).fill('vue-auth-refresh/turn:auth'))
    expect(warn.mock.calls).toEqual([
      [
        'Tabs cannot be kept apart; several at once may end the session.',
        'tabs-cannot-be-kept-apart',
        new Error('no database'),
      ],
    ])
  })

  test('9: a refresh that may outlive its page takes a lease too, and asking the user never does', async () => {
    const databases = refuseDatabases()
    const { shared, warn } = open({ afterlife: 5_000 })
    await shared.takeTurn(begin, noSignal)
    expect(databases()).toEqual([])
    expect(await shared.exclusively(begin, noSignal)).toBe(true)
    expect(new Set(databases())).toEqual(new Set(['vue-auth-refresh:auth']))
    expect(warn).not.toHaveBeenCalled()
  })

  test('refreshing has its limit, and asking the user the longer one', async () => {
    const clock = driveClock()
    const { shared } = open()
    const spans: number[] = []
    for (const lock of [shared.exclusively, shared.takeTurn]) {
      const start = Date.now()
      await lock(async (canBegin) => {
        while (await canBegin()) await clock.advance(700)
      }, noSignal)
      spans.push(Date.now() - start)
    }
    expect(spans).toEqual([15_400, 30_100])
  })
})

describe('the page', () => {
  test('the page is active while it is visible and online', async () => {
    const { shared } = open()
    showPage(true)
    setOnline(true)
    expect(shared.isActive()).toBe(true)
    await shared.online(noSignal)
    await shared.shown(noSignal)
    setOnline(false)
    expect(shared.isActive()).toBe(false)
    await expect(shared.online(AbortSignal.abort('enough'))).rejects.toBe('enough')
  })

  test('15: other tabs and the page are watched until the session is closed, and the storage closes too', () => {
    const { storage } = valueStorage()
    const { shared, onChange } = open({ storage })
    const happen = () => {
      dispatchEvent(new StorageEvent('storage', { key: ANNOUNCEMENT }))
      dispatchEvent(new Event('online'))
    }
    happen()
    expect(onChange.mock.calls).toEqual([[], [expect.any(Event)]])
    expect(storage.close).not.toHaveBeenCalled()
    shared.close()
    happen()
    expect(onChange).toHaveBeenCalledTimes(2)
    expect(storage.close).toHaveBeenCalledTimes(1)
  })

  test('15: a change that is under way at closing is still stored, and the storage closed after it', async () => {
    const { stored, storage } = valueStorage()
    const { shared } = open({ storage })
    const changed = shared.change(put(session))
    shared.close()
    await changed
    expect(stored.value).toMatchObject({ id: 's1' })
    expect(storage.close).toHaveBeenCalledTimes(2)
  })
})

describe('55: a storage that is late at the start', () => {
  const other: Session = { ...session, id: 'other', receivedAt: session.receivedAt - 60_000 }

  /** Makes a change before the storage has answered; resolves with what is stored once it has. */
  async function changeEarly(rule: Rule, ended?: string | null): Promise<unknown> {
    const clock = driveClock()
    const { stored, storage } = valueStorage(toRecord(other))
    const { opened, open: answer } = createLatch()
    const { shared } = open({
      storage: {
        read: () => opened.then(storage.read),
        update: (key, change) => opened.then(() => storage.update(key, change)),
      },
    })
    void shared.read()
    await clock.advance(3_000)
    await shared.change(rule, ended)
    answer()
    await clock.until(shared.read())
    return stored.value
  }

  test.each<[string, Rule]>([
    ['a successor', commit(successor)],
    ['a removal', remove(session, null)],
    ['a removal with a cookie', remove(session, nobody)],
    ['the erasing of what has ended', erase((id) => id === session.id, null)],
    ['a lapse', lapse(session)],
    ['the session after a lapse', resume(session)],
    ['newer tokens', update(successor, session)],
    ['a step-up', stepUpTo(successor)],
    ['a search that has found a session', settle(session, false)],
    ['a search with a hint that has found a session', settle(session, true)],
    ['a search that has found no user', settleNobody],
    ['a logout that is still to be told', oweLogout],
    ['a logout that was told', settleLogout],
  ])('13: has its session after a rule that leaves the sessions of others: %s', async (_, rule) => {
    expect(await changeEarly(rule)).toMatchObject({ id: 'other', generation: other.generation })
  })

  test('13: has the login of this tab', async () => {
    expect(await changeEarly(put(session))).toMatchObject({ id: session.id })
  })

  test.each([
    [null, null],
    [nobody, { ...nobody, version: 1 }],
  ])('10: has no session after a logout of whoever it has (%j)', async (afterEnd, left) => {
    expect(
      await changeEarly(
        erase(() => false, afterEnd),
        null,
      ),
    ).toEqual(left)
  })
})

test('11: what a broken storage is given late is announced once it has it', async () => {
  const clock = driveClock()
  const { stored, storage } = valueStorage()
  const { shared } = open({ storage })
  await shared.read()
  const { update: store } = storage
  storage.update = vi.fn(() => Promise.reject(new Error('out of order')))
  await shared.change(put(session))
  expect(takeAnnouncement()).toBe(true)
  storage.update = store
  await clock.advance(1_000)
  expect(stored.value).toMatchObject({ id: session.id })
  expect(takeAnnouncement()).toBe(true)
  await shared.read()
  expect(takeAnnouncement()).toBe(false)
})

test('4: a change in memory is announced, although the rule leaves the broken storage as it is', async () => {
  const { shared } = open({ storage: leakyStorage })
  await shared.change(put(session))
  takeAnnouncement()
  expect(await shared.change(commit(successor))).toEqual(like(successor))
  expect(takeAnnouncement()).toBe(true)
})
