import { beforeAll, beforeEach, expect, test } from 'vitest'
import type { TabApp } from '../support/chromium/tab-app/tab-app.ts'
import { noteLeftovers, Scales, type Growth } from './leftovers.ts'
import { buildTabApp, serveTabApp, type TabAppFiles } from '../support/chromium/tab-app-files.ts'
import type { RemoteApp } from '../support/chromium/tab.ts'
import { useTabs } from '../support/chromium/use-tabs.ts'

declare global {
  interface Window {
    stores: WeakRef<object>[]
  }
}

// In Node: tests/invariants/nothing-remains.test.ts.

const tabs = useTabs({ hasUser: false, keepFresh: true, before: noteLeftovers })

/**
 * In the page: answers its next applications. To `/once` each token is good for one answer. A real server, whose every
 * answer the test is told of, takes longer than all the rest.
 */
function answerInPage(): void {
  let count = 0
  let spent: unknown
  window.adapter = async (config) => {
    const answer = (status: number, data: unknown) => ({
      status,
      data,
      statusText: '',
      headers: {},
      config,
    })
    if (config.url?.startsWith('/auth')) {
      return answer(200, { token: `access-${++count}`, refreshToken: `refresh-${count}` })
    }
    const token = config.headers.get('Authorization')
    if (config.url === '/once' && token === spent) {
      const refusal = { isAxiosError: true, config, response: answer(401, 'no') }
      throw Object.assign(new Error('Refused.'), refusal)
    }
    spent = token
    return answer(200, 'yes')
  }
}

/** Repetitions in each of four batches; the first warms up. */
const BATCH = 250
const NETWORK_BATCH = 50

/** Less than anything that is kept each time, more than the noise of the collector. */
const NOTHING = {
  bytes: 250,
  functions: 0.1,
  promises: 0.1,
  signals: 0.1,
  listeners: 0.1,
  nodes: 0.1,
}

let files: TabAppFiles
beforeAll(async () => {
  // In development Pinia keeps every app for its devtools.
  files = await buildTabApp('production')
})
beforeEach(() => {
  serveTabApp(tabs.server, files)
  // Each token is good for one answer.
  tabs.server.route('/once', ({ headers }, response) => {
    response.writeHead(tabs.server.userOf(headers.authorization) ? 200 : 401).end()
    tabs.server.expireAccessTokens()
  })
})

/** Repeats this in the page, in batches; afterwards there must be what there was before. */
async function expectNothingLeft(
  app: RemoteApp,
  work: (app: TabApp, times: number) => Promise<void>,
  batch = BATCH,
): Promise<void> {
  const scales = await Scales.of(app.page)
  await app.run(work, 1)
  const before = await scales.counts()
  // First a few, or what is left makes the others slow.
  await app.run(work, 5)
  expect(await scales.counts()).toEqual(before)
  const growth = await scales.growthBy(() => app.run(work, batch), batch)
  expect(await scales.counts()).toEqual(before)
  for (const [key, most] of Object.entries(NOTHING)) {
    expect(growth[key as keyof Growth], `${key} kept each time`).toBeLessThan(most)
  }
}

/** In the page: every request meets an expired token. Five seconds pass before each, or the refreshes were spaced. */
async function expire(app: TabApp, times: number): Promise<void> {
  const now = performance.now.bind(performance)
  let passed = 0
  Object.assign(performance, { now: () => now() + passed })
  for (let index = 0; index < times; index++) {
    passed += 5_000
    const { status } = await app.get('/once')
    if (status !== 200) throw new Error('A request was lost.')
    app.events.length = 0
  }
  Reflect.deleteProperty(performance, 'now')
}

test(`15: ${4 * BATCH} expiries in a page leave what one has left`, async () => {
  const [tab] = await tabs.open(1)
  await tab.page.evaluate(answerInPage)
  const another = await tab.another({ name: 'another', keepFresh: true })
  await another.login()
  const generation = () => another.run(({ store }) => Number(store.token?.split('-')[1]))
  await expectNothingLeft(another, expire)
  expect(await generation()).toBeGreaterThan(4 * BATCH)
}, 60_000)

test(`15: ${4 * NETWORK_BATCH} expiries over the network leave what one has left`, async () => {
  const [tab] = await tabs.open(1)
  await tab.login()
  await expectNothingLeft(tab, expire, NETWORK_BATCH)
  expect(tabs.server.refreshes).toBe(4 * NETWORK_BATCH + 5)
}, 60_000)

test(`15: ${4 * BATCH} logins and logouts in a page leave what one has left`, async () => {
  const [tab] = await tabs.open(1)
  await tab.page.evaluate(answerInPage)
  const another = await tab.another({ name: 'another', keepFresh: true })
  await expectNothingLeft(another, async (app, times) => {
    for (let index = 0; index < times; index++) {
      await app.store.login({ user: 'ada' })
      await app.get('/orders/1')
      await app.store.logout()
      app.events.length = 0
    }
  })
}, 60_000)

test(`15: ${4 * BATCH} apps, mounted and unmounted in a page, leave nothing`, async () => {
  const [tab] = await tabs.open(1)
  await tab.login()
  await tab.page.evaluate(answerInPage)
  const stores = await tab.page.evaluateHandle((): WeakRef<object>[] => (window.stores = []))
  await expectNothingLeft(tab, async (app, times) => {
    for (let index = 0; index < times; index++) {
      window.addApp(window.tabOptions ?? {})
      const added = window.apps.pop()!
      await added.ready
      if (added.store.status !== 'authenticated') throw new Error('The session was lost.')
      await added.get('/orders/1')
      added.dispose()
      document.body.lastElementChild?.remove()
      window.stores.push(new WeakRef(added.store))
    }
    app.events.length = 0
  })
  const alive = await stores.evaluate((stores) => stores.filter((store) => store.deref()).length)
  expect(alive).toBeLessThanOrEqual(1)
}, 60_000)
