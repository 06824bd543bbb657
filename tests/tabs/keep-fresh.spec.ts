import { expect, test } from 'vitest'
import { useTabs } from '../support/chromium/use-tabs.ts'

const tabs = useTabs()

// Each tab covers the one before it. Side by side, as in windows, all of them are visible; so they say so here.
const inView = (): void => {
  Object.defineProperty(document, 'visibilityState', { get: () => 'visible' })
}

test('1: of visible tabs with keepFresh one refreshes for all, without a request, and so each time', async () => {
  // In seconds; it is refreshed from half to three quarters of that.
  tabs.server.expiresIn = 12
  const [first] = await tabs.open(1, { keepFresh: true, before: inView })
  await first.login('ada')
  const others = await tabs.open(2, { keepFresh: true, before: inView })
  const all = [first, ...others]

  for (let expiry = 1; expiry <= 2; expiry++) {
    const told = await Promise.all(all.map((tab) => tab.tells('refresh-succeeded', {}, expiry)))
    expect(told.filter((event) => 'adopted' in event && !event.adopted)).toHaveLength(1)
    expect(tabs.server.refreshes).toBe(expiry)
  }
  expect(new Set(await Promise.all(all.map((tab) => tab.token()))).size).toBe(1)
  expect(tabs.server.reusedTokens).toBe(0)
})
