import { describe, expect, test } from 'vitest'
import { useTabs, type TabsOptions } from '../support/chromium/use-tabs.ts'

const tabs = useTabs()

/** The fixture server ends a family whose refresh token comes a second time; so that would fail a request, too. */
const expectOneRefreshEach = (expiries: number): void => {
  expect(tabs.server.refreshes).toBe(expiries)
  expect(tabs.server.reusedTokens).toBe(0)
}

/**
 * In the page: makes timers three times as long. Memory leaves out a tab that does not answer within 100 ms, which a
 * busy machine may need. The next tab would then send a refresh token a second time, and be refused.
 */
const slowTimers = (): void => {
  const { setTimeout: set } = window
  Object.assign(window, {
    setTimeout: (work: () => void, delay = 0) => set(work, 3 * delay),
  })
}

const inMemory: TabsOptions = { storage: 'memory', before: slowTimers }

const ways: [string, TabsOptions][] = [
  ['by Web Locks and IndexedDB', {}],
  ['by a lease in IndexedDB, on a plain-HTTP origin', { isInsecure: true }],
  ['by Web Locks and localStorage', { storage: 'local' }],
  ['by Web Locks and memory', inMemory],
  ['by a lease and memory', { ...inMemory, isInsecure: true }],
]

describe.each(ways)('four tabs, kept apart %s', (_, options) => {
  test('1, 2, 3: make one refresh of an expiry that all of them meet', async () => {
    const [first] = await tabs.open(1, options)
    await first.login('ada')
    const others = await tabs.open(3, options)
    const all = [first, ...others]
    const expiries = 5
    for (let expiry = 1; expiry <= expiries; expiry++) {
      tabs.server.expireAccessTokens()
      const answers = await Promise.all(all.map((tab) => tab.getMany(3)))
      expect(answers.flat()).toEqual(Array.from({ length: 12 }, () => 200))
    }
    expectOneRefreshEach(expiries)
  })

  test('4: who waited for the lock adopts what it finds, without a request', async () => {
    const [first] = await tabs.open(1, options)
    await first.login('ada')
    const others = await tabs.open(3, options)
    const release = tabs.server.hold('/auth/refresh')
    tabs.server.expireAccessTokens()
    const answers = [first, ...others].map((tab) => tab.get('/orders/1'))
    await tabs.server.answers('/orders/1', 4)
    await tabs.server.sees('/auth/refresh')
    release()
    for (const { status } of await Promise.all(answers)) expect(status).toBe(200)

    const told = await Promise.all([first, ...others].map((tab) => tab.events('refresh-succeeded')))
    expect(told.map(({ length }) => length)).toEqual([1, 1, 1, 1])
    expect(told.flat().filter((event) => 'adopted' in event && event.adopted)).toHaveLength(3)
    expect(tabs.server.countOf('/auth/refresh')).toBe(1)
  })
})

describe('8: an exchange that fails', () => {
  test('without an answer is no end: another tab finds the session as it was', async () => {
    const [first, second] = await tabs.open(2, { retries: 0 })
    await first.login('ada')
    await second.becomes('authenticated')
    // More than one: a browser itself repeats a request whose connection had been used before and was reset.
    tabs.server.faults.push(...Array.from({ length: 9 }, () => ({ kind: 'reset' }) as const))
    expect(await first.refresh()).toBe('unreachable')
    expect(await first.status()).toBe('authenticated')
    tabs.server.faults.length = 0
    expect(await second.refresh()).toBeNull()
    expect(await first.refresh()).toBeNull()
    expect(tabs.server.reusedTokens).toBe(0)
  })

  test('gives way to what a sibling got meanwhile', async () => {
    const [first, second] = await tabs.open(2, { retries: 1 })
    await first.login('ada')
    await second.becomes('authenticated')
    const release = tabs.server.hold('/auth/refresh')
    tabs.server.faults.push({ kind: 'answer', status: 503 })
    const refreshed = first.refresh()
    await tabs.server.sees('/auth/refresh')
    // It waits for the lock, and has its turn while the first one pauses before it tries again.
    const other = second.refresh()
    await expect.poll(async () => (await second.locks()).pending.length).toBe(1)
    release()
    expect(await refreshed).toBeNull()
    expect(await other).toBeNull()
    await first.tells('refresh-succeeded', { adopted: true })
    expect(await first.token()).toBe(await second.token())
    // The one that failed, and the sibling's.
    expect(tabs.server.countOf('/auth/refresh')).toBe(2)
  })
})

test('a refusal ends the session once: the others do not send the refused token again', async () => {
  const [first, second, third] = await tabs.open(3, { path: '/login' })
  await first.login('ada')
  await Promise.all([second, third].map((tab) => tab.becomes('authenticated')))
  const all = [first, second, third]
  await Promise.all(all.map((tab) => tab.visit('/private')))
  tabs.server.revoke()
  const release = tabs.server.hold('/auth/refresh')
  const answers = all.map((tab) => tab.get('/orders/1'))
  await tabs.server.answers('/orders/1', 3)
  await tabs.server.sees('/auth/refresh')
  release()

  const codes = (await Promise.all(answers)).map(({ code }) => code)
  expect(codes).toContain('rejected')
  expect(codes.filter((code) => code === 'signed-out')).toHaveLength(2)
  await Promise.all(all.map((tab) => tab.arrives('/login?redirect=/private')))
  expect(tabs.server.countOf('/auth/refresh')).toBe(1)
})

test('5: a 401 that comes late, after another tab has refreshed, replays without refreshing', async () => {
  const [first, second] = await tabs.open(2)
  await first.login('ada')
  await second.becomes('authenticated')
  const release = tabs.server.hold('/orders/2')
  tabs.server.expireAccessTokens()
  const late = second.get('/orders/2')
  await tabs.server.sees('/orders/2')
  await first.get('/orders/1')
  await second.tells('refresh-succeeded', { adopted: true })
  release()
  expect(await late).toMatchObject({ status: 200 })
  expectOneRefreshEach(1)
})

test('a tab that slept through several refreshes uses the last, or refreshes that', async () => {
  const [first, second] = await tabs.open(2)
  await first.login('ada')
  await second.becomes('authenticated')
  await second.freeze()
  for (let count = 0; count < 3; count++) await first.refresh()
  tabs.server.expireAccessTokens()
  await second.thaw()
  expect(await second.get('/orders/1')).toMatchObject({ status: 200 })
  expectOneRefreshEach(4)
})
