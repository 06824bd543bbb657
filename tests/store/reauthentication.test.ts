import { describe, expect, test, vi } from 'vitest'
import { AuthError } from 'vue-auth-refresh'
import type { AuthUser } from '../../src/options'
import { toSession, type Session } from '../../src/session/session'
import type { SessionState } from '../../src/session/session-state'
import { keyOf, markOf, type StepUp } from '../../src/session/step-up'
import {
  createReauthentication,
  type ReauthenticationPorts,
} from '../../src/store/reauthentication'
import { expectError } from '../setup/console'
import { driveClock } from '../support/clock'
import { createLatch } from '../../src/utils/waiting'

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
const jwtOf = (claims: object): string => `${encode({ alg: 'none' })}.${encode(claims)}.c2ln`

const sessionOf = (token: string): Session =>
  toSession({ token, refreshToken: null, expiresIn: null, scope: null })

const ada = { name: 'ada' }
const eve = { name: 'eve' }
const reason = new AuthError('rejected')

const active = (session: Session): SessionState => ({
  is: 'active',
  session,
  showsUser: true,
  heirTo: [],
})
const lapsed = (refused: Session, isAwaited: boolean): SessionState => ({
  is: 'lapsed',
  refused,
  reason,
  isAwaited,
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

/** Asking, over a state and a keeper in the test's hands. */
function createWorld(
  options: Partial<ReauthenticationPorts['options']> = {},
  ports: Partial<ReauthenticationPorts> = {},
  mine = sessionOf('access'),
) {
  let state: SessionState = active(mine)
  const keeper = {
    state: () => state,
    reread: vi.fn(),
    end: vi.fn((_reason: AuthError) => {
      end()
      return { session: null, erased: Promise.resolve() }
    }),
    rereading: vi.fn((): Promise<void> | undefined => Promise.resolve()),
  }
  const signals: AbortSignal[] = []
  const answer = vi.fn(async () => {})
  const reauthenticate = vi.fn<NonNullable<ReauthenticationPorts['options']['reauthenticate']>>(
    ({ signal }) => {
      signals.push(signal)
      return answer()
    },
  )
  const end = (): void => enter({ is: 'anonymous', reason })
  const reauthentication = createReauthentication({
    options: { reauthenticate, reauthenticateTimeout: 1_000, ...options },
    keeper,
    takeTurn: (work) => work(async () => true),
    shown: async () => {},
    whenSignedIn: async () => {},
    ...ports,
  })
  function enter(next: SessionState, user: AuthUser | null = ada): void {
    state = next
    reauthentication.onState(next, user)
  }
  return {
    reauthentication,
    keeper,
    reauthenticate,
    answer,
    signals,
    enter,
    end,
    /** The session is refused; of its user the page shows `user`. */
    lapse: (user: AuthUser | null = ada) => enter(lapsed(mine, false), user),
    /** A request waits. */
    await: () => enter(lapsed(mine, true)),
    /** Signs in a user who is not known yet. */
    signIn: (token = 'access-2') => enter(contested(mine, sessionOf(token))),
    resume: (token = 'access-2') => enter(active(sessionOf(token))),
  }
}

/** Whether the user of the session of `after` answers for the session of `before`, by their tokens. */
function isOfAskedUser(before: string, after: string): boolean {
  const world = createWorld({}, {}, sessionOf(before))
  world.lapse()
  return world.reauthentication.isOfAskedUser(sessionOf(after), ada)
}

test.each([
  ['the same subject', jwtOf({ sub: '1', jti: 'a' }), jwtOf({ sub: '1', jti: 'b' }), true],
  ['another subject', jwtOf({ sub: '1' }), jwtOf({ sub: '2' }), false],
  ['no subject', jwtOf({ name: 'ada' }), jwtOf({ name: 'ada' }), false],
  ['the same number as subject', jwtOf({ sub: 1 }), jwtOf({ sub: 1 }), true],
  ['another number as subject', jwtOf({ sub: 1 }), jwtOf({ sub: 2 }), false],
  ['a subject of another kind', jwtOf({ sub: {} }), jwtOf({ sub: {} }), false],
  ['opaque tokens', 'access-1', 'access-1', false],
])('tokens with %s', (_what, before, after, expected) => {
  expect(isOfAskedUser(before, after)).toBe(expected)
})

test('a session that has not lapsed has no answer', () => {
  const { reauthentication } = createWorld({}, {}, sessionOf(jwtOf({ sub: '1' })))
  expect(reauthentication.isOfAskedUser(sessionOf(jwtOf({ sub: '1' })), ada)).toBe(false)
})

test('an answer counts once its session has begun, too', () => {
  const world = createWorld({}, {}, sessionOf(jwtOf({ sub: '1' })))
  world.lapse()
  world.signIn(jwtOf({ sub: '1' }))
  expect(world.reauthentication.isOfAskedUser(sessionOf(jwtOf({ sub: '1' })), ada)).toBe(true)
})

describe('when a request waits', () => {
  test('the user who was signed in is asked, and the session is given up where no answer comes', async () => {
    const world = createWorld()
    world.lapse()
    await settled()
    expect(world.reauthenticate).not.toHaveBeenCalled()
    world.await()
    await settled()
    const context = { user: ada, stepUp: null, signal: world.signals[0] }
    expect(world.reauthenticate.mock.calls).toEqual([[context]])
    expect(world.keeper.reread).toHaveBeenCalledTimes(1)
    expect(world.keeper.rereading).toHaveBeenCalledTimes(1)
    expect(world.keeper.end.mock.calls).toEqual([[reason]])
  })

  test('the user is asked once, whatever else happens to the lapsed session', async () => {
    const world = createWorld()
    world.answer.mockReturnValue(new Promise(() => {}))
    world.lapse()
    world.await()
    world.await()
    await settled()
    world.signIn()
    world.signIn('access-3')
    await settled()
    expect(world.reauthenticate).toHaveBeenCalledTimes(1)
    expect(world.keeper.end).not.toHaveBeenCalled()
    expect(world.signals[0]?.aborted).toBe(false)
  })

  test('the user whom the page showed at the lapse is asked, whatever it shows later', async () => {
    const world = createWorld()
    world.lapse(eve)
    world.await()
    await settled()
    expect(world.reauthenticate.mock.calls).toMatchObject([[{ user: eve }]])
  })

  test('for a session that lapsed in another tab while a request waited, the user is asked at once', async () => {
    const world = createWorld()
    world.await()
    await settled()
    expect(world.reauthenticate.mock.calls).toMatchObject([[{ user: ada }]])
  })

  test('the session is given up where asking fails, at once or later', async () => {
    for (const reauthenticate of [
      () => Promise.reject(new Error('no')),
      (): never => {
        throw new Error('no')
      },
    ]) {
      const world = createWorld({ reauthenticate })
      world.lapse()
      world.await()
      await settled()
      expect(world.keeper.end.mock.calls).toEqual([[reason]])
    }
  })

  test('the session is given up where there is no way to ask', async () => {
    const world = createWorld({}, { options: { reauthenticateTimeout: 1_000 } })
    world.lapse()
    world.await()
    await settled()
    expect(world.keeper.end.mock.calls).toEqual([[reason]])
  })

  test('a user who has signed in meanwhile is not given up, nor is a lapse decided elsewhere', async () => {
    for (const decide of ['signIn', 'resume', 'end'] as const) {
      const world = createWorld()
      world.answer.mockImplementation(async () => world[decide]())
      world.lapse()
      world.await()
      await settled()
      expect(world.reauthenticate).toHaveBeenCalledTimes(1)
      expect(world.keeper.end).not.toHaveBeenCalled()
    }
  })

  test('a user who has answered in another tab before this one had its turn is not asked again', async () => {
    for (const decide of ['signIn', 'resume', 'end'] as const) {
      const world = createWorld()
      world.keeper.rereading.mockImplementation(async () => world[decide]())
      world.lapse()
      world.await()
      await settled()
      expect(world.keeper.rereading).toHaveBeenCalledTimes(1)
      expect(world.reauthenticate).not.toHaveBeenCalled()
      expect(world.keeper.end).not.toHaveBeenCalled()
    }
  })

  test('the storage is read once it is this tab’s turn to ask, and before the user is asked', async () => {
    const turn = createLatch()
    const world = createWorld(
      {},
      {
        async takeTurn(work) {
          await turn.opened
          return work(async () => true)
        },
      },
    )
    world.lapse()
    world.await()
    await settled()
    expect(world.keeper.reread).not.toHaveBeenCalled()
    turn.open()
    await settled()
    expect(world.keeper.reread).toHaveBeenCalledTimes(1)
    expect(world.keeper.reread.mock.invocationCallOrder[0]).toBeLessThan(
      world.keeper.rereading.mock.invocationCallOrder[0]!,
    )
    expect(world.reauthenticate).toHaveBeenCalledTimes(1)
  })

  test('the user is not asked before the page is shown', async () => {
    const asked = vi.fn()
    const latch = createLatch()
    const world = createWorld(
      {},
      {
        takeTurn(work) {
          asked()
          return work(async () => true)
        },
        shown: () => latch.opened,
      },
    )
    world.lapse()
    world.await()
    await settled()
    expect(asked).not.toHaveBeenCalled()
    latch.open()
    await settled()
    expect(world.reauthenticate).toHaveBeenCalledTimes(1)
  })

  test('the session is given up when the time to sign in is up, counted from the asking', async () => {
    const clock = driveClock()
    const latch = createLatch()
    const world = createWorld({}, { shown: () => latch.opened })
    world.answer.mockReturnValue(new Promise(() => {}))
    world.lapse()
    world.await()
    await clock.advance(5_000)
    expect(world.keeper.end).not.toHaveBeenCalled()
    latch.open()
    await clock.advance(999)
    expect(world.keeper.end).not.toHaveBeenCalled()
    await clock.advance(1)
    expect(world.keeper.end.mock.calls).toEqual([[reason]])
  })

  test('the session is given up before the turn is released, or the next tab would ask again', async () => {
    const latch = createLatch()
    const released = vi.fn()
    const world = createWorld(
      {},
      {
        async takeTurn(work) {
          const result = await work(async () => true)
          released()
          return result
        },
      },
    )
    world.keeper.end.mockReturnValue({ session: null, erased: latch.opened })
    world.lapse()
    world.await()
    await settled()
    expect(world.keeper.end).toHaveBeenCalledTimes(1)
    expect(released).not.toHaveBeenCalled()
    latch.open()
    await settled()
    expect(released).toHaveBeenCalledTimes(1)
  })

  test('the session is given up where there is no turn to be had', async () => {
    const world = createWorld({}, { takeTurn: () => Promise.reject(new Error('no locks')) })
    world.lapse()
    world.await()
    await settled()
    expect(world.keeper.end.mock.calls).toEqual([[reason]])
    expect(world.reauthenticate).not.toHaveBeenCalled()
  })

  test('a turn that is lost while the user is asked leaves the end to the asking', async () => {
    const latch = createLatch()
    const world = createWorld(
      {},
      {
        async takeTurn(work) {
          void work(async () => true)
          await settled()
          throw new Error('stolen')
        },
      },
    )
    world.answer.mockReturnValue(latch.opened)
    world.lapse()
    world.await()
    await settled()
    await settled()
    expect(world.reauthenticate).toHaveBeenCalledTimes(1)
    expect(world.keeper.end).not.toHaveBeenCalled()
    latch.open()
    await settled()
    expect(world.keeper.end.mock.calls).toEqual([[reason]])
  })

  test('a turn that comes too late, as in a tab that was frozen, is followed by another one', async () => {
    const turns: boolean[] = []
    const world = createWorld(
      {},
      { takeTurn: (work) => work(async () => turns.push(turns.length > 0) > 1) },
    )
    world.lapse()
    world.await()
    await settled()
    expect(turns).toEqual([false, true])
    expect(world.reauthenticate).toHaveBeenCalledTimes(1)
    expect(world.keeper.end).toHaveBeenCalledTimes(1)
  })
})

test('a session that does not lapse asks nothing, and has nothing to take back', async () => {
  const world = createWorld()
  world.enter({ is: 'restoring' })
  world.resume()
  world.resume('access-3')
  await settled()
  expect(world.reauthenticate).not.toHaveBeenCalled()
  expect(world.keeper.end).not.toHaveBeenCalled()
})

describe('the question is taken back', () => {
  test.each(['resume', 'end'] as const)('by "%s", while the user is asked', async (decide) => {
    const world = createWorld()
    world.answer.mockReturnValue(new Promise(() => {}))
    world.lapse()
    world.await()
    await settled()
    expect(world.signals.map(({ aborted }) => aborted)).toEqual([false])
    world.signIn()
    expect(world.signals.map(({ aborted }) => aborted)).toEqual([false])
    world[decide]()
    await settled()
    expect(world.signals.map(({ aborted }) => aborted)).toEqual([true])
    expect(world.keeper.end).not.toHaveBeenCalled()
  })

  test.each(['resume', 'end'] as const)('by "%s", before the page is shown', async (decide) => {
    const signals: AbortSignal[] = []
    const shown = (signal: AbortSignal) => {
      signals.push(signal)
      return new Promise<void>((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      )
    }
    const world = createWorld({}, { shown })
    world.lapse()
    world.await()
    world[decide]()
    await settled()
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    expect(world.reauthenticate).not.toHaveBeenCalled()
    expect(world.keeper.end).not.toHaveBeenCalled()
  })

  test('and the turn to ask is waited for no longer', async () => {
    const signals: AbortSignal[] = []
    const world = createWorld(
      {},
      {
        takeTurn(_work, signal) {
          signals.push(signal)
          return new Promise(() => {})
        },
      },
    )
    world.lapse()
    world.await()
    await settled()
    world.end()
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  test('for one lapse only: the next one asks anew, for the user of then', async () => {
    const world = createWorld()
    world.answer.mockReturnValue(new Promise(() => {}))
    world.lapse(ada)
    world.await()
    await settled()
    world.resume()
    world.lapse(eve)
    await settled()
    expect(world.reauthenticate).toHaveBeenCalledTimes(1)
    world.await()
    await settled()
    expect(world.reauthenticate.mock.calls).toMatchObject([[{ user: ada }], [{ user: eve }]])
    expect(world.signals.map(({ aborted }) => aborted)).toEqual([true, false])
  })
})

test('the application may say who is the same user', () => {
  const isSameUser = vi.fn((before: object, after: object) => before === after)
  const { reauthentication, lapse, end } = createWorld({ isSameUser })
  lapse(ada)
  const session = sessionOf('access-2')
  expect(reauthentication.isOfAskedUser(session, ada)).toBe(true)
  expect(reauthentication.isOfAskedUser(session, eve)).toBe(false)
  expect(isSameUser.mock.calls).toEqual([
    [ada, ada],
    [ada, eve],
  ])
  expect(reauthentication.isOfAskedUser(session, null)).toBe(false)
  end()
  expect(reauthentication.isOfAskedUser(session, ada)).toBe(false)
  lapse(null)
  expect(reauthentication.isOfAskedUser(session, ada)).toBe(false)
  expect(isSameUser).toHaveBeenCalledTimes(2)
})

test('23: an isSameUser that throws is printed, and means no', () => {
  expectError(/\[vue-auth-refresh\] isSameUser threw.*no idea/s)
  const isSameUser = (): never => {
    throw new Error('no idea')
  }
  const { reauthentication, lapse } = createWorld({ isSameUser })
  lapse()
  expect(reauthentication.isOfAskedUser(sessionOf('access-2'), ada)).toBe(false)
})

describe('a step-up', () => {
  const mfa: StepUp = { acrValues: ['mfa'], maxAge: null }
  const mine = sessionOf('access')
  const steppedUp = (stepUp: StepUp): Session => ({
    ...mine,
    token: 'access-2',
    stepUp: markOf(keyOf(stepUp)),
  })

  test('is asked for once by all that need the same, and ends when the user has made it', async () => {
    const world = createWorld({}, {}, mine)
    const { reauthentication } = world
    world.answer.mockReturnValue(new Promise(() => {}))
    const first = reauthentication.askToStepUp(mine, mfa, ada)
    const second = reauthentication.askToStepUp(mine, { ...mfa }, eve)
    expect(reauthentication.shownStepUp()).toBeUndefined()
    await settled()
    expect(world.reauthenticate.mock.calls).toEqual([
      [{ user: ada, stepUp: mfa, signal: world.signals[0] }],
    ])
    expect(reauthentication.shownStepUp()).toMatchObject({ session: mine })
    // Neither a refresh nor another step-up is an answer.
    world.enter(active({ ...mine, token: 'refreshed' }))
    world.enter(active(steppedUp({ ...mfa, maxAge: 5 })))
    expect(world.signals[0]?.aborted).toBe(false)
    world.enter(active(steppedUp(mfa)))
    await Promise.all([first, second])
    expect(world.signals[0]?.aborted).toBe(true)
    expect(reauthentication.shownStepUp()).toBeUndefined()
    await settled()
    expect(world.keeper.end).not.toHaveBeenCalled()
  })

  test.each(['settles', 'fails'])(
    'is not made where the asking %s, and no session ends',
    async (how) => {
      const world = createWorld({}, {}, mine)
      if (how === 'fails') world.answer.mockRejectedValue(new Error('from the application'))
      const asked = world.reauthentication.askToStepUp(mine, mfa, ada)
      await expect(asked).rejects.toMatchObject({ code: 'rejected' })
      expect(world.keeper.end).not.toHaveBeenCalled()
      // The next request asks anew.
      void world.reauthentication.askToStepUp(mine, mfa, ada).catch(() => {})
      await settled()
      expect(world.reauthenticate).toHaveBeenCalledTimes(2)
    },
  )

  test.each<[string, Partial<ReauthenticationPorts>]>([
    ['turn to be had', { takeTurn: () => Promise.reject(new Error('no locks')) }],
    ['page to show, as on a server', { shown: () => Promise.reject(new Error('no page')) }],
  ])('is not made where there is no %s', async (_what, ports) => {
    const world = createWorld({}, ports, mine)
    const asked = world.reauthentication.askToStepUp(mine, mfa, ada)
    await expect(asked).rejects.toMatchObject({ code: 'rejected' })
    expect(world.reauthenticate).not.toHaveBeenCalled()
  })

  test('is not asked for where another tab’s user has made it before the turn', async () => {
    const world = createWorld({}, {}, mine)
    world.keeper.rereading.mockImplementation(async () => world.enter(active(steppedUp(mfa))))
    await world.reauthentication.askToStepUp(mine, mfa, ada)
    await settled()
    expect(world.reauthenticate).not.toHaveBeenCalled()
  })

  test.each<[string, (world: ReturnType<typeof createWorld>) => void]>([
    ['is over', ({ end }) => end()],
    ['has lapsed', ({ lapse }) => lapse()],
    ['is another', ({ resume }) => resume()],
  ])('is waited for no longer where the session %s', async (_what, change) => {
    const world = createWorld({}, {}, mine)
    world.answer.mockReturnValue(new Promise(() => {}))
    const asked = world.reauthentication.askToStepUp(mine, mfa, ada)
    await settled()
    change(world)
    await asked
    expect(world.signals[0]?.aborted).toBe(true)
  })

  test('its turn is released once the login in answer to it is stored', async () => {
    const released = vi.fn()
    const stored = createLatch()
    const world = createWorld(
      {},
      {
        async takeTurn(work) {
          const result = await work(async () => true)
          released()
          return result
        },
      },
      mine,
    )
    const closed = createLatch()
    world.answer.mockReturnValue(closed.opened)
    const asked = world.reauthentication.askToStepUp(mine, mfa, ada)
    await settled()
    world.reauthentication.shownStepUp()!.answer = stored.opened
    closed.open()
    world.enter(active(steppedUp(mfa)))
    await asked
    await settled()
    expect(released).not.toHaveBeenCalled()
    stored.open()
    await settled()
    expect(released).toHaveBeenCalledTimes(1)
  })
})
