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

const WARNING = /\[vue-auth-refresh\] /

describe('24: one tab works', () => {
  const poor: (TabsOptions & { without: Facility[]; isWarned: boolean })[] = [
    { without: ['locks'], isWarned: false },
    { without: ['BroadcastChannel'], isWarned: false },
    { without: ['BroadcastChannel', 'localStorage'], isWarned: false },
    { without: ['crypto'], isWarned: false },
    { without: ['indexedDB'], isWarned: true },
    { without: ['indexedDB', 'locks'], isWarned: true },
    { without: ['locks', 'indexedDB'], storage: 'memory', isWarned: true },
    { without: ['locks', 'indexedDB'], storage: 'local', isWarned: true },
    { without: ['localStorage'], storage: 'local', isWarned: true },
    {
      without: ['locks', 'BroadcastChannel', 'indexedDB', 'localStorage', 'crypto'],
      isWarned: true,
    },
  ]

  test.each(poor)('without $without, storage $storage', async ({ isWarned, ...options }) => {
    const [tab] = await tabs.open(1, options)
    // Exactly one: a second would fail the test.
    if (isWarned) tabs.expectComplaint(WARNING)
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
    tabs.expectComplaint(WARNING)
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
