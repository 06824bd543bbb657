import { beforeEach, describe, expect, test, vi } from 'vitest'
import { AuthError } from '../../src/errors'
import type { AuthEventDetail, RefreshReason } from '../../src/events'
import { nobody, toLapsed } from '../../src/session/record'
import { cookieTarget, sessionTarget } from '../../src/session/refresh-target'
import {
  createRefresher,
  longestRefresh,
  type RefresherOptions,
  type RefresherPorts,
  type RefreshTarget,
} from '../../src/session/refresher'
import { toSession, type Session } from '../../src/session/session'
import type { SharedSession } from '../../src/session/shared-session'
import { createSpacing } from '../../src/session/spacing'
import type { AuthTokens } from '../../src/session/token-response'
import { subjectToken } from '../fixtures/auth-server'
import { expectError } from '../setup/console'
import { fixChance } from '../support/clock'
import { codeOf } from '../support/code-of'
import { holdSession } from '../support/held-session'

const tokensOf = (name: string, expiresIn: number | null = null): AuthTokens => ({
  token: `access-${name}`,
  refreshToken: `refresh-${name}`,
  expiresIn,
  scope: null,
})

const first = toSession(tokensOf('1'))
const second = toSession(tokensOf('2'), first)

const targetOf = (session: Session): RefreshTarget =>
  sessionTarget(
    session,
    'tokens',
    () => session,
    async () => undefined,
    () => false,
  )

beforeEach(() => {
  vi.useFakeTimers()
  return () => vi.useRealTimers()
})

interface World extends Partial<Omit<RefresherPorts, 'shared'>> {
  classifyFailure?: RefresherOptions['classifyFailure']
  shared?: Partial<SharedSession>
  /** The session that is stored and refreshed. */
  session?: Session
}

/** A refresher over a world that a test may change. By chance, half of each pause. */
function createWorld(
  { shared, session = first, classifyFailure = () => 'unreachable', ...ports }: World = {},
  retries = 0,
) {
  fixChance(0.5)
  const told: AuthEventDetail[] = []
  const exchange = vi.fn<RefresherPorts['exchange']>(async () => tokensOf('2'))
  const held = holdSession(session, shared)
  const change = vi.spyOn(held.shared, 'change')
  const spacing = createSpacing(10_000)
  const askEndpoint = createRefresher(
    {
      shared: held.shared,
      isOnline: () => true,
      online: async () => {},
      exchange,
      emit: (event) => told.push(event),
      ...ports,
    },
    { refreshTimeout: 10_000, retries, classifyFailure },
  )
  return {
    exchange,
    change,
    told,
    spacing,
    stored: () => held.value,
    store: (next: typeof held.value) => (held.value = next),
    refresh(
      reason: RefreshReason = 'expired',
      controller = new AbortController(),
      target = targetOf(session),
    ) {
      spacing.begin()
      return askEndpoint(target, reason, spacing, controller).catch((thrown: unknown) => {
        // Waiting requests hear of a refresh that was ended from outside.
        if (controller.signal.aborted) throw thrown
        return { thrown }
      })
    },
  }
}

/** The same, with a token endpoint that is down. */
function createOutage(world: World = {}, retries = 0) {
  const created = createWorld(world, retries)
  created.exchange.mockRejectedValue(new Error('down'))
  return created
}

const renewed = (name: string) => ({ stored: { token: `access-${name}` }, adopted: false })
const unreachable = { thrown: { code: 'unreachable' } }
const rejected = { reason: { code: 'rejected' } }
const failed = { type: 'refresh-failed', failure: 'unreachable' }

/** An exchange that goes on until a test settles it. */
function createExchange() {
  let answer!: (tokens: AuthTokens) => void
  const signals: AbortSignal[] = []
  const exchange: RefresherPorts['exchange'] = (_, signal) => {
    signals.push(signal)
    return new Promise((resolve) => (answer = resolve))
  }
  return { exchange, signals, answer: (tokens: AuthTokens) => answer(tokens) }
}

describe('an exchange', () => {
  test('renews the session, and stores its successor', async () => {
    const { refresh, stored, change } = createWorld()
    const outcome = await refresh()
    expect(outcome).toEqual({ stored: stored(), adopted: false })
    expect(stored()).toMatchObject({ id: first.id, generation: 1, token: 'access-2' })
    expect(change).toHaveBeenCalledTimes(1)
  })

  test('is made with the session and a signal, and told once it is on its way', async () => {
    const { refresh, exchange, told } = createWorld()
    exchange.mockImplementation(async () => {
      expect(told).toEqual([])
      return tokensOf('2')
    })
    await refresh('manual')
    expect(exchange.mock.calls).toEqual([[first, expect.any(AbortSignal)]])
    expect(told).toEqual([{ type: 'refresh-started', reason: 'manual', attempt: 1 }])
  })

  test('is not made when the lock was granted too late', async () => {
    const { exchange, refresh, told } = createWorld({
      shared: { exclusively: (work) => work(async () => false) },
    })
    expect(await refresh()).toMatchObject({
      thrown: { code: 'unreachable', cause: { message: 'The lock came too late.' } },
    })
    expect(exchange).not.toHaveBeenCalled()
    expect(told).toEqual([{ ...failed, retryIn: null }])
  })

  test('is not made when the session ends while the lock is asked', async () => {
    const controller = new AbortController()
    const { exchange, refresh } = createWorld({
      shared: {
        exclusively: (work) =>
          work(async () => {
            controller.abort(new AuthError('signed-out'))
            return true
          }),
      },
    })
    expect(await codeOf(refresh('expired', controller))).toBe('signed-out')
    expect(exchange).not.toHaveBeenCalled()
  })

  describe('while the browser says that it is offline', () => {
    const started = { type: 'refresh-started', reason: 'expired', attempt: 1 }
    const failed = { type: 'refresh-failed', failure: 'unreachable', retryIn: null }

    test('is tried all the same: the browser may be wrong', async () => {
      const online = vi.fn<RefresherPorts['online']>()
      const { refresh, told } = createWorld({ isOnline: () => false, online })
      expect(await refresh()).toMatchObject(renewed('2'))
      expect(told).toEqual([started])
      expect(online).not.toHaveBeenCalled()
    })

    test('and is right, is tried again once it says otherwise, and not before', async () => {
      let connect!: () => void
      const online = vi.fn<RefresherPorts['online']>(
        () => new Promise((resolve) => (connect = resolve)),
      )
      const exchange = vi.fn<RefresherPorts['exchange']>(async () => tokensOf('2'))
      exchange.mockRejectedValueOnce(new Error('Network Error'))
      const controller = new AbortController()
      const { refresh, told } = createWorld({ isOnline: () => false, online, exchange })
      const refreshed = refresh('expired', controller)
      await vi.advanceTimersByTimeAsync(60_000)
      expect(online.mock.calls).toEqual([[controller.signal]])
      expect(exchange).toHaveBeenCalledTimes(1)
      connect()
      expect(await refreshed).toMatchObject(renewed('2'))
      expect(told).toEqual([started, failed, started])
    })

    test('and is wrong, is repeated and spaced as ever where the server has answered', async () => {
      const online = vi.fn<RefresherPorts['online']>()
      const exchange = vi.fn<RefresherPorts['exchange']>(async () => {
        throw Object.assign(new Error('down'), { response: { status: 503 } })
      })
      const { refresh, spacing } = createWorld({ isOnline: () => false, online, exchange }, 1)
      const refreshed = refresh('expired')
      await vi.advanceTimersByTimeAsync(10_000)
      expect(await refreshed).toMatchObject(unreachable)
      expect(exchange).toHaveBeenCalledTimes(2)
      expect(online).not.toHaveBeenCalled()
      expect(spacing.isFailing()).toBe(true)
    })
  })

  test('2: is aborted after three times the timeout', async () => {
    expect(longestRefresh(10_000)).toBe(30_000)
    const { exchange, signals } = createExchange()
    const { refresh } = createOutage({ exchange }, 3)
    const controller = new AbortController()
    const refreshed = codeOf(refresh('expired', controller))
    await vi.advanceTimersByTimeAsync(29_990)
    expect(signals).toEqual([controller.signal])
    expect(controller.signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(10)
    expect(await refreshed).toBe('unreachable')
    expect(controller.signal.reason).toMatchObject({ code: 'unreachable' })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(signals).toHaveLength(1)
  })

  test('leaves no timer behind', async () => {
    const { refresh } = createWorld()
    await refresh()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('counts also where its token has expired on arrival', async () => {
    const { refresh, exchange, change } = createWorld()
    change.mockImplementation(async (rule) => {
      await vi.advanceTimersByTimeAsync(2_000)
      return rule(first) ?? first
    })
    exchange.mockResolvedValue(tokensOf('2', 1))
    expect(await refresh()).toMatchObject(renewed('2'))
    expect(exchange).toHaveBeenCalledTimes(1)
  })
})

describe('another tab', () => {
  test('4: that has stored a newer token is followed without an exchange, whether it lives or not', async () => {
    for (const expiresIn of [60, 0]) {
      const { exchange, refresh, store, told, change } = createWorld()
      const newer = toSession(tokensOf('2', expiresIn), first)
      store(newer)
      const outcome = await refresh()
      expect(outcome).toEqual({ stored: newer, adopted: true })
      expect('stored' in outcome && outcome.stored).toBe(newer)
      expect([exchange.mock.calls, change.mock.calls, told]).toEqual([[], [], []])
    }
  })

  test('8: that has stored a token between two attempts is followed', async () => {
    const { refresh, exchange, store } = createOutage({}, 2)
    const refreshed = refresh()
    await vi.advanceTimersByTimeAsync(100)
    store(second)
    await vi.advanceTimersByTimeAsync(150)
    expect(await refreshed).toEqual({ stored: second, adopted: true })
    expect(exchange).toHaveBeenCalledTimes(1)
  })

  test('8: that has moved on makes a refusal meaningless', async () => {
    const { refresh, exchange, store, told } = createOutage({ classifyFailure: () => 'rejected' })
    exchange.mockImplementation(async () => {
      store(second)
      throw new Error('refused')
    })
    expect(await refresh()).toEqual({ stored: second, adopted: true })
    expect(told.map(({ type }) => type)).toEqual(['refresh-started'])
  })

  test('11: that has stored nothing, a lapse, another session or a cookie without an owner leaves nothing to ask for', async () => {
    for (const found of [null, toLapsed(first), toSession(tokensOf('other')), nobody]) {
      const { refresh, exchange, store } = createWorld()
      store(found)
      expect(await refresh()).toEqual({ stored: found, adopted: true })
      expect(exchange).not.toHaveBeenCalled()
    }
  })

  test('10: that has committed in between is followed in place of the answer', async () => {
    const another = toSession(tokensOf('another'), first)
    for (const found of [another, toLapsed(first), null]) {
      const { refresh, exchange, store, stored } = createWorld()
      exchange.mockImplementation(async () => {
        store(found)
        return tokensOf('2')
      })
      expect(await refresh()).toEqual({ stored: found, adopted: true })
      expect(stored()).toBe(found)
    }
  })
})

describe('the turn of this tab', () => {
  test('that is lost aborts the exchange', async () => {
    const { exchange, signals } = createExchange()
    const lose = async (work: () => Promise<unknown>): Promise<never> => {
      work().catch(() => {})
      await vi.waitFor(() => expect(signals).toHaveLength(1))
      throw new DOMException('Stolen.', 'AbortError')
    }
    const controller = new AbortController()
    const { refresh } = createWorld({
      shared: { exclusively: (work) => lose(() => work(async () => true)) },
      exchange,
    })
    await expect(refresh('expired', controller)).rejects.toThrow('Stolen.')
    expect(signals).toEqual([controller.signal])
    expect(controller.signal.aborted).toBe(true)
    expect(controller.signal.reason).toMatchObject({ code: 'unreachable' })
  })

  test('20: that is lost stores nothing, and is not tried again by itself', async () => {
    const { exchange, answer } = createExchange()
    let turns = 0
    const exclusively: SharedSession['exclusively'] = (work) => {
      turns++
      return new Promise((_, reject) => {
        work(async () => true).catch(() => {})
        setTimeout(() => reject(new Error('lost')), 1_000)
      })
    }
    const { change, refresh, stored } = createWorld({ shared: { exclusively }, exchange }, 2)
    const failure = refresh().catch(String)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await failure).toBe('Error: lost')
    answer(tokensOf('late'))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(change).not.toHaveBeenCalled()
    expect(stored()).toBe(first)
    expect(turns).toBe(1)
  })

  test('19: that never came is waited for once more', async () => {
    const signals: AbortSignal[] = []
    const exclusively: SharedSession['exclusively'] = (work, signal) =>
      signals.push(signal) === 1 ? Promise.reject(new Error('no turn')) : work(async () => true)
    const controller = new AbortController()
    const { refresh } = createWorld({ shared: { exclusively } }, 1)
    const refreshed = refresh('expired', controller)
    await vi.advanceTimersByTimeAsync(250)
    expect(await refreshed).toMatchObject(renewed('2'))
    expect(signals).toEqual([controller.signal, controller.signal])
  })

  test('3: lasts until a refused session is removed, and the refusal is told after it', async () => {
    const order: string[] = []
    const { refresh, change, store, stored } = createOutage({
      shared: {
        async exclusively(work) {
          const outcome = await work(async () => true)
          order.push('released')
          return outcome
        },
      },
      classifyFailure: () => 'rejected',
      emit: ({ type }) => order.push(type),
    })
    change.mockImplementationOnce(async (rule) => {
      order.push('removed')
      return store(rule(first) ?? null)
    })
    expect(await refresh()).toMatchObject(rejected)
    expect(order).toEqual(['refresh-started', 'removed', 'released', 'refresh-failed'])
    expect(stored()).toBeNull()
  })

  test('3: lasts after an end until that is stored, and nothing is read otherwise', async () => {
    const order: string[] = []
    let isEnded = false
    const read = vi.fn(async () => {
      if (isEnded) order.push('read')
      return first
    })
    const exclusively: SharedSession['exclusively'] = (work) =>
      work(async () => true).finally(() => order.push('released'))
    const { refresh, exchange } = createWorld({ shared: { read, exclusively } })
    await refresh('manual')
    expect(read).toHaveBeenCalledTimes(1)
    exchange.mockReturnValueOnce(new Promise(() => {}))
    const controller = new AbortController()
    const refreshed = codeOf(refresh('manual', controller))
    await vi.advanceTimersByTimeAsync(0)
    isEnded = true
    controller.abort(new AuthError('signed-out'))
    expect(await refreshed).toBe('signed-out')
    expect(order).toEqual(['released', 'read', 'released'])
  })
})

describe('a refusal', () => {
  test('34: is told, removes the session, and is the reason of the outcome', async () => {
    const { refresh, told, stored } = createOutage({ classifyFailure: () => 'rejected' }, 2)
    expect(await refresh('ahead')).toMatchObject({
      reason: { code: 'rejected', cause: { message: 'down' } },
    })
    expect(stored()).toBeNull()
    expect(told).toEqual([
      { type: 'refresh-started', reason: 'ahead', attempt: 1 },
      { type: 'refresh-failed', failure: 'rejected', retryIn: null },
    ])
  })

  test('31: is what classifyFailure says of the error', async () => {
    const classifyFailure = vi.fn<RefresherOptions['classifyFailure']>(() => 'rejected')
    const { refresh, exchange } = createOutage({ classifyFailure })
    const error = new Error('refused')
    exchange.mockRejectedValue(error)
    expect(await refresh()).toMatchObject(rejected)
    expect(classifyFailure.mock.calls).toEqual([[error]])
  })

  test('31: a classifyFailure that throws is printed, and ends nothing', async () => {
    expectError(/\[vue-auth-refresh\] classifyFailure threw.*no idea/s)
    const { refresh, stored } = createOutage({
      classifyFailure: () => {
        throw new Error('no idea')
      },
    })
    expect(await refresh()).toMatchObject(unreachable)
    expect(stored()).toBe(first)
  })

  test('18: of a session that has ended is none, and the exchange is aborted', async () => {
    const signals: AbortSignal[] = []
    const { refresh, told, change } = createOutage({
      classifyFailure: () => 'rejected',
      exchange: (_, signal) => {
        signals.push(signal)
        return new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new Error('aborted'))),
        )
      },
    })
    const controller = new AbortController()
    const waiting = codeOf(refresh('expired', controller))
    await vi.advanceTimersByTimeAsync(0)
    controller.abort(new AuthError('signed-out'))
    expect(await waiting).toBe('signed-out')
    expect(signals[0]!.aborted).toBe(true)
    expect(told.map(({ type }) => type)).toEqual(['refresh-started'])
    expect(change).not.toHaveBeenCalled()
  })

  test('18: of a session that ends before the turn is over is not told', async () => {
    const controller = new AbortController()
    const { refresh, told } = createOutage({
      classifyFailure: () => 'rejected',
      shared: {
        async exclusively(work) {
          const outcome = await work(async () => true)
          controller.abort(new AuthError('signed-out'))
          return outcome
        },
      },
    })
    expect(await refresh('expired', controller)).toMatchObject(rejected)
    expect(told.map(({ type }) => type)).toEqual(['refresh-started'])
  })

  test('where the user may sign in again leaves the mark of a lapse, which is an end as well', async () => {
    const { refresh, stored } = createOutage({ classifyFailure: () => 'rejected' })
    const target = sessionTarget(
      first,
      'tokens',
      () => first,
      async () => undefined,
      () => true,
    )
    expect(await refresh('expired', new AbortController(), target)).toMatchObject(rejected)
    expect(stored()).toEqual(toLapsed(first))
  })

  test('of a cookie leaves word that it has no owner', async () => {
    const { refresh, exchange, store, stored } = createOutage({ classifyFailure: () => 'rejected' })
    store(null)
    const target = cookieTarget('found', false, () => true)
    const outcome = await refresh('start', new AbortController(), target)
    expect(outcome).toMatchObject({ reason: { code: 'rejected', cause: { message: 'down' } } })
    expect(exchange.mock.calls).toEqual([[null, expect.any(AbortSignal)]])
    expect(stored()).toBe(nobody)
  })
})

describe('7: an answer', () => {
  const issued = (user: string, number: number) => ({
    ...tokensOf('2'),
    token: subjectToken(user, number),
  })
  const ofAda = toSession(issued('ada', 1))

  test('for another user ends the session as superseded, and is stored nowhere', async () => {
    const retire = vi.fn(targetOf(ofAda).retire)
    const commit = vi.fn(targetOf(ofAda).commit)
    const target = { ...targetOf(ofAda), retire, commit }
    const { refresh, exchange, stored, told } = createWorld({ session: ofAda })
    exchange.mockResolvedValue(issued('ben', 2))
    const outcome = await refresh('expired', new AbortController(), target)
    expect(outcome).toMatchObject({ reason: { code: 'superseded' } })
    expect('reason' in outcome && outcome.reason.cause).toBeUndefined()
    expect(retire.mock.calls).toMatchObject([[{ code: 'superseded' }]])
    expect(commit).not.toHaveBeenCalled()
    expect(stored()).toBeNull()
    expect(told.map(({ type }) => type)).toEqual(['refresh-started', 'refresh-failed'])
  })

  test('for the same user, or without a subject, counts', async () => {
    for (const [session, tokens] of [
      [ofAda, issued('ada', 2)],
      [ofAda, tokensOf('opaque')],
      [first, issued('ben', 2)],
    ] as const) {
      const { refresh, exchange } = createWorld({ session })
      exchange.mockResolvedValue(tokens)
      expect(await refresh()).toMatchObject({ stored: { token: tokens.token }, adopted: false })
    }
  })

  test('that refuses is not taken for one to another user', async () => {
    const retire = vi.fn(targetOf(first).retire)
    const { refresh } = createOutage({ classifyFailure: () => 'rejected' })
    const target = { ...targetOf(first), retire }
    expect(await refresh('expired', new AbortController(), target)).toMatchObject(rejected)
    expect(retire.mock.calls).toMatchObject([[{ code: 'rejected' }]])
  })
})

describe('8: an unreachable endpoint', () => {
  test('is asked again after a pause, so many times', async () => {
    const { refresh, exchange, told } = createOutage({}, 2)
    const failure = refresh('manual')
    await vi.advanceTimersByTimeAsync(249)
    expect(exchange).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(exchange).toHaveBeenCalledTimes(2)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(exchange).toHaveBeenCalledTimes(3)
    expect(await failure).toMatchObject({
      thrown: { code: 'unreachable', cause: { message: 'down' } },
    })
    expect(told).toEqual([
      { type: 'refresh-started', reason: 'manual', attempt: 1 },
      { ...failed, retryIn: 250 },
      { type: 'refresh-started', reason: 'manual', attempt: 2 },
      { ...failed, retryIn: 1_000 },
      { type: 'refresh-started', reason: 'manual', attempt: 3 },
      { ...failed, retryIn: null },
    ])
  })

  test('16: is not asked again when the answer could only come after the timeout', async () => {
    const { refresh, exchange } = createOutage({}, 2)
    fixChance(0.9)
    exchange.mockImplementation(async () => {
      await new Promise((resolve) => setTimeout(resolve, 4_500))
      throw new Error('no network')
    })
    const refreshed = refresh()
    // Two attempts, 450 ms apart; another 1,800 ms would be too much.
    await vi.advanceTimersByTimeAsync(9_450)
    expect(await Promise.race([refreshed, Promise.resolve('nothing')])).toMatchObject(unreachable)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(exchange).toHaveBeenCalledTimes(2)
  })

  test('whose failure was counted already is asked once, and not told again', async () => {
    const { refresh, exchange, told, spacing } = createOutage({}, 2)
    exchange.mockImplementation(async () => {
      await new Promise((resolve) => setTimeout(resolve, 10_000))
      throw new Error('no network')
    })
    const refreshed = refresh()
    await vi.advanceTimersByTimeAsync(9_000)
    // Requests give up waiting.
    expect(spacing.failed()).toBe(true)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await refreshed).toMatchObject(unreachable)
    expect(exchange).toHaveBeenCalledTimes(1)
    expect(told.map(({ type }) => type)).toEqual(['refresh-started'])
  })

  test('41: leaves a cause with neither token of the session', async () => {
    for (const kind of ['unreachable', 'rejected'] as const) {
      const { refresh, exchange } = createOutage({ classifyFailure: () => kind })
      exchange.mockRejectedValue(new Error('access-1 and refresh-1 are bad'))
      expect(await refresh()).toMatchObject({
        [kind === 'rejected' ? 'reason' : 'thrown']: {
          code: kind,
          cause: { message: '[redacted] and [redacted] are bad' },
        },
      })
    }
  })

  test('41: leaves a cause with nothing but its message where a cookie was exchanged', async () => {
    const { refresh, exchange, store } = createOutage()
    store(null)
    exchange.mockRejectedValue(Object.assign(new Error('bad'), { config: { data: 'secret' } }))
    const target = cookieTarget('found', false, () => true)
    const outcome = await refresh('start', new AbortController(), target)
    expect(outcome).toMatchObject({ thrown: { code: 'unreachable', cause: { message: 'bad' } } })
    expect(outcome).not.toHaveProperty('thrown.cause.config')
  })
})

const busy = (seconds: number) =>
  Object.assign(new Error('busy'), { response: { headers: { 'retry-after': `${seconds}` } } })

describe('30: Retry-After', () => {
  test('is waited for, with up to half as much more, and a pause', async () => {
    const { refresh, exchange } = createWorld({}, 1)
    exchange.mockRejectedValueOnce(busy(3))
    const refreshed = refresh()
    await vi.advanceTimersByTimeAsync(3_999)
    expect(exchange).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(await refreshed).toMatchObject(renewed('2'))
  })

  test('that is too long is not waited for, but kept by the next refresh', async () => {
    const { refresh, exchange } = createWorld({}, 1)
    exchange.mockRejectedValueOnce(busy(12))
    expect(await refresh()).toMatchObject(unreachable)
    expect(await refresh()).toMatchObject(unreachable)
    await vi.advanceTimersByTimeAsync(6_000)
    const refreshed = refresh()
    await vi.advanceTimersByTimeAsync(9_240)
    expect(exchange).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(20)
    expect(await refreshed).toMatchObject(renewed('2'))
  })
})

describe('26: the cool-down', () => {
  test('is up to a second after a failure, and two after the next', async () => {
    const { refresh, exchange, spacing } = createOutage()
    const attempts = async (ms: number): Promise<number[]> => {
      exchange.mockClear()
      const refreshed = refresh()
      await vi.advanceTimersByTimeAsync(ms - 10)
      const before = exchange.mock.calls.length
      await vi.advanceTimersByTimeAsync(20)
      await refreshed
      return [before, exchange.mock.calls.length]
    }
    expect(spacing.pause()).toBeLessThanOrEqual(0)
    expect(await refresh()).toMatchObject(unreachable)
    expect(spacing.pause()).toBeGreaterThan(0)
    expect(await attempts(750)).toEqual([0, 1])
    expect(await attempts(1_490)).toEqual([0, 1])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(spacing.pause()).toBeLessThanOrEqual(0)
  })

  test('is at most half the timeout', async () => {
    const { refresh, exchange } = createOutage()
    for (let failures = 1; failures <= 8; failures++) {
      const refreshed = refresh()
      await vi.advanceTimersByTimeAsync(5_010)
      expect(await refreshed).toMatchObject(unreachable)
    }
    expect(exchange).toHaveBeenCalledTimes(8)
  })

  test('allows one attempt in each further refresh, until a newer token is in use', async () => {
    const { refresh, exchange, spacing } = createOutage({}, 2)
    fixChance(0)
    for (let failures = 0; failures < 3; failures++) {
      const refreshed = refresh()
      // No longer than the cool-down that it meets.
      await vi.advanceTimersByTimeAsync(failures * 1_000 + 10)
      expect(await refreshed).toMatchObject(unreachable)
    }
    expect(exchange).toHaveBeenCalledTimes(3 + 1 + 1)

    spacing.recovered(1)
    const refreshed = refresh()
    await vi.advanceTimersByTimeAsync(10)
    expect(await refreshed).toMatchObject(unreachable)
    expect(exchange).toHaveBeenCalledTimes(5 + 3)
  })

  test('that lasts as long as the timeout refuses at once, without a word', async () => {
    const { refresh, exchange, spacing, told } = createOutage()
    vi.spyOn(spacing, 'pause').mockReturnValue(10_000)
    expect(await refresh()).toMatchObject(unreachable)
    expect([exchange.mock.calls, told]).toEqual([[], []])
  })
})

test('18: a refresh that waits for the end of a pause rejects at once when the session ends', async () => {
  for (const retries of [0, 1]) {
    const { refresh, exchange } = createOutage({}, retries)
    if (retries === 0) await refresh()
    const controller = new AbortController()
    const waiting = codeOf(refresh('expired', controller))
    await vi.advanceTimersByTimeAsync(0)
    controller.abort(new AuthError('signed-out'))
    expect(await waiting).toBe('signed-out')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(exchange).toHaveBeenCalledTimes(1)
  }
})
