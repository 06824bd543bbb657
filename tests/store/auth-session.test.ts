import axios from 'axios'
import { describe, expect, test, vi } from 'vitest'
import { createAuthSession, type AuthServices } from '../../src/store/auth-session'
import type { AuthEventDetail } from '../../src/events'
import { defaultOptions, type ResolvedOptions } from '../../src/options'
import { toLapsed, toRecord } from '../../src/session/record'
import { toSession, type Session } from '../../src/session/session'
import { composeSharedSession } from '../../src/shared/open-shared-session'
import { driveClock } from '../support/clock'
import { codeOf } from '../support/code-of'
import { createRecord } from '../support/record'
import { createLatch } from '../../src/utils/waiting'

const ada = { name: 'ada' }
const eve = { name: 'eve' }
const answerOf = (name: string, expires_in = 400) => ({
  access_token: `access-${name}`,
  refresh_token: `refresh-${name}`,
  expires_in,
})
const recordOf = (name: string) =>
  toRecord(
    toSession({
      token: `access-${name}`,
      refreshToken: `refresh-${name}`,
      expiresIn: 400,
      scope: null,
    }),
  )

/** A session over a storage and callbacks in the test's hands. */
function createWorld(
  options: Partial<ResolvedOptions> = {},
  record: unknown = null,
  exclusively: AuthServices['shared']['exclusively'] = (work) => work(async () => true),
) {
  const stored = createRecord(record)
  let gate = Promise.resolve()
  const told: AuthEventDetail[] = []
  const login = vi.fn<ResolvedOptions['login']>(async () => answerOf('1'))
  const refresh = vi.fn<ResolvedOptions['refresh']>(async () => answerOf('2'))
  const logout = vi.fn<NonNullable<ResolvedOptions['logout']>>(async () => {})
  const onSession = vi.fn()
  const onStatus = vi.fn()
  const clients = { bare: axios.create(), carrying: axios.create() }
  const services: AuthServices = {
    options: {
      ...defaultOptions,
      axios: axios.create(),
      login,
      refresh,
      logout,
      retries: 0,
      ...options,
    },
    shared: composeSharedSession(
      {
        read: stored.read,
        whenStored: stored.whenStored,
        update: async (change) => {
          await gate
          return stored.update(change)
        },
      },
      exclusively,
      () => {},
    ),
    page: {
      isOnline: () => true,
      isShown: () => true,
      onActivity: () => () => {},
      online: async () => {},
      onOnline: () => () => {},
      takeTurn: (work) => work(async () => true),
      shown: async () => {},
    },
    axios: clients.bare,
    runCallback: (callback) => callback(),
    fetchingUser: () => undefined,
    runFetchUser: (callback) => callback(),
    http: (as) => (as === 'user' ? clients.carrying : clients.bare),
    emit: (event) => told.push(event),
    onOwnChange() {},
    onSession,
    onStatus,
  }
  const auth = createAuthSession(services)
  const { view, hidden } = auth
  return {
    auth,
    hidden,
    view,
    told,
    login,
    refresh,
    logout,
    onSession,
    onStatus,
    clients,
    plant: (next: unknown) => (stored.value = next),
    stored: () => stored.value,
    /** Keeps what is written until it is released. */
    holdWrites() {
      const latch = createLatch()
      gate = latch.opened
      return () => latch.open()
    },
    state: () => [view.status.value, view.user.value, view.error.value?.code ?? null],
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))
describe('restoring', () => {
  test('finds who is signed in, with their user', async () => {
    const fetchUser = vi.fn(async () => ada)
    const world = createWorld({ fetchUser }, recordOf('0'))
    expect(world.state()).toEqual(['restoring', null, null])
    expect(world.view.isAuthenticated.value).toBe(false)
    await world.auth.restore()
    expect(world.state()).toEqual(['authenticated', ada, null])
    expect(world.view.isAuthenticated.value).toBe(true)
    expect([world.hidden.token, world.hidden.refreshToken]).toEqual(['access-0', 'refresh-0'])
    expect(world.told).toEqual([{ type: 'restored', authenticated: true }])
    expect(world.onStatus.mock.calls).toEqual([[false]])
    expect(fetchUser.mock.calls).toEqual([
      [
        {
          http: world.clients.carrying,
          claims: {},
          tokenResponse: null,
          signal: expect.any(AbortSignal),
        },
      ],
    ])
  })

  test('or nobody', async () => {
    const fetchUser = vi.fn(async () => ada)
    const world = createWorld({ fetchUser })
    await world.auth.restore()
    expect(world.state()).toEqual(['anonymous', null, null])
    expect([world.hidden.token, world.hidden.refreshToken]).toEqual([null, null])
    expect(world.view.expiresAt.value).toBeNull()
    expect(world.told).toEqual([{ type: 'restored', authenticated: false }])
    expect(fetchUser).not.toHaveBeenCalled()
  })

  test('gives way to a login that comes first', async () => {
    const world = createWorld({}, recordOf('0'))
    const login = world.hidden.login({ user: 'ada' })
    await world.auth.restore()
    await login
    expect(world.hidden.token).toBe('access-1')
    expect(world.told.map(({ type }) => type)).not.toContain('restored')
  })
})

describe('login', () => {
  test('begins a session, and tells of it when its user is there', async () => {
    const world = createWorld({ fetchUser: async () => ada })
    await world.auth.restore()
    world.onStatus.mockClear()
    await world.hidden.login({ user: 'ada' })
    expect(world.state()).toEqual(['authenticated', ada, null])
    expect(world.login.mock.calls).toEqual([
      [
        { user: 'ada' },
        { http: world.clients.bare, signal: expect.any(AbortSignal), remember: true },
      ],
    ])
    expect(world.stored()).toMatchObject({ token: 'access-1' })
    expect(world.told.at(-1)).toMatchObject({ type: 'session-started' })
    expect(world.onStatus).toHaveBeenCalledTimes(1)
    expect(world.onSession).toHaveBeenCalledTimes(1)
    const expiresIn = Number(world.view.expiresAt.value) - Date.now()
    expect(Math.round(expiresIn / 1_000)).toBe(400)
  })

  test('has no user where the application fetches none, which is no failure', async () => {
    const world = createWorld()
    await world.auth.restore()
    await world.hidden.login({})
    expect(world.told.map(({ type }) => type)).toEqual(['restored', 'session-started'])
  })

  test('that fails changes nothing', async () => {
    const world = createWorld()
    await world.auth.restore()
    for (const login of [
      () => Promise.reject(new Error('no')),
      (): never => {
        throw new Error('no')
      },
    ]) {
      world.login.mockImplementationOnce(login)
      await expect(world.hidden.login({})).rejects.toThrow('no')
    }
    world.login.mockResolvedValueOnce({ odd: true })
    expect(await codeOf(world.hidden.login({}))).toBe('malformed')
    expect(world.state()).toEqual(['anonymous', null, null])
    expect(world.stored()).toBeNull()
  })

  test('13: is superseded by the next, and by tokens got elsewhere, and its request aborted', async () => {
    const world = createWorld()
    const signals: AbortSignal[] = []
    world.login.mockImplementation((_, { signal }) => {
      signals.push(signal)
      return new Promise(() => {})
    })
    const first = codeOf(world.hidden.login({ user: 'first' }))
    const second = codeOf(world.hidden.login({ user: 'second' }))
    expect(await first).toBe('superseded')
    await world.hidden.setSession(answerOf('elsewhere'))
    expect(await second).toBe('superseded')
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
    expect(world.hidden.token).toBe('access-elsewhere')
  })

  test('12: that takes the place of another asks nothing more for that one’s user', async () => {
    const signals: AbortSignal[] = []
    const fetchUser = vi.fn<NonNullable<ResolvedOptions['fetchUser']>>(({ signal }) => {
      signals.push(signal)
      return signals.length > 1 ? Promise.resolve(eve) : new Promise(() => {})
    })
    const world = createWorld({ fetchUser })
    await world.auth.restore()
    const first = codeOf(world.hidden.login({}))
    await settled()
    await world.hidden.setSession(answerOf('eve'))
    expect(await first).toBe('superseded')
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    expect(world.state()).toEqual(['authenticated', eve, null])
  })

  test('18: whose session has ended before its user was there rejects with why', async () => {
    const world = createWorld({ fetchUser: () => new Promise(() => {}) })
    await world.auth.restore()
    const login = codeOf(world.hidden.login({}))
    await settled()
    await world.hidden.logout()
    expect(await login).toBe('signed-out')
    expect(world.state()).toEqual(['anonymous', null, null])
    expect(world.told.some(({ type }) => type === 'session-started')).toBe(false)
  })

  test('18: whose session has ended before it was stored asks for nobody', async () => {
    const fetchUser = vi.fn(async () => ada)
    const world = createWorld({ fetchUser })
    await world.auth.restore()
    const release = world.holdWrites()
    const login = codeOf(world.hidden.login({}))
    await settled()
    const leaving = world.hidden.logout()
    release()
    expect(await login).toBe('signed-out')
    await leaving
    expect(fetchUser).not.toHaveBeenCalled()
  })

  test('is not disturbed by tokens that are none', async () => {
    const world = createWorld()
    let answer!: (data: unknown) => void
    world.login.mockReturnValue(new Promise((resolve) => (answer = resolve)))
    const login = world.hidden.login({})
    expect(await codeOf(world.hidden.setSession({} as never))).toBe('malformed')
    answer(answerOf('1'))
    await login
    expect(world.hidden.token).toBe('access-1')
  })
})

describe('logout', () => {
  test('ends the session, removes it and tells the server', async () => {
    const world = createWorld({ fetchUser: async () => ada })
    await world.auth.restore()
    await world.hidden.login({})
    world.onStatus.mockClear()
    await world.hidden.logout()
    expect(world.state()).toEqual(['anonymous', null, null])
    expect(world.stored()).toBeNull()
    expect(world.onStatus.mock.calls).toEqual([[true]])
    expect(world.logout.mock.calls).toMatchObject([
      [{ token: 'access-1', refreshToken: 'refresh-1' }, { http: world.clients.bare }],
    ])
    expect(world.told.at(-1)).toEqual({
      type: 'session-ended',
      reason: 'signed-out',
      adopted: false,
    })
    await world.hidden.logout()
    expect(world.logout).toHaveBeenCalledTimes(1)
  })

  test('tells the server when the session is removed: the page may be left by then', async () => {
    const world = createWorld()
    await world.auth.restore()
    await world.hidden.login({})
    const release = world.holdWrites()
    const leaving = world.hidden.logout()
    await settled()
    expect(world.logout).not.toHaveBeenCalled()
    release()
    await leaving
    expect(world.logout).toHaveBeenCalledTimes(1)
  })

  test('does not fail with the server, nor wait for it for ever', async () => {
    const clock = driveClock()
    const world = createWorld()
    await world.hidden.login({})
    world.logout.mockRejectedValueOnce(new Error('down'))
    await world.hidden.logout()
    await world.hidden.login({})
    world.logout.mockReturnValueOnce(new Promise(() => {}))
    let isDone = false
    const leaving = world.hidden.logout().then(() => (isDone = true))
    await clock.advance(9_990)
    expect(isDone).toBe(false)
    await clock.advance(10)
    await leaving
  })

  test('18: aborts a login that is under way', async () => {
    const world = createWorld()
    await world.auth.restore()
    world.login.mockReturnValue(new Promise(() => {}))
    const login = codeOf(world.hidden.login({}))
    await world.hidden.logout()
    expect(await login).toBe('signed-out')
    expect(world.state()).toEqual(['anonymous', null, null])
  })

  test('waits until it is known who is signed in', async () => {
    const world = createWorld({}, recordOf('0'))
    const leaving = world.hidden.logout()
    await world.auth.restore()
    await leaving
    expect(world.stored()).toBeNull()
    expect(world.logout).toHaveBeenCalledTimes(1)
  })

  test('is not the end of who signs in before it is known who was signed in', async () => {
    const world = createWorld()
    const leaving = world.hidden.logout()
    await world.hidden.setSession(answerOf('1'))
    await leaving
    expect(world.state()).toEqual(['authenticated', null, null])
    expect(world.logout).not.toHaveBeenCalled()
  })

  test('needs no logout of the application', async () => {
    const { hidden, stored } = createWorld({ logout: undefined as never })
    await hidden.login({})
    await hidden.logout()
    expect(stored()).toBeNull()
  })
})

describe('refreshing', () => {
  test('gives the application the tokens, and everybody the new one', async () => {
    const world = createWorld()
    await world.auth.restore()
    await world.hidden.login({})
    const refreshing = world.hidden.refresh()
    await settled()
    expect(await refreshing).toBe('access-2')
    expect(world.refresh.mock.calls).toEqual([
      [
        { token: 'access-1', refreshToken: 'refresh-1' },
        { http: world.clients.bare, signal: expect.any(AbortSignal) },
      ],
    ])
    expect(world.hidden.token).toBe('access-2')
  })

  test('is told of as asked for by hand', async () => {
    const world = createWorld()
    await world.auth.restore()
    await world.hidden.login({})
    await world.hidden.refresh()
    expect(world.told).toContainEqual({
      type: 'refresh-started',
      reason: 'manual',
      attempt: 1,
    })
  })

  test('is shown while it lasts, as the promise of the token', async () => {
    const world = createWorld()
    let answer!: (data: unknown) => void
    await world.auth.restore()
    await world.hidden.login({})
    world.refresh.mockReturnValue(new Promise((resolve) => (answer = resolve)))
    expect([world.view.isRefreshing.value, world.view.refreshing.value]).toEqual([false, null])
    const refreshing = world.hidden.refresh()
    await settled()
    expect(world.view.isRefreshing.value).toBe(true)
    const shown = world.view.refreshing.value
    answer(answerOf('2'))
    expect(await shown).toBe('access-2')
    await refreshing
    expect(world.view.isRefreshing.value).toBe(false)
  })

  test('18: is aborted with its session', async () => {
    const world = createWorld()
    await world.auth.restore()
    await world.hidden.login({})
    world.refresh.mockReturnValue(new Promise(() => {}))
    const refresh = codeOf(world.hidden.refresh())
    await settled()
    await world.hidden.logout()
    expect(await refresh).toBe('signed-out')
    expect(world.refresh.mock.calls[0]?.[1].signal.aborted).toBe(true)
  })

  test('31: that finds nobody is an error that passes', async () => {
    const clock = driveClock()
    const world = createWorld()
    await world.auth.restore()
    await world.hidden.login({})
    world.refresh.mockRejectedValueOnce(new Error('down'))
    expect(await codeOf(world.hidden.refresh())).toBe('unreachable')
    expect(world.state()).toEqual(['authenticated', null, 'unreachable'])
    await clock.advance(1_000)
    await world.hidden.refresh()
    expect(world.state()).toEqual(['authenticated', null, null])
  })

  test('34: that is refused is the end', async () => {
    const world = createWorld({ classifyFailure: () => 'rejected', fetchUser: async () => ada })
    await world.auth.restore()
    await world.hidden.login({})
    world.onStatus.mockClear()
    world.refresh.mockRejectedValue(new Error('no'))
    expect(await codeOf(world.hidden.refresh())).toBe('rejected')
    expect(world.state()).toEqual(['expired', null, 'rejected'])
    expect(world.onStatus.mock.calls).toEqual([[false]])
    expect(world.onSession).toHaveBeenLastCalledWith(null)
  })

  test('does not disturb the fetching of the user', async () => {
    const fetchUser = vi.fn<NonNullable<ResolvedOptions['fetchUser']>>(() => new Promise(() => {}))
    const world = createWorld({ fetchUser })
    await world.auth.restore()
    void codeOf(world.hidden.login({}))
    await settled()
    await world.hidden.refresh()
    expect(fetchUser.mock.calls.map(([{ signal }]) => signal.aborted)).toEqual([false])
  })

  test('fetches the user whom an outage kept away, and only then', async () => {
    const fetchUser = vi.fn(() => Promise.reject<typeof ada>(new Error('down')))
    const world = createWorld({ fetchUser })
    await world.auth.restore()
    await world.hidden.login({})
    expect(world.told.map(({ type }) => type)).toContain('user-failed')
    expect(world.state()).toEqual(['authenticated', null, null])
    fetchUser.mockImplementation(async () => ada)
    await world.hidden.refresh()
    await settled()
    expect(world.view.user.value).toEqual(ada)
    expect(fetchUser).toHaveBeenCalledTimes(2)
    await world.hidden.refresh()
    await settled()
    expect(fetchUser).toHaveBeenCalledTimes(2)
  })
})

describe('getAccessToken', () => {
  test('is the live token', async () => {
    const world = createWorld({}, recordOf('0'))
    const asking = world.hidden.getAccessToken()
    await world.auth.restore()
    expect(await asking).toBe('access-0')
    expect(world.refresh).not.toHaveBeenCalled()
  })

  test('29: is that of who has signed in in another tab, where that is just being read', async () => {
    const world = createWorld()
    await world.auth.restore()
    world.plant(recordOf('there'))
    world.auth.keeper.reread()
    expect(await world.hidden.getAccessToken()).toBe('access-there')
  })

  test('of nobody is unauthenticated', async () => {
    const world = createWorld()
    await world.auth.restore()
    expect(await codeOf(world.hidden.getAccessToken())).toBe('unauthenticated')
    expect(await codeOf(world.hidden.refresh())).toBe('unauthenticated')
  })
})

describe('another tab', () => {
  test('signs in, which is followed with its user', async () => {
    const world = createWorld({ fetchUser: async () => eve })
    await world.auth.restore()
    world.plant(recordOf('there'))
    world.auth.keeper.reread()
    await settled()
    expect(world.state()).toEqual(['authenticated', eve, null])
    expect(world.told.at(-1)).toEqual({ type: 'session-started', adopted: true })
  })

  test('signs in, which is followed also where a login came before anything was known', async () => {
    const world = createWorld({ fetchUser: async () => ada })
    await Promise.all([world.hidden.setSession(answerOf('here')), world.auth.restore()])
    world.plant(recordOf('there'))
    world.auth.keeper.reread()
    await settled()
    expect(world.hidden.token).toBe('access-there')
    expect(world.told.at(-1)).toEqual({ type: 'session-started', adopted: true })
  })

  test('signs out, which is followed', async () => {
    const world = createWorld({ fetchUser: async () => ada })
    await world.auth.restore()
    await world.hidden.login({})
    world.plant(null)
    world.auth.keeper.reread()
    await settled()
    expect(world.state()).toEqual(['anonymous', null, 'signed-out'])
    expect(world.logout).not.toHaveBeenCalled()
  })
})

describe('7: with the refresh token in a cookie', () => {
  /** A start that asks which user the cookie belongs to, until `answer` is called. */
  async function createSearching() {
    const world = createWorld({ session: 'refresh-cookie' })
    let answer!: (tokens: unknown) => void
    world.refresh.mockReturnValue(new Promise((resolve) => (answer = resolve)))
    const restoring = world.auth.restore()
    await settled()
    return { world, restoring, answer }
  }

  test('11: a logout during the search ends a lapse of another tab, where the app says that a user may be signed in', async () => {
    const { id, generation } = recordOf('lapsed') as { id: string; generation: number }
    const mark = { version: 1, ...toLapsed({ id, generation } as Session) }
    const world = createWorld({ session: 'refresh-cookie', mayBeSignedIn: () => true }, mark)
    world.refresh.mockReturnValue(new Promise(() => {}))
    void world.auth.restore()
    await settled()
    // The server is told later: the answer to the search may still bring a cookie.
    void world.hidden.logout()
    await settled()
    expect(world.stored()).toEqual({ version: 1, nobody: true })
  })

  test('a session that another tab finds first at the start is restored, not joined', async () => {
    const world = createWorld({ session: 'refresh-cookie' }, null, (work) => {
      world.plant(recordOf('there'))
      return work(async () => true)
    })
    await world.auth.restore()
    expect(world.refresh).not.toHaveBeenCalled()
    expect(world.hidden.token).toBe('access-there')
    expect(world.told).toEqual([
      { type: 'refresh-succeeded', adopted: true },
      { type: 'restored', authenticated: true },
    ])
  })

  test('a logout ends the session that was found at the start', async () => {
    const world = createWorld({ session: 'refresh-cookie' })
    await world.auth.restore()
    expect(world.refresh.mock.calls).toMatchObject([[{ token: null, refreshToken: null }, {}]])
    expect(world.stored()).toMatchObject({ token: 'access-2' })
    await world.hidden.logout()
    expect(world.stored()).toEqual({ version: 1, nobody: true })
    expect(world.logout).toHaveBeenCalledTimes(1)
  })

  test('a logout while it is sought is told once, and is no restoring', async () => {
    const { world, restoring, answer } = await createSearching()
    const leaving = world.hidden.logout()
    expect(world.onStatus.mock.calls).toEqual([[true]])
    answer(answerOf('2'))
    await Promise.all([restoring, leaving])
    expect(world.state()).toEqual(['anonymous', null, null])
    expect(world.onStatus.mock.calls).toEqual([[true]])
    expect(world.told.some(({ type }) => type === 'restored')).toBe(false)
  })

  test('who another tab has found meanwhile is followed, though the own search is refused', async () => {
    const world = createWorld({ session: 'refresh-cookie', classifyFailure: () => 'rejected' })
    world.refresh.mockImplementation(async () => {
      world.plant(recordOf('there'))
      throw new Error('no')
    })
    await world.auth.restore()
    expect(world.hidden.token).toBe('access-there')
  })

  test('a logout of nobody leaves the session of another tab in storage', async () => {
    const world = createWorld({
      session: 'refresh-cookie',
      refresh: () => Promise.reject(new Error('no')),
    })
    await world.auth.restore()
    const there = recordOf('there')
    world.plant(there)
    await world.hidden.logout()
    expect(world.stored()).toBe(there)
  })

  test('a logout beside another one resolves once the server was told, too', async () => {
    const world = createWorld()
    await world.auth.restore()
    await world.hidden.login({})
    let answer!: () => void
    world.logout.mockReturnValue(new Promise<void>((resolve) => (answer = resolve)))
    const order: string[] = []
    const first = world.hidden.logout().then(() => order.push('first'))
    const second = world.hidden.logout().then(() => order.push('second'))
    await settled()
    expect(order).toEqual([])
    answer()
    await Promise.all([first, second])
    expect(world.logout).toHaveBeenCalledTimes(1)
    expect(order.toSorted()).toEqual(['first', 'second'])
  })

  test('many logouts at a time are told once, one after the other each', async () => {
    const world = createWorld({
      session: 'refresh-cookie',
      refresh: () => Promise.reject(new Error('no')),
    })
    await world.auth.restore()
    const { login, logout } = world.hidden
    await Promise.all([logout(), logout(), logout()])
    expect(world.logout).toHaveBeenCalledTimes(1)
    await logout()
    expect(world.logout).toHaveBeenCalledTimes(2)
    for (let round = 0; round < 2; round++) {
      await login({})
      await Promise.all([logout(), logout()])
    }
    expect(world.logout.mock.calls.map(([{ token }]) => token)).toEqual([
      null,
      null,
      'access-1',
      'access-1',
    ])
  })

  test('a login that is asked for after a logout may bring a cookie, which the next one ends', async () => {
    const world = createWorld({ session: 'refresh-cookie' })
    await world.auth.restore()
    world.logout.mockReturnValueOnce(new Promise(() => {}))
    void world.hidden.logout()
    await settled()
    world.login.mockReturnValue(new Promise(() => {}))
    void codeOf(world.hidden.login({}))
    const clock = driveClock()
    const leaving = world.hidden.logout()
    await clock.until(leaving, 1_000)
    expect(world.logout.mock.calls.map(([{ token }]) => token)).toEqual(['access-2', null])
  })

  test('16: an exchange waits for a login that is on its way for half the timeout, no longer', async () => {
    const clock = driveClock()
    const world = createWorld({ session: 'refresh-cookie' })
    await world.auth.restore()
    world.login.mockReturnValue(new Promise(() => {}))
    void codeOf(world.hidden.login({}))
    const before = world.refresh.mock.calls.length
    const refreshed = world.hidden.refresh()
    await clock.advance(4_999)
    expect(world.refresh).toHaveBeenCalledTimes(before)
    await clock.advance(1)
    expect(world.refresh).toHaveBeenCalledTimes(before + 1)
    await refreshed
  })

  test('a look while it is sought finds nothing, and waits for nobody', async () => {
    const { world, restoring, answer } = await createSearching()
    world.auth.keeper.reread()
    await world.auth.keeper.rereading()
    answer(answerOf('2'))
    await restoring
    expect(world.hidden.token).toBe('access-2')
  })

  test('who could not be found at the start is asked for again by hand', async () => {
    const clock = driveClock()
    const world = createWorld({ session: 'refresh-cookie' })
    world.refresh.mockRejectedValueOnce(new Error('down'))
    await world.auth.restore()
    expect(world.state()).toEqual(['anonymous', null, 'unreachable'])
    expect(await clock.until(world.hidden.getAccessToken())).toBe('access-2')
    const started = world.told.filter(({ type }) => type === 'refresh-started')
    expect(started).toMatchObject([{ reason: 'start' }, { reason: 'manual' }])
  })

  test('a login right after a logout is sent after it', async () => {
    const order: string[] = []
    const world = createWorld({ session: 'refresh-cookie' })
    world.logout.mockImplementation(async () => void order.push('logout'))
    world.login.mockImplementation(async () => {
      order.push('login')
      return answerOf('1')
    })
    await world.auth.restore()
    await Promise.all([world.hidden.logout(), world.hidden.login({})])
    expect(order).toEqual(['logout', 'login'])
  })
})

describe('a refused user who is asked in place', () => {
  async function createLapsed(options: Partial<ResolvedOptions> = {}) {
    const world = createWorld({
      classifyFailure: () => 'rejected',
      fetchUser: async () => ada,
      isSameUser: (before, after) => before === after,
      reauthenticate: () => new Promise(() => {}),
      ...options,
    })
    await world.auth.restore()
    await world.hidden.login({})
    world.onStatus.mockClear()
    world.refresh.mockRejectedValue(new Error('no'))
    expect(await codeOf(world.hidden.refresh())).toBe('rejected')
    await settled()
    return world
  }

  test('stays on the page, with the user still shown and no token', async () => {
    const world = await createLapsed()
    expect(world.state()).toEqual(['authenticated', ada, 'rejected'])
    expect(world.hidden.token).toBeNull()
    expect(world.onStatus).not.toHaveBeenCalled()
    expect(world.onSession).toHaveBeenLastCalledWith(null)
    expect(world.stored()).toMatchObject({ isLapsed: true })
  })

  test('goes on where the same user signs in', async () => {
    const world = await createLapsed()
    const waiting = world.hidden.getAccessToken()
    world.login.mockResolvedValueOnce(answerOf('again'))
    await world.hidden.login({})
    expect(await waiting).toBe('access-again')
    expect(world.state()).toEqual(['authenticated', ada, null])
    expect(world.told.some(({ type }) => type === 'session-ended')).toBe(false)
    expect(world.told).toContainEqual({ type: 'session-resumed', adopted: false })
  })

  test('has signed in again for the other tabs before one of them may ask', async () => {
    let storedThen: unknown
    const world = await createLapsed({
      reauthenticate: ({ signal }) =>
        new Promise(() => {
          signal.addEventListener('abort', () => (storedThen = world.stored()))
        }),
    })
    const waiting = world.hidden.getAccessToken()
    await settled()
    world.login.mockResolvedValueOnce(answerOf('again'))
    await world.hidden.login({})
    expect(await waiting).toBe('access-again')
    expect(storedThen).toMatchObject({ token: 'access-again' })
  })

  test('7: is told from another by who has signed in, not by what was asked for before', async () => {
    const fetchUser = vi.fn<NonNullable<ResolvedOptions['fetchUser']>>()
    const world = await createLapsed({ fetchUser: fetchUser.mockResolvedValueOnce(ada) })
    let answer!: (user: typeof ada) => void
    fetchUser.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)))
    void world.auth.loadUser()
    fetchUser.mockResolvedValueOnce(eve)
    const login = codeOf(world.hidden.login({}))
    await settled()
    answer(ada)
    expect(await login).toBe('superseded')
    expect(world.state()).toEqual(['anonymous', null, 'superseded'])
  })

  test('7: nor by what was asked for another newcomer', async () => {
    const fetchUser = vi.fn<NonNullable<ResolvedOptions['fetchUser']>>()
    const world = await createLapsed({ fetchUser: fetchUser.mockResolvedValueOnce(ada) })
    fetchUser.mockReturnValueOnce(new Promise(() => {}))
    const first = codeOf(world.hidden.login({}))
    await settled()
    fetchUser.mockResolvedValueOnce(ada)
    await world.hidden.login({ user: 'next' })
    expect(await first).toBe('superseded')
    expect(world.told).toContainEqual({ type: 'session-resumed', adopted: false })
  })

  test('goes on where the same user signs in in another tab, which has stored it', async () => {
    const world = await createLapsed()
    const waiting = world.hidden.getAccessToken()
    world.plant(recordOf('there'))
    world.auth.keeper.reread()
    await settled()
    expect(await waiting).toBe('access-there')
    expect(world.stored()).toMatchObject({ token: 'access-there' })
    expect(world.told).toContainEqual({ type: 'session-resumed', adopted: true })
  })

  test('12: ends where another signs in, who is not let in either', async () => {
    const world = await createLapsed({ isSameUser: () => false })
    const waiting = codeOf(world.hidden.getAccessToken())
    expect(await codeOf(world.hidden.login({}))).toBe('superseded')
    expect(await waiting).toBe('superseded')
    await settled()
    expect(world.state()).toEqual(['anonymous', null, 'superseded'])
    expect(world.stored()).toBeNull()
    expect(world.logout).toHaveBeenCalledTimes(1)
    expect(world.view.error.value?.message).toContain('isSameUser')
  })

  test('12: lets another in who signs in in another tab', async () => {
    const world = await createLapsed({ isSameUser: () => false })
    const waiting = codeOf(world.hidden.getAccessToken())
    world.plant(recordOf('there'))
    world.auth.keeper.reread()
    await settled()
    expect(await waiting).toBe('superseded')
    expect(world.hidden.token).toBe('access-there')
    expect(world.told).toContainEqual({
      type: 'session-ended',
      reason: 'superseded',
      adopted: true,
    })
    expect(world.logout).not.toHaveBeenCalled()
  })

  test('is asked with what was known of them, and ends where that comes to nothing', async () => {
    const reauthenticate = vi.fn(async () => {})
    const world = await createLapsed({ reauthenticate })
    expect(await codeOf(world.hidden.getAccessToken())).toBe('rejected')
    await settled()
    expect(reauthenticate.mock.calls).toMatchObject([[{ user: ada }]])
    expect(world.state()).toEqual(['expired', null, 'rejected'])
    expect(world.stored()).toBeNull()
  })

  test('may log out', async () => {
    const world = await createLapsed()
    const waiting = codeOf(world.hidden.getAccessToken())
    await settled()
    await world.hidden.logout()
    expect(await waiting).toBe('signed-out')
    expect(world.state()).toEqual(['anonymous', null, null])
    expect(world.stored()).toBeNull()
  })

  test('is not asked while the page is not shown yet', async () => {
    const reauthenticate = vi.fn(async () => {})
    const options = { reauthenticate, classifyFailure: () => 'rejected' as const }
    const world = createWorld(options, recordOf('0'))
    world.refresh.mockRejectedValue(new Error('no'))
    const fetching = codeOf(world.auth.keeper.restore().then(() => world.hidden.refresh()))
    expect(await fetching).toBe('rejected')
    expect(world.state()).toEqual(['expired', null, 'rejected'])
    expect(reauthenticate).not.toHaveBeenCalled()
  })

  test('in another tab lapses here', async () => {
    const world = createWorld({
      fetchUser: async () => ada,
      reauthenticate: () => new Promise(() => {}),
    })
    await world.auth.restore()
    await world.hidden.login({})
    const { id, generation } = world.auth.keeper.requests.current()!
    world.plant({
      ...toLapsed({
        ...toSession({ token: 'x', refreshToken: null, expiresIn: null, scope: null }),
        id,
        generation,
      }),
      version: 1,
    })
    world.auth.keeper.reread()
    await settled()
    expect(world.state()).toEqual(['authenticated', ada, 'rejected'])
    expect(world.hidden.token).toBeNull()
  })
})

test('15: once disposed of it aborts what is under way and follows nothing', async () => {
  const world = createWorld({ fetchUser: () => new Promise(() => {}) }, recordOf('0'))
  world.login.mockReturnValue(new Promise(() => {}))
  const login = codeOf(world.hidden.login({}))
  const restoring = world.auth.restore()
  await settled()
  world.auth.dispose()
  expect(await login).toBe('signed-out')
  await restoring
  world.auth.keeper.reread()
  await settled()
  expect(world.auth.keeper.requests.current()).toBeNull()
  expect(world.stored()).not.toBeNull()
  expect(world.logout).not.toHaveBeenCalled()
})
