// @vitest-environment jsdom
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { AuthStorage, SessionRecord } from 'vue-auth-refresh'
import { driveClock } from '../support/clock'
import { PageChannel, useSingleTab } from '../support/jsdom-tab'
import { createTestApp, startServer } from '../support/test-app'
import { recordOf } from '../support/storage-contract'

useSingleTab()

beforeEach(() => {
  localStorage.clear()
})

type Change = Parameters<AuthStorage['update']>[1]

/** Storages that lie, each in its own way. A session of theirs has run out, so that its holder asks for a newer one. */
const lies: Record<string, () => Pick<AuthStorage, 'read' | 'update'>> = {
  'always has the first session that was written': () => {
    let first: unknown = null
    const update = async (_key: string, change: Change): Promise<unknown> => {
      const next = change(first)
      first ??= next
      return next ?? first
    }
    return { read: async () => first, update }
  },
  'has another session each time': () => {
    let count = 0
    const next = (): SessionRecord => old({ id: `s${++count}` })
    return { read: async () => next(), update: async (_key, change) => change(next()) ?? next() }
  },
  'has a newer generation each time': () => {
    let generation = 1
    const next = (): SessionRecord => old({ generation: ++generation })
    return { read: async () => next(), update: async (_key, change) => change(next()) ?? next() }
  },
  'has a session that ended, each time that it is removed': () => {
    const update = async (_key: string, change: Change): Promise<unknown> => change(old()) ?? old()
    return { read: async () => old(), update }
  },
  'never asks what to write, and answers with the old session': () => ({
    read: async () => old(),
    update: async () => old(),
  }),
  'shows nothing to those who write, and keeps what was there': () => ({
    read: async () => old(),
    update: async (_key, change) => change(null) ?? old(),
  }),
  'answers each write with another session': () => {
    let count = 0
    return {
      read: async () => old(),
      update: async (_key, change) => {
        change(null)
        return old({ id: `s${++count}` })
      },
    }
  },
  'has a generation after which there is none': () => ({
    read: async () => old({ generation: 2 ** 53 }),
    update: async (_key, change) => change(old({ generation: 2 ** 53 })),
  }),
}

/** A session whose token has run out. */
function old(change: Partial<SessionRecord> = {}): SessionRecord {
  return recordOf({ refreshToken: 'R-old', lifetime: 1, receivedAt: 1, ...change })
}

describe('62: a storage that', () => {
  test.each(Object.keys(lies))('%s sends no storm to the server', async (lie) => {
    const clock = driveClock()
    const server = await startServer()
    const inner = lies[lie]!()
    const read = vi.fn(inner.read)
    const update = vi.fn(inner.update)
    // Tokens of a server that goes along with everything: it would never end the loop.
    let issued = 0
    let fetched = 0
    const { api, store, plugin } = createTestApp(server, {
      storage: { read, update },
      refreshTimeout: 2_000,
      refresh: async () => {
        issued++
        return { access_token: `A-${issued}`, refresh_token: `R-${issued}`, expires_in: 60 }
      },
      fetchUser: async ({ http }) => {
        fetched++
        return (await http.get<unknown>(`${server.origin}/me`)).data
      },
    })
    await clock.until(plugin.ready)
    await clock.until(store.login({ user: 'ada' }).catch(() => {}))
    for (let round = 0; round < 60; round++) {
      await clock.until(api.get('/orders/1').catch(() => {}))
      dispatchEvent(new Event('online'))
      await clock.advance(1_000)
    }
    expect(issued).toBeLessThanOrEqual(90)
    expect(fetched).toBeLessThanOrEqual(90)
    // Each request, and each event, may have a few reads.
    expect(read.mock.calls.length).toBeLessThan(2_000)
    expect(update.mock.calls.length).toBeLessThan(2_000)
  })
})

/** Storages that bring a session back after its end. Each is given what was stored before, and what is by now. */
const revenants: Record<string, (before: unknown, now: () => unknown, count: number) => unknown> = {
  'is read from a stale replica': (before) => before,
  'is restored from a backup now and then': (before, now, count) => (count % 5 ? now() : before),
  'is read from one of two replicas': (before, now, count) => (count % 2 ? before : now()),
  'comes back in a later generation': (before, _now, count) => ({
    ...(before as SessionRecord),
    generation: count,
  }),
  'comes back with another token': (before, _now, count) => ({
    ...(before as SessionRecord),
    token: `A-${count}`,
    receivedAt: Date.now() + count,
  }),
  'comes back as one that has lapsed': (before) => ({
    version: 1,
    id: (before as SessionRecord).id,
    generation: 9,
    isLapsed: true,
  }),
}

describe('10, 62: a session that has ended and', () => {
  test.each(
    Object.keys(revenants).flatMap((kind): [string, string | null][] => [
      [kind, null],
      [kind, 'ben'],
    ]),
  )('%s does not return, and loops nothing; signed in since: %s', async (kind, user) => {
    const clock = driveClock()
    const server = await startServer()
    let stored: unknown = null
    let before: unknown
    let count = 0
    const bringBack = revenants[kind]!
    const found = (): unknown =>
      before === undefined ? stored : bringBack(before, () => stored, count++)
    const read = vi.fn(async () => found())
    const update = vi.fn(async (_key: string, change: Change): Promise<unknown> => {
      const current = found()
      const next = change(current)
      if (next !== undefined) stored = next
      return next === undefined ? current : next
    })
    const { api, store, count: told } = createTestApp(server, { storage: { read, update } })
    await clock.until(store.login({ user: 'ada' }))
    const ended = stored
    await clock.until(store.logout())
    if (user) await clock.until(store.login({ user }))
    before = ended
    const isOthers = vi.fn()
    for (let round = 0; round < 60; round++) {
      dispatchEvent(new Event('online'))
      const answer = await clock.until(
        api.get<{ user: string }>('/orders/1').catch(() => undefined),
      )
      if (answer?.data.user !== user && answer) isOthers()
      await clock.advance(1_000)
    }
    expect([store.isAuthenticated, isOthers.mock.calls.length]).toEqual([user !== null, 0])
    expect(told('session-started')).toBe(user ? 2 : 1)
    expect(server.refreshes).toBe(0)
    expect(read.mock.calls.length).toBeLessThan(500)
    expect(update.mock.calls.length).toBeLessThan(100)
  })
})

test('62: two tabs do not remove for ever what a storage brings back', async () => {
  vi.unstubAllGlobals()
  const name = `lie-${Math.random()}`
  const server = await startServer()
  let kept: unknown = null
  const update = vi.fn(async (_key: string, change: Change): Promise<unknown> => {
    const next = change(kept)
    kept ??= next
    return next
  })
  const tabs = [1, 2].map(() =>
    createTestApp(server, { name, storage: { read: async () => kept, update } }),
  )
  for (const { plugin } of tabs) await plugin.ready
  await tabs[0]!.store.login({ user: 'ada' })
  await vi.waitUntil(() => tabs[1]!.store.isAuthenticated)
  for (const { store } of tabs) await store.logout()
  const channel = new BroadcastChannel(`vue-auth-refresh:${name}`)
  const announced = vi.fn()
  channel.addEventListener('message', announced)
  // Lasts as long as an answer to an announcement would take: then there would be hundreds.
  for (let count = 0; count < 20; count++) await fetch(`${server.origin}/public`)
  channel.close()
  expect(update.mock.calls.length).toBeLessThan(40)
})

test('62: a flood of announcements holds up no request', async () => {
  vi.unstubAllGlobals()
  const name = `flood-${Math.random()}`
  const server = await startServer()
  const { api, store } = createTestApp(server, { name })
  await store.login({ user: 'ada' })
  const channel = new BroadcastChannel(`vue-auth-refresh:${name}`)
  let isOver = false
  void (async () => {
    while (!isOver) {
      channel.postMessage(null)
      await new Promise((resolve) => setImmediate(resolve))
    }
    channel.close()
  })()
  for (let count = 0; count < 20; count++) {
    expect((await api.get('/orders/1')).status).toBe(200)
  }
  isOver = true
})

test.each([2, 3, 7])(
  '62: a storage that shows %i sessions by turns, all ended in another tab, is not read for ever',
  async (sessions) => {
    vi.unstubAllGlobals()
    vi.stubGlobal('BroadcastChannel', PageChannel)
    const name = `turns-${Math.random()}`
    const ids = Array.from({ length: sessions }, (_, index) => `s${index}`)
    let count = 0
    const isTooMuch = vi.fn()
    /** Without an end, the reading would be one that no timer interrupts. */
    async function read(): Promise<unknown> {
      if (count > 1_000) {
        isTooMuch()
        return new Promise(() => {})
      }
      return old({ id: ids[count++ % sessions]! })
    }
    const { plugin } = createTestApp(
      { origin: location.origin },
      {
        name,
        storage: { read, update: async (_key, change) => change(null) ?? null },
        refresh: async () => Promise.reject(new Error('offline')),
      },
    )
    const other = new BroadcastChannel(`vue-auth-refresh:${name}@${location.origin}`)
    ids.forEach((id) => other.postMessage(id))
    await plugin.ready
    const before = count
    ids.forEach((id) => other.postMessage(id))
    await vi.waitUntil(() => count > before || isTooMuch.mock.calls.length > 0)
    other.close()
    expect(isTooMuch).not.toHaveBeenCalled()
    expect(count).toBeLessThan(200)
  },
)
