import { beforeEach, describe, expect, test, vi } from 'vitest'
import { AuthError } from '../../src/errors'
import type { AuthEventDetail } from '../../src/events'
import { toLapsed, type Stored } from '../../src/session/record'
import { toSession, type Session } from '../../src/session/session'
import {
  createSessionKeeper,
  type SessionKeeperOptions,
  type SessionKeeperPorts,
} from '../../src/session/session-keeper'
import type { Rule } from '../../src/session/stored-rules'
import type { SharedSession } from '../../src/session/shared-session'
import type { AuthTokens } from '../../src/session/token-response'
import { subjectToken } from '../fixtures/auth-server'
import { expectError } from '../setup/console'
import { fixChance } from '../support/clock'
import { codeOf } from '../support/code-of'
import { holdSession } from '../support/held-session'
import { createLatch } from '../../src/utils/waiting'

const tokensOf = (name: string, expiresIn: number | null = null): AuthTokens => ({
  token: `access-${name}`,
  refreshToken: `refresh-${name}`,
  expiresIn,
  scope: null,
})

beforeEach(() => {
  vi.useFakeTimers()
  return () => vi.useRealTimers()
})

interface World extends Partial<Omit<SessionKeeperPorts, 'shared'>>, Partial<SessionKeeperOptions> {
  shared?: Partial<SharedSession>
  tokens?: AuthTokens
}

/** A keeper with a session, over a world that a test may change. By chance, half of each pause. */
async function createWorld({
  shared,
  tokens = tokensOf('1', 400),
  refreshTimeout = 10_000,
  retries = 0,
  leeway = 100_000,
  session = 'tokens',
  canLapse = false,
  classifyFailure = () => 'unreachable',
  ...ports
}: World = {}) {
  fixChance(0.5)
  const told: AuthEventDetail[] = []
  const onState = vi.fn<SessionKeeperPorts['onState']>()
  const exchange = vi.fn<SessionKeeperPorts['exchange']>(async () => tokensOf('2'))
  const held = holdSession(null, shared)
  const keeper = createSessionKeeper(
    {
      shared: held.shared,
      isOnline: () => true,
      isShown: () => true,
      onActivity: () => () => {},
      onEndsAt() {},
      online: async () => {},
      exchange,
      isSameUser: async () => undefined,
      onUntold() {},
      askToStepUp: async () => {},
      emit: (event) => told.push(event),
      onState,
      ...ports,
    },
    {
      refreshTimeout,
      retries,
      classifyFailure,
      leeway,
      minValidity: 2_000,
      session,
      canLapse,
    },
  )
  await keeper.restore()
  const first = await keeper.begin(tokens)
  return {
    keeper,
    first,
    exchange,
    told,
    onState,
    stored: () => held.value,
    store: (next: Stored | null) => (held.value = next),
    current: () => keeper.requests.current(),
    /** Whether requests begin no refresh ahead of expiry, because it could not be answered at once. */
    isStalled() {
      const live = keeper.requests.acquire(first.id)
      void codeOf(live)
      return live === keeper.requests.current() && keeper.refreshing() === null
    },
    /** The failures that were told beside a change of the state. */
    failures: () => onState.mock.calls.flatMap(([, , , failure]) => (failure ? [failure] : [])),
  }
}

/** The time after which requests refresh the session ahead of its expiry. */
const UNTIL_EXPIRING_MS = 310_000

const settle = () => vi.advanceTimersByTimeAsync(0)
const typesOf = (events: AuthEventDetail[]): string[] => events.map(({ type }) => type)
const endedBy = (reason: string, adopted = false) => ({ type: 'session-ended', reason, adopted })

/** Exchanges that go on until a test settles the last of them. */
function createExchange() {
  const settlers: { resolve(tokens: AuthTokens): void; reject(error: Error): void }[] = []
  const exchange = vi.fn<SessionKeeperPorts['exchange']>(
    () => new Promise((resolve, reject) => settlers.push({ resolve, reject })),
  )
  return {
    exchange,
    signal: () => exchange.mock.lastCall![1],
    answer: (tokens: AuthTokens) => settlers.at(-1)!.resolve(tokens),
    fail: (error: Error) => settlers.at(-1)!.reject(error),
  }
}

describe('a refresh', () => {
  test('puts the successor into use, once it is stored', async () => {
    const { keeper, first, stored, current, told } = await createWorld()
    const next = await keeper.refresh('manual')
    expect(next).toMatchObject({ id: first.id, generation: 1, token: 'access-2' })
    expect(current()).toBe(next)
    expect(stored()).toBe(next)
    expect(told).toEqual([
      { type: 'refresh-started', reason: 'manual', attempt: 1 },
      { type: 'refresh-succeeded', adopted: false },
    ])
  })

  test('whose token has expired on arrival puts it into use all the same', async () => {
    const { keeper, exchange, current } = await createWorld()
    exchange.mockResolvedValue(tokensOf('2', 0))
    expect((await keeper.refresh('expired')).token).toBe('access-2')
    expect(current()?.token).toBe('access-2')
    expect(exchange).toHaveBeenCalledTimes(1)
  })

  test('10: whose session has ended before its turn is over changes nothing', async () => {
    const turn = createLatch()
    const { keeper, first, exchange, stored, told } = await createWorld({
      shared: {
        async exclusively(work) {
          const outcome = await work(async () => true)
          await turn.opened
          return outcome
        },
      },
    })
    const refreshed = codeOf(keeper.refresh('expired'))
    await settle()
    expect(exchange).toHaveBeenCalledTimes(1)
    expect(stored()).toMatchObject({ id: first.id, generation: 1 })
    await keeper.end(new AuthError('signed-out'))?.erased
    turn.open()
    expect(await refreshed).toBe('signed-out')
    await settle()
    expect(keeper.state()).toMatchObject({ is: 'anonymous', reason: { code: 'signed-out' } })
    expect(stored()).toBeNull()
    expect(typesOf(told)).toEqual(['refresh-started', 'session-ended'])
  })

  test('2: does not ask with a refresh token that newer tokens have replaced since it read', async () => {
    const granted = createLatch()
    let record: Stored | null = null
    let isSlow = false
    const { keeper, exchange, current } = await createWorld({
      shared: {
        exclusively: (work) => work(() => granted.opened.then(() => true)),
        read: async () => record,
        change: async (rule) =>
          isSlow ? new Promise(() => {}) : (record = rule(record) ?? record),
      },
    })
    isSlow = true
    const refreshed = keeper.refresh('expired')
    await settle()
    void keeper.update(tokensOf('2', 400))
    await settle()
    granted.open()
    expect((await refreshed).token).toBe('access-2')
    expect(exchange).not.toHaveBeenCalled()
    expect(current()).toMatchObject({ generation: 1, refreshToken: 'refresh-2' })
  })

  test('10: of a session that has ended stores no newer tokens', async () => {
    const changes: Rule[] = []
    let record: Stored | null = null
    const { keeper, first } = await createWorld({
      shared: {
        async change(rule) {
          changes.push(rule)
          return (record = rule(record) ?? record)
        },
      },
    })
    void keeper.update(tokensOf('2'))
    await settle()
    const write = changes.at(-1)
    expect(write?.(first)).toMatchObject({ token: 'access-2' })
    void keeper.end(new AuthError('signed-out'))
    expect(write?.(first)).toBeUndefined()
  })

  test('53: ends no session that begins while newer tokens of the one before are being stored', async () => {
    const written = createLatch()
    let record: Stored | null = null
    const { keeper, current } = await createWorld({
      shared: {
        async change(rule) {
          const next = rule(record)
          if (next !== undefined) record = next
          const found = record
          if (found === null) await written.opened
          return found
        },
      },
    })
    // Another tab has ended the session.
    record = null
    const updated = keeper.update(tokensOf('2'))
    await settle()
    const second = await keeper.begin(tokensOf('3'))
    written.open()
    await updated
    expect(current()).toBe(second)
  })

  test('whose turn was lost aborts its exchange, and ends nothing', async () => {
    const { exchange, signal } = createExchange()
    const { keeper, first, current, told } = await createWorld({
      retries: 2,
      shared: {
        async exclusively(work) {
          work(async () => true).catch(() => {})
          await vi.waitFor(() => expect(exchange).toHaveBeenCalledTimes(1))
          throw new DOMException('Stolen.', 'AbortError')
        },
      },
      exchange,
    })
    expect(await codeOf(keeper.refresh('expired'))).toBe('unreachable')
    expect(signal().aborted).toBe(true)
    expect(current()).toBe(first)
    expect(typesOf(told)).toEqual(['refresh-started'])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(exchange).toHaveBeenCalledTimes(1)
  })

  test('31: that fails is told once, and leaves the session in use', async () => {
    expectError(/\[vue-auth-refresh\] classifyFailure threw.*no idea/s)
    const { keeper, first, exchange, current, failures, stored } = await createWorld({
      classifyFailure: () => {
        throw new Error('no idea')
      },
    })
    exchange.mockRejectedValue(new Error('down'))
    const failure = await keeper.refresh('expired').catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'unreachable', cause: { message: 'down' } })
    expect(failures()).toEqual([failure])
    expect(current()).toBe(first)
    expect(stored()).toBe(first)
  })
})

describe('another tab', () => {
  test('4: that has stored a token is followed, unless it has expired: then it is refreshed', async () => {
    const { keeper, first, exchange, store, told, current } = await createWorld()
    const second = toSession(tokensOf('2', 60), first)
    store(second)
    expect(await keeper.refresh('expired')).toBe(second)
    expect(current()).toBe(second)
    expect(exchange).not.toHaveBeenCalled()
    expect(told).toEqual([{ type: 'refresh-succeeded', adopted: true }])

    const third = toSession(tokensOf('3', 60), second)
    store(third)
    await vi.advanceTimersByTimeAsync(61_000)
    exchange.mockResolvedValue(tokensOf('4'))
    const fourth = await keeper.refresh('expired')
    expect(fourth).toMatchObject({ id: first.id, generation: 3, token: 'access-4' })
    expect(current()).toBe(fourth)
    expect(exchange.mock.calls).toEqual([[third, expect.any(AbortSignal)]])
    expect(told.slice(1)).toEqual([
      { type: 'refresh-succeeded', adopted: true },
      { type: 'refresh-started', reason: 'expired', attempt: 1 },
      { type: 'refresh-succeeded', adopted: false },
    ])
  })

  test('8: that has stored a token between two attempts is followed', async () => {
    const { keeper, first, exchange, store, told, current } = await createWorld({ retries: 2 })
    exchange.mockRejectedValue(new Error('down'))
    const refreshed = keeper.refresh('expired')
    await vi.advanceTimersByTimeAsync(100)
    const second = toSession(tokensOf('2', 60), first)
    store(second)
    await vi.advanceTimersByTimeAsync(150)
    expect(await refreshed).toBe(second)
    expect(current()).toBe(second)
    expect(exchange).toHaveBeenCalledTimes(1)
    expect(told.at(-1)).toEqual({ type: 'refresh-succeeded', adopted: true })
  })

  test('8: that has moved on makes a refusal meaningless', async () => {
    const { keeper, first, exchange, store, told, current } = await createWorld({
      classifyFailure: () => 'rejected',
    })
    const second = toSession(tokensOf('2'), first)
    exchange.mockImplementation(async () => {
      store(second)
      throw new Error('refused')
    })
    expect(await keeper.refresh('expired')).toBe(second)
    expect(current()).toBe(second)
    expect(typesOf(told)).toEqual(['refresh-started', 'refresh-succeeded'])
  })

  test('10: that has committed in between is followed in place of the answer', async () => {
    const { keeper, first, exchange, store, stored, told } = await createWorld()
    const another = toSession(tokensOf('another'), first)
    exchange.mockImplementation(async () => {
      store(another)
      return tokensOf('2')
    })
    expect(await keeper.refresh('expired')).toBe(another)
    expect(stored()).toBe(another)
    expect(told.at(-1)).toEqual({ type: 'refresh-succeeded', adopted: true })
  })

  test('11: that has removed the session, or made it lapse, ends it without an exchange', async () => {
    for (const change of [() => null, toLapsed]) {
      const { keeper, first, exchange, store, told } = await createWorld()
      store(change(first))
      expect(await codeOf(keeper.refresh('expired'))).toBe('signed-out')
      expect(keeper.state()).toMatchObject({ is: 'anonymous', reason: { code: 'signed-out' } })
      expect(told).toEqual([endedBy('signed-out', true)])
      expect(exchange).not.toHaveBeenCalled()
    }
  })

  test('12: that has stored another session is followed, and the refresh rejects', async () => {
    const { keeper, first, exchange, store, told, current } = await createWorld()
    const other = toSession(tokensOf('other'))
    store(other)
    expect(await codeOf(keeper.refresh('manual'))).toBe('superseded')
    expect(current()).toBe(other)
    expect(await codeOf((async () => keeper.requests.acquire(first.id))())).toBe('superseded')
    expect(told).toEqual([endedBy('superseded', true)])
    expect(exchange).not.toHaveBeenCalled()
  })

  test('12: that has brought back a session that ended here answers nothing: the session is stored again', async () => {
    const { keeper, first: ended, exchange, store, stored, current } = await createWorld()
    const mine = await keeper.begin(tokensOf('mine'))
    store(toSession(tokensOf('crossed'), ended))
    const next = await keeper.refresh('manual')
    expect(next).toMatchObject({ id: mine.id, generation: 1, token: 'access-2' })
    expect(current()).toBe(next)
    expect(stored()).toBe(next)
    expect(exchange.mock.calls).toEqual([[mine, expect.any(AbortSignal)]])
  })

  test('that has brought back the mark of a lapse that ended here leaves nothing to ask for', async () => {
    const { keeper, first: ended, exchange, store, stored, current } = await createWorld()
    const mine = await keeper.begin(tokensOf('mine'))
    store(toLapsed(ended))
    expect(await codeOf(keeper.refresh('manual'))).toBe('unreachable')
    expect(current()).toBe(mine)
    expect(stored()).toBe(mine)
    expect(exchange).not.toHaveBeenCalled()
  })

  test('that waits for the user of a lapsed session leaves nothing to ask for', async () => {
    const { keeper, first, exchange, store, stored, told } = await createWorld({ canLapse: true })
    keeper.identify(true, false)
    store(toLapsed(first))
    expect(await codeOf(keeper.refresh('manual'))).toBe('rejected')
    expect(keeper.state()).toMatchObject({ is: 'lapsed', refused: first })
    const newcomer = await keeper.begin(tokensOf('newcomer'))
    expect(await codeOf(keeper.refresh('manual'))).toBe('unreachable')
    expect(keeper.state()).toMatchObject({ is: 'contested', session: newcomer })
    expect(stored()).toEqual(toLapsed(first))
    expect(exchange).not.toHaveBeenCalled()
    expect(told).toEqual([{ type: 'session-lapsed', adopted: true }])
  })

  test('26: that keeps bringing back an ended session has the refresh give up', async () => {
    let crossed: Session | undefined
    const read = vi.fn<SharedSession['read']>(async () => crossed ?? null)
    const { keeper, first: ended, exchange } = await createWorld({ shared: { read } })
    await keeper.begin(tokensOf('mine'))
    crossed = toSession(tokensOf('crossed'), ended)
    read.mockClear()
    expect(await codeOf(keeper.refresh('manual'))).toBe('unreachable')
    expect(read).toHaveBeenCalledTimes(10)
    expect(exchange).not.toHaveBeenCalled()
  })
})

describe('a refresh that outlives the requests that wait for it', () => {
  async function createSlow(world: World = {}) {
    const { exchange, ...control } = createExchange()
    const created = await createWorld({ exchange, ...world })
    await vi.advanceTimersByTimeAsync(UNTIL_EXPIRING_MS)
    return { ...created, ...control, exchange }
  }
  const late = async (refreshed: Promise<unknown>): Promise<string | null> => {
    const code = codeOf(refreshed)
    await vi.advanceTimersByTimeAsync(9_990)
    expect(await Promise.race([code, Promise.resolve('waiting')])).toBe('waiting')
    await vi.advanceTimersByTimeAsync(10)
    return code
  }

  test('16: rejects them after the timeout', async () => {
    const { keeper, failures, first, current } = await createSlow()
    expect(await late(keeper.refresh('expired'))).toBe('unreachable')
    expect(failures()).toMatchObject([{ code: 'unreachable' }])
    expect(current()).toBe(first)
    expect(keeper.refreshing()).toBeNull()
  })

  test('2: is joined by those that come later, and aborted after three times the timeout', async () => {
    const { keeper, exchange, signal } = await createSlow({ retries: 3 })
    for (let round = 1; round <= 3; round++) {
      const refreshed = codeOf(keeper.refresh('expired'))
      await vi.advanceTimersByTimeAsync(9_990)
      expect(signal().aborted).toBe(false)
      await vi.advanceTimersByTimeAsync(10)
      expect(await refreshed).toBe('unreachable')
    }
    expect(exchange).toHaveBeenCalledTimes(1)
    expect(signal().aborted).toBe(true)
  })

  test('a late answer counts, and no further exchange follows', async () => {
    const { keeper, exchange, answer, told, current } = await createSlow()
    expect(await late(keeper.refresh('expired'))).toBe('unreachable')
    const joined = keeper.refresh('expired')
    answer(tokensOf('2'))
    const next = await joined
    expect(next.token).toBe('access-2')
    expect(current()).toBe(next)
    expect(exchange).toHaveBeenCalledTimes(1)
    expect(typesOf(told)).toEqual(['refresh-started', 'refresh-failed', 'refresh-succeeded'])
    await settle()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a late answer counts also when no request waits any more', async () => {
    const { keeper, answer, told, current, stored } = await createSlow()
    expect(await late(keeper.refresh('expired'))).toBe('unreachable')
    answer(tokensOf('2'))
    await settle()
    expect(current()?.token).toBe('access-2')
    expect(stored()).toBe(current())
    expect(told.at(-1)).toEqual({ type: 'refresh-succeeded', adopted: false })
  })

  test('a late failure is not tried again by itself', async () => {
    const { keeper, exchange, fail } = await createSlow({ retries: 5 })
    expect(await late(keeper.refresh('expired'))).toBe('unreachable')
    fail(new Error('down'))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(exchange).toHaveBeenCalledTimes(1)
  })

  test('34: a refusal that comes late ends the session all the same', async () => {
    const { keeper, fail, told, stored } = await createSlow({ classifyFailure: () => 'rejected' })
    expect(await late(keeper.refresh('expired'))).toBe('unreachable')
    fail(new Error('refused'))
    await settle()
    expect(keeper.state()).toMatchObject({ is: 'anonymous', reason: { code: 'rejected' } })
    expect(told.filter(({ type }) => type === 'session-ended')).toEqual([endedBy('rejected')])
    expect(stored()).toBeNull()
  })

  test('counts as one failure, and is told once', async () => {
    const { keeper, exchange, fail, told, isStalled } = await createSlow({ retries: 2 })
    expect(await late(keeper.refresh('expired'))).toBe('unreachable')
    // Requests that join it later wait as long, and are no second failure.
    expect(await late(keeper.refresh('expired'))).toBe('unreachable')
    fixChance(0)
    fail(new Error('at last'))
    await settle()
    expect(typesOf(told)).toEqual(['refresh-started', 'refresh-failed'])

    // The cool-down is the first one, a second long.
    expect(isStalled()).toBe(true)
    await vi.advanceTimersByTimeAsync(990)
    expect(isStalled()).toBe(true)
    expect(exchange).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(10)
    expect(isStalled()).toBe(false)
  })

  test('is stalled from the timeout on, however long its exchange is out', async () => {
    const { keeper, isStalled, exchange } = await createSlow()
    const refreshed = codeOf(keeper.refresh('expired'))
    expect(isStalled()).toBe(false)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await refreshed).toBe('unreachable')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(isStalled()).toBe(true)
    expect(exchange).toHaveBeenCalledTimes(1)
  })
})

describe('26: the cool-down', () => {
  test('ends with a token that another tab has got, and retries are made again', async () => {
    const { keeper, first, exchange, store, isStalled } = await createWorld({ retries: 2 })
    await vi.advanceTimersByTimeAsync(UNTIL_EXPIRING_MS)
    fixChance(0)
    exchange.mockRejectedValue(new Error('no network'))
    for (let failures = 0; failures < 3; failures++) {
      const refreshed = codeOf(keeper.refresh('expired'))
      // No longer than the cool-down that it meets.
      await vi.advanceTimersByTimeAsync(failures * 1_000 + 10)
      expect(await refreshed).toBe('unreachable')
    }
    expect(exchange).toHaveBeenCalledTimes(3 + 1 + 1)
    expect(isStalled()).toBe(true)

    store(toSession(tokensOf('2', 0), first))
    keeper.reread()
    await settle()
    const refreshed = codeOf(keeper.refresh('expired'))
    await vi.advanceTimersByTimeAsync(10)
    expect(await refreshed).toBe('unreachable')
    expect(exchange).toHaveBeenCalledTimes(5 + 3)
  })

  test('of one session is not met by the next', async () => {
    const { keeper, exchange } = await createWorld()
    exchange.mockRejectedValueOnce(new Error('down'))
    expect(await codeOf(keeper.refresh('expired'))).toBe('unreachable')
    await keeper.begin(tokensOf('next'))
    await keeper.refresh('expired')
    expect(exchange).toHaveBeenCalledTimes(2)
  })
})

describe('18: the end of a session', () => {
  test('rejects at once a refresh that waits for the end of a pause', async () => {
    for (const retries of [0, 1]) {
      const { keeper, exchange } = await createWorld({ retries })
      exchange.mockRejectedValue(new Error('down'))
      if (retries === 0) await codeOf(keeper.refresh('expired'))
      const waiting = codeOf(keeper.refresh('expired'))
      await settle()
      keeper.end(new AuthError('signed-out'))
      expect(await waiting).toBe('signed-out')
      await vi.advanceTimersByTimeAsync(60_000)
      expect(exchange).toHaveBeenCalledTimes(1)
    }
  })

  test('aborts an exchange that is out, and is no failure', async () => {
    const { exchange, signal, fail } = createExchange()
    const { keeper, told, failures } = await createWorld({
      classifyFailure: () => 'rejected',
      exchange,
    })
    const waiting = codeOf(keeper.refresh('expired'))
    await settle()
    signal().addEventListener('abort', () => fail(new Error('aborted')))
    keeper.end(new AuthError('signed-out'))
    expect(await waiting).toBe('signed-out')
    await settle()
    expect(signal().aborted).toBe(true)
    expect(told.slice(1)).toEqual([endedBy('signed-out')])
    expect(failures()).toEqual([])
  })

  test('3: is stored before the turn is over', async () => {
    const { exchange, signal } = createExchange()
    const found: unknown[] = []
    const { keeper, first, stored } = await createWorld({
      exchange,
      shared: {
        exclusively: (work) => work(async () => true).finally(() => found.push(stored())),
      },
    })
    const waiting = codeOf(keeper.refresh('expired'))
    await settle()
    expect(stored()).toBe(first)
    keeper.end(new AuthError('signed-out'))
    expect(await waiting).toBe('signed-out')
    await settle()
    expect(signal().aborted).toBe(true)
    expect(found).toEqual([null])
  })

  test('34: by a refusal rejects with the reason that is told', async () => {
    const { keeper, told, exchange, stored, failures } = await createWorld({
      classifyFailure: () => 'rejected',
    })
    exchange.mockRejectedValue(new Error('refused'))
    const failure = await keeper.refresh('ahead').catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'rejected', cause: { message: 'refused' } })
    expect(keeper.state()).toEqual({ is: 'anonymous', reason: failure })
    expect(stored()).toBeNull()
    expect(failures()).toEqual([])
    expect(told).toEqual([
      { type: 'refresh-started', reason: 'ahead', attempt: 1 },
      { type: 'refresh-failed', failure: 'rejected', retryIn: null },
      endedBy('rejected'),
    ])
  })

  test('7: by an answer for another user is told as superseded, and nothing of it is stored', async () => {
    const issued = (user: string, number: number) => ({
      ...tokensOf('issued'),
      token: subjectToken(user, number),
    })
    for (const canLapse of [false, true]) {
      const { keeper, told, exchange, stored } = await createWorld({
        tokens: issued('ada', 1),
        canLapse,
      })
      keeper.identify(true, false)
      exchange.mockResolvedValue(issued('ben', 2))
      expect(await codeOf(keeper.refresh('expired'))).toBe('superseded')
      expect(keeper.state()).toMatchObject({ is: 'anonymous', reason: { code: 'superseded' } })
      expect(told.at(-1)).toEqual(endedBy('superseded'))
      expect(stored()).toBeNull()
    }
  })
})
