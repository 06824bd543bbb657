import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import {
  ada,
  ben,
  chooseMode,
  expireToken,
  holdRefreshes,
  outcome,
  send,
  signIn,
  someoneWaits,
  statsOf,
  useDemo,
  whereabouts,
} from './demo.ts'

const demo = useDemo()

type Tabs = [Page, Page, Page]

/** Three dashboards of one session. */
async function dashboards(account = ada): Promise<Tabs> {
  const first = await demo.open('/login')
  await signIn(first, account)
  const tabs: Tabs = [first, await demo.openBeside(first, '/'), await demo.openBeside(first, '/')]
  for (const tab of tabs) await who(tab, account === ada ? 'Ada' : 'Ben')
  return tabs
}

async function who(tab: Page, name: string): Promise<void> {
  await tab.getByTestId('who').filter({ hasText: name }).waitFor()
}

const dashboardOf = (tab: Page) => tab.getByRole('heading', { name: 'Dashboard' })
const loginOf = (tab: Page) => tab.getByRole('heading', { name: 'Sign in', exact: true })

describe('signing in in one tab', () => {
  test('signs the others in, wherever they are', async () => {
    const first = await demo.open('/login')
    const second = await demo.openBeside(first, '/profile')
    const third = await demo.openBeside(first, '/nowhere')
    await loginOf(second).waitFor()
    await signIn(first)
    await second.getByRole('definition').filter({ hasText: 'ada@example.com' }).waitFor()
    expect(whereabouts(second)).toBe('/profile')
    await who(third, 'Ada')
    expect(whereabouts(third)).toBe('/nowhere')
    expect(await first.getByTestId('news').count()).toBe(0)
    await second.getByText('Now signed in as Ada, from another tab.').waitFor()
  })

  test('is known to a tab that is opened from the dashboard', async () => {
    const first = await demo.open('/login')
    await signIn(first)
    const opened = first.context().waitForEvent('page')
    await first.getByRole('link', { name: 'Open a second tab' }).click()
    const second = await opened
    await dashboardOf(second).waitFor()
    await who(second, 'Ada')
    expect(await second.evaluate(() => opener)).toBeNull()
    expect(await second.getByTestId('news').count()).toBe(0)
    await dashboardOf(first).waitFor()
  })
})

describe('an expired access token', () => {
  test('costs three tabs that send at the same moment a single refresh', async () => {
    const tabs = await dashboards()
    const before = await statsOf(tabs[0])
    await expireToken(tabs[0])
    const letGo = await holdRefreshes(tabs[0])
    await Promise.all(tabs.map((tab) => send(tab, '20 at once')))
    await Promise.all(tabs.map((tab) => someoneWaits(tab)))
    letGo()
    const outcomes = await Promise.all(tabs.map((tab) => outcome(tab, '20 requests')))
    const refreshed = /^20 requests · 1 refresh · 0 failed\. \d+ requests? met an expired token\. /
    const adopted =
      /^20 requests · 0 refreshes · 0 failed\. \d+ requests? .*, another tab refreshed it\./
    expect(outcomes.filter((said) => refreshed.test(said))).toHaveLength(1)
    expect(outcomes.filter((said) => adopted.test(said))).toHaveLength(2)

    const after = await statsOf(tabs[0])
    expect(after.refreshes - before.refreshes).toBe(1)
    expect(after.reused).toBe(0)

    for (const [index, tab] of tabs.entries()) {
      const isAdopter = adopted.test(outcomes[index] ?? '')
      expect(await tab.getByTestId('count-refreshes').textContent()).toBe(isAdopter ? '0' : '1')
      expect(await tab.getByTestId('count-adopted').textContent()).toBe(isAdopter ? '1' : '0')
      expect(await tab.locator('.band-bar.adopted').count()).toBe(isAdopter ? 1 : 0)
      await tab.getByText('The same in words').click()
      const words = await tab.getByRole('row', { name: /^refresh / }).textContent()
      expect(words).toMatch(
        isAdopter
          ? /^refreshadopted from another tab · no request · \d+ waited$/
          : /^refresh1 refresh · /,
      )
    }
  })

  test('is met by every tab at once, and what came of it is summed up in each', async () => {
    const tabs = await dashboards()
    const before = await statsOf(tabs[0])
    await expireToken(tabs[0])
    // The others know that the token, which is theirs too, is refused
    for (const tab of tabs)
      await tab.getByTestId('session').filter({ hasText: 'refused' }).waitFor()
    await tabs[1].getByRole('button', { name: 'Send 20 in every tab' }).click()
    for (const tab of tabs) {
      await tab
        .getByTestId('round')
        .filter({ hasText: '1 refresh for 60 requests in 3 tabs, 0 failed.' })
        .waitFor()
      await tab.getByTestId('session').filter({ hasText: 'left' }).waitFor()
    }
    const after = await statsOf(tabs[0])
    expect(after.refreshes - before.refreshes).toBe(1)
    expect(after.reused).toBe(0)
  })
})

describe('signing out in one tab', () => {
  test('brings the others to the login page within a second, which says why', async () => {
    const [first, second, third] = await dashboards()
    await third.getByRole('link', { name: 'Profile' }).click()
    await third.getByRole('definition').first().waitFor()
    await first.getByRole('button', { name: 'Sign out' }).click()
    await loginOf(first).waitFor()
    await Promise.all([second, third].map((tab) => loginOf(tab).waitFor({ timeout: 1_000 })))
    for (const tab of [second, third]) {
      await tab.getByText('Your session has ended in another tab.').waitFor()
    }
    // A new login leads each tab back to its page, except the tab in which the user signed out
    expect([first, second, third].map(whereabouts)).toEqual([
      '/login',
      '/login?redirect=/',
      '/login?redirect=/profile',
    ])
    expect(await first.getByText('another tab').count()).toBe(0)
  })

  test('and in again as somebody else makes the others theirs', async () => {
    const [first, second, third] = await dashboards()
    await first.getByRole('button', { name: 'Sign out' }).click()
    for (const tab of [first, second, third]) await loginOf(tab).waitFor()
    await signIn(second, ben)
    await who(second, 'Ben')
    expect(await second.getByTestId('news').count()).toBe(0)
    for (const tab of [first, third]) {
      await dashboardOf(tab).waitFor()
      await who(tab, 'Ben')
      await tab.getByText('Now signed in as Ben, from another tab.').waitFor()
      await tab.getByRole('button', { name: 'Dismiss' }).click()
      await tab.locator('h1:focus').waitFor()
      expect(await tab.getByTestId('news').count()).toBe(0)
      await send(tab, '1')
      expect(await outcome(tab, '1 request ')).toMatch(/ 0 failed\./)
    }
  })
})

test('another user who signs in elsewhere takes the place of the one before', async () => {
  const first = await demo.open('/login')
  const second = await demo.openBeside(first, '/login')
  let letGo = () => {}
  const held = new Promise<void>((resolve) => (letGo = resolve))
  await second.route('**/api/auth/login', async (route) => {
    await held
    await route.continue()
  })
  // Both sign in, and the second login is answered when the first has begun a session
  const signingIn = signIn(second, ben)
  await second.getByRole('button', { name: 'Signing in…' }).waitFor()
  await signIn(first)
  await who(first, 'Ada')
  letGo()
  await signingIn
  for (const tab of [first, second]) {
    await who(tab, 'Ben')
    expect(whereabouts(tab)).toBe('/')
  }
  await first.getByText('Now signed in as Ben, from another tab.').waitFor()
})

test('how the auth server behaves is shown alike in every tab', async () => {
  const [first, ...others] = await dashboards()
  await chooseMode(first, /slow/i)
  for (const tab of others) await tab.getByRole('radio', { name: /slow/i, checked: true }).waitFor()
})

test('a session that is revoked ends in every tab, and each says what it knows', async () => {
  const [first, second, third] = await dashboards()
  await second.getByRole('button', { name: 'Revoke my session' }).click()
  await second.getByText('Your session was ended').waitFor()
  for (const tab of [first, third]) {
    await tab.getByText('Your session has ended in another tab.').waitFor()
    expect(whereabouts(tab)).toBe('/login?redirect=/')
  }
  await signIn(third)
  for (const tab of [first, second]) await dashboardOf(tab).waitFor()
})
