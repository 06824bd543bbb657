import { describe, expect, test } from 'vitest'
import type { TabApp } from '../support/chromium/tab-app/tab-app.ts'
import type { Facility } from '../support/chromium/tab-browser.ts'
import { useTabs, type TabsOptions } from '../support/chromium/use-tabs.ts'

const tabs = useTabs()

/** A session from its beginning to its end. */
async function live(app: TabApp, expire: () => Promise<void>): Promise<unknown[]> {
  await app.ready
  await app.store.login({ user: 'ada' })
  const before = await app.get('/orders/1')
  await expire()
  const after = await Promise.all([app.get('/orders/1'), app.get('/orders/2')])
  await app.store.logout()
  const signedOut = await app.get('/orders/1')
  return [before, ...after, signedOut].map(({ status }) => status)
}

const STORAGE = '[vue-auth-refresh] Storage failed'
const LOCKS = '[vue-auth-refresh] Tabs cannot be kept apart'

describe('24: one tab works', () => {
  const poor: (TabsOptions & { without: Facility[]; warnings: string[] })[] = [
    { without: ['locks'], warnings: [] },
    { without: ['BroadcastChannel'], warnings: [] },
    { without: ['BroadcastChannel', 'localStorage'], warnings: [] },
    { without: ['crypto'], warnings: [] },
    { without: ['indexedDB'], warnings: [STORAGE] },
    { without: ['indexedDB', 'locks'], warnings: [STORAGE, LOCKS] },
    { without: ['locks', 'indexedDB'], storage: 'memory', warnings: [LOCKS] },
    { without: ['locks', 'indexedDB'], storage: 'local', warnings: [LOCKS] },
    { without: ['localStorage'], storage: 'local', warnings: [STORAGE] },
    {
      without: ['locks', 'BroadcastChannel', 'indexedDB', 'localStorage', 'crypto'],
      warnings: [STORAGE, LOCKS],
    },
  ]

  test.each(poor)('without $without, storage $storage', async ({ warnings, ...options }) => {
    const [tab] = await tabs.open(1, options)
    // Exactly these: a second one of a kind would fail the test.
    warnings.forEach((warning) => tabs.expectComplaint(warning))
    await tab.page.exposeFunction('expire', () => tabs.server.expireAccessTokens())
    const expire = (): Promise<void> => Reflect.get(window, 'expire')()
    const statuses = await tab.page.evaluate(
      `(${live.toString()})(window.apps[0], ${expire.toString()})`,
    )
    expect(statuses).toEqual([200, 200, 200, 401])
    expect(tabs.server.refreshes).toBe(1)
  })

  test('in a sandboxed frame, where everything is there and refuses', async () => {
    tabs.server.route('/frame', (_, response) => {
      response.setHeader('content-type', 'text/html')
      response.end('<iframe sandbox="allow-scripts" src="/"></iframe>')
    })
    // The tools of Vue in this development build do not survive a localStorage that throws.
    const [tab] = await tabs.open(1, {
      path: '/frame',
      isSettled: false,
      without: ['localStorage'],
    })
    tabs.expectComplaint(STORAGE)
    tabs.expectComplaint(LOCKS)
    await tab.page.exposeFunction('expire', () => tabs.server.expireAccessTokens())
    const frame = tab.page.frames()[1]!
    await frame.waitForFunction(() => window.apps?.length === 1)
    expect(await frame.evaluate(() => window.origin)).toBe('null')
    // Nor does axios survive cookies that throw, unless told so.
    await frame.evaluate(() =>
      Object.assign(window.apps[0]!.api.defaults, { withXSRFToken: false }),
    )
    const statuses = await frame.evaluate(`(${live.toString()})(window.apps[0], window.expire)`)
    expect(statuses).toEqual([200, 200, 200, 401])
  })
})
