import { describe, expect, test, vi } from 'vitest'
import { AuthError } from '../../src/errors'
import type { AuthEventDetail } from '../../src/events'
import { toLapsed, toRecord, toSession, type Session } from '../../src/session/session'
import { createSessionKeeper } from '../../src/session/session-keeper'
import type { SessionKeeperOptions, SessionPorts } from '../../src/session/session-keeper-types'
import type { AuthTokens } from '../../src/session/token-response'
import { driveClock } from '../support/clock'
import { codeOf } from '../support/code-of'
import { createRecord } from '../support/record'
import { createLatch } from '../support/router-app'

const tokensOf = (name: string): AuthTokens => ({
  token: `access-${name}`,
  refreshToken: `refresh-${name}`,
  expiresIn: null,
  scope: null,
})

/** A keeper whose storage a test holds in its hands. */
async function createWorld(
  ports: Partial<SessionPorts> = {},
  { isRestored = true, ...options }: Partial<SessionKeeperOptions> & { isRestored?: boolean } = {},
) {
  const stored = createRecord()
  let gate: Promise<unknown> = Promise.resolve()
  const onChange = vi.fn()
  const onJoin = vi.fn()
  const keeper = createSessionKeeper(
    {
      // What was read is what is there now, however long it takes to arrive.
      read: async () => {
        const found = stored.value
        await gate
        return found
      },
      update: stored.update,
      announce() {},
      hold: (work) => work(async () => true),
      online: async () => {},
      exchange: async () => tokensOf('refreshed'),
      classifyFailure: () => 'unreachable',
      emit() {},
      onChange,
      onJoin,
      onFlight() {},
      onFailure() {},
      onLapse() {},
      onWanted() {},
      mayLapse: () => false,
      ...ports,
    },
    { refreshTimeout: 10_000, retries: 0, leeway: 30_000, cookieSession: false, ...options },
  )
  if (isRestored) await keeper.restore()
  return {
    keeper,
    onChange,
    onJoin,
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

/** All that needs no timer has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

const another = () => toRecord(toSession(tokensOf('another')))

test('a session that began during a look is not judged by what was read before', async () => {
  const { keeper, onJoin, plant, holdReads } = await createWorld()
  plant(another())
  const release = holdReads()
  keeper.look()
  await settled()
  const mine = await keeper.start(tokensOf('mine'))
  release()
  await settled()
  expect(keeper.current()).toBe(mine)
  expect(keeper.acquire(mine.id)).toBe(mine)
  expect(onJoin).not.toHaveBeenCalled()
})

test('a logout during a look is not undone by what was read before', async () => {
  const { keeper, onJoin, holdReads } = await createWorld()
  const mine = await keeper.start(tokensOf('mine'))
  const release = holdReads()
  keeper.look()
  await settled()
  keeper.end(new AuthError('signed-out'))
  const forgotten = keeper.forget(mine)
  release()
  await forgotten
  await settled()
  expect(keeper.current()).toBeNull()
  expect(onJoin).not.toHaveBeenCalled()
})

test('what changes during a look is found by one more', async () => {
  const { keeper, onJoin, plant, holdReads } = await createWorld()
  const release = holdReads()
  keeper.look()
  await settled()
  plant(another())
  keeper.look()
  release()
  await settled()
  expect(onJoin).toHaveBeenCalledTimes(1)
  expect(keeper.current()?.token).toBe('access-another')
})

test('11: requests wait for a look that was begun after the reason for it', async () => {
  const { keeper, plant, holdReads } = await createWorld()
  const mine = await keeper.start(tokensOf('mine'))
  const release = holdReads()
  keeper.look()
  await settled()
  plant(another())
  keeper.look()
  const waiting = Promise.resolve(keeper.acquire(mine.id)).catch(String)
  release()
  expect(await waiting).toMatch(/superseded/)
})

test('10: a session that ended here is not brought back by a write that crossed', async () => {
  const { keeper, onJoin, plant, stored } = await createWorld()
  const mine = await keeper.start(tokensOf('mine'))
  keeper.end(new AuthError('signed-out'))
  await keeper.forget(mine)
  plant(toRecord(toSession(tokensOf('crossed'), mine)))
  keeper.look()
  await settled()
  expect(keeper.current()).toBeNull()
  expect(onJoin).not.toHaveBeenCalled()
  expect(stored()).toBeNull()
})

test('13: nor does it overwrite the login that came after it', async () => {
  const { keeper, plant, stored } = await createWorld()
  const old = await keeper.start(tokensOf('old'))
  const mine = await keeper.start(tokensOf('mine'))
  plant(toRecord(toSession(tokensOf('crossed'), old)))
  keeper.look()
  await settled()
  expect(keeper.current()).toBe(mine)
  expect(stored()).toMatchObject({ id: mine.id, token: 'access-mine' })
})

test('15: nothing is followed after the keeper was disposed of', async () => {
  const { keeper, onJoin, plant, holdReads } = await createWorld()
  plant(another())
  const release = holdReads()
  keeper.look()
  keeper.dispose(new AuthError('signed-out'))
  release()
  await settled()
  expect(keeper.current()).toBeNull()
  expect(onJoin).not.toHaveBeenCalled()
})

test('requests wait for one look, however many more are asked for', async () => {
  const { keeper, holdReads } = await createWorld()
  const mine = await keeper.start(tokensOf('mine'))
  const release = holdReads()
  keeper.look()
  const waiting = keeper.acquire(mine.id)
  expect(waiting).toBeInstanceOf(Promise)
  const flood = setInterval(() => keeper.look(), 0)
  release()
  expect(await waiting).toBe(mine)
  clearInterval(flood)
})

/** The same, and what everybody is told, in order. */
async function createWatched(
  ports: Partial<SessionPorts> = {},
  options: Parameters<typeof createWorld>[1] = {},
) {
  const told: AuthEventDetail[] = []
  const onFailure = vi.fn()
  const onFlight = vi.fn()
  const onLapse = vi.fn()
  const onWanted = vi.fn()
  const exchange = vi.fn<SessionPorts['exchange']>(async () => tokensOf('refreshed'))
  const world = await createWorld(
    {
      emit: (event) => told.push(event),
      onFailure,
      onFlight,
      onLapse,
      onWanted,
      exchange,
      ...ports,
    },
    options,
  )
  return { ...world, told, exchange, onFailure, onFlight, onLapse, onWanted }
}

const ended = (reason: string, adopted: boolean) => ({ type: 'session-ended', reason, adopted })
const short = (seconds: number): AuthTokens => ({ ...tokensOf('short'), expiresIn: seconds })

describe('restoring', () => {
  test('puts the stored session into use, and whoever waits for it knows', async () => {
    const { keeper, plant, onChange, onJoin } = await createWatched({}, { isRestored: false })
    const record = another()
    plant(record)
    expect(keeper.isRestored()).toBe(false)
    const news = keeper.news()
    const found = await keeper.restore()
    await keeper.restored
    await news
    expect(found).toMatchObject({ token: 'access-another' })
    expect(keeper.current()).toBe(found)
    expect([keeper.isRestored(), keeper.news()]).toEqual([true, undefined])
    expect(onChange.mock.calls).toEqual([[found]])
    expect(onJoin).not.toHaveBeenCalled()
  })

  test('finds nobody where nothing or a lapsed session is stored', async () => {
    for (const record of [null, toRecord(toLapsed(toSession(tokensOf('lapsed'))))]) {
      const { keeper, plant } = await createWatched({}, { isRestored: false })
      plant(record)
      expect(await keeper.restore()).toBeNull()
      expect([keeper.current(), keeper.isRestored()]).toEqual([null, true])
      expect(keeper.lost().code).toBe('signed-out')
    }
  })

  test('does not take the place of who has signed in meanwhile', async () => {
    const { keeper, plant, holdReads } = await createWatched({}, { isRestored: false })
    plant(another())
    const release = holdReads()
    const restoring = keeper.restore()
    const mine = await keeper.start(tokensOf('mine'))
    release()
    expect(await restoring).toBeNull()
    expect(keeper.current()).toBe(mine)
  })
})

describe('a session that ends', () => {
  test('is told of once it is gone, and its requests are told why', async () => {
    const { keeper, told, onChange } = await createWatched()
    const mine = await keeper.start(tokensOf('mine'))
    const reason = new AuthError('signed-out')
    const settle = vi.fn(() => {
      expect(keeper.current()).toBeNull()
      expect(told).toEqual([])
    })
    expect(keeper.owner()).toBe(mine.id)
    expect(keeper.serves(mine.id)).toBe(true)
    expect(keeper.end(reason, settle)).toBe(mine)
    expect(settle).toHaveBeenCalledTimes(1)
    expect(told).toEqual([ended('signed-out', false)])
    expect(onChange).toHaveBeenLastCalledWith(null)
    expect(keeper.lost()).toBe(reason)
    expect([keeper.owner(), keeper.newcomer()]).toEqual([null, null])
    expect(keeper.serves(mine.id)).toBe(false)
    await expect(keeper.acquire(mine.id)).rejects.toBe(reason)
  })

  test('where there is none, ends silently', async () => {
    const { keeper, told, onChange } = await createWatched()
    const settle = vi.fn()
    expect(keeper.end(new AuthError('signed-out'), settle)).toBeNull()
    expect(settle).toHaveBeenCalledTimes(1)
    expect(told).toEqual([])
    expect(onChange).not.toHaveBeenCalled()
    expect(keeper.lost().code).toBe('signed-out')
  })

  test('before anybody knows who is signed in, makes that known', async () => {
    const { keeper } = await createWatched({}, { isRestored: false })
    keeper.end(new AuthError('signed-out'))
    await keeper.restored
    expect(keeper.isRestored()).toBe(true)
  })

  test('12: by a login gives its requests up', async () => {
    const { keeper, told } = await createWatched()
    const old = await keeper.start(tokensOf('old'))
    await keeper.start(tokensOf('new'))
    expect(told).toEqual([ended('superseded', false)])
    expect(await codeOf(keeper.acquire(old.id))).toBe('superseded')
    expect(keeper.serves(old.id)).toBe(false)
  })

  test('is removed, whatever its generation is in storage', async () => {
    const { keeper, plant, stored } = await createWatched()
    const mine = await keeper.start(tokensOf('mine'))
    plant(toRecord(toSession(tokensOf('later'), toSession(tokensOf('next'), mine))))
    await keeper.forget(mine)
    expect(stored()).toBeNull()
  })
})

describe('a look at what is stored follows', () => {
  async function looked(change: (mine: Session) => unknown) {
    const world = await createWatched()
    const mine = await world.keeper.start(tokensOf('mine'))
    world.onChange.mockClear()
    world.plant(change(mine))
    world.keeper.look()
    await settled()
    return { ...world, mine }
  }

  test('a newer token', async () => {
    const { keeper, told, onChange } = await looked((mine) =>
      toRecord(toSession(tokensOf('next'), mine)),
    )
    expect(keeper.current()).toMatchObject({ token: 'access-next', generation: 1 })
    expect(told).toEqual([{ type: 'refresh-succeeded', adopted: true }])
    expect(onChange).toHaveBeenCalledTimes(1)
  })

  test('no newer token while a refresh is in flight, which finds it for itself', async () => {
    const { keeper, plant, told } = await createWatched({ exchange: () => new Promise(() => {}) })
    const mine = await keeper.start(tokensOf('mine'))
    void codeOf(keeper.refresh('manual'))
    await settled()
    plant(toRecord(toSession(tokensOf('next'), mine)))
    keeper.look()
    await settled()
    expect(keeper.current()).toBe(mine)
    expect(told.map(({ type }) => type)).toEqual(['refresh-started'])
  })

  test('11: another user or nobody also then', async () => {
    for (const record of [another(), null]) {
      const { keeper, plant } = await createWatched({ exchange: () => new Promise(() => {}) })
      const mine = await keeper.start(tokensOf('mine'))
      const refreshing = codeOf(keeper.refresh('manual'))
      await settled()
      plant(record)
      keeper.look()
      expect(await refreshing).toBe(record ? 'superseded' : 'signed-out')
      expect(keeper.current()?.id).not.toBe(mine.id)
    }
  })

  test('no lapsed session, where nobody is signed in', async () => {
    const { keeper, plant, told } = await createWatched({ mayLapse: () => true })
    plant(toRecord(toLapsed(toSession(tokensOf('lapsed')))))
    keeper.look()
    await settled()
    expect([keeper.current(), keeper.lapse.session(), told]).toEqual([null, null, []])
  })

  test('no token that is not newer', async () => {
    const { keeper, told, mine } = await looked((mine) => ({ ...toRecord(mine), token: 'same' }))
    expect(keeper.current()).toBe(mine)
    expect(told).toEqual([])
  })

  test('another user, who ends this one first', async () => {
    const { keeper, told, onJoin, onFailure } = await looked(another)
    expect(keeper.current()?.token).toBe('access-another')
    expect(told).toEqual([ended('superseded', true)])
    expect(onJoin.mock.calls).toEqual([[keeper.current()]])
    expect(onFailure).not.toHaveBeenCalled()
  })

  test('11: nothing, which is a logout', async () => {
    const { keeper, told, onFailure, onJoin } = await looked(() => null)
    expect(onJoin).not.toHaveBeenCalled()
    expect(keeper.current()).toBeNull()
    expect(told).toEqual([ended('signed-out', true)])
    expect(onFailure.mock.calls).toMatchObject([[{ code: 'signed-out' }]])
  })

  test('a session that lapsed elsewhere to its end, where it cannot lapse here', async () => {
    const { keeper, told } = await looked((mine) => toRecord(toLapsed(mine)))
    expect(keeper.current()).toBeNull()
    expect(told).toEqual([ended('signed-out', true)])
  })

  test('nobody, where nobody is signed in', async () => {
    const { keeper, told, onFailure } = await createWatched()
    keeper.look()
    await settled()
    expect(told).toEqual([])
    expect(onFailure).not.toHaveBeenCalled()
  })

  test('10: a session that another tab has ended, if it comes back', async () => {
    const { keeper, plant, mine } = await looked(() => null)
    plant(toRecord(mine))
    keeper.look()
    await settled()
    expect(keeper.current()?.id).toBe(mine.id)
  })
})

describe('refreshing', () => {
  test('1: is one flight, which everybody joins, and which is shown while it lasts', async () => {
    const { keeper, exchange, onFlight, told, stored } = await createWatched()
    await keeper.start(tokensOf('mine'))
    onFlight.mockClear()
    const flight = keeper.refresh('manual')
    expect(keeper.refresh('expired')).toBe(flight)
    expect(onFlight.mock.calls).toEqual([[flight]])
    const next = await flight
    await settled()
    expect(onFlight).toHaveBeenLastCalledWith(null)
    expect(keeper.current()).toBe(next)
    expect(stored()).toMatchObject({ token: 'access-refreshed', generation: 1 })
    expect(exchange).toHaveBeenCalledTimes(1)
    expect(told).toEqual([
      { type: 'refresh-started', reason: 'manual', attempt: 1 },
      { type: 'refresh-succeeded', adopted: false },
    ])
  })

  test('nobody is unauthenticated', async () => {
    const { keeper } = await createWatched()
    expect(await codeOf(keeper.refresh('manual'))).toBe('unauthenticated')
  })

  test('31: without a refresh token is unreachable while the token lives, and the end after', async () => {
    const { keeper, exchange, onFailure, told, stored } = await createWatched()
    await keeper.start({ ...tokensOf('mine'), refreshToken: null })
    expect(await codeOf(keeper.refresh('manual'))).toBe('unreachable')
    expect(await codeOf(keeper.refresh('ahead'))).toBe('unreachable')
    expect(told).toEqual([])
    expect(onFailure).toHaveBeenCalledTimes(2)
    expect(await codeOf(keeper.refresh('expired'))).toBe('rejected')
    await settled()
    expect(told).toEqual([ended('rejected', false)])
    expect(onFailure).toHaveBeenCalledTimes(3)
    expect(stored()).toBeNull()
    expect(exchange).not.toHaveBeenCalled()
  })

  test('34: that is refused ends the session once', async () => {
    const refused = { exchange: () => Promise.reject(new Error('no')) }
    const { keeper, onFailure, told, stored } = await createWatched({
      ...refused,
      classifyFailure: () => 'rejected',
    })
    const mine = await keeper.start(tokensOf('mine'))
    const waiting = [keeper.refresh('expired'), keeper.acquire(mine.id)]
    expect(await Promise.all(waiting.map(codeOf))).toEqual(['rejected', 'rejected'])
    await settled()
    expect(keeper.current()).toBeNull()
    expect(stored()).toBeNull()
    expect(onFailure).toHaveBeenCalledTimes(1)
    expect(told.filter(({ type }) => type === 'session-ended')).toEqual([ended('rejected', false)])
  })

  test('31: that finds nobody leaves the session', async () => {
    const { keeper, onFailure, told } = await createWatched({
      exchange: () => Promise.reject(new Error('down')),
    })
    const mine = await keeper.start(tokensOf('mine'))
    expect(await codeOf(keeper.refresh('manual'))).toBe('unreachable')
    expect(keeper.current()).toBe(mine)
    expect(onFailure.mock.calls).toMatchObject([[{ code: 'unreachable' }]])
    expect(told.some(({ type }) => type === 'session-ended')).toBe(false)
  })

  test('18: who waits is rejected at once when the session ends, and nothing is told of a failure', async () => {
    const { keeper, onFailure } = await createWatched({ exchange: () => new Promise(() => {}) })
    const mine = await keeper.start(tokensOf('mine'))
    const waiting = keeper.refresh('manual')
    await settled()
    keeper.end(new AuthError('signed-out'))
    expect(await codeOf(waiting)).toBe('signed-out')
    expect(keeper.current()).toBeNull()
    expect(onFailure).not.toHaveBeenCalled()
    expect(keeper.serves(mine.id)).toBe(false)
  })
})

test('1: the end of one session’s refresh is not taken for the end of the next one’s', async () => {
  const { keeper } = await createWatched({ exchange: () => new Promise(() => {}) })
  await keeper.start(tokensOf('old'))
  void codeOf(keeper.refresh('manual'))
  await settled()
  await keeper.start(tokensOf('new'))
  const flight = keeper.refresh('manual')
  void codeOf(flight)
  await settled()
  expect(keeper.refresh('manual')).toBe(flight)
})

describe('10: what is stored late is stored for nobody', () => {
  /** Writes wait in a queue. */
  function createQueue() {
    const stored = createRecord()
    const gates: ReturnType<typeof createLatch>[] = []
    const update: SessionPorts['update'] = async (change) => {
      const gate = createLatch()
      gates.push(gate)
      await gate.opened
      return stored.update(change)
    }
    return {
      ports: { update, read: stored.read },
      plant: (record: unknown) => (stored.value = record),
      stored: () => stored.value,
      release: async () => {
        gates.forEach((gate) => gate.open())
        await settled()
      },
    }
  }

  test('after a login that has ended by then', async () => {
    const queue = createQueue()
    const { keeper } = await createWatched(queue.ports)
    const starting = keeper.start(tokensOf('mine'))
    keeper.end(new AuthError('signed-out'))
    await queue.release()
    await starting
    expect(queue.stored()).toBeNull()
  })

  test('after a refresh whose session has ended by then, which is no failure of the storage', async () => {
    const queue = createQueue()
    const written: Promise<unknown>[] = []
    const update: SessionPorts['update'] = (change) => {
      const write = queue.ports.update(change)
      written.push(write)
      return write
    }
    const { keeper } = await createWatched({ ...queue.ports, update })
    const starting = keeper.start(tokensOf('mine'))
    await queue.release()
    await starting
    const refreshed = codeOf(keeper.refresh('manual'))
    await settled()
    keeper.end(new AuthError('signed-out'))
    await queue.release()
    expect(await refreshed).toBe('signed-out')
    expect(written).toHaveLength(2)
    await Promise.all(written)
    expect(queue.stored()).toMatchObject({ token: 'access-mine' })
  })

  test('in place of a write that crossed, when that session has ended by then as well', async () => {
    const queue = createQueue()
    const { keeper } = await createWatched(queue.ports)
    const starting = [keeper.start(tokensOf('old'))]
    const old = keeper.current()!
    starting.push(keeper.start(tokensOf('mine')))
    await queue.release()
    await Promise.all(starting)
    const crossed = toRecord(toSession(tokensOf('crossed'), old))
    queue.plant(crossed)
    keeper.look()
    await settled()
    keeper.end(new AuthError('signed-out'))
    await queue.release()
    expect(queue.stored()).toBe(crossed)
  })
})

describe('a request asks for a token', () => {
  test('a fresh one is there at once, and so is one that cannot be refreshed', async () => {
    const { keeper, exchange } = await createWatched()
    const mine = await keeper.start(short(400))
    expect(keeper.acquire(mine.id)).toBe(mine)
    const clock = driveClock()
    const stuck = await keeper.start({ ...short(4), refreshToken: null })
    await clock.advance(5_000)
    expect(keeper.acquire(stuck.id)).toBe(stuck)
    expect(exchange).not.toHaveBeenCalled()
  })

  test('an expiring one is refreshed ahead', async () => {
    const clock = driveClock()
    const { keeper, told } = await createWatched()
    const mine = await keeper.start(short(400))
    await clock.advance(371_000)
    expect(await keeper.acquire(mine.id)).toMatchObject({ token: 'access-refreshed' })
    expect(told[0]).toEqual({ type: 'refresh-started', reason: 'ahead', attempt: 1 })
  })

  test('32: where that fails a live one goes on, without waiting again; a dead one does not', async () => {
    const clock = driveClock()
    const exchange = vi.fn(() => Promise.reject(new Error('down')))
    const { keeper } = await createWatched({ exchange })
    const mine = await keeper.start(short(400))
    await clock.advance(371_000)
    expect(await keeper.acquire(mine.id)).toBe(mine)
    expect(keeper.acquire(mine.id)).toBe(mine)
    expect(exchange).toHaveBeenCalledTimes(1)
    await clock.advance(60_000)
    expect(await codeOf(keeper.acquire(mine.id))).toBe('unreachable')
    const stalled = keeper.acquire(mine.id)
    expect(stalled).toBeInstanceOf(Promise)
    const failed = codeOf(stalled)
    await clock.advance(2_000)
    expect(await failed).toBe('unreachable')
  })

  test('18: it is rejected when the session ends meanwhile, though its token lives', async () => {
    const clock = driveClock()
    const { keeper } = await createWatched({ exchange: () => new Promise(() => {}) })
    const mine = await keeper.start(short(400))
    await clock.advance(371_000)
    const waiting = codeOf(keeper.acquire(mine.id))
    keeper.end(new AuthError('signed-out'))
    expect(await waiting).toBe('signed-out')
  })

  test('who joins a refresh after an expiry shares its failure, though the token may live', async () => {
    const { keeper } = await createWatched({ exchange: () => Promise.reject(new Error('down')) })
    const mine = await keeper.start(short(400))
    const flight = codeOf(keeper.refresh('expired'))
    expect(await codeOf(keeper.acquire(mine.id))).toBe('unreachable')
    expect(await flight).toBe('unreachable')
  })

  test('who joins one made ahead or by hand goes on with the live token', async () => {
    for (const reason of ['ahead', 'manual'] as const) {
      const { keeper } = await createWatched({ exchange: () => Promise.reject(new Error('down')) })
      const mine = await keeper.start(short(400))
      const flight = codeOf(keeper.refresh(reason))
      expect(await keeper.acquire(mine.id)).toBe(mine)
      expect(await flight).toBe('unreachable')
    }
  })
})

describe('a refused request', () => {
  const orders = { method: 'get', url: '/orders' }

  test('5: of an older token gets the newer one, without a refresh', async () => {
    const { keeper, exchange } = await createWatched()
    const mine = await keeper.start(tokensOf('mine'))
    const next = await keeper.refresh('manual')
    await settled()
    expect(keeper.recover(mine, orders, 0)).toBe(next)
    expect(exchange).toHaveBeenCalledTimes(1)
  })

  test('refreshes, once for all', async () => {
    const { keeper, exchange, told } = await createWatched()
    const mine = await keeper.start(tokensOf('mine'))
    const recovered = await Promise.all([
      keeper.recover(mine, orders, 0),
      keeper.recover(mine, { ...orders, url: '/more' }, 0),
    ])
    expect(recovered[0]).toBe(recovered[1])
    expect(exchange).toHaveBeenCalledTimes(1)
    expect(told[0]).toMatchObject({ reason: 'expired' })
  })

  test('26: gets nothing where refreshing would not help, unless one is in flight', async () => {
    const { keeper } = await createWatched()
    const mine = await keeper.start(tokensOf('mine'))
    keeper.replayRefused(mine, orders)
    expect(keeper.recover(mine, orders, 0)).toBeNull()
    const flight = keeper.refresh('manual')
    expect(await keeper.recover(mine, orders, 0)).toBe(await flight)
  })

  test('a token from a refresh is trusted once it was accepted', async () => {
    const { keeper } = await createWatched()
    await keeper.start(tokensOf('mine'))
    const next = await keeper.refresh('manual')
    await settled()
    expect(keeper.recover(next, orders, 0)).toBeNull()
    keeper.accepted(next, { url: '/other' }, false)
    expect(keeper.recover(next, { url: '/third' }, 0)).toBeInstanceOf(Promise)
  })

  test('an adopted token is believed to be dead at once', async () => {
    const { keeper, plant } = await createWatched()
    const mine = await keeper.start(tokensOf('mine'))
    plant(toRecord(toSession(tokensOf('next'), mine)))
    keeper.look()
    await settled()
    expect(keeper.recover(keeper.current()!, orders, 0)).toBeInstanceOf(Promise)
  })

  test('16: that has waited already has the rest of the time to wait', async () => {
    const clock = driveClock()
    const { keeper } = await createWatched({ exchange: () => new Promise(() => {}) })
    const mine = await keeper.start(tokensOf('mine'))
    const outcomes = [4_000, 20_000, 0].map((waited) => {
      const seen: (string | null)[] = []
      void codeOf(keeper.recover(mine, orders, waited)).then((code) => seen.push(code))
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
  const refusing = {
    exchange: () => Promise.reject(new Error('no')),
    classifyFailure: () => 'rejected' as const,
    mayLapse: () => true,
  }
  async function createLapsed(ports: Partial<SessionPorts> = {}) {
    const world = await createWatched({ ...refusing, ...ports })
    const mine = await world.keeper.start(tokensOf('mine'))
    expect(await codeOf(world.keeper.refresh('expired'))).toBe('rejected')
    await settled()
    return { ...world, mine }
  }

  test('is told of, and leaves word in storage', async () => {
    const { keeper, mine, told, onLapse, onFailure, onWanted, stored } = await createLapsed()
    expect(keeper.current()).toBeNull()
    expect(keeper.lapse.session()).toBe(mine)
    expect(keeper.owner()).toBe(mine.id)
    expect(keeper.serves(mine.id)).toBe(true)
    expect(told.at(-1)).toEqual({ type: 'session-lapsed', adopted: false })
    expect(onLapse.mock.calls).toMatchObject([[{ code: 'rejected' }]])
    expect(onFailure).not.toHaveBeenCalled()
    expect(onWanted).not.toHaveBeenCalled()
    expect(stored()).toMatchObject({ id: mine.id, generation: 1, isLapsed: true })
    expect(await codeOf(keeper.refresh('manual'))).toBe('rejected')
  })

  test('has its user asked when a request waits, which goes on under the heir', async () => {
    const { keeper, mine, onWanted, told } = await createLapsed()
    const waiting = keeper.acquire(mine.id)
    expect(onWanted.mock.calls).toMatchObject([[{ code: 'rejected' }, { aborted: false }]])
    const heir = await keeper.start(tokensOf('heir'))
    expect(told.some(({ type }) => type === 'session-ended')).toBe(false)
    keeper.lapse.resume(heir)
    expect(await waiting).toBe(heir)
    expect(keeper.serves(mine.id)).toBe(true)
    expect(keeper.acquire(mine.id)).toBe(heir)
  })

  test('34: ends with its reason when the user does not sign in', async () => {
    const { keeper, mine, told, onChange } = await createLapsed()
    const waiting = codeOf(keeper.acquire(mine.id))
    expect(keeper.end(new AuthError('rejected'))).toBe(mine)
    expect(await waiting).toBe('rejected')
    expect(told.at(-1)).toEqual(ended('rejected', false))
    expect(onChange).toHaveBeenLastCalledWith(null)
    expect(keeper.owner()).toBeNull()
  })

  test('11: leaves no word in storage after a logout over it, though it lapsed in another tab', async () => {
    for (const isDisposed of [false, true]) {
      const { keeper, plant, stored } = await createWatched({ mayLapse: () => true })
      const mine = await keeper.start(tokensOf('mine'))
      const word = toRecord(toLapsed(mine))
      plant(word)
      keeper.look()
      await settled()
      expect(keeper.lapse.session()).toBe(mine)
      await keeper.start(tokensOf('newcomer'))
      if (isDisposed) keeper.dispose(new AuthError('signed-out'))
      else keeper.end(new AuthError('signed-out'))
      await settled()
      expect(stored()).toBe(isDisposed ? word : null)
    }
  })

  test('makes room in storage for its heir, and for nothing else', async () => {
    const { keeper, plant, stored } = await createLapsed()
    const word = stored()
    const heir = await keeper.start(tokensOf('heir'))
    const other = another()
    plant(other)
    await keeper.keep(heir)
    expect(stored()).toBe(other)
    plant(word)
    await keeper.keep(toSession(tokensOf('gone')))
    expect(stored()).toBe(word)
    await keeper.keep(heir)
    expect(stored()).toMatchObject({ id: heir.id })
  })

  test('a request that waited for the refused refresh waits on', async () => {
    const { keeper, onWanted } = await createWatched(refusing)
    const mine = await keeper.start(tokensOf('mine'))
    const waiting = keeper.recover(mine, { url: '/orders' }, 0)
    await settled()
    expect(onWanted).toHaveBeenCalledTimes(1)
    const heir = await keeper.start(tokensOf('heir'))
    keeper.lapse.resume(heir)
    expect(await waiting).toBe(heir)
  })

  test('11: ends with the word of it in storage', async () => {
    const { keeper, plant, told, onFailure } = await createLapsed()
    plant(null)
    keeper.look()
    await settled()
    expect(keeper.lapse.session()).toBeNull()
    expect(told.at(-1)).toEqual(ended('signed-out', true))
    expect(onFailure.mock.calls).toMatchObject([[{ code: 'signed-out' }]])
  })

  test('stays while the word of it is stored', async () => {
    const { keeper, mine, told } = await createLapsed()
    const before = told.length
    keeper.look()
    await settled()
    expect(keeper.lapse.session()).toBe(mine)
    expect(told).toHaveLength(before)
  })

  test('makes room for who has signed in in another tab, without an end', async () => {
    const { keeper, plant, told, onJoin } = await createLapsed()
    const before = told.length
    plant(another())
    keeper.look()
    await settled()
    expect(keeper.current()?.token).toBe('access-another')
    expect(onJoin).toHaveBeenCalledTimes(1)
    expect(told).toHaveLength(before)
  })

  test('10: is not brought back by a write that crossed', async () => {
    const { keeper, mine, plant, stored } = await createLapsed()
    plant(toRecord(toSession(tokensOf('crossed'), mine)))
    keeper.look()
    await settled()
    expect(keeper.current()).toBeNull()
    expect(stored()).toBeNull()
  })

  test('in another tab lapses here as well', async () => {
    const { keeper, plant, told, onLapse } = await createWatched(refusing)
    const mine = await keeper.start(tokensOf('mine'))
    plant(toRecord(toLapsed(mine)))
    keeper.look()
    await settled()
    expect(keeper.lapse.session()).toBe(mine)
    expect(told).toEqual([{ type: 'session-lapsed', adopted: true }])
    expect(onLapse).toHaveBeenCalledTimes(1)
  })

  test('in another tab is followed again if that tab’s user comes back to it', async () => {
    const { keeper, plant } = await createWatched(refusing)
    const mine = await keeper.start(tokensOf('mine'))
    plant(toRecord(toLapsed(mine)))
    keeper.look()
    await settled()
    plant(toRecord(toSession(tokensOf('back'), mine)))
    keeper.look()
    await settled()
    expect(keeper.current()?.token).toBe('access-back')
  })

  test('of another user, or a logout, ends this one: it was not refused', async () => {
    for (const record of [toRecord(toLapsed(toSession(tokensOf('other')))), null]) {
      const { keeper, plant, told } = await createWatched(refusing)
      await keeper.start(tokensOf('mine'))
      plant(record)
      keeper.look()
      await settled()
      expect(told).toEqual([ended('signed-out', true)])
      expect(keeper.lapse.session()).toBeNull()
    }
  })

  test('is not refreshed as whoever has signed in before it is known who that is: he is not stored', async () => {
    const { keeper, told, onLapse } = await createLapsed()
    await keeper.start(tokensOf('heir'))
    expect(await codeOf(keeper.refresh('expired'))).toBe('unreachable')
    expect(told.some(({ type }) => type === 'session-ended')).toBe(false)
    expect(keeper.current()?.token).toBe('access-heir')
    expect(onLapse).toHaveBeenCalledTimes(1)
  })
})
