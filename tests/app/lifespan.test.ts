// @vitest-environment jsdom
import { describe, expect, test, vi } from 'vitest'
import { memoryStorage, type AuthOptions, type AuthStorage } from 'vue-auth-refresh'
import type { AuthServer } from '../fixtures/auth-server'
import { driveClock } from '../support/clock'
import { codeOf } from '../support/code-of'
import { createCookieJar } from '../support/cookie-jar'
import { showPage, useSingleTab } from '../support/jsdom-tab'
import {
  createTestApp,
  createTestRouter,
  keyOf,
  rejection,
  startServer,
  type TestApp,
} from '../support/test-app'

useSingleTab()

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const IDLE = 15 * MINUTE

/** An act of the user, of any kind. */
const act = (type = 'keydown'): unknown => dispatchEvent(new Event(type))

interface Browser {
  readonly clock: ReturnType<typeof driveClock>
  readonly server: AuthServer
  readonly storage: AuthStorage
  /** Loads the app, as a new page or a reload does. */
  load(options?: Partial<AuthOptions>): TestApp
  /** The record, as it is stored. */
  stored(): Promise<Record<string, unknown> | null>
  /** How often the storage was written. */
  writes(): number
}

async function createBrowser(defaults: Partial<AuthOptions> = { idleTimeout: IDLE }) {
  const clock = driveClock()
  showPage(true)
  const server = await startServer()
  const memory = memoryStorage()
  let writes = 0
  const storage: AuthStorage = {
    ...memory,
    update: (key, change) =>
      memory.update(key, (current) => {
        const next = change(current)
        if (next !== undefined) writes++
        return next
      }),
  }
  const browser: Browser = {
    clock,
    server,
    storage,
    load: (options) =>
      createTestApp(server, { storage, ...defaults, ...options }, { adapter: 'http' }),
    stored: async () => (await storage.read(keyOf(server))) as Record<string, unknown> | null,
    writes: () => writes,
  }
  return browser
}

async function signedIn(options?: Partial<AuthOptions>) {
  const browser = await createBrowser(options)
  const app = browser.load()
  await app.store.login({ user: 'ada' })
  await browser.clock.advance(0)
  return { ...browser, ...app }
}

/** The reasons of the ends that were told. */
const endsOf = ({ events }: Pick<TestApp, 'events'>): string[] =>
  events.flatMap((event) => (event.type === 'session-ended' ? [event.reason] : []))

describe('idleTimeout', () => {
  test('ends the session of a user who does nothing, and tells the server', async () => {
    const router = createTestRouter()
    const { clock, server, app, store, events } = await signedIn({ idleTimeout: IDLE, router })
    app.use(router)
    await router.push('/private?page=2')
    expect(store.endsAt).toBe(Date.now() + IDLE)
    await clock.advance(IDLE - 1_000)
    expect(store.status).toBe('authenticated')
    await clock.advance(1_000)
    await server.answers('/auth/logout')
    expect([store.status, store.error?.code, store.endsAt]).toEqual(['expired', 'idle', null])
    await vi.waitUntil(() => router.currentRoute.value.path === '/login')
    expect(router.currentRoute.value.query).toEqual({ redirect: '/private?page=2' })
    expect(endsOf({ events })).toEqual(['idle'])
    expect(server.answersTo('/auth/logout')).toEqual([204])
  })

  test.each(['keydown', 'pointerdown', 'pointermove', 'wheel', 'focus'])(
    'begins anew with each %s, also where the app stops the event',
    async (type) => {
      const { clock, store } = await signedIn()
      const stop = (event: Event): void => event.stopImmediatePropagation()
      document.body.addEventListener(type, stop)
      for (let count = 0; count < 3; count++) {
        await clock.advance(IDLE - 1_000)
        if (type === 'focus') act('focus')
        else document.body.dispatchEvent(new Event(type, { bubbles: true }))
      }
      document.body.removeEventListener(type, stop)
      expect(store.status).toBe('authenticated')
      expect(store.endsAt).toBe(Date.now() + IDLE)
    },
  )

  test('does not begin anew with a request, a refresh, or an element that the app focuses', async () => {
    const { clock, api, store } = await signedIn()
    const input = document.body.appendChild(document.createElement('input'))
    await clock.advance(IDLE - 2_000)
    expect((await api.get('/orders/1')).status).toBe(200)
    await store.refresh()
    input.focus()
    input.dispatchEvent(new FocusEvent('focus'))
    input.remove()
    await clock.advance(2_000)
    expect(store.error?.code).toBe('idle')
  })

  test('is told of ahead, once for each countdown, which keepAlive() stops', async () => {
    const { clock, store, events } = await signedIn()
    const told = () => events.filter(({ type }) => type === 'session-ending')
    await clock.advance(IDLE - MINUTE - 1_000)
    expect(told()).toEqual([])
    await clock.advance(2_000)
    expect(told()).toMatchObject([{ reason: 'idle', endsAt: store.endsAt }])
    store.keepAlive()
    expect(store.endsAt).toBe(Date.now() + IDLE)
    await clock.advance(IDLE - MINUTE - 1_000)
    expect(told()).toHaveLength(1)
    await clock.advance(2_000)
    expect(told()).toHaveLength(2)
    await clock.advance(MINUTE)
    expect(endsOf({ events })).toEqual(['idle'])
  })

  test.each([
    [{ endingLead: 5 * MINUTE }, 5 * MINUTE],
    [{ endingLead: 0 }, 0],
    [{ endingLead: HOUR }, IDLE / 2],
  ])('is told of with %o so long ahead: %d ms', async (options, lead) => {
    const { clock, events } = await signedIn({ idleTimeout: IDLE, ...options })
    const told = () => events.filter(({ type }) => type === 'session-ending').length
    await clock.advance(IDLE - lead - 1)
    expect(told()).toBe(0)
    await clock.advance(2)
    expect(told()).toBe(lead ? 1 : 0)
  })

  test('lets an active user write at most so often, and an idle one never', async () => {
    const { clock, writes } = await signedIn()
    const before = writes()
    await clock.advance(10 * MINUTE)
    expect(writes()).toBe(before)
    for (let count = 0; count < 600; count++) {
      act('pointermove')
      await clock.advance(1_000)
    }
    // At once, and every 30 seconds from then on.
    expect(writes() - before).toBe(20 + 1)
    await clock.advance(10 * MINUTE)
    expect(writes() - before).toBe(20 + 1)
  })

  test('counts the last activity to the second, though it was not written at once', async () => {
    const { clock, store } = await signedIn()
    await clock.advance(MINUTE)
    act()
    await clock.advance(20_000)
    act()
    const last = Date.now()
    await clock.advance(MINUTE)
    expect(store.endsAt).toBe(last + IDLE)
    await clock.advance(last + IDLE - Date.now() - 1_000)
    expect(store.status).toBe('authenticated')
    await clock.advance(1_000)
    expect(store.error?.code).toBe('idle')
  })

  test('writes what was not written yet when the page is hidden', async () => {
    const { clock, stored } = await signedIn()
    await clock.advance(MINUTE)
    act()
    await clock.advance(5_000)
    act()
    expect(await stored()).toHaveProperty('activeAt', Date.now() - 5_000)
    showPage(false)
    await clock.advance(0)
    expect(await stored()).toHaveProperty('activeAt', Date.now())
  })

  test('has no timer while the page is hidden, and ends the session when it is shown', async () => {
    const { clock, store, events, count } = await signedIn()
    showPage(false)
    await clock.advance(0)
    expect(vi.getTimerCount()).toBe(0)
    await clock.advance(HOUR)
    expect(endsOf({ events })).toEqual([])
    showPage(true)
    // Too late: coming back is no activity.
    act('focus')
    store.keepAlive()
    await clock.advance(0)
    expect(endsOf({ events })).toEqual(['idle'])
    expect(count('session-ending')).toBe(0)
  })

  test('tells of an end that is near when the page is shown', async () => {
    const { clock, count } = await signedIn()
    showPage(false)
    await clock.advance(IDLE - 10_000)
    expect(count('session-ending')).toBe(0)
    showPage(true)
    await clock.advance(1)
    expect(count('session-ending')).toBe(1)
  })

  test('keeps a hidden page from using a token after the end', async () => {
    const { clock, server, api, store, events } = await signedIn()
    showPage(false)
    await clock.advance(IDLE - 1_000)
    expect((await api.get('/orders/1')).status).toBe(200)
    await clock.advance(2_000)
    server.seen.length = 0
    const get = api.get('/orders/2').catch((error: Error) => Promise.reject(error.cause))
    const codes = [get, store.getAccessToken(), store.refresh()].map(codeOf)
    expect(await Promise.all(codes)).toEqual(['idle', 'idle', 'unauthenticated'])
    expect(endsOf({ events })).toEqual(['idle'])
    expect(server.countOf('/orders/2') + server.countOf('/auth/refresh')).toBe(0)
  })

  test('aborts a refresh that waits for a network until then', async () => {
    const { clock, server, api, store } = await signedIn({ idleTimeout: IDLE, retries: 0 })
    server.expireAccessTokens()
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
    server.route('/auth/refresh', (_, response) => void response.socket?.destroy())
    await clock.until(rejection(api.get('/orders/1')))
    showPage(false)
    server.seen.length = 0
    await clock.advance(IDLE)
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(true)
    expect(await clock.until(codeOf(store.refresh()))).toBe('unauthenticated')
    expect(server.countOf('/auth/refresh')).toBe(0)
  })

  test('leaves nothing behind: neither a timer nor a listener', async () => {
    const added = vi.spyOn(globalThis, 'addEventListener')
    const removed = vi.spyOn(globalThis, 'removeEventListener')
    const isOfUser = ([type]: readonly unknown[]) => type === 'keydown' || type === 'focus'
    const browser = await createBrowser()
    const { store } = browser.load()
    await browser.clock.advance(0)
    expect(added.mock.calls.filter(isOfUser)).toEqual([])
    await store.login({ user: 'ada' })
    await store.refresh()
    const [first, ...others] = added.mock.calls.filter(isOfUser)
    expect(first?.[2]).toMatchObject({ passive: true })
    expect(others).toHaveLength(1)
    await store.logout()
    await browser.clock.advance(0)
    expect(removed.mock.calls.filter(isOfUser)).toHaveLength(2)
    expect(vi.getTimerCount()).toBe(0)
    expect(store.endsAt).toBeNull()
  })

  test('changes nothing where it is not given', async () => {
    const added = vi.spyOn(globalThis, 'addEventListener')
    const { clock, store, stored } = await signedIn({})
    store.keepAlive()
    await clock.advance(30 * DAY)
    expect(store.status).toBe('authenticated')
    expect(store.endsAt).toBeNull()
    expect(added.mock.calls.map(([type]) => type)).not.toContain('keydown')
    expect(await stored()).not.toHaveProperty('begunAt')
    expect(await stored()).not.toHaveProperty('activeAt')
  })

  test('27: of a month and more is no shorter', async () => {
    const { clock, store, events } = await signedIn({ idleTimeout: 60 * DAY })
    await clock.advance(60 * DAY - 1)
    expect(store.status).toBe('authenticated')
    expect(events.filter(({ type }) => type === 'session-ending')).toHaveLength(1)
    await clock.advance(1)
    expect(store.error?.code).toBe('idle')
  })
})

describe('a reload', () => {
  test('goes on with the time that is left', async () => {
    const { clock, load, plugin } = await signedIn()
    const first = Date.now()
    await clock.advance(5 * MINUTE)
    plugin.dispose()
    await clock.advance(5 * MINUTE)
    const next = load()
    await next.plugin.ready
    expect(next.store.endsAt).toBe(first + IDLE)
    await clock.advance(5 * MINUTE)
    expect(next.store.error?.code).toBe('idle')
  })

  test('after the end signs out before anything is sent, and tells the server', async () => {
    const { clock, load, plugin, server, stored } = await signedIn()
    plugin.dispose()
    await clock.advance(IDLE + 1)
    server.seen.length = 0
    const {
      api,
      plugin: next,
      store,
      events,
    } = load({
      fetchUser: async ({ http }) => (await http.get<unknown>('/me')).data,
    })
    const early = api.get('/orders/1')
    await next.ready
    await early.catch(() => {})
    expect([store.status, store.error?.code]).toEqual(['expired', 'idle'])
    await server.answers('/auth/logout')
    expect(endsOf({ events })).toEqual(['idle'])
    const withToken = server.seen.filter(({ headers }) => headers.authorization)
    expect(withToken.map(({ path }) => path)).toEqual(['/auth/logout'])
    expect(await stored()).toBeNull()
  })

  test('after the end does not show a user who was stored', async () => {
    const options = { idleTimeout: IDLE, storeUser: true, fetchUser: async () => ({ name: 'ada' }) }
    const { clock, load, plugin, stored } = await signedIn(options)
    await vi.waitUntil(async () => 'user' in Object(await stored()))
    plugin.dispose()
    const alive = load()
    await alive.plugin.ready
    expect(alive.store.user).toEqual({ name: 'ada' })
    alive.plugin.dispose()
    await clock.advance(IDLE + 1)
    const { plugin: next, store, events } = load()
    await next.ready
    expect([store.status, store.user]).toEqual(['expired', null])
    expect(events.map(({ type }) => type)).toEqual(['session-ended'])
    await vi.waitUntil(async () => (await stored()) === null)
  })

  test('counts a session that was stored without times from now on, once', async () => {
    const { clock, load, plugin, stored } = await signedIn({})
    plugin.dispose()
    await clock.advance(DAY)
    const first = load({ idleTimeout: IDLE, maxAge: HOUR })
    await first.plugin.ready
    const begun = Date.now()
    expect(first.store.endsAt).toBe(begun + IDLE)
    await clock.advance(MINUTE)
    expect(await stored()).toMatchObject({ begunAt: begun, activeAt: begun })
    first.plugin.dispose()
    const second = load({ idleTimeout: IDLE, maxAge: HOUR })
    await second.plugin.ready
    expect(second.store.endsAt).toBe(begun + IDLE)
  })
})

describe.each(['refresh-cookie', 'cookies'] as const)('with `session: %s`', (session) => {
  async function createCookieBrowser() {
    const browser = await createBrowser({ idleTimeout: IDLE })
    const { login, refresh, logout } = createCookieJar(browser.server)
    const withoutTokens = session === 'cookies'
    let isOut = false
    const load = (): TestApp =>
      browser.load({
        session,
        mayBeSignedIn: () => true,
        login: async (...args) => (withoutTokens ? (await login(...args), null) : login(...args)),
        refresh: async (...args) =>
          withoutTokens ? (await refresh(...args), null) : refresh(...args),
        logout: async (...args) => {
          if (isOut) throw new TypeError('Failed to fetch')
          return logout(...args)
        },
      })
    return { ...browser, load, setOut: (is: boolean) => void (isOut = is) }
  }

  test('a reload after the end does not sign in by the cookie again', async () => {
    const { clock, server, load, setOut, stored } = await createCookieBrowser()
    const first = load()
    await first.store.login({ user: 'ada' })
    await clock.advance(MINUTE)
    first.plugin.dispose()
    await clock.advance(IDLE)
    setOut(true)
    server.refreshes = 0

    // The server cannot be told.
    const second = load()
    await second.plugin.ready
    expect(second.store.error?.code).toBe('idle')
    await vi.waitUntil(async () => 'isUntold' in Object(await stored()))
    second.plugin.dispose()

    setOut(false)
    const third = load()
    await third.plugin.ready
    await server.answers('/auth/logout')
    expect(third.store.status).toBe('anonymous')
    expect(server.refreshes).toBe(0)
  })
})

describe('maxAge', () => {
  test('ends the session so long after the login, whatever happens meanwhile', async () => {
    const { clock, load, plugin, store, events } = await signedIn({ maxAge: 8 * HOUR })
    const login = Date.now()
    for (let hour = 0; hour < 4; hour++) {
      await clock.advance(HOUR)
      await store.refresh()
      await store.updateTokens({ access_token: `newer-${hour}` })
      store.keepAlive()
      act()
    }
    expect(store.endsAt).toBe(login + 8 * HOUR)
    plugin.dispose()
    const next = load()
    await next.plugin.ready
    expect(next.store.endsAt).toBe(login + 8 * HOUR)
    await clock.advance(4 * HOUR)
    expect([next.store.status, next.store.error?.code]).toEqual(['expired', 'expired-age'])
    expect(next.events.filter(({ type }) => type === 'session-ending')).toMatchObject([
      { reason: 'expired-age', endsAt: login + 8 * HOUR },
    ])
    expect(endsOf({ events })).toEqual([])
  })

  test('begins anew with a new login', async () => {
    const { clock, store } = await signedIn({ maxAge: HOUR })
    await clock.advance(HOUR / 2)
    await store.login({ user: 'ben' })
    expect(store.endsAt).toBe(Date.now() + HOUR)
  })

  test.each([
    [{ idleTimeout: IDLE, maxAge: HOUR }, IDLE, 'idle'],
    [{ idleTimeout: HOUR, maxAge: IDLE }, IDLE, 'expired-age'],
  ])('the first of both ends it: %o', async (options, left, reason) => {
    const { clock, store } = await signedIn(options)
    expect(store.endsAt).toBe(Date.now() + left)
    await clock.advance(left)
    expect(store.error?.code).toBe(reason)
  })
})

describe('28: a clock', () => {
  test.each([
    ['a year ahead', 365 * DAY],
    ['a year behind', -365 * DAY],
  ])('that is %s all the time makes no difference', async (_, off) => {
    const { clock, load, plugin } = await (async () => {
      const browser = await createBrowser()
      browser.clock.moveWall(off)
      const app = browser.load()
      await app.store.login({ user: 'ada' })
      return { ...browser, ...app }
    })()
    await clock.advance(IDLE / 2)
    plugin.dispose()
    const next = load()
    await next.plugin.ready
    expect(next.store.status).toBe('authenticated')
    await clock.advance(IDLE / 2)
    expect(next.store.error?.code).toBe('idle')
  })

  test.each([
    [MINUTE, MINUTE],
    [HOUR, 0],
    [365 * DAY, 0],
  ])(
    'that is set back by %d ms makes an open page count at most %d ms more',
    async (back, more) => {
      const { clock, store } = await signedIn()
      await clock.advance(IDLE / 2)
      clock.moveWall(-back)
      await clock.advance(IDLE / 2 - 1_000)
      expect(store.status).toBe('authenticated')
      await clock.advance(more + 2_000)
      expect(store.error?.code).toBe('idle')
    },
  )

  test.each([HOUR, 365 * DAY])(
    'that is set back by %d ms while no page is open makes the time begin anew, once',
    async (back) => {
      const { clock, load, plugin } = await signedIn({ idleTimeout: IDLE, maxAge: HOUR })
      plugin.dispose()
      clock.moveWall(-back)
      let app = load()
      await app.plugin.ready
      const begun = Date.now()
      // Each load reads the record again.
      for (let count = 0; count < 14; count++) {
        expect(app.store.endsAt).toBe(begun + IDLE)
        await clock.advance(MINUTE)
        app.plugin.dispose()
        app = load()
        await app.plugin.ready
      }
      await clock.advance(MINUTE)
      expect(app.store.error?.code).toBe('idle')
    },
  )

  test('that is set forward counts as sleep: it ends a session, and not the next one', async () => {
    const { clock, store, events } = await signedIn()
    clock.moveWall(DAY)
    await clock.advance(IDLE)
    expect(endsOf({ events })).toEqual(['idle'])
    await store.login({ user: 'ada' })
    await clock.advance(IDLE - 1_000)
    clock.moveWall(-DAY)
    expect(store.status).toBe('authenticated')
    await clock.advance(2_000)
    expect(endsOf({ events })).toEqual(['idle', 'idle'])
  })
})

test('time asleep is idle: what wakes up first does not use the session', async () => {
  const { clock, server, api, store } = await signedIn()
  clock.moveWall(HOUR)
  server.seen.length = 0
  act('pointermove')
  expect(await rejection(api.get('/orders/1'))).toMatchObject({ cause: { code: 'idle' } })
  await clock.advance(0)
  expect(store.error?.code).toBe('idle')
  expect(server.countOf('/orders/1')).toBe(0)
})
