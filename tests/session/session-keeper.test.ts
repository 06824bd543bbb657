import { describe, expect, test, vi } from 'vitest'
import { AuthError } from '../../src/errors'
import type { AuthEventDetail } from '../../src/events'
import { toLapsed, toRecord } from '../../src/session/record'
import { toSession, type Session } from '../../src/session/session'
import {
  createSessionKeeper,
  type SessionKeeperOptions,
  type SessionKeeperPorts,
} from '../../src/session/session-keeper'
import { refusedOf, sessionOf, standingOf } from '../../src/session/session-state'
import type { AuthTokens } from '../../src/session/token-response'
import { composeSharedSession } from '../../src/shared/open-shared-session'
import { driveClock } from '../support/clock'
import { codeOf } from '../support/code-of'
import { createRecord, type HeldRecord } from '../support/record'
import { createLatch } from '../../src/utils/waiting'

const tokensOf = (name: string): AuthTokens => ({
  token: `access-${name}`,
  refreshToken: `refresh-${name}`,
  expiresIn: null,
  scope: null,
})
const short = (seconds: number): AuthTokens => ({ ...tokensOf('short'), expiresIn: seconds })
const another = () => toRecord(toSession(tokensOf('another')))
const ended = (reason: string, adopted: boolean) => ({ type: 'session-ended', reason, adopted })

/** All that needs no timer has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('Nothing was thrown.')
}

interface WorldOptions extends Partial<SessionKeeperOptions> {
  /** Whether the storage has been read before the test goes on. */
  readonly isRestored?: boolean
  readonly storage?: Partial<Pick<HeldRecord, 'read' | 'update'>>
}

/** A keeper over a storage and a token endpoint in the test's hands, with all that it tells. */
async function createWorld(
  ports: Partial<SessionKeeperPorts> = {},
  { isRestored = true, storage, ...options }: WorldOptions = {},
) {
  const stored = createRecord()
  let gate: Promise<unknown> = Promise.resolve()
  const told: AuthEventDetail[] = []
  /** The refresh in flight, each time that another one is told. */
  const flights: (Promise<Session> | null)[] = []
  const exchange = vi.fn<SessionKeeperPorts['exchange']>(async () => tokensOf('refreshed'))
  const onState = vi.fn<SessionKeeperPorts['onState']>(() => {
    const flight = keeper.refreshing()
    if (flight !== (flights.at(-1) ?? null)) flights.push(flight)
  })
  const keeper = createSessionKeeper(
    {
      shared: composeSharedSession(
        {
          // A reading finds what is there when it begins, however long it takes.
          read: async () => {
            const found = stored.value
            await gate
            return found
          },
          update: stored.update,
          whenStored: stored.whenStored,
          ...storage,
        },
        (work) => work(async () => true),
        () => {},
      ),
      isOnline: () => true,
      online: async () => {},
      isShown: () => true,
      onActivity: () => () => {},
      onEndsAt() {},
      exchange,
      emit: (event) => told.push(event),
      isSameUser: async () => undefined,
      onUntold() {},
      askToStepUp: async () => {},
      onState,
      ...ports,
    },
    {
      refreshTimeout: 10_000,
      retries: 0,
      classifyFailure: () => 'unreachable',
      leeway: 30_000,
      minValidity: 2_000,
      session: 'tokens',
      canLapse: false,
      ...options,
    },
  )
  if (isRestored) {
    await keeper.restore()
    onState.mockClear()
  }
  const calls = () =>
    onState.mock.calls.map(([state, before, adopted, failure]) => ({
      state,
      before,
      adopted,
      failure,
    }))
  return {
    keeper,
    requests: keeper.requests,
    told,
    flights,
    exchange,
    onState,
    calls,
    /** The sessions that came into use; null where none did in place of the last one. */
    used: () =>
      calls()
        .filter(({ state, before }) => sessionOf(state) !== sessionOf(before))
        .map(({ state }) => sessionOf(state)),
    /** The sessions that began in another tab. */
    joined: () =>
      calls()
        .filter(({ adopted, state }) => adopted && sessionOf(state))
        .filter(({ state, before }) => sessionOf(state)?.id !== sessionOf(before)?.id)
        .map(({ state }) => sessionOf(state)),
    /** The codes of refreshes that failed and left the session as it is. */
    failures: () => calls().flatMap(({ failure }) => (failure ? [failure.code] : [])),
    /** The ends of sessions. */
    ends: () =>
      calls()
        .filter(({ before }) => sessionOf(before) ?? refusedOf(before))
        .flatMap(({ state, adopted }) =>
          state.is === 'anonymous' ? [{ code: state.reason.code, adopted }] : [],
        ),
    /** The reasons of lapses, and of those for which the user is asked. */
    lapses: () =>
      calls().flatMap(({ state, before }) =>
        state.is === 'lapsed' && before.is !== 'lapsed' ? [state.reason.code] : [],
      ),
    questions: () =>
      calls().flatMap(({ state, before }) =>
        state.is === 'lapsed' && state.isAwaited && before !== state ? [state.reason.code] : [],
      ),
    plant: (record: unknown) => (stored.value = record),
    stored: () => stored.value,
    /** Keeps what is read back until it is released. */
    holdReads() {
      const latch = createLatch()
      gate = latch.opened
      return () => latch.open()
    },
  }
}
type World = Awaited<ReturnType<typeof createWorld>>

const acquire = async ({ requests }: Pick<World, 'requests'>, owner: string) =>
  requests.acquire(owner)

/** The code with which a request of an owner fails, at once or later. */
const failureOf = (world: Pick<World, 'requests'>, owner: string) => codeOf(acquire(world, owner))

test('a session that began during a reading is not judged by what was read before', async () => {
  const { keeper, requests, joined, plant, holdReads } = await createWorld()
  plant(another())
  const release = holdReads()
  keeper.reread()
  await settled()
  const mine = await keeper.begin(tokensOf('mine'))
  release()
  await settled()
  expect(requests.current()).toBe(mine)
  expect(requests.acquire(mine.id)).toBe(mine)
  expect(joined()).toEqual([])
})

test('a logout during a reading is not undone by what was read before', async () => {
  const { keeper, requests, joined, holdReads, stored } = await createWorld()
  await keeper.begin(tokensOf('mine'))
  const release = holdReads()
  keeper.reread()
  await settled()
  const end = keeper.end(new AuthError('signed-out'))
  release()
  await end?.erased
  await settled()
  expect(requests.current()).toBeNull()
  expect(joined()).toEqual([])
  expect(stored()).toBeNull()
})

test('a change during a reading is found by one more reading', async () => {
  const { keeper, requests, joined, plant, holdReads } = await createWorld()
  const release = holdReads()
  keeper.reread()
  await settled()
  plant(another())
  keeper.reread()
  release()
  await settled()
  expect(joined()).toHaveLength(1)
  expect(requests.current()?.token).toBe('access-another')
})

test('11: requests wait for a reading that began after the reason for it', async () => {
  const world = await createWorld()
  const { keeper, plant, holdReads } = world
  const mine = await keeper.begin(tokensOf('mine'))
  const release = holdReads()
  keeper.reread()
  await settled()
  plant(another())
  keeper.reread()
  const waiting = failureOf(world, mine.id)
  release()
  expect(await waiting).toBe('superseded')
})

describe('11: a session that another tab has ended during a reading is read once more', () => {
  test('where another one has begun in its place, which requests are told of', async () => {
    const world = await createWorld()
    const { keeper, requests, plant, holdReads } = world
    const mine = await keeper.begin(tokensOf('mine'))
    const release = holdReads()
    keeper.reread()
    await settled()
    const waiting = failureOf(world, mine.id)
    keeper.hearEnd(mine.id)
    plant(another())
    release()
    expect(await waiting).toBe('superseded')
    expect(requests.current()?.token).toBe('access-another')
  })

  test('where none has, which is a logout', async () => {
    const world = await createWorld()
    const { keeper, plant, holdReads } = world
    const mine = await keeper.begin(tokensOf('mine'))
    const release = holdReads()
    keeper.reread()
    await settled()
    const waiting = failureOf(world, mine.id)
    keeper.hearEnd(mine.id)
    plant(null)
    release()
    expect(await waiting).toBe('signed-out')
  })

  test('also at the start', async () => {
    const { keeper, requests, plant, holdReads } = await createWorld({}, { isRestored: false })
    const mine = toSession(tokensOf('mine'))
    plant(toRecord(mine))
    const release = holdReads()
    const restored = keeper.restore()
    keeper.hearEnd(mine.id)
    plant(another())
    release()
    await restored
    expect(requests.current()?.token).toBe('access-another')
  })
})

test('10: a session that ended here is not brought back by a write that crossed', async () => {
  const { keeper, requests, joined, plant, stored } = await createWorld()
  const mine = await keeper.begin(tokensOf('mine'))
  await keeper.end(new AuthError('signed-out'))?.erased
  plant(toRecord(toSession(tokensOf('crossed'), mine)))
  keeper.reread()
  await settled()
  expect(requests.current()).toBeNull()
  expect(joined()).toEqual([])
  expect(stored()).toBeNull()
})

test('13: nor does it overwrite the login that came after it', async () => {
  const { keeper, requests, plant, stored } = await createWorld()
  const old = await keeper.begin(tokensOf('old'))
  const mine = await keeper.begin(tokensOf('mine'))
  plant(toRecord(toSession(tokensOf('crossed'), old)))
  keeper.reread()
  await settled()
  expect(requests.current()).toBe(mine)
  expect(stored()).toMatchObject({ id: mine.id, token: 'access-mine' })
})

test('15: nothing is adopted after the keeper was disposed of', async () => {
  const { keeper, requests, joined, plant, stored, holdReads } = await createWorld()
  const record = another()
  plant(record)
  const release = holdReads()
  keeper.reread()
  keeper.dispose(new AuthError('signed-out'))
  release()
  await settled()
  expect(requests.current()).toBeNull()
  expect(joined()).toEqual([])
  expect(stored()).toBe(record)
})

test('requests wait for one reading, however many more are asked for', async () => {
  const { keeper, requests, holdReads } = await createWorld()
  const mine = await keeper.begin(tokensOf('mine'))
  const release = holdReads()
  keeper.reread()
  const waiting = requests.acquire(mine.id)
  expect(waiting).toBeInstanceOf(Promise)
  const flood = setInterval(() => keeper.reread(), 0)
  release()
  expect(await waiting).toBe(mine)
  clearInterval(flood)
})

describe('restoring', () => {
  test('puts the stored session into use, and then it is known who is signed in', async () => {
    const { keeper, requests, plant, used, joined } = await createWorld({}, { isRestored: false })
    plant(another())
    expect(keeper.state()).toEqual({ is: 'restoring' })
    const known = requests.whenKnown()
    expect(await keeper.restore()).toBe(true)
    await keeper.restored
    await known
    expect(known).toBeInstanceOf(Promise)
    const found = requests.current()
    expect(found).toMatchObject({ token: 'access-another' })
    expect([keeper.state().is, requests.whenKnown()]).toEqual(['active', undefined])
    expect(used()).toEqual([found])
    expect(joined()).toEqual([])
  })

  test('finds no user where nothing or a lapsed session is stored', async () => {
    for (const record of [null, toRecord(toLapsed(toSession(tokensOf('lapsed'))))]) {
      const { keeper, requests, plant } = await createWorld({}, { isRestored: false })
      plant(record)
      expect(await keeper.restore()).toBe(true)
      expect([requests.current(), keeper.state().is]).toEqual([null, 'anonymous'])
      expect(requests.lossReason().code).toBe('unauthenticated')
    }
  })

  test('does not take the place of a user who has signed in meanwhile', async () => {
    const { keeper, requests, plant, holdReads } = await createWorld({}, { isRestored: false })
    plant(another())
    const release = holdReads()
    const restoring = keeper.restore()
    const mine = await keeper.begin(tokensOf('mine'))
    release()
    expect(await restoring).toBe(false)
    expect(requests.current()).toBe(mine)
  })
})

describe('a session that ends', () => {
  test('is told of once it is out of use, and its requests are told why', async () => {
    const { keeper, requests, told, used, onState } = await createWorld()
    const mine = await keeper.begin(tokensOf('mine'))
    const reason = new AuthError('signed-out')
    onState.mockClear()
    onState.mockImplementation(() => {
      expect(requests.current()).toBeNull()
      expect(told).toEqual([])
    })
    expect(requests.ownerNow(false)).toBe(mine.id)
    expect(standingOf(keeper.state(), mine.id)).toBe('served')
    expect(keeper.end(reason)?.session).toMatchObject({
      token: 'access-mine',
      refreshToken: 'refresh-mine',
    })
    expect(onState).toHaveBeenCalledTimes(1)
    expect(told).toEqual([ended('signed-out', false)])
    expect(used()).toEqual([null])
    expect(requests.lossReason()).toBe(reason)
    expect([requests.ownerNow(false), requests.ownerNow(true)]).toEqual([null, null])
    expect(standingOf(keeper.state(), mine.id)).toBe('lost')
    expect(thrownBy(() => requests.acquire(mine.id))).toBe(reason)
  })

  test('where there is none, ends silently', async () => {
    const { keeper, requests, told, used, calls } = await createWorld()
    expect(keeper.end(new AuthError('signed-out'))).toBeNull()
    expect(calls()).toMatchObject([{ state: { is: 'anonymous' }, adopted: false }])
    expect(told).toEqual([])
    expect(used()).toEqual([])
    expect(requests.lossReason().code).toBe('signed-out')
  })

  test('before it is known who is signed in, makes that known', async () => {
    const { keeper } = await createWorld({}, { isRestored: false })
    keeper.end(new AuthError('signed-out'))
    await keeper.restored
    expect(keeper.state().is).toBe('anonymous')
  })

  test('12: by a login gives its requests up', async () => {
    const { keeper, requests, told } = await createWorld()
    const old = await keeper.begin(tokensOf('old'))
    await keeper.begin(tokensOf('new'))
    expect(told).toEqual([ended('superseded', false)])
    expect(thrownBy(() => requests.acquire(old.id))).toMatchObject({ code: 'superseded' })
    expect(standingOf(keeper.state(), old.id)).toBe('lost')
  })

  test('is removed, whatever its generation is in storage', async () => {
    const { keeper, plant, stored } = await createWorld()
    const mine = await keeper.begin(tokensOf('mine'))
    plant(toRecord(toSession(tokensOf('later'), toSession(tokensOf('next'), mine))))
    await keeper.end(new AuthError('signed-out'))?.erased
    expect(stored()).toBeNull()
  })
})

describe('a reading of the storage adopts', () => {
  async function reread(change: (mine: Session) => unknown) {
    const world = await createWorld()
    const mine = await world.keeper.begin(tokensOf('mine'))
    world.onState.mockClear()
    world.plant(change(mine))
    world.keeper.reread()
    await settled()
    return { ...world, mine }
  }

  test('a newer token', async () => {
    const { requests, told, used, joined } = await reread((mine) =>
      toRecord(toSession(tokensOf('next'), mine)),
    )
    expect(requests.current()).toMatchObject({ token: 'access-next', generation: 1 })
    expect(told).toEqual([{ type: 'refresh-succeeded', adopted: true }])
    expect(used()).toHaveLength(1)
    expect(joined()).toEqual([])
  })

  test('no newer token while a refresh is in flight, which finds it for itself', async () => {
    const { keeper, requests, plant, told } = await createWorld({
      exchange: () => new Promise(() => {}),
    })
    const mine = await keeper.begin(tokensOf('mine'))
    void codeOf(keeper.refresh('manual'))
    await settled()
    plant(toRecord(toSession(tokensOf('next'), mine)))
    keeper.reread()
    await settled()
    expect(requests.current()).toBe(mine)
    expect(told.map(({ type }) => type)).toEqual(['refresh-started'])
  })

  test('11: another user or a logout also then', async () => {
    for (const record of [another(), null]) {
      const { keeper, requests, plant } = await createWorld({
        exchange: () => new Promise(() => {}),
      })
      const mine = await keeper.begin(tokensOf('mine'))
      const refreshing = codeOf(keeper.refresh('manual'))
      await settled()
      plant(record)
      keeper.reread()
      expect(await refreshing).toBe(record ? 'superseded' : 'signed-out')
      expect(requests.current()?.id).not.toBe(mine.id)
    }
  })

  test('no lapsed session, where no user is signed in', async () => {
    const { keeper, calls, plant, told } = await createWorld({}, { canLapse: true })
    plant(toRecord(toLapsed(toSession(tokensOf('lapsed')))))
    keeper.reread()
    await settled()
    expect([keeper.state().is, calls(), told]).toEqual(['anonymous', [], []])
  })

  test('no token that is not newer', async () => {
    const { requests, told, calls, mine } = await reread((mine) => ({
      ...toRecord(mine),
      token: 'same',
    }))
    expect(requests.current()).toBe(mine)
    expect([told, calls()]).toEqual([[], []])
  })

  test('53: newer tokens of the same generation, which another tab was given', async () => {
    const clock = driveClock()
    const { keeper, requests, told, plant } = await createWorld()
    const mine = await keeper.begin(tokensOf('mine'))
    await clock.advance(3)
    plant(toRecord({ ...toSession(tokensOf('updated')), id: mine.id }))
    keeper.reread()
    await settled()
    expect(requests.current()).toMatchObject({ id: mine.id, token: 'access-updated' })
    expect(told).toEqual([{ type: 'refresh-succeeded', adopted: true }])
  })

  test('another user, who ends this session first', async () => {
    const { requests, told, joined, failures, ends } = await reread(another)
    expect(requests.current()?.token).toBe('access-another')
    expect(told).toEqual([ended('superseded', true)])
    expect(joined()).toEqual([requests.current()])
    expect([failures(), ends()]).toEqual([[], []])
  })

  test('11: nothing, which is a logout', async () => {
    const { requests, told, ends, failures, joined } = await reread(() => null)
    expect(joined()).toEqual([])
    expect(requests.current()).toBeNull()
    expect(told).toEqual([ended('signed-out', true)])
    expect(ends()).toEqual([{ code: 'signed-out', adopted: true }])
    expect(failures()).toEqual([])
  })

  test('a session that lapsed in another tab as its end, where it cannot lapse here', async () => {
    const { requests, told } = await reread((mine) => toRecord(toLapsed(mine)))
    expect(requests.current()).toBeNull()
    expect(told).toEqual([ended('signed-out', true)])
  })

  test('nothing, where no user is signed in', async () => {
    const { keeper, told, calls } = await createWorld()
    keeper.reread()
    await settled()
    expect([told, calls()]).toEqual([[], []])
  })

  test('10: a session that another tab has ended, if it comes back', async () => {
    const { keeper, requests, plant, mine } = await reread(() => null)
    plant(toRecord(mine))
    keeper.reread()
    await settled()
    expect(requests.current()?.id).toBe(mine.id)
  })
})

describe('refreshing', () => {
  test('1: is one flight, which every caller joins, and which is shown while it lasts', async () => {
    const { keeper, requests, exchange, flights, told, stored } = await createWorld()
    await keeper.begin(tokensOf('mine'))
    expect(flights).toEqual([])
    const flight = keeper.refresh('manual')
    expect(keeper.refresh('expired')).toBe(flight)
    expect(keeper.refreshing()).toBe(flight)
    expect(flights).toEqual([flight])
    const next = await flight
    await settled()
    expect(flights).toEqual([flight, null])
    expect(requests.current()).toBe(next)
    expect(stored()).toMatchObject({ token: 'access-refreshed', generation: 1 })
    expect(exchange).toHaveBeenCalledTimes(1)
    expect(told).toEqual([
      { type: 'refresh-started', reason: 'manual', attempt: 1 },
      { type: 'refresh-succeeded', adopted: false },
    ])
  })

  test('without a user is unauthenticated', async () => {
    const { keeper } = await createWorld()
    expect(await codeOf(keeper.refresh('manual'))).toBe('unauthenticated')
  })

  test('31: without a refresh token is unreachable while the token lives, and the end after', async () => {
    const { keeper, exchange, failures, ends, told, stored } = await createWorld()
    await keeper.begin({ ...tokensOf('mine'), refreshToken: null })
    expect(await codeOf(keeper.refresh('manual'))).toBe('unreachable')
    expect(await codeOf(keeper.refresh('ahead'))).toBe('unreachable')
    expect(told).toEqual([])
    expect([failures(), ends()]).toEqual([['unreachable', 'unreachable'], []])
    expect(await codeOf(keeper.refresh('expired'))).toBe('rejected')
    await settled()
    expect(told).toEqual([ended('rejected', false)])
    expect(failures()).toHaveLength(2)
    expect(ends()).toEqual([{ code: 'rejected', adopted: false }])
    expect(stored()).toBeNull()
    expect(exchange).not.toHaveBeenCalled()
  })

  test('34: that is refused ends the session once', async () => {
    const world = await createWorld(
      { exchange: () => Promise.reject(new Error('no')) },
      { classifyFailure: () => 'rejected' },
    )
    const { keeper, requests, failures, ends, told, stored } = world
    const mine = await keeper.begin(tokensOf('mine'))
    const waiting = [codeOf(keeper.refresh('expired')), failureOf(world, mine.id)]
    expect(await Promise.all(waiting)).toEqual(['rejected', 'rejected'])
    await settled()
    expect(requests.current()).toBeNull()
    expect(stored()).toBeNull()
    expect(ends()).toEqual([{ code: 'rejected', adopted: false }])
    expect(failures()).toEqual([])
    expect(told.filter(({ type }) => type === 'session-ended')).toEqual([ended('rejected', false)])
  })

  test('31: that reaches no server leaves the session', async () => {
    const { keeper, requests, failures, ends, told } = await createWorld({
      exchange: () => Promise.reject(new Error('down')),
    })
    const mine = await keeper.begin(tokensOf('mine'))
    expect(await codeOf(keeper.refresh('manual'))).toBe('unreachable')
    expect(requests.current()).toBe(mine)
    expect([failures(), ends()]).toEqual([['unreachable'], []])
    expect(told.some(({ type }) => type === 'session-ended')).toBe(false)
  })

  test('18: rejects its callers at once when the session ends, and no failure is told', async () => {
    const { keeper, requests, failures, ends } = await createWorld({
      exchange: () => new Promise(() => {}),
    })
    const mine = await keeper.begin(tokensOf('mine'))
    const waiting = keeper.refresh('manual')
    await settled()
    keeper.end(new AuthError('signed-out'))
    expect(await codeOf(waiting)).toBe('signed-out')
    expect(requests.current()).toBeNull()
    expect(failures()).toEqual([])
    expect(ends()).toEqual([{ code: 'signed-out', adopted: false }])
    expect(standingOf(keeper.state(), mine.id)).toBe('lost')
  })
})

test('1: the end of one session’s refresh is not taken for the end of the next one’s', async () => {
  const { keeper, flights } = await createWorld({ exchange: () => new Promise(() => {}) })
  await keeper.begin(tokensOf('old'))
  const before = keeper.refresh('manual')
  void codeOf(before)
  await settled()
  await keeper.begin(tokensOf('new'))
  const flight = keeper.refresh('manual')
  void codeOf(flight)
  await settled()
  expect(keeper.refresh('manual')).toBe(flight)
  expect(flights).toEqual([before, null, flight])
})

describe('10: a write that comes late leaves nothing of a session that has ended', () => {
  /** Writes wait in a queue. */
  function createQueue() {
    const stored = createRecord()
    const gates: ReturnType<typeof createLatch>[] = []
    /** The content that each write puts in place; undefined where it leaves what is there. */
    const written: unknown[] = []
    const update: HeldRecord['update'] = async (change) => {
      const gate = createLatch()
      gates.push(gate)
      await gate.opened
      return stored.update((found) => {
        const next = change(found)
        written.push(next)
        return next
      })
    }
    return {
      storage: { update, read: stored.read },
      written,
      plant: (record: unknown) => (stored.value = record),
      stored: () => stored.value,
      release: async () => {
        gates.forEach((gate) => gate.open())
        await settled()
      },
    }
  }

  test('after a login whose session has ended by then', async () => {
    const { storage, written, stored, release } = createQueue()
    const { keeper } = await createWorld({}, { storage })
    const beginning = keeper.begin(tokensOf('mine'))
    const end = keeper.end(new AuthError('signed-out'))
    await release()
    await Promise.all([beginning, end?.erased])
    expect(written).toEqual([undefined, undefined])
    expect(stored()).toBeNull()
  })

  test('after a refresh whose session has ended by then, which is no failure of the storage', async () => {
    const { storage, written, stored, release } = createQueue()
    const writes: Promise<unknown>[] = []
    const update: HeldRecord['update'] = (change) => {
      const write = storage.update(change)
      writes.push(write)
      return write
    }
    const { keeper } = await createWorld({}, { storage: { ...storage, update } })
    const beginning = keeper.begin(tokensOf('mine'))
    await release()
    await beginning
    const refreshed = codeOf(keeper.refresh('manual'))
    await settled()
    keeper.end(new AuthError('signed-out'))
    await release()
    expect(await refreshed).toBe('signed-out')
    expect(writes).toHaveLength(3)
    await Promise.all(writes)
    expect(written).toMatchObject([{ token: 'access-mine' }, undefined, null])
    expect(stored()).toBeNull()
  })

  test('in place of a write that crossed, when that session has ended by then as well', async () => {
    const { storage, written, plant, stored, release } = createQueue()
    const { keeper, requests } = await createWorld({}, { storage })
    const beginnings = [keeper.begin(tokensOf('old'))]
    const old = requests.current()!
    beginnings.push(keeper.begin(tokensOf('mine')))
    await release()
    await Promise.all(beginnings)
    plant(toRecord(toSession(tokensOf('crossed'), old)))
    keeper.reread()
    await settled()
    keeper.end(new AuthError('signed-out'))
    await release()
    // The login, then the session in use in place of the crossed write, then the end of both.
    expect(written).toMatchObject([undefined, { token: 'access-mine' }, undefined, null])
    expect(stored()).toBeNull()
  })
})

describe('a request asks for a token', () => {
  test('a fresh one is there at once, and so is one that cannot be refreshed', async () => {
    const { keeper, requests, exchange } = await createWorld()
    const mine = await keeper.begin(short(400))
    expect(requests.acquire(mine.id)).toBe(mine)
    const clock = driveClock()
    const stuck = await keeper.begin({ ...short(4), refreshToken: null })
    await clock.advance(5_000)
    expect(requests.acquire(stuck.id)).toBe(stuck)
    expect(exchange).not.toHaveBeenCalled()
  })

  test('56: an expiring one is there at once, and refreshed in the background', async () => {
    const clock = driveClock()
    const { keeper, requests, told } = await createWorld()
    const mine = await keeper.begin(short(400))
    await clock.advance(371_000)
    expect(requests.acquire(mine.id)).toBe(mine)
    await keeper.refreshing()
    expect(requests.current()).toMatchObject({ token: 'access-refreshed' })
    expect(told[0]).toEqual({ type: 'refresh-started', reason: 'ahead', attempt: 1 })
  })

  test('32: where that fails a live one goes on, without waiting again; a dead one does not', async () => {
    const clock = driveClock()
    const exchange = vi.fn(() => Promise.reject(new Error('down')))
    const { keeper, requests } = await createWorld({ exchange })
    const mine = await keeper.begin(short(400))
    await clock.advance(399_000)
    const waiting = requests.acquire(mine.id)
    expect(waiting).toBeInstanceOf(Promise)
    expect(await waiting).toBe(mine)
    expect(requests.acquire(mine.id)).toBe(mine)
    expect(exchange).toHaveBeenCalledTimes(1)
    await clock.advance(60_000)
    expect(await codeOf(requests.acquire(mine.id))).toBe('unreachable')
    const stalled = requests.acquire(mine.id)
    expect(stalled).toBeInstanceOf(Promise)
    const failed = codeOf(stalled)
    await clock.advance(2_000)
    expect(await failed).toBe('unreachable')
  })

  test('18: it is rejected when the session ends meanwhile, though its token lives', async () => {
    const clock = driveClock()
    const { keeper, requests } = await createWorld({ exchange: () => new Promise(() => {}) })
    const mine = await keeper.begin(short(400))
    await clock.advance(399_000)
    const waiting = codeOf(requests.acquire(mine.id))
    keeper.end(new AuthError('signed-out'))
    expect(await waiting).toBe('signed-out')
  })

  test('a request that joins a refresh after an expiry shares its failure, though the token may live', async () => {
    const { keeper, requests } = await createWorld({
      exchange: () => Promise.reject(new Error('down')),
    })
    const mine = await keeper.begin(short(400))
    const flight = codeOf(keeper.refresh('expired'))
    expect(await codeOf(requests.acquire(mine.id))).toBe('unreachable')
    expect(await flight).toBe('unreachable')
  })

  test('56: a request that meets a refresh made ahead or by hand goes on with the live token', async () => {
    for (const reason of ['ahead', 'manual'] as const) {
      const { keeper, requests } = await createWorld({ exchange: () => new Promise(() => {}) })
      const mine = await keeper.begin(short(400))
      void codeOf(keeper.refresh(reason))
      expect(requests.acquire(mine.id)).toBe(mine)
    }
  })

  test('a request waits for a refresh ahead once a response has called the token expired', async () => {
    const { keeper, requests } = await createWorld()
    const mine = await keeper.begin(short(400))
    void keeper.refresh('ahead')
    const recovered = requests.recover(mine, { url: '/orders' }, 0)
    const waiting = requests.acquire(mine.id)
    expect(waiting).toBeInstanceOf(Promise)
    expect(await waiting).toBe(await recovered)
  })
})

describe('a refused request', () => {
  const orders = { method: 'get', url: '/orders' }

  test('5: of an older token gets the newer one, without a refresh', async () => {
    const { keeper, requests, exchange } = await createWorld()
    const mine = await keeper.begin(tokensOf('mine'))
    const next = await keeper.refresh('manual')
    await settled()
    await expect(requests.recover(mine, orders, 0)).resolves.toBe(next)
    expect(exchange).toHaveBeenCalledTimes(1)
  })

  test('refreshes, once for all', async () => {
    const { keeper, requests, exchange, told } = await createWorld()
    const mine = await keeper.begin(tokensOf('mine'))
    const recovered = await Promise.all([
      requests.recover(mine, orders, 0),
      requests.recover(mine, { ...orders, url: '/more' }, 0),
    ])
    expect(recovered[0]).toBe(recovered[1])
    expect(exchange).toHaveBeenCalledTimes(1)
    expect(told[0]).toMatchObject({ reason: 'expired' })
  })

  test('26: gets nothing where refreshing would not help, unless one is in flight', async () => {
    const { keeper, requests } = await createWorld()
    const mine = await keeper.begin(tokensOf('mine'))
    requests.replayDenied(mine, orders)
    expect(requests.recover(mine, orders, 0)).toBeNull()
    const flight = keeper.refresh('manual')
    expect(await requests.recover(mine, orders, 0)).toBe(await flight)
  })

  test('a token from a refresh is trusted once it was accepted', async () => {
    const { keeper, requests } = await createWorld()
    await keeper.begin(tokensOf('mine'))
    const next = await keeper.refresh('manual')
    await settled()
    expect(requests.recover(next, orders, 0)).toBeNull()
    requests.accepted(next)
    expect(requests.recover(next, { url: '/third' }, 0)).toBeInstanceOf(Promise)
  })

  test('an adopted token is believed to be dead at once', async () => {
    const { keeper, requests, plant } = await createWorld()
    const mine = await keeper.begin(tokensOf('mine'))
    plant(toRecord(toSession(tokensOf('next'), mine)))
    keeper.reread()
    await settled()
    expect(requests.recover(requests.current()!, orders, 0)).toBeInstanceOf(Promise)
  })

  test('16: that has waited already has the rest of the time to wait', async () => {
    const clock = driveClock()
    const { keeper, requests } = await createWorld({ exchange: () => new Promise(() => {}) })
    const mine = await keeper.begin(tokensOf('mine'))
    const outcomes = [4_000, 20_000, 0].map((waited) => {
      const seen: (string | null)[] = []
      void codeOf(requests.recover(mine, orders, waited)).then((code) => seen.push(code))
      return seen
    })
    await clock.advance(1)
    expect(outcomes).toEqual([[], ['unreachable'], []])
    await clock.advance(5_990)
    expect(outcomes).toEqual([[], ['unreachable'], []])
    await clock.advance(20)
    expect(outcomes).toEqual([['unreachable'], ['unreachable'], []])
    await clock.advance(4_000)
    expect(outcomes[2]).toEqual(['unreachable'])
  })
})

describe('a session that lapses', () => {
  const refusing = { exchange: () => Promise.reject(new Error('no')) }

  /** A session that may lapse: the app shows its user. */
  async function createShown(ports: Partial<SessionKeeperPorts> = refusing) {
    const world = await createWorld(ports, { canLapse: true, classifyFailure: () => 'rejected' })
    const mine = await world.keeper.begin(tokensOf('mine'))
    world.keeper.identify(false, false)
    world.onState.mockClear()
    return { ...world, mine }
  }

  async function createLapsed(ports: Partial<SessionKeeperPorts> = {}) {
    const world = await createShown({ ...refusing, ...ports })
    expect(await codeOf(world.keeper.refresh('expired'))).toBe('rejected')
    await settled()
    return world
  }

  /** Signs in the user who was asked. */
  async function signIn({ keeper }: Pick<World, 'keeper'>, name: string): Promise<Session> {
    const heir = await keeper.begin(tokensOf(name))
    keeper.identify(true, false)
    return heir
  }

  test('is told of, and leaves its mark in storage', async () => {
    const world = await createLapsed()
    const { keeper, requests, mine, told, stored } = world
    expect(requests.current()).toBeNull()
    expect(refusedOf(keeper.state())).toBe(mine)
    expect(requests.ownerNow(false)).toBe(mine.id)
    expect(standingOf(keeper.state(), mine.id)).toBe('waiting')
    expect(told.at(-1)).toEqual({ type: 'session-lapsed', adopted: false })
    expect(world.lapses()).toEqual(['rejected'])
    expect([world.failures(), world.ends(), world.questions()]).toEqual([[], [], []])
    expect(stored()).toMatchObject({ id: mine.id, generation: 1, isLapsed: true })
    expect(await codeOf(keeper.refresh('manual'))).toBe('rejected')
  })

  test('ends instead while the app does not show its user yet', async () => {
    const { keeper, told, stored } = await createWorld(refusing, {
      canLapse: true,
      classifyFailure: () => 'rejected',
    })
    await keeper.begin(tokensOf('mine'))
    expect(await codeOf(keeper.refresh('expired'))).toBe('rejected')
    await settled()
    expect(told.at(-1)).toEqual(ended('rejected', false))
    expect(stored()).toBeNull()
  })

  test('has its user asked once when requests wait, which go on under the heir', async () => {
    const world = await createLapsed()
    const { keeper, requests, mine, told } = world
    const waiting = [acquire(world, mine.id), acquire(world, mine.id)]
    expect(world.questions()).toEqual(['rejected'])
    expect(keeper.state()).toMatchObject({ is: 'lapsed', isAwaited: true })
    expect(thrownBy(() => requests.acquire('another'))).toMatchObject({ code: 'superseded' })
    const heir = await keeper.begin(tokensOf('heir'))
    expect(told.some(({ type }) => type === 'session-ended')).toBe(false)
    keeper.identify(true, false)
    expect(await Promise.all(waiting)).toEqual([heir, heir])
    expect(standingOf(keeper.state(), mine.id)).toBe('served')
    expect(requests.acquire(mine.id)).toBe(heir)
    expect(told.some(({ type }) => type === 'session-ended')).toBe(false)
  })

  test('hands its requests on to its heir, and to the heir after that', async () => {
    const world = await createLapsed()
    const { keeper, requests, mine } = world
    const second = await signIn(world, 'second')
    await keeper.storeHeir(second)
    expect(requests.current()).toEqual({ ...second, resumes: mine.id })
    expect(await codeOf(keeper.refresh('expired'))).toBe('rejected')
    expect(refusedOf(keeper.state())).toMatchObject({ id: second.id })
    const waiting = [acquire(world, mine.id), acquire(world, second.id)]
    expect(standingOf(keeper.state(), mine.id)).toBe('waiting')
    const third = await signIn(world, 'third')
    expect(await Promise.all(waiting)).toEqual([third, third])
    expect([requests.acquire(mine.id), requests.acquire(second.id)]).toEqual([third, third])
  })

  test('34: ends with its reason when the user does not sign in', async () => {
    const world = await createLapsed()
    const { keeper, requests, mine, told } = world
    const waiting = failureOf(world, mine.id)
    const reason = new AuthError('rejected')
    const rejection = Promise.resolve(requests.acquire(mine.id)).catch((error: unknown) => error)
    expect(keeper.end(reason)?.session).toMatchObject({
      token: 'access-mine',
      refreshToken: 'refresh-mine',
    })
    expect(await waiting).toBe('rejected')
    expect(await rejection).toBe(reason)
    expect(told.at(-1)).toEqual(ended('rejected', false))
    expect(world.ends()).toEqual([{ code: 'rejected', adopted: false }])
    expect(keeper.state().is).toBe('anonymous')
    expect(requests.ownerNow(false)).toBeNull()
    expect(standingOf(keeper.state(), mine.id)).toBe('lost')
  })

  test('18: ends whether a request waits or not', async () => {
    const { keeper, ends } = await createLapsed()
    keeper.end(new AuthError('signed-out'))
    // An unhandled rejection would fail the run.
    await settled()
    expect(ends()).toEqual([{ code: 'signed-out', adopted: false }])
  })

  test('is the only one that a known user answers for', async () => {
    const { keeper, calls } = await createWorld({}, { canLapse: true })
    keeper.identify(true, false)
    keeper.end(new AuthError('rejected'))
    expect(calls().map(({ state }) => state.is)).toEqual(['anonymous'])
    expect(standingOf(keeper.state(), 'any')).toBe('lost')
  })

  test('11: leaves no mark in storage after a logout over it, though it lapsed in another tab', async () => {
    for (const isDisposed of [false, true]) {
      const { keeper, mine, plant, stored } = await createShown({})
      const mark = toRecord(toLapsed(mine))
      plant(mark)
      keeper.reread()
      await settled()
      expect(refusedOf(keeper.state())).toBe(mine)
      await keeper.begin(tokensOf('newcomer'))
      if (isDisposed) keeper.dispose(new AuthError('signed-out'))
      else keeper.end(new AuthError('signed-out'))
      await settled()
      expect(stored()).toBe(isDisposed ? mark : null)
    }
  })

  test('makes room in storage for its heir, and for nothing else', async () => {
    const { keeper, plant, stored } = await createLapsed()
    const mark = stored()
    const heir = await keeper.begin(tokensOf('heir'))
    expect(stored()).toBe(mark)
    const record = another()
    plant(record)
    await keeper.storeHeir(heir)
    expect(stored()).toBe(record)
    plant(mark)
    await keeper.storeHeir(toSession(tokensOf('gone')))
    expect(stored()).toBe(mark)
    await keeper.storeHeir(heir)
    expect(stored()).toMatchObject({ id: heir.id })
  })

  test('keeps a request waiting that waited for the refused refresh', async () => {
    const world = await createShown()
    const { requests, mine } = world
    const waiting = requests.recover(mine, { url: '/orders' }, 0)
    await settled()
    expect(world.questions()).toHaveLength(1)
    const heir = await signIn(world, 'heir')
    expect(await waiting).toBe(heir)
  })

  test('11: ends when its mark is gone from storage', async () => {
    const { keeper, plant, told, ends } = await createLapsed()
    plant(null)
    keeper.reread()
    await settled()
    expect(refusedOf(keeper.state())).toBeNull()
    expect(told.at(-1)).toEqual(ended('signed-out', true))
    expect(ends()).toEqual([{ code: 'signed-out', adopted: true }])
  })

  test('stays while its mark is stored', async () => {
    const { keeper, mine, told, onState } = await createLapsed()
    const before = told.length
    onState.mockClear()
    keeper.reread()
    await settled()
    expect(refusedOf(keeper.state())).toBe(mine)
    expect(told).toHaveLength(before)
    expect(onState).not.toHaveBeenCalled()
  })

  test('makes room for a user who has signed in in another tab, without an end', async () => {
    const { keeper, requests, plant, told, joined } = await createLapsed()
    const before = told.length
    plant(another())
    keeper.reread()
    await settled()
    expect(requests.current()?.token).toBe('access-another')
    expect(joined()).toHaveLength(1)
    expect(told).toHaveLength(before)
  })

  test('10: is not brought back by a write that crossed', async () => {
    const { keeper, requests, mine, plant, stored } = await createLapsed()
    plant(toRecord(toSession(tokensOf('crossed'), mine)))
    keeper.reread()
    await settled()
    expect(requests.current()).toBeNull()
    expect(stored()).toBeNull()
  })

  test('in another tab lapses here as well', async () => {
    const { keeper, mine, plant, told, lapses } = await createShown()
    plant(toRecord(toLapsed(mine)))
    keeper.reread()
    await settled()
    expect(refusedOf(keeper.state())).toBe(mine)
    expect(told).toEqual([{ type: 'session-lapsed', adopted: true }])
    expect(lapses()).toEqual(['rejected'])
  })

  test('in another tab is adopted again if that tab’s user comes back to it', async () => {
    const { keeper, requests, mine, plant } = await createShown()
    plant(toRecord(toLapsed(mine)))
    keeper.reread()
    await settled()
    plant(toRecord(toSession(tokensOf('back'), mine)))
    keeper.reread()
    await settled()
    expect(requests.current()?.token).toBe('access-back')
  })

  test.each([
    ['before', false],
    ['while it refreshes', true],
  ])(
    'in another tab, and its heir after it, are both adopted if this tab missed the lapse %s',
    async (_, refreshes) => {
      const world = await createShown({ exchange: () => new Promise(() => {}) })
      const { keeper, requests, mine, plant, told, lapses } = world
      const refreshed = refreshes ? keeper.refresh('expired').catch(() => {}) : undefined
      const heir = { ...toSession(tokensOf('heir')), resumes: mine.id }
      // Its successor names the lapsed session, too.
      plant(toRecord(toSession(tokensOf('next'), heir)))
      keeper.reread()
      await settled()
      await refreshed
      expect(keeper.state()).toMatchObject({ is: 'contested', refused: { id: mine.id } })
      expect(lapses()).toEqual(['rejected'])
      const waiting = acquire(world, mine.id)
      keeper.identify(true, true)
      expect(await waiting).toMatchObject({ id: heir.id, token: 'access-next' })
      expect(told.some(({ type }) => type === 'session-ended')).toBe(false)
      expect(requests.acquire(mine.id)).toMatchObject({ id: heir.id })
    },
  )

  test.each([
    ['of another session', 'another'],
    ['without a lapse before it', undefined],
  ])('%s, a session of another tab takes the place of this one', async (_, resumes) => {
    const { keeper, plant, told } = await createShown()
    plant(toRecord({ ...toSession(tokensOf('other')), ...(resumes && { resumes }) }))
    keeper.reread()
    await settled()
    expect(told).toEqual([ended('superseded', true)])
    expect(keeper.state()).toMatchObject({ is: 'active', heirTo: [] })
  })

  test('of another user, or a logout, ends this one: it was not refused', async () => {
    for (const record of [toRecord(toLapsed(toSession(tokensOf('other')))), null]) {
      const { keeper, plant, told } = await createShown()
      plant(record)
      keeper.reread()
      await settled()
      expect(told).toEqual([ended('signed-out', true)])
      expect(refusedOf(keeper.state())).toBeNull()
    }
  })

  test('is not refreshed as a user who signed in before it is known who that is', async () => {
    const { keeper, requests, told, lapses } = await createLapsed()
    await keeper.begin(tokensOf('heir'))
    expect(await codeOf(keeper.refresh('expired'))).toBe('unreachable')
    expect(told.some(({ type }) => type === 'session-ended')).toBe(false)
    expect(requests.current()?.token).toBe('access-heir')
    expect(lapses()).toHaveLength(1)
  })
})

describe('a step-up', () => {
  const key = 'mfa'

  test('brings newer tokens of the session, at once and in storage, and keeps its refresh token', async () => {
    const { keeper, requests, stored, joined, ends } = await createWorld()
    const mine = await keeper.begin(tokensOf('mine'))
    const taken = keeper.stepUp({ ...tokensOf('stepped'), refreshToken: null }, key)
    const next = requests.current()
    expect(next).toMatchObject({ id: mine.id, token: 'access-stepped', generation: 1 })
    expect(next?.refreshToken).toBe(mine.refreshToken)
    expect(next?.stepUp).toMatch(/.mfa$/)
    await taken
    expect(stored()).toMatchObject({ ...next, receivedAt: expect.any(Number) as number })
    expect([joined(), ends()]).toEqual([[], []])
    await keeper.stepUp(tokensOf('again'), key)
    expect(requests.current()?.stepUp).not.toBe(next?.stepUp)
  })

  test('53: outdoes a refresh of another tab that was stored before it', async () => {
    const { keeper, requests, plant, stored } = await createWorld()
    const mine = await keeper.begin(tokensOf('mine'))
    plant(toRecord(toSession(tokensOf('refreshed'), mine)))
    await keeper.stepUp(tokensOf('stepped'), key)
    expect(requests.current()).toMatchObject({ token: 'access-stepped', generation: 2 })
    expect(stored()).toMatchObject({ token: 'access-stepped', generation: 2 })
  })

  test('11: brings nothing back where the session has ended in another tab', async () => {
    const { keeper, plant, stored, ends } = await createWorld()
    await keeper.begin(tokensOf('mine'))
    plant(null)
    await keeper.stepUp(tokensOf('stepped'), key)
    expect(stored()).toBeNull()
    expect(ends()).toEqual([{ code: 'signed-out', adopted: true }])
    expect(await codeOf(keeper.stepUp(tokensOf('late'), key))).toBe('unauthenticated')
  })
})
