import { beforeEach, describe, expect, test, vi } from 'vitest'
import { AuthError } from '../../src/errors'
import type { AuthEventDetail } from '../../src/events'
import { createRefresher, longestHold, type RefresherPorts } from '../../src/session/refresher'
import { toLapsed, toSession, type Session } from '../../src/session/session'
import type { AuthTokens } from '../../src/session/token-response'
import { subjectToken } from '../fixtures/auth-server'
import { expectError } from '../setup/console'
import { fixChance } from '../support/clock'
import { codeOf } from '../support/code-of'

const tokensOf = (name: string, expiresIn: number | null = null): AuthTokens => ({
  token: `access-${name}`,
  refreshToken: `refresh-${name}`,
  expiresIn,
  scope: null,
})

const first = toSession(tokensOf('1'))

beforeEach(() => {
  vi.useFakeTimers()
  return () => vi.useRealTimers()
})

/** A refresher over a world that a test may change. */
function createWorld(options: Partial<RefresherPorts> = {}, { retries = 0 } = {}) {
  let stored: Session | null = first
  const exchange = vi.fn(async (_session: Session, _signal: AbortSignal) => tokensOf('2'))
  const commit = vi.fn(async (next: Session) => (stored = next))
  const follow = vi.fn<RefresherPorts['follow']>()
  const end = vi.fn<RefresherPorts['end']>()
  const ports: RefresherPorts = {
    read: async () => stored,
    hold: (work) => work(async () => true),
    online: async () => {},
    exchange,
    commit,
    retire: async () => (stored = null),
    follow,
    end,
    classifyFailure: () => 'unreachable',
    emit() {},
    ...options,
  }
  return {
    exchange,
    commit,
    follow,
    end,
    refresher: createRefresher(ports, { refreshTimeout: 10_000, retries }),
    store: (session: Session | null) => (stored = session),
  }
}

test('nothing is asked when the lock was granted too late', async () => {
  const { exchange, refresher } = createWorld({ hold: (work) => work(async () => false) })
  await expect(refresher.refresh(first, 'expired')).rejects.toMatchObject({
    code: 'unreachable',
    cause: { message: 'The lock came too late.' },
  })
  expect(exchange).not.toHaveBeenCalled()
})

test('4: what another tab has stored is adopted, unless it has expired: then it is refreshed', async () => {
  const { exchange, follow, refresher, store } = createWorld()
  const second = toSession(tokensOf('2', 60), first)
  store(second)
  expect(await refresher.refresh(first, 'expired')).toBe(second)
  expect(exchange).not.toHaveBeenCalled()

  await vi.advanceTimersByTimeAsync(61_000)
  exchange.mockResolvedValue(tokensOf('3'))
  const third = await refresher.refresh(first, 'expired')
  expect(third.token).toBe('access-3')
  expect(exchange).toHaveBeenCalledTimes(1)
  expect(exchange.mock.calls[0]![0]).toBe(second)
  expect(follow.mock.calls.slice(1)).toEqual([
    [second, true],
    [third, false],
  ])
})

test('an exchange that outlives its lock is aborted', async () => {
  const signals: AbortSignal[] = []
  const lose = async (work: () => Promise<unknown>): Promise<never> => {
    work().catch(() => {})
    await vi.waitFor(() => expect(signals).toHaveLength(1))
    throw new DOMException('Stolen.', 'AbortError')
  }
  const { refresher } = createWorld({
    hold: (work) => lose(() => work(async () => true)),
    exchange: (_, signal) => {
      signals.push(signal)
      return new Promise(() => {})
    },
  })
  expect(await codeOf(refresher.refresh(first, 'expired'))).toBe('unreachable')
  expect(signals[0]!.aborted).toBe(true)
})

test('10: what was got for a session that has ended meanwhile is not followed', async () => {
  let release!: () => void
  const released = new Promise<void>((resolve) => (release = resolve))
  const { commit, follow, refresher } = createWorld({
    hold: async (work) => {
      const outcome = await work(async () => true)
      await released
      return outcome
    },
  })
  const refreshed = codeOf(refresher.refresh(first, 'expired'))
  await vi.waitFor(() => expect(commit).toHaveBeenCalled())
  refresher.cancel(new AuthError('signed-out'))
  release()
  expect(await refreshed).toBe('signed-out')
  await vi.advanceTimersByTimeAsync(0)
  expect(follow).not.toHaveBeenCalled()
})

test('12: another session that is stored but not followed is nobody’s answer', async () => {
  const { follow, refresher, store } = createWorld()
  const crossed = toSession(tokensOf('crossed'))
  store(crossed)
  // What a keeper does with a session that has ended here: it puts its own back.
  follow.mockImplementationOnce(() => void store(first))
  expect((await refresher.refresh(first, 'manual')).id).toBe(first.id)
})

test('34: a refusal that comes when nobody waits any more ends the session all the same', async () => {
  let refuse!: (reason: Error) => void
  const { end, refresher } = createWorld({
    exchange: () => new Promise((_, reject) => (refuse = reject)),
    classifyFailure: () => 'rejected',
  })
  const refreshed = codeOf(refresher.refresh(first, 'expired'))
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await refreshed).toBe('unreachable')
  refuse(new Error('refused'))
  await vi.advanceTimersByTimeAsync(0)
  expect(end.mock.calls).toMatchObject([[{ code: 'rejected' }]])
})

test('20: an attempt whose lock was lost stores nothing, and is not tried again by itself', async () => {
  let answer!: (tokens: AuthTokens) => void
  let holds = 0
  const { commit, refresher } = createWorld(
    {
      hold: (work) => {
        holds++
        return new Promise((_, reject) => {
          work(async () => true).catch(() => {})
          setTimeout(() => reject(new Error('lost')), 1_000)
        })
      },
      exchange: () => new Promise((resolve) => (answer = resolve)),
    },
    { retries: 2 },
  )
  const refreshed = codeOf(refresher.refresh(first, 'expired'))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await refreshed).toBe('unreachable')
  answer(tokensOf('late'))
  await vi.advanceTimersByTimeAsync(0)
  expect(commit).not.toHaveBeenCalled()
  expect(holds).toBe(1)
})

test('a refused session is removed while the lock is held, and nothing is told before it is released', async () => {
  const order: string[] = []
  const { refresher } = createWorld({
    hold: async (work) => {
      const outcome = await work(async () => true)
      order.push('released')
      return outcome
    },
    exchange: () => Promise.reject(new Error('refused')),
    classifyFailure: () => 'rejected',
    async retire() {
      order.push('forgotten')
      return null
    },
    emit: ({ type }) => order.push(type),
  })
  expect(await codeOf(refresher.refresh(first, 'expired'))).toBe('rejected')
  expect(order).toEqual(['refresh-started', 'forgotten', 'released', 'refresh-failed'])
})

test('a refresh that outlives those who waited counts once, and is told once', async () => {
  fixChance(0)
  let fail!: (reason: Error) => void
  const events: string[] = []
  const { exchange, refresher } = createWorld(
    {
      exchange: () => new Promise((_, reject) => (fail = reject)),
      emit: ({ type }) => events.push(type),
    },
    { retries: 2 },
  )
  const early = codeOf(refresher.refresh(first, 'expired'))
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await early).toBe('unreachable')
  // Who joins it late waits as long, and is no second failure either.
  const second = codeOf(refresher.refresh(first, 'expired'))
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await second).toBe('unreachable')
  fail(new Error('at last'))
  await vi.advanceTimersByTimeAsync(0)
  expect(events).toEqual(['refresh-started', 'refresh-failed'])

  // So the cool-down is the first one.
  expect(refresher.isStalled()).toBe(true)
  await vi.advanceTimersByTimeAsync(990)
  expect(refresher.isStalled()).toBe(true)
  await vi.advanceTimersByTimeAsync(10)
  expect(refresher.isStalled()).toBe(false)
  expect(exchange).not.toHaveBeenCalled()
})

test('a token that another tab has got ends the cool-down, and retries are made again', async () => {
  fixChance(0)
  const exchange = vi.fn(() => Promise.reject(new Error('no network')))
  const { refresher } = createWorld({ exchange }, { retries: 2 })
  for (let failures = 0; failures < 3; failures++) {
    const refreshed = codeOf(refresher.refresh(first, 'expired'))
    // Not longer than the cool-down that it meets.
    await vi.advanceTimersByTimeAsync(failures * 1_000 + 10)
    expect(await refreshed).toBe('unreachable')
  }
  expect(exchange).toHaveBeenCalledTimes(3 + 1 + 1)

  refresher.recovered()
  expect(refresher.isStalled()).toBe(false)
  const refreshed = codeOf(refresher.refresh(first, 'expired'))
  await vi.advanceTimersByTimeAsync(10)
  expect(await refreshed).toBe('unreachable')
  expect(exchange).toHaveBeenCalledTimes(5 + 3)
})

test('16: who could not wait for the next attempt is told at once', async () => {
  fixChance(0.9)
  const exchange = vi.fn(async () => {
    await new Promise((resolve) => setTimeout(resolve, 4_500))
    throw new Error('no network')
  })
  const { refresher } = createWorld({ exchange }, { retries: 2 })
  const refreshed = codeOf(refresher.refresh(first, 'expired'))
  // Two of them, 450 ms apart; another 1,800 ms would be too much.
  await vi.advanceTimersByTimeAsync(9_450)
  expect(await Promise.race([refreshed, Promise.resolve('nothing')])).toBe('unreachable')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(exchange).toHaveBeenCalledTimes(2)
})

/** A token endpoint that is down, and what is told of it. By chance, half of each pause. */
function createOutage(options: Partial<RefresherPorts> = {}, retries = 0) {
  fixChance(0.5)
  const told: AuthEventDetail[] = []
  const down = new Error('down')
  const exchange = vi.fn<RefresherPorts['exchange']>(() => Promise.reject(down))
  const world = createWorld(
    { exchange, emit: (event) => told.push(event), ...options },
    { retries },
  )
  return { ...world, exchange, told, down }
}

test('8: an unreachable endpoint is asked again after a pause, so many times', async () => {
  const { refresher, exchange, told } = createOutage({}, 2)
  const failure = refresher.refresh(first, 'manual').catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(249)
  expect(exchange).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(exchange).toHaveBeenCalledTimes(2)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(exchange).toHaveBeenCalledTimes(3)
  const unreachable = { type: 'refresh-failed', failure: 'unreachable' }
  expect(await failure).toMatchObject({ code: 'unreachable', cause: { message: 'down' } })
  expect(told).toEqual([
    { type: 'refresh-started', reason: 'manual', attempt: 1 },
    { ...unreachable, retryIn: 250 },
    { type: 'refresh-started', reason: 'manual', attempt: 2 },
    { ...unreachable, retryIn: 1_000 },
    { type: 'refresh-started', reason: 'manual', attempt: 3 },
    { ...unreachable, retryIn: null },
  ])
})

test('8: what another tab has stored between two attempts is adopted', async () => {
  const { refresher, exchange, store, follow } = createOutage({}, 2)
  const refreshed = refresher.refresh(first, 'expired')
  await vi.advanceTimersByTimeAsync(100)
  const second = toSession(tokensOf('2'), first)
  store(second)
  await vi.advanceTimersByTimeAsync(150)
  expect(await refreshed).toBe(second)
  expect(exchange).toHaveBeenCalledTimes(1)
  expect(follow.mock.calls).toEqual([[second, true]])
})

test('41: the cause holds neither token of the session', async () => {
  const { refresher, exchange } = createOutage()
  exchange.mockRejectedValue(new Error('access-1 and refresh-1 are bad'))
  const failure = refresher.refresh(first, 'expired')
  await expect(failure).rejects.toMatchObject({
    cause: { message: '[redacted] and [redacted] are bad' },
  })
  const refused = createOutage({ classifyFailure: () => 'rejected' })
  refused.exchange.mockRejectedValue(new Error('access-1 and refresh-1 are bad'))
  await expect(refused.refresher.refresh(first, 'expired')).rejects.toMatchObject({
    code: 'rejected',
    cause: { message: '[redacted] and [redacted] are bad' },
  })
})

const busy = (seconds: number) =>
  Object.assign(new Error('busy'), { response: { headers: { 'retry-after': `${seconds}` } } })

test('30: Retry-After is waited for, up to half as much more, and a pause', async () => {
  const { refresher, exchange } = createOutage({}, 1)
  exchange.mockRejectedValueOnce(busy(3)).mockResolvedValueOnce(tokensOf('2'))
  const refreshed = refresher.refresh(first, 'expired')
  await vi.advanceTimersByTimeAsync(3_999)
  expect(exchange).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(await refreshed).toMatchObject({ token: 'access-2' })
})

test('30: one that is too long is not waited for, but kept by the next refresh', async () => {
  const { refresher, exchange } = createOutage({}, 1)
  exchange.mockRejectedValueOnce(busy(12)).mockResolvedValueOnce(tokensOf('2'))
  expect(await codeOf(refresher.refresh(first, 'expired'))).toBe('unreachable')
  expect(await codeOf(refresher.refresh(first, 'expired'))).toBe('unreachable')
  await vi.advanceTimersByTimeAsync(6_000)
  const refreshed = refresher.refresh(first, 'expired')
  await vi.advanceTimersByTimeAsync(9_240)
  expect(exchange).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(20)
  expect(await refreshed).toMatchObject({ token: 'access-2' })
})

test('a cool-down of up to a second follows a failure, of two the next', async () => {
  const { refresher, exchange } = createOutage()
  const attempts = async (ms: number): Promise<number[]> => {
    exchange.mockClear()
    const refreshed = codeOf(refresher.refresh(first, 'expired'))
    await vi.advanceTimersByTimeAsync(ms - 10)
    const before = exchange.mock.calls.length
    await vi.advanceTimersByTimeAsync(20)
    await refreshed
    return [before, exchange.mock.calls.length]
  }
  expect(refresher.isStalled()).toBe(false)
  expect(await codeOf(refresher.refresh(first, 'expired'))).toBe('unreachable')
  expect(refresher.isStalled()).toBe(true)
  expect(await attempts(750)).toEqual([0, 1])
  expect(await attempts(1_490)).toEqual([0, 1])
  await vi.advanceTimersByTimeAsync(10_000)
  expect(refresher.isStalled()).toBe(false)
})

test('the longest cool-down is half the timeout', async () => {
  const { refresher, exchange } = createOutage()
  for (let failures = 1; failures <= 8; failures++) {
    const failed = codeOf(refresher.refresh(first, 'expired'))
    await vi.advanceTimersByTimeAsync(5_010)
    expect(await failed).toBe('unreachable')
  }
  expect(exchange).toHaveBeenCalledTimes(8)
})

test('while the last exchange is still out, a refresh that has failed is stalled', async () => {
  const { refresher } = createOutage({ exchange: () => new Promise(() => {}) })
  const refreshed = codeOf(refresher.refresh(first, 'expired'))
  expect(refresher.isStalled()).toBe(false)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await refreshed).toBe('unreachable')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(refresher.isStalled()).toBe(true)
})

test('2: who comes while an exchange is out joins it; it is aborted after three times the timeout', async () => {
  expect(longestHold(10_000)).toBe(30_000)
  const signals: AbortSignal[] = []
  const { refresher } = createOutage(
    {
      exchange: (_, signal) => {
        signals.push(signal)
        return new Promise(() => {})
      },
    },
    3,
  )
  for (let round = 1; round <= 3; round++) {
    const refreshed = codeOf(refresher.refresh(first, 'expired'))
    await vi.advanceTimersByTimeAsync(9_990)
    expect(signals[0]!.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(10)
    expect(await refreshed).toBe('unreachable')
  }
  expect(signals).toHaveLength(1)
  expect(signals[0]!.aborted).toBe(true)
})

test('a late answer counts, and nobody asks again after it', async () => {
  let answer!: (tokens: AuthTokens) => void
  const { refresher, follow } = createOutage({
    exchange: () => new Promise((resolve) => (answer = resolve)),
  })
  const late = codeOf(refresher.refresh(first, 'expired'))
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await late).toBe('unreachable')
  const joined = refresher.refresh(first, 'expired')
  answer(tokensOf('2'))
  expect((await joined).token).toBe('access-2')
  expect(follow).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(0)
  expect(vi.getTimerCount()).toBe(0)
})

test('a late failure is not tried again by itself', async () => {
  let refuse!: (reason: Error) => void
  const exchange = vi.fn(() => new Promise<AuthTokens>((_, reject) => (refuse = reject)))
  const { refresher } = createOutage({ exchange }, 5)
  const late = codeOf(refresher.refresh(first, 'expired'))
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await late).toBe('unreachable')
  refuse(new Error('down'))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(exchange).toHaveBeenCalledTimes(1)
})

test('18: who waits for the end of a pause is rejected at once when the session ends', async () => {
  for (const retries of [0, 1]) {
    const { refresher, exchange } = createOutage({}, retries)
    if (retries === 0) await codeOf(refresher.refresh(first, 'expired'))
    const waiting = codeOf(refresher.refresh(first, 'expired'))
    await vi.advanceTimersByTimeAsync(0)
    refresher.cancel(new AuthError('signed-out'))
    expect(await waiting).toBe('signed-out')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(exchange).toHaveBeenCalledTimes(1)
  }
})

test('18: the end aborts an exchange that is out, and is no failure', async () => {
  const signals: AbortSignal[] = []
  const { refresher, told, end } = createOutage({
    classifyFailure: () => 'rejected',
    exchange: (_, signal) => {
      signals.push(signal)
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('aborted'))),
      )
    },
  })
  const waiting = codeOf(refresher.refresh(first, 'expired'))
  await vi.advanceTimersByTimeAsync(0)
  refresher.cancel(new AuthError('signed-out'))
  expect(await waiting).toBe('signed-out')
  await vi.advanceTimersByTimeAsync(0)
  expect(signals[0]!.aborted).toBe(true)
  expect(told.map(({ type }) => type)).toEqual(['refresh-started'])
  expect(end).not.toHaveBeenCalled()
})

test('offline nobody is asked, and nothing is told', async () => {
  let connect!: () => void
  const { refresher, exchange, told } = createOutage({
    online: () => new Promise((resolve) => (connect = resolve)),
  })
  exchange.mockResolvedValue(tokensOf('2'))
  const refreshed = refresher.refresh(first, 'expired')
  await vi.advanceTimersByTimeAsync(5_000)
  expect(exchange).not.toHaveBeenCalled()
  expect(told).toEqual([])
  connect()
  expect((await refreshed).token).toBe('access-2')
})

test('31: a classifyFailure that throws is printed, and ends nothing', async () => {
  expectError(/\[vue-auth-refresh\] classifyFailure threw.*no idea/s)
  const { refresher, end } = createOutage({
    classifyFailure: () => {
      throw new Error('no idea')
    },
  })
  expect(await codeOf(refresher.refresh(first, 'expired'))).toBe('unreachable')
  expect(end).not.toHaveBeenCalled()
})

test('8: a refusal of a token that another tab has moved on from is nobody’s end', async () => {
  const second = toSession(tokensOf('2'), first)
  const { refresher, end, follow } = createOutage({
    classifyFailure: () => 'rejected',
    retire: async () => second,
  })
  expect(await refresher.refresh(first, 'expired')).toBe(second)
  expect(follow.mock.calls).toEqual([[second, true]])
  expect(end).not.toHaveBeenCalled()
})

test('34: a refusal is told, ends the session, and rejects who waits with it', async () => {
  const { refresher, told, end } = createOutage({ classifyFailure: () => 'rejected' })
  const failure = await refresher.refresh(first, 'ahead').catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'rejected', cause: { message: 'down' } })
  expect(end.mock.calls).toEqual([[failure]])
  expect(told).toEqual([
    { type: 'refresh-started', reason: 'ahead', attempt: 1 },
    { type: 'refresh-failed', failure: 'rejected', retryIn: null },
  ])
})

test('11: where nothing is stored any more, or a lapsed session, there is nothing to ask for', async () => {
  for (const found of [null, toLapsed(first)]) {
    const { refresher, exchange, follow } = createOutage({ read: async () => found })
    const reason = new AuthError('signed-out')
    follow.mockImplementation(() => refresher.cancel(reason))
    await expect(refresher.refresh(first, 'expired')).rejects.toBe(reason)
    expect(follow.mock.calls).toEqual([[found, true]])
    expect(exchange).not.toHaveBeenCalled()
  }
})

test('10: what was committed by another in between is adopted in place of what was got', async () => {
  const another = toSession(tokensOf('another'), first)
  const { refresher, follow, exchange } = createOutage({ commit: async () => another })
  exchange.mockResolvedValue(tokensOf('2'))
  expect(await refresher.refresh(first, 'expired')).toBe(another)
  expect(follow.mock.calls).toEqual([[another, true]])
})

test('a token that has expired on arrival is used all the same when it is this tab’s own', async () => {
  const { refresher, exchange } = createOutage({
    commit: async (next) => {
      await vi.advanceTimersByTimeAsync(2_000)
      return next
    },
  })
  exchange.mockResolvedValue(tokensOf('2', 1))
  expect((await refresher.refresh(first, 'expired')).token).toBe('access-2')
  expect(exchange).toHaveBeenCalledTimes(1)
})

test('the exchange is made with the session and a signal, while it is told', async () => {
  const { refresher, exchange, told } = createOutage()
  exchange.mockImplementation(async () => {
    expect(told).toEqual([])
    return tokensOf('2')
  })
  await refresher.refresh(first, 'expired')
  expect(exchange.mock.calls).toEqual([[first, expect.any(AbortSignal)]])
  expect(told).toHaveLength(1)
})

test('19: an attempt that never had its turn is made again', async () => {
  const hold = vi.fn()
  const { refresher, exchange } = createOutage(
    {
      hold: (work) => {
        hold()
        return hold.mock.calls.length === 1
          ? Promise.reject(new Error('no turn'))
          : work(async () => true)
      },
    },
    1,
  )
  exchange.mockResolvedValue(tokensOf('2'))
  const refreshed = refresher.refresh(first, 'expired')
  await vi.advanceTimersByTimeAsync(250)
  expect(await refreshed).toMatchObject({ token: 'access-2' })
})

describe('7: an answer', () => {
  const issued = (user: string, number: number) => ({
    ...tokensOf('2'),
    token: subjectToken(user, number),
  })
  const ofAda = toSession(issued('ada', 1))

  test('for somebody else ends the session as superseded, and is stored nowhere', async () => {
    const retire = vi.fn<RefresherPorts['retire']>(async () => null)
    const exchange = vi.fn(async () => issued('ben', 2))
    const { refresher, commit, end } = createWorld({ retire, exchange, read: async () => ofAda })
    const refreshed = refresher.refresh(ofAda, 'expired')
    expect(await codeOf(refreshed)).toBe('superseded')
    expect(commit).not.toHaveBeenCalled()
    expect(retire.mock.calls).toEqual([[ofAda, true]])
    expect(end.mock.calls).toMatchObject([[{ code: 'superseded' }]])
  })

  test('for the same user, or that does not say for whom it is, counts', async () => {
    for (const [session, tokens] of [
      [ofAda, issued('ada', 2)],
      [ofAda, tokensOf('opaque')],
      [first, issued('ben', 2)],
    ] as const) {
      const { refresher } = createWorld({ read: async () => session, exchange: async () => tokens })
      expect((await refresher.refresh(session, 'expired')).token).toBe(tokens.token)
    }
  })

  test('that refuses is not taken for one to somebody else', async () => {
    const retire = vi.fn<RefresherPorts['retire']>(async () => null)
    const exchange = () => Promise.reject(new Error('no'))
    const { refresher } = createWorld({ retire, exchange, classifyFailure: () => 'rejected' })
    expect(await codeOf(refresher.refresh(first, 'expired'))).toBe('rejected')
    expect(retire.mock.calls).toEqual([[first, false]])
  })
})

test('what is stored and not followed is nobody’s answer: nothing, a lapsed session, or what came too late', async () => {
  for (const found of [null, toLapsed(first)]) {
    const { refresher, follow, exchange } = createWorld({ read: async () => found })
    expect(await codeOf(refresher.refresh(first, 'expired'))).toBe('unreachable')
    expect(follow.mock.calls).toEqual([[found, true]])
    expect(exchange).not.toHaveBeenCalled()
  }
})

test('3: after an end the lock is kept until that is stored, and nothing is read otherwise', async () => {
  const order: string[] = []
  let isEnded = false
  const read = vi.fn(async () => {
    if (isEnded) order.push('read')
    return first
  })
  const hold: RefresherPorts['hold'] = (work) =>
    work(async () => true).finally(() => order.push('released'))
  const exchange = vi.fn(async () => tokensOf('2'))
  const { refresher } = createWorld({ read, hold, exchange })
  await refresher.refresh(first, 'manual')
  expect(read).toHaveBeenCalledTimes(1)
  exchange.mockReturnValueOnce(new Promise(() => {}))
  const refreshed = codeOf(refresher.refresh(first, 'manual'))
  await vi.advanceTimersByTimeAsync(0)
  isEnded = true
  refresher.cancel(new AuthError('signed-out'))
  expect(await refreshed).toBe('signed-out')
  await vi.advanceTimersByTimeAsync(0)
  expect(order).toEqual(['released', 'read', 'released'])
})
