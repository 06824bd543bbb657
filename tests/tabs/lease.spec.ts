import { describe, expect, test } from 'vitest'
import type { Tab } from '../support/chromium/tab.ts'
import { useTabs } from '../support/chromium/use-tabs.ts'

const tabs = useTabs({ isInsecure: true })

const departures: [string, (tab: Tab) => Promise<unknown>][] = [
  ['is closed', (tab) => tab.close()],
  ['is reloaded', (tab) => tab.page.reload()],
  ['goes to another page', (tab) => tab.leave()],
]

describe.each(departures)('a tab that refreshes under a lease and %s', (_, depart) => {
  test.each([1, 3])('16: hands it on within moments; other tabs: %i', async (count) => {
    const [first] = await tabs.open(1)
    await first.login('ada')
    const others = await tabs.open(count)
    tabs.server.faults.push({ kind: 'hang' })
    tabs.server.expireAccessTokens()
    first.get('/orders/1').catch(() => {})
    await tabs.server.sees('/auth/refresh')
    const answers = others.map((tab) => tab.get('/orders/2'))
    await tabs.server.answers('/orders/2', count)
    const before = Date.now()
    await depart(first)
    for (const { status } of await Promise.all(answers)) expect(status).toBe(200)
    expect(Date.now() - before).toBeLessThan(3_000)
    // The one that was lost with its page, and another one.
    expect(tabs.server.refreshes).toBe(2)
    expect(tabs.server.reusedTokens).toBe(0)
  })
})
