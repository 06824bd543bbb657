import { beforeEach, expect, test, vi } from 'vitest'
import { AuthError } from '../../src/errors'
import { createRefresher, type RefresherPorts } from '../../src/session/refresher'
import { toSession, type Session } from '../../src/session/session'
import type { AuthTokens } from '../../src/session/token-response'

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
function createWorld(options: Partial<RefresherPorts> = {}) {
  let stored: Session | null = first
  const exchange = vi.fn(async (_session: Session, _signal: AbortSignal) => tokensOf('2'))
  const commit = vi.fn(async (next: Session) => (stored = next))
  const follow = vi.fn<RefresherPorts['follow']>()
  const ports: RefresherPorts = {
    read: async () => stored,
    hold: (work) => work(() => true),
    online: async () => {},
    exchange,
    commit,
    forget: async () => (stored = null),
    follow,
    classifyFailure: () => 'unreachable',
    emit() {},
    ...options,
  }
  return {
    exchange,
    commit,
    follow,
    refresher: createRefresher(ports, { refreshTimeout: 10_000, retries: 0 }),
    store: (session: Session | null) => (stored = session),
  }
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => (error instanceof AuthError ? error.code : String(error)),
  )

test('nothing is asked when the lock was granted too late', async () => {
  const { exchange, refresher } = createWorld({ hold: (work) => work(() => false) })
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
    hold: (work) => lose(() => work(() => true)),
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
      const outcome = await work(() => true)
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

test('a refused session is removed while the lock is held, and nothing is told before it is released', async () => {
  const order: string[] = []
  const { refresher } = createWorld({
    hold: async (work) => {
      const outcome = await work(() => true)
      order.push('released')
      return outcome
    },
    exchange: () => Promise.reject(new Error('refused')),
    classifyFailure: () => 'rejected',
    forget: async () => order.push('forgotten'),
    emit: ({ type }) => order.push(type),
  })
  expect(await codeOf(refresher.refresh(first, 'expired'))).toBe('rejected')
  expect(order).toEqual(['refresh-started', 'forgotten', 'released', 'refresh-failed'])
})
