// @vitest-environment jsdom
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { AuthOptions, AuthStorage } from 'vue-auth-refresh'
import { expectWarning } from '../setup/console'
import { createCookieJar } from '../support/cookie-jar'
import { useSingleTab } from '../support/jsdom-tab'
import { createRecord } from '../support/record'
import { createTestApp, keyOf, startServer, type TestApp } from '../support/test-app'
import type { AuthServer } from '../fixtures/auth-server'

useSingleTab()

beforeEach(() => {
  localStorage.clear()
})

const WARNING = 'Storage failed'

/** A database of several tabs, which refuses the writes of some of them. */
function createDatabase() {
  const record = createRecord()
  const { read, update } = record
  return {
    record,
    stored: read,
    /** The database as one tab has it, until `fail`. */
    open() {
      let isBroken = false
      const storage: AuthStorage = {
        read,
        update: async (_key, change) => {
          if (isBroken) throw new DOMException('The storage refuses.', 'UnknownError')
          return update(change)
        },
      }
      return { storage, fail: () => void (isBroken = true), mend: () => void (isBroken = false) }
    },
  }
}

describe('10: a logout while the storage of another tab is broken', () => {
  /** Tabs of one origin, each with its own access to the database; the first one is signed in. */
  async function openTabs(count: number, options: Partial<AuthOptions> = {}) {
    // Node's BroadcastChannel joins them.
    vi.unstubAllGlobals()
    const server = await startServer()
    const database = createDatabase()
    const name = `broken-${Math.random()}`
    const tabs = Array.from({ length: count }, () => {
      const { storage, ...access } = database.open()
      return { ...createTestApp(server, { name, storage, ...options }), ...access }
    })
    for (const { plugin } of tabs) await plugin.ready
    await tabs[0]!.store.login({ user: 'ada' })
    for (const { store } of tabs) await vi.waitUntil(() => store.isAuthenticated)
    return { server, database, tabs }
  }
  const becomesAnonymous = (tabs: readonly TestApp[]): Promise<unknown> =>
    Promise.all(tabs.map(({ store }) => vi.waitUntil(() => store.status === 'anonymous')))

  test('ends its session there and everywhere, though its memory has newer tokens', async () => {
    const { database, tabs } = await openTabs(3)
    const [broken, healthy] = tabs
    expectWarning(WARNING)
    broken!.fail()
    await broken!.store.refresh()
    await healthy!.store.logout()
    await becomesAnonymous(tabs)
    broken!.mend()
    for (const { plugin, api } of tabs) {
      await plugin.ready
      await expect(api.get('/orders/1')).rejects.toMatchObject({ response: { status: 401 } })
    }
    expect(await database.stored()).toBeNull()
  })

  test('ends it where that tab has removed what it could not replace, and the others do not know it yet', async () => {
    const { database, tabs } = await openTabs(2)
    const [broken, healthy] = tabs
    expectWarning(WARNING)
    broken!.fail()
    await broken!.store.refresh()
    database.record.value = null
    await healthy!.store.logout()
    await becomesAnonymous(tabs)
  })

  test('13: does not end what began there since', async () => {
    const { tabs } = await openTabs(2)
    const [broken, healthy] = tabs
    expectWarning(WARNING)
    broken!.fail()
    await broken!.store.login({ user: 'grace' })
    await healthy!.store.logout()
    await vi.waitUntil(() => healthy!.store.status === 'anonymous')
    expect((await broken!.api.get<{ user: string }>('/orders/1')).data.user).toBe('grace')
  })

  test('12: does not bring the session before back, which that tab still has', async () => {
    const { tabs } = await openTabs(3)
    const [broken, healthy, third] = tabs
    expectWarning(WARNING)
    broken!.fail()
    await broken!.store.refresh()
    await healthy!.store.login({ user: 'grace' })
    await vi.waitUntil(() => third!.store.token === healthy!.store.token)
    await healthy!.store.logout()
    await becomesAnonymous(tabs)
  })

  test('in the broken tab ends it in the healthy ones, and in the storage', async () => {
    const { database, tabs } = await openTabs(2)
    const [broken] = tabs
    expectWarning(WARNING)
    broken!.fail()
    await broken!.store.logout()
    await becomesAnonymous(tabs)
    await vi.waitUntil(async () => (await database.stored()) === null)
  })
})

describe('61: a logout that the storage has not taken', () => {
  /** The pages of one tab, one after the other. */
  async function createPages(options: (server: AuthServer) => Partial<AuthOptions> = () => ({})) {
    const server = await startServer()
    const database = createDatabase()
    const load = () => {
      const { storage, ...access } = database.open()
      const app = createTestApp(server, { storage, ...options(server) }, { adapter: 'http' })
      return { ...app, ...access }
    }
    const mark = () => localStorage.getItem(`vue-auth-refresh/ending:${keyOf(server)}`)
    return { server, database, load, mark }
  }
  const withCookie = (server: AuthServer): Partial<AuthOptions> => {
    const { login, refresh, logout } = createCookieJar(server)
    return { session: 'refresh-cookie', login, refresh, logout }
  }

  test.each([
    ['with a refresh token', undefined],
    ['with a cookie', withCookie],
  ])('holds after a reload, %s', async (_, options) => {
    const { database, load, mark } = await createPages(options)
    const first = load()
    await first.store.login({ user: 'ada' })
    expectWarning(WARNING)
    first.fail()
    await first.store.logout()
    first.plugin.dispose()
    expect(await database.stored()).toMatchObject({ token: expect.any(String) })

    const second = load()
    await second.plugin.ready
    expect(second.store.status).toBe('anonymous')
    await vi.waitUntil(async () => !('token' in Object(await database.stored())))
    const third = load()
    await third.plugin.ready
    expect(third.store.status).toBe('anonymous')
    await third.store.login({ user: 'ben' })
    await vi.waitUntil(() => mark() === null)
  })

  test('holds for each of two sessions, and is marked until the storage works', async () => {
    const { database, load, mark } = await createPages()
    const first = load()
    await first.store.login({ user: 'ada' })
    const ada = await database.stored()
    expectWarning(WARNING)
    first.fail()
    await first.store.logout()
    await first.store.login({ user: 'ben' })
    await first.store.logout()
    expect(mark()).toContain((ada as { id: string }).id)
    const second = load()
    await second.plugin.ready
    expect(second.store.status).toBe('anonymous')
    first.mend()
    await first.store.login({ user: 'cyd' })
    await vi.waitUntil(() => mark() === null)
  })

  test('is told once, and a login since is not ended by it', async () => {
    const { server, load } = await createPages(withCookie)
    const first = load()
    await first.store.login({ user: 'ada' })
    expectWarning(WARNING)
    first.fail()
    await first.store.logout()
    expect(server.countOf('/auth/logout')).toBe(1)
    await first.store.login({ user: 'ben' })
    const second = load()
    await second.plugin.ready
    expect(second.store.status).toBe('anonymous')
    await first.store.refresh()
    expect(server.countOf('/auth/logout')).toBe(1)
  })

  test('is told at the next start where the server has not heard of it', async () => {
    const { server, load, mark } = await createPages(withCookie)
    const first = load()
    await first.store.login({ user: 'ada' })
    expectWarning(WARNING)
    first.fail()
    server.route('/auth/logout', (_request, response) => response.writeHead(503).end())
    await first.store.logout()
    first.plugin.dispose()
    server.route('/auth/logout', (_request, response) => {
      server.revoke()
      response.writeHead(204).end()
    })
    const second = load()
    await second.plugin.ready
    expect(second.store.status).toBe('anonymous')
    await vi.waitUntil(() => server.answersTo('/auth/logout').at(-1) === 204)
    await vi.waitUntil(() => mark() === null)
  })
})
