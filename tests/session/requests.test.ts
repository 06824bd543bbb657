import { describe, expect, test, vi } from 'vitest'
import { AuthError } from '../../src/errors'
import type { RefreshReason } from '../../src/events'
import { createEvidence } from '../../src/session/evidence'
import { createRequests, type RequestOptions, type RequestPorts } from '../../src/session/requests'
import { toSession, type Session } from '../../src/session/session'
import type { SessionState } from '../../src/session/session-state'
import { keyOf, markOf, type StepUp } from '../../src/session/step-up'
import { driveClock } from '../support/clock'
import { codeOf } from '../support/code-of'
import { createLatch } from '../../src/utils/waiting'

// In whole milliseconds, which the real one does not promise.
vi.mock('../../src/utils/clock', () => ({ now: () => Date.now() }))

const sessionWith = (name: string, expiresIn: number | null = null, previous?: Session): Session =>
  toSession(
    { token: `access-${name}`, refreshToken: `refresh-${name}`, expiresIn, scope: null },
    previous,
  )

const mine = sessionWith('mine')
const old = sessionWith('old')
const other = sessionWith('other')
const rejected = new AuthError('rejected')
const signedOut = new AuthError('signed-out')
const orders = { method: 'get', url: '/orders' }

const restoring: SessionState = { is: 'restoring' }
const searching: SessionState = { is: 'searching', id: 'sought' }
const anonymous: SessionState = { is: 'anonymous', reason: signedOut }
const active = (session: Session, heirTo: string[] = []): SessionState => ({
  is: 'active',
  session,
  showsUser: true,
  heirTo,
})
const lapsed = (refused: Session): SessionState => ({
  is: 'lapsed',
  refused,
  reason: rejected,
  isAwaited: false,
  heirTo: [],
})
const contested = (refused: Session, session: Session): SessionState => ({
  is: 'contested',
  refused,
  session,
  heirTo: [],
})

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

/** Requests over a state, a reading and a refresh in the test's hands. */
function createWorld(start: SessionState, options: Partial<RequestOptions> = {}) {
  const world = {
    state: start,
    reading: undefined as Promise<void> | undefined,
    flight: null as { isDead: boolean } | null,
    isStalled: false,
    isDisposed: false,
  }
  const watchers = new Set<() => unknown>()
  const search = vi.fn(async () => {})
  const refresh = vi.fn<(reason: RefreshReason) => Promise<Session>>(() => new Promise(() => {}))
  const awaitUser = vi.fn()
  const askToStepUp = vi.fn<RequestPorts['askToStepUp']>(() => new Promise(() => {}))
  const evidence = createEvidence()
  const requests = createRequests(
    {
      state: () => world.state,
      watch(look) {
        watchers.add(look)
        return () => watchers.delete(look)
      },
      rereading: () => world.reading,
      search,
      flight: () => world.flight,
      refresh,
      isStalled: () => world.isStalled,
      awaitUser,
      askToStepUp,
      isDisposed: () => world.isDisposed,
    },
    evidence,
    {
      leeway: 30_000,
      minValidity: 2_000,
      refreshTimeout: 10_000,
      session: 'tokens',
      canLapse: true,
      ...options,
    },
  )
  return {
    world,
    requests,
    evidence,
    search,
    refresh,
    awaitUser,
    askToStepUp,
    watchers,
    /** Changes the state. */
    enter(next: SessionState) {
      world.state = next
      watchers.forEach((look) => look())
    },
    /** Begins a reading of the storage that hangs until it is released. */
    read() {
      const latch = createLatch()
      world.reading = latch.opened
      return () => {
        world.reading = undefined
        latch.open()
      }
    },
  }
}

/** The outcome of a promise so far: a session, the code of a failure, or nothing yet. */
function watch(promise: unknown) {
  const seen: unknown[] = []
  void Promise.resolve(promise).then(
    (session) => seen.push(session),
    (error: unknown) => seen.push(error instanceof AuthError ? error.code : error),
  )
  return seen
}

describe('a request that is made now', () => {
  test.each<[string, SessionState, string | null | undefined, string | null | undefined]>([
    // state, owner, owner where fetchUser makes it
    ['restoring', restoring, undefined, undefined],
    ['searching', searching, undefined, undefined],
    ['anonymous', anonymous, null, null],
    ['active', active(mine), mine.id, mine.id],
    ['lapsed', lapsed(old), old.id, old.id],
    ['contested', contested(old, mine), old.id, mine.id],
  ])('has the owner of its state: %s', (_name, state, owner, ownerOfFetch) => {
    const { requests } = createWorld(state)
    expect(requests.ownerNow(false)).toBe(owner)
    expect(requests.ownerNow(true)).toBe(ownerOfFetch)
  })

  test('has no known owner while storage is read and no session is in use', () => {
    const { requests, read } = createWorld(anonymous)
    const release = read()
    expect([requests.ownerNow(false), requests.ownerNow(true)]).toEqual([undefined, undefined])
    release()
    expect([requests.ownerNow(false), requests.ownerNow(true)]).toEqual([null, null])
  })

  test('has the session in use as its owner also while storage is read', () => {
    const { requests, read } = createWorld(active(mine))
    read()
    expect(requests.ownerNow(false)).toBe(mine.id)
  })
})

describe('it is known who is signed in', () => {
  test.each<[string, SessionState]>([
    ['anonymous', anonymous],
    ['active', active(mine)],
    ['lapsed', lapsed(old)],
    ['contested', contested(old, mine)],
  ])('without waiting where the state is %s', (_name, state) => {
    const { requests, search } = createWorld(state)
    expect(requests.whenKnown()).toBeUndefined()
    expect(search).not.toHaveBeenCalled()
  })

  test.each<[string, SessionState]>([
    ['restoring', restoring],
    ['searching', searching],
  ])('once the search is over where the state is %s', async (_name, state) => {
    const { requests, search, enter } = createWorld(state)
    const latch = createLatch()
    search.mockReturnValue(latch.opened)
    const seen = watch(requests.whenKnown())
    enter(searching)
    await settled()
    expect([search.mock.calls.length, seen.length]).toEqual([1, 0])
    latch.open()
    await settled()
    expect(seen).toHaveLength(1)
  })

  test('once storage is read, and searched after that', async () => {
    const { requests, search, read } = createWorld(active(mine))
    const release = read()
    const seen = watch(requests.whenKnown())
    await settled()
    expect([search.mock.calls.length, seen.length]).toEqual([0, 0])
    release()
    await settled()
    expect([search.mock.calls.length, seen.length]).toEqual([1, 1])
  })
})

describe('12: a session that is over', () => {
  test('refuses its requests at once, with its reason', () => {
    const { requests } = createWorld(anonymous)
    expect(thrownBy(() => requests.acquire(mine.id))).toBe(signedOut)
    expect(requests.lossReason()).toBe(signedOut)
  })

  test('refuses its requests as superseded where another one is in its place', () => {
    for (const state of [active(other), lapsed(other), contested(other, old)]) {
      const { requests, awaitUser } = createWorld(state)
      expect(thrownBy(() => requests.acquire(mine.id))).toMatchObject({ code: 'superseded' })
      expect(requests.lossReason()).toMatchObject({ code: 'superseded' })
      expect(awaitUser).not.toHaveBeenCalled()
    }
  })

  test('refuses its requests at once also while storage is read', () => {
    const { requests, read } = createWorld(anonymous)
    read()
    expect(thrownBy(() => requests.acquire(mine.id))).toBe(signedOut)
  })

  test('rejects a refused request, and does not throw', async () => {
    const { requests } = createWorld(anonymous)
    const recovery = requests.recover(mine, orders, 0)
    expect(recovery).toBeInstanceOf(Promise)
    await expect(recovery).rejects.toBe(signedOut)
  })
})

describe('the user of a request', () => {
  test.each<[string, SessionState, boolean]>([
    ['stays while their session is in use', active(mine), false],
    ['stays while their session may go on in place', lapsed(mine), false],
    ['stays while another login is in question', contested(mine, other), false],
    ['stays in the session that took the place of theirs', active(other, [mine.id]), false],
    [
      'stays where the server has refused their session',
      { is: 'anonymous', reason: rejected },
      false,
    ],
    ['has left by signing out', anonymous, true],
    ['has left where another one has signed in', active(other), true],
    ['has left while another one signs in', { is: 'replacing', showsUser: true }, true],
  ])('%s', (_name, state, hasLeft) => {
    expect(createWorld(state).requests.hasLeft(mine.id)).toBe(hasLeft)
  })

  test('stays where the app is gone', () => {
    const { world, requests } = createWorld(anonymous)
    world.isDisposed = true
    expect(requests.hasLeft(mine.id)).toBe(false)
  })
})

describe('while storage is read a request', () => {
  test('waits, however often the state changes, and has the session of the end', async () => {
    const { requests, read, enter, refresh } = createWorld(active(mine))
    const release = read()
    const seen = watch(requests.acquire(mine.id))
    const second = sessionWith('second', null, mine)
    const third = sessionWith('third', null, second)
    for (const session of [second, third]) {
      enter(active(session))
      await settled()
      expect(seen).toEqual([])
    }
    release()
    await settled()
    expect(seen).toEqual([third])
    expect(refresh).not.toHaveBeenCalled()
  })

  test('18: is refused at once when its session ends, though the reading hangs', async () => {
    for (const [end, code] of [
      [anonymous, 'signed-out'],
      [active(other), 'superseded'],
    ] as const) {
      const { requests, read, enter } = createWorld(active(mine))
      read()
      const seen = watch(requests.acquire(mine.id))
      // A change before the end does not stop the watch for it.
      enter(active(sessionWith('second', null, mine)))
      await settled()
      expect(seen).toEqual([])
      enter(end)
      await settled()
      expect(seen).toEqual([code])
    }
  })

  test('waits for the reading first, and then for its user to sign in again', async () => {
    const { requests, read, enter, awaitUser } = createWorld(active(mine))
    const release = read()
    const seen = watch(requests.acquire(mine.id))
    enter(lapsed(mine))
    await settled()
    expect(awaitUser).not.toHaveBeenCalled()
    release()
    await settled()
    expect(awaitUser).toHaveBeenCalledTimes(1)
    expect(seen).toEqual([])
    enter(active(other, [mine.id]))
    await settled()
    expect(seen).toEqual([other])
  })

  test('of a lapsed session waits as well', async () => {
    const { requests, read, awaitUser } = createWorld(lapsed(mine))
    read()
    const seen = watch(requests.acquire(mine.id))
    await settled()
    expect(seen).toEqual([])
    expect(awaitUser).not.toHaveBeenCalled()
  })
})

describe('a request of a lapsed session', () => {
  test('has its user asked, and waits through every change until it is decided', async () => {
    const { requests, enter, awaitUser } = createWorld(lapsed(old))
    const seen = watch(requests.acquire(old.id))
    expect(awaitUser).toHaveBeenCalledTimes(1)
    enter(contested(old, mine))
    await settled()
    enter(contested(old, other))
    await settled()
    expect(seen).toEqual([])
    enter(active(other, [old.id]))
    await settled()
    expect(seen).toEqual([other])
  })

  test('18: is refused when the session ends, with the reason', async () => {
    for (const [end, code] of [
      [{ is: 'anonymous', reason: rejected }, 'rejected'],
      [active(other), 'superseded'],
    ] satisfies [SessionState, string][]) {
      const { requests, enter } = createWorld(lapsed(old))
      const seen = watch(requests.acquire(old.id))
      enter(end)
      await settled()
      expect(seen).toEqual([code])
    }
  })

  test('12: that was refused is not taken for one of the user who signs in', async () => {
    const { requests, enter, refresh } = createWorld(contested(old, mine))
    const seen = watch(requests.recover(old, orders, 0))
    await settled()
    expect(seen).toEqual([])
    enter(active(mine))
    await settled()
    expect(seen).toEqual(['superseded'])
    expect(refresh).not.toHaveBeenCalled()
  })

  test('waits on where the refresh it waited for was refused, by expiry or ahead of it', async () => {
    const expiring = sessionWith('expiring', 0)
    for (const ask of ['acquire', 'recover'] as const) {
      const { requests, enter, refresh, awaitUser } = createWorld(active(expiring))
      refresh.mockRejectedValue(rejected)
      const live =
        ask === 'acquire' ? requests.acquire(expiring.id) : requests.recover(expiring, orders, 0)
      const seen = watch(live)
      enter(lapsed(expiring))
      await settled()
      expect(awaitUser).toHaveBeenCalledTimes(1)
      expect(seen).toEqual([])
      enter(active(mine, [expiring.id]))
      await settled()
      expect(seen).toEqual([mine])
    }
  })
})

describe('a token about to expire', () => {
  test('is refreshed ahead, by a cookie also without a refresh token', () => {
    const session = { ...sessionWith('expiring', 0), refreshToken: null }
    for (const mode of ['tokens', 'refresh-cookie'] as const) {
      const isByCookie = mode === 'refresh-cookie'
      const { requests, refresh } = createWorld(active(session), { session: mode })
      const live = requests.acquire(session.id)
      expect(live instanceof Promise).toBe(isByCookie)
      expect(refresh.mock.calls).toEqual(isByCookie ? [['ahead']] : [])
    }
  })

  test('is used as it is with a leeway of false', () => {
    const session = sessionWith('expiring', 0)
    const { requests, refresh } = createWorld(active(session), { leeway: false })
    expect(requests.acquire(session.id)).toBe(session)
    expect(refresh).not.toHaveBeenCalled()
  })

  test.each<[string, number, number | undefined]>([
    // lifetime and leeway in s, seconds before the expiry from which requests wait
    ['the option', 40, undefined],
    ['half of a short leeway', 400, 3],
    ['an eighth of a short lifetime', 8, undefined],
  ])('56: is used at once until little is left of it: %s', async (_name, lifetime, leeway = 30) => {
    const clock = driveClock()
    const session = sessionWith('expiring', lifetime)
    const { requests, refresh, world } = createWorld(active(session), { leeway: leeway * 1_000 })
    const ahead = Math.min(leeway, lifetime / 4) * 1_000
    const least = Math.min(2_000, ahead / 2)
    await clock.advance(lifetime * 1_000 - ahead - 1)
    expect(requests.acquire(session.id)).toBe(session)
    expect(refresh).not.toHaveBeenCalled()
    await clock.advance(1)
    expect(requests.acquire(session.id)).toBe(session)
    expect(refresh.mock.calls).toEqual([['ahead']])
    world.flight = { isDead: false }
    await clock.advance(ahead - least - 1)
    expect(requests.acquire(session.id)).toBe(session)
    expect(refresh).toHaveBeenCalledTimes(1)
    await clock.advance(1)
    expect(requests.acquire(session.id)).toBeInstanceOf(Promise)
  })

  test('56: is refreshed in the background, and a failure there is an error of no request', async () => {
    const clock = driveClock()
    const session = sessionWith('expiring', 40)
    const { requests, refresh } = createWorld(active(session))
    refresh.mockRejectedValue(new AuthError('unreachable'))
    await clock.advance(35_000)
    expect(requests.acquire(session.id)).toBe(session)
    await settled()
    expect(refresh).toHaveBeenCalledTimes(1)
  })

  test('36: is not used for a request that cannot be sent twice, unless refreshing fails', async () => {
    const clock = driveClock()
    const session = sessionWith('expiring', 40)
    const next = sessionWith('next', 40, session)
    const { requests, refresh } = createWorld(active(session))
    expect(requests.acquire(session.id, { isOneShot: true, minValidity: undefined })).toBe(session)
    await clock.advance(35_000)
    refresh.mockResolvedValueOnce(next)
    expect(await requests.acquire(session.id, { isOneShot: true, minValidity: undefined })).toBe(
      next,
    )
    refresh.mockRejectedValueOnce(new AuthError('unreachable'))
    expect(await requests.acquire(session.id, { isOneShot: true, minValidity: undefined })).toBe(
      session,
    )
  })

  test('is refreshed for a caller who needs more of its lifetime', async () => {
    const clock = driveClock()
    const session = sessionWith('expiring', 40)
    const { world, requests, refresh } = createWorld(active(session))
    await clock.advance(20_000)
    expect(requests.acquire(session.id, { isOneShot: false, minValidity: 19_999 })).toBe(session)
    const next = sessionWith('next', 40, session)
    refresh.mockResolvedValueOnce(next)
    expect(await requests.acquire(session.id, { isOneShot: false, minValidity: 20_000 })).toBe(next)
    expect(refresh.mock.calls).toEqual([['ahead']])
    // A token with less is no answer, although it lives.
    refresh.mockRejectedValue(new AuthError('unreachable'))
    const short = requests.acquire(session.id, { isOneShot: false, minValidity: 20_000 })
    expect(await codeOf(short)).toBe('unreachable')
    world.isStalled = true
    const stalled = requests.acquire(session.id, { isOneShot: false, minValidity: 20_000 })
    expect(await codeOf(stalled)).toBe('unreachable')
  })

  test('that another tab got is refreshed once more for a caller who needs more than is left', async () => {
    const clock = driveClock()
    const session = sessionWith('expiring', 40)
    const older = sessionWith('older', 40, session)
    await clock.advance(30_000)
    const next = sessionWith('next', 40, older)
    const { requests, refresh } = createWorld(active(session))
    refresh.mockResolvedValueOnce(older).mockResolvedValueOnce(next)
    expect(await requests.acquire(session.id, { isOneShot: false, minValidity: 20_000 })).toBe(next)
    refresh.mockResolvedValue(older)
    await expect(
      requests.acquire(session.id, { isOneShot: false, minValidity: 20_000 }),
    ).rejects.toThrow(RangeError)
    expect(refresh).toHaveBeenCalledTimes(4)
  })

  test('is good enough for a caller who needs less of its lifetime than requests do', async () => {
    const clock = driveClock()
    const session = sessionWith('expiring', 40)
    const { requests } = createWorld(active(session))
    await clock.advance(39_000)
    expect(requests.acquire(session.id, { isOneShot: false, minValidity: 0 })).toBe(session)
    expect(requests.acquire(session.id)).toBeInstanceOf(Promise)
  })

  test('32: is used while a refresh could not be answered at once, as long as it lives', async () => {
    const clock = driveClock()
    const session = sessionWith('expiring', 40)
    const { world, requests, refresh } = createWorld(active(session))
    world.isStalled = true
    for (const step of [35_000, 4_000]) {
      await clock.advance(step)
      expect(requests.acquire(session.id)).toBe(session)
    }
    expect(refresh).not.toHaveBeenCalled()
    world.isStalled = false
    expect(requests.acquire(session.id)).toBeInstanceOf(Promise)
    await clock.advance(1_000)
    world.isStalled = true
    expect(requests.acquire(session.id)).toBeInstanceOf(Promise)
    expect(refresh).toHaveBeenCalledTimes(2)
  })

  test('32: is used where refreshing ahead failed, but not once it is dead or out of use', async () => {
    const clock = driveClock()
    const session = sessionWith('expiring', 40)
    const down = new AuthError('unreachable')
    await clock.advance(39_000)
    const outcomeOf = async (meanwhile: (world: ReturnType<typeof createWorld>) => unknown) => {
      const world = createWorld(active(session))
      world.refresh.mockImplementation(async () => {
        await meanwhile(world)
        throw down
      })
      const seen = watch(world.requests.acquire(session.id))
      await settled()
      return seen
    }
    expect(await outcomeOf(() => {})).toEqual([session])
    expect(await outcomeOf(({ enter }) => enter(active(other)))).toEqual(['unreachable'])
    expect(await outcomeOf(() => clock.advance(1_000))).toEqual(['unreachable'])
  })
})

describe('a fresh token', () => {
  test('56: is used at once while it is refreshed, unless a response has called it expired', async () => {
    const next = sessionWith('next', null, mine)
    for (const isDead of [false, true]) {
      const { world, requests, refresh } = createWorld(active(mine))
      world.flight = { isDead }
      refresh.mockResolvedValue(next)
      const live = requests.acquire(mine.id)
      if (isDead) expect(await live).toBe(next)
      else expect(live).toBe(mine)
    }
  })

  test('is refused with the refresh of one that a response has called expired', async () => {
    const { world, requests, refresh } = createWorld(active(mine))
    world.flight = { isDead: true }
    world.isStalled = true
    refresh.mockRejectedValue(new AuthError('unreachable'))
    expect(await codeOf(requests.acquire(mine.id))).toBe('unreachable')
  })
})

describe('a refused request', () => {
  test('joins a refresh in flight whatever the evidence, which says whether the token is dead', async () => {
    const session = sessionWith('untried')
    const { world, requests, evidence, refresh } = createWorld(active(session))
    evidence.renewed(session, true)
    expect(requests.recover(session, orders, 0)).toBeNull()
    expect(refresh).not.toHaveBeenCalled()
    world.flight = { isDead: false }
    const next = sessionWith('next', null, session)
    refresh.mockResolvedValue(next)
    expect(await requests.recover(session, orders, 0)).toBe(next)
    evidence.renewed(session, false)
    expect(await requests.recover(session, { url: '/other' }, 0)).toBe(next)
    expect(refresh.mock.calls).toEqual([['ahead'], ['expired']])
  })

  test('of an older token has the session in use', async () => {
    const next = sessionWith('next', null, mine)
    const { requests, refresh } = createWorld(active(next))
    await expect(requests.recover(mine, orders, 0)).resolves.toBe(next)
    expect(refresh).not.toHaveBeenCalled()
  })

  test('16: waits no longer than is left of the time, be that nothing', async () => {
    const clock = driveClock()
    const { requests } = createWorld(active(mine))
    const seen = [9_000, 10_000, 15_000].map((waited) =>
      watch(requests.recover(mine, orders, waited)),
    )
    await clock.advance(0)
    expect(seen).toEqual([[], ['unreachable'], ['unreachable']])
    await clock.advance(999)
    expect(seen[0]).toEqual([])
    await clock.advance(1)
    expect(seen[0]).toEqual(['unreachable'])
  })
})

describe('a request that is refused until its user steps up', () => {
  const asked: StepUp = { acrValues: ['mfa'], maxAge: null }
  const steppedUp = (previous: Session, stepUp: StepUp): Session => ({
    ...sessionWith('stepped-up', null, previous),
    stepUp: markOf(keyOf(stepUp)),
  })

  test('waits for the user, and then has the session in use', async () => {
    const { requests, askToStepUp, enter } = createWorld(active(mine))
    const decided = createLatch()
    askToStepUp.mockReturnValue(decided.opened)
    const live = requests.stepUp(mine, asked)
    expect(askToStepUp.mock.calls).toEqual([[mine, asked]])
    const next = steppedUp(mine, asked)
    enter(active(next))
    decided.open()
    expect(await live).toBe(next)
  })

  test('is rejected with the reason why the user has not', async () => {
    const { requests, askToStepUp } = createWorld(active(mine))
    askToStepUp.mockRejectedValue(rejected)
    await expect(requests.stepUp(mine, asked)).rejects.toBe(rejected)
  })

  test('waits for nothing where the user has stepped up for the same since it was sent', () => {
    const next = steppedUp(mine, asked)
    const { requests, askToStepUp } = createWorld(active(next))
    expect(requests.stepUp(mine, asked)).toBe(next)
    // A refresh keeps the mark.
    const refreshed = sessionWith('refreshed', null, next)
    expect(createWorld(active(refreshed)).requests.stepUp(mine, asked)).toBe(refreshed)
    expect(askToStepUp).not.toHaveBeenCalled()
  })

  test.each<[string, Session, Session]>([
    ['for something else', mine, steppedUp(mine, { ...asked, maxAge: 5 })],
    ['not at all, but refreshed', mine, sessionWith('refreshed', null, mine)],
    ['before it was sent', steppedUp(mine, asked), sessionWith('refreshed', null, mine)],
  ])('waits where the user has stepped up %s', (_when, used, next) => {
    const session = used.stepUp ? { ...next, stepUp: used.stepUp } : next
    const { requests, askToStepUp } = createWorld(active(session))
    void requests.stepUp(used, asked)
    expect(askToStepUp).toHaveBeenCalledTimes(1)
  })

  test('has no other way where the app cannot ask, or does not show its user yet', () => {
    const cannot = createWorld(active(mine), { canLapse: false })
    expect(cannot.requests.stepUp(mine, asked)).toBeNull()
    const starting = createWorld({ is: 'active', session: mine, showsUser: false, heirTo: [] })
    expect(starting.requests.stepUp(mine, asked)).toBeNull()
    for (const { askToStepUp } of [cannot, starting]) expect(askToStepUp).not.toHaveBeenCalled()
  })

  test('waits with the others in a lapse, goes on with the heir, and is lost with its session', async () => {
    const { requests, awaitUser, askToStepUp, enter } = createWorld(lapsed(mine))
    const live = requests.stepUp(mine, asked)
    await settled()
    expect(awaitUser).toHaveBeenCalledTimes(1)
    enter(active(other, [mine.id]))
    expect(await live).toBe(other)
    expect(await requests.stepUp(mine, asked)).toBe(other)
    enter(anonymous)
    await expect(requests.stepUp(mine, asked)).rejects.toBe(signedOut)
    expect(askToStepUp).not.toHaveBeenCalled()
  })
})
