import { beforeEach, expect, test, vi } from 'vitest'
import { AuthError } from '../../src/errors'
import { createRefresher, type RefresherPorts } from '../../src/session/refresher'
import { toSession, type Session } from '../../src/session/session'
import type { AuthTokens } from '../../src/session/token-response'
import { fixChance } from '../support/clock'

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

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => (error instanceof AuthError ? error.code : String(error)),
  )

test('nothing is asked when the lock was granted too late', async () => {
  const { exchange, refresher } = createWorld({ hold: (work) => work(async () => false) })
  expect(await codeOf(refresher.refresh(first, 'expired'))).toBe('unreachable')
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
