import { expect, test, vi } from 'vitest'
import { AuthError } from 'vue-auth-refresh'
import {
  createReauthentication,
  type ReauthenticationPorts,
} from '../../src/store/reauthentication'
import { toSession, type Session } from '../../src/session/session'
import { expectError } from '../setup/console'
import { driveClock } from '../support/clock'

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
const jwtOf = (claims: object): string => `${encode({ alg: 'none' })}.${encode(claims)}.c2ln`

const sessionOf = (token: string): Session =>
  toSession({ token, refreshToken: null, expiresIn: null, scope: null })

/** Whether who has signed in with `after` answers for the session of `before`, by what the tokens say. */
function isAnswer(before: Session | null, after: string): boolean {
  const reauthentication = createReauthentication({
    options: { reauthenticateTimeout: 1_000 },
    keeper: {
      current: () => null,
      lapse: { session: () => before, resume() {}, end() {} },
      look() {},
      news: () => undefined,
    },
    takeTurn: (work) => work(async () => true),
    shown: async () => {},
    giveUp: async () => {},
  })
  reauthentication.expect({ name: 'ada' })
  return reauthentication.isAnswer(sessionOf(after), { name: 'ada' })
}

test.each([
  ['the same subject', jwtOf({ sub: '1', jti: 'a' }), jwtOf({ sub: '1', jti: 'b' }), true],
  ['another subject', jwtOf({ sub: '1' }), jwtOf({ sub: '2' }), false],
  ['no subject', jwtOf({ name: 'ada' }), jwtOf({ name: 'ada' }), false],
  ['a subject that is no string', jwtOf({ sub: 1 }), jwtOf({ sub: 1 }), false],
  ['opaque tokens', 'access-1', 'access-1', false],
])('tokens with %s', (_what, before, after, expected) => {
  expect(isAnswer(sessionOf(before), after)).toBe(expected)
})

test('nobody answers for a session that has not lapsed', () => {
  expect(isAnswer(null, jwtOf({ sub: '1' }))).toBe(false)
})

const ada = { name: 'ada' }
const eve = { name: 'eve' }
const reason = new AuthError('rejected')

/** Asking, over a world that a test may change. */
function createWorld(
  options: ReauthenticationPorts['options'],
  ports: Partial<ReauthenticationPorts> = {},
) {
  const lapsed = sessionOf('access')
  const world = { current: null as Session | null }
  const keeper = {
    current: vi.fn(() => world.current),
    lapse: { session: () => lapsed, resume() {}, end() {} },
    look: vi.fn(),
    news: vi.fn(async () => {}),
  }
  const giveUp = vi.fn(async () => {})
  const reauthentication = createReauthentication({
    options,
    keeper,
    takeTurn: (work) => work(async () => true),
    shown: async () => {},
    giveUp,
    ...ports,
  })
  reauthentication.expect(ada)
  return { world, keeper, giveUp, reauthentication, controller: new AbortController() }
}

test('the user who was signed in is asked, and it is given up where that comes to nothing', async () => {
  const reauthenticate = vi.fn(async () => {})
  const { giveUp, keeper, reauthentication, controller } = createWorld({
    reauthenticate,
    reauthenticateTimeout: 1_000,
  })
  await reauthentication.ask(reason, controller.signal)
  expect(reauthenticate.mock.calls).toEqual([[{ user: ada, signal: controller.signal }]])
  expect(keeper.look).toHaveBeenCalledTimes(1)
  expect(keeper.news).toHaveBeenCalledTimes(1)
  expect(giveUp.mock.calls).toEqual([[reason]])
})

test('it is given up too where asking fails, at once or later', async () => {
  for (const reauthenticate of [
    () => Promise.reject(new Error('no')),
    (): never => {
      throw new Error('no')
    },
  ]) {
    const { giveUp, reauthentication, controller } = createWorld({
      reauthenticate,
      reauthenticateTimeout: 1_000,
    })
    await reauthentication.ask(reason, controller.signal)
    expect(giveUp.mock.calls).toEqual([[reason]])
  }
})

test('who has signed in meanwhile is not given up, nor is one that was decided elsewhere', async () => {
  const signIn = createWorld({
    reauthenticate: async () => void (signIn.world.current = sessionOf('access-2')),
    reauthenticateTimeout: 1_000,
  })
  await signIn.reauthentication.ask(reason, signIn.controller.signal)
  expect(signIn.giveUp).not.toHaveBeenCalled()

  const decided = createWorld({
    reauthenticate: async () => decided.controller.abort(),
    reauthenticateTimeout: 1_000,
  })
  await decided.reauthentication.ask(reason, decided.controller.signal)
  expect(decided.giveUp).not.toHaveBeenCalled()
})

test('nobody is asked who has answered in another tab before this one had its turn', async () => {
  const reauthenticate = vi.fn(async () => {})
  const { world, giveUp, keeper, reauthentication, controller } = createWorld({
    reauthenticate,
    reauthenticateTimeout: 1_000,
  })
  keeper.news.mockImplementation(async () => void (world.current = sessionOf('access-2')))
  await reauthentication.ask(reason, controller.signal)
  expect(reauthenticate).not.toHaveBeenCalled()
  expect(giveUp).not.toHaveBeenCalled()
})

test('nobody is asked before somebody looks', async () => {
  const reauthenticate = vi.fn(async () => {})
  const asked = vi.fn()
  let look!: () => void
  const { reauthentication, controller } = createWorld(
    { reauthenticate, reauthenticateTimeout: 1_000 },
    {
      takeTurn(work) {
        asked()
        return work(async () => true)
      },
      shown: () => new Promise((resolve) => (look = resolve)),
    },
  )
  const asking = reauthentication.ask(reason, controller.signal)
  await new Promise((resolve) => setImmediate(resolve))
  expect(asked).not.toHaveBeenCalled()
  look()
  await asking
  expect(reauthenticate).toHaveBeenCalledTimes(1)
})

test('it is given up when the time to sign in is up, counted from the asking', async () => {
  const clock = driveClock()
  let look!: () => void
  const { giveUp, reauthentication, controller } = createWorld(
    { reauthenticate: () => new Promise(() => {}), reauthenticateTimeout: 1_000 },
    { shown: () => new Promise((resolve) => (look = resolve)) },
  )
  const asking = reauthentication.ask(reason, controller.signal)
  await clock.advance(5_000)
  expect(giveUp).not.toHaveBeenCalled()
  look()
  await clock.advance(999)
  expect(giveUp).not.toHaveBeenCalled()
  await clock.advance(1)
  await asking
  expect(giveUp.mock.calls).toEqual([[reason]])
})

test('it is given up where there is no turn to be had', async () => {
  const { giveUp, reauthentication, controller } = createWorld(
    { reauthenticate: async () => {}, reauthenticateTimeout: 1_000 },
    { takeTurn: () => Promise.reject(new Error('no locks')) },
  )
  await reauthentication.ask(reason, controller.signal)
  expect(giveUp.mock.calls).toEqual([[reason]])
})

test('the application may say who is the same user', () => {
  const isSameUser = vi.fn((before: object, after: object) => before === after)
  const { reauthentication } = createWorld({ isSameUser, reauthenticateTimeout: 1_000 })
  const session = sessionOf('access-2')
  expect(reauthentication.isAnswer(session, ada)).toBe(true)
  expect(reauthentication.isAnswer(session, eve)).toBe(false)
  expect(isSameUser.mock.calls).toEqual([
    [ada, ada],
    [ada, eve],
  ])
  expect(reauthentication.isAnswer(session, null)).toBe(false)
  reauthentication.expect(null)
  expect(reauthentication.isAnswer(session, ada)).toBe(false)
  expect(isSameUser).toHaveBeenCalledTimes(2)
})

test('23: one that throws is printed, and means no', () => {
  expectError(/\[vue-auth-refresh\] isSameUser threw.*no idea/s)
  const isSameUser = (): never => {
    throw new Error('no idea')
  }
  const { reauthentication } = createWorld({ isSameUser, reauthenticateTimeout: 1_000 })
  expect(reauthentication.isAnswer(sessionOf('access-2'), ada)).toBe(false)
})

test('a turn that comes too late, as in a tab that was frozen, is followed by another one', async () => {
  const turns: boolean[] = []
  const reauthenticate = vi.fn(async () => {})
  const { giveUp, reauthentication, controller } = createWorld(
    { reauthenticate, reauthenticateTimeout: 1_000 },
    { takeTurn: (work) => work(async () => turns.push(turns.length > 0) > 1) },
  )
  await reauthentication.ask(reason, controller.signal)
  expect(turns).toEqual([false, true])
  expect(reauthenticate).toHaveBeenCalledTimes(1)
  expect(giveUp).toHaveBeenCalledTimes(1)
})
