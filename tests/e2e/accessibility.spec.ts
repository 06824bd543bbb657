import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import { isLong } from '../support/quantity.ts'
import {
  ben,
  chooseMode,
  expireToken,
  holdRefreshes,
  outcome,
  send,
  signIn,
  someoneWaits,
  useDemo,
} from './demo.ts'

const demo = useDemo()

/** The violations that axe finds, and a complaint if the page scrolls sideways. */
async function faults(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeResults>(
    // Otherwise axe describes all that is right as well, which takes longer than all the rest.
    `axe.run(document, { resultTypes: ['violations'] })`,
  )
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ failureSummary, target }) => `${id}: ${target.join(' ')} ${failureSummary}`),
  )
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  return overflow > 0 ? [...found, `scrolls sideways by ${overflow} px`] : found
}

interface Look {
  readonly colorScheme: 'light' | 'dark'
  /** The size of the window, in px. */
  readonly width: number
}

const sampled: Look[] = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 360 },
]
/** How every page is looked at. A sample has both themes and both widths. */
const looks: Look[] = isLong
  ? [...sampled, { colorScheme: 'light', width: 360 }, { colorScheme: 'dark', width: 1280 }]
  : sampled

test(
  'every page is accessible and fits, narrow and wide, with the light theme and the dark one',
  async () => {
    const page = await demo.open('/profile')
    const found = new Map<string, string[]>()
    async function check(name: string): Promise<void> {
      for (const { colorScheme, width } of looks) {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize({ width, height: 800 })
        found.set(`${name}, ${width} px, ${colorScheme}`, await faults(page))
      }
    }

    await page.getByText('Sign in to go on').waitFor()
    await check('login, sent here')
    await page.getByRole('button', { name: 'Keep it in a cookie' }).click()
    await page.getByText('In an HttpOnly cookie').waitFor()
    await check('login, for a session by cookie')
    await page.getByRole('button', { name: 'Keep it in IndexedDB' }).click()
    await page.getByText('In IndexedDB').waitFor()
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('alert').waitFor()
    await check('login, left empty')
    await page.getByLabel('Email').fill('ben@example.com')
    await page.getByLabel('Password').fill('guess')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: 'do not belong together' }).waitFor()
    await check('login, wrong password')

    await signIn(page, ben)
    await page.getByRole('heading', { name: 'Profile' }).waitFor()
    await page.getByLabel('About you').waitFor()
    await check('profile')
    await page.getByLabel('About you').fill('Half filled in')
    await page.getByLabel('Website').fill('nowhere')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('alert').waitFor()
    await check('profile, refused')
    await page.getByLabel('Website').fill('')
    await page.getByRole('button', { name: 'Revoke my session, then save' }).click()
    await page.getByRole('dialog').waitFor()
    await check('profile, asking to sign in again')
    await page.getByLabel('Password').fill('guess')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: 'do not belong together' }).waitFor()
    await check('profile, asking, wrong password')
    await page.getByLabel('Password').fill(ben?.password ?? '')
    await page.keyboard.press('Enter')
    await page.getByTestId('profile-said').filter({ hasText: 'nothing you typed' }).waitFor()
    await check('profile, saved')
    await page.getByRole('link', { name: 'Admin' }).click()
    await page.getByRole('heading', { name: 'A second session' }).waitFor()
    await check('login of the admins')
    await signIn(page, ben)
    await page.getByRole('heading', { name: 'This page is not for Ben' }).waitFor()
    await check('forbidden')
    await page.goto('/nowhere/at/all')
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
    await check('not found')

    await page.goto('/')
    await page.getByText('Nothing sent yet').waitFor()
    await check('dashboard')
    await expireToken(page)
    await send(page, '20 at once')
    await outcome(page, '20 requests')
    await page.getByText('The same in words').click()
    await check('dashboard after a burst')
    await chooseMode(page, /failing/i)
    await expireToken(page)
    await send(page, '1')
    await page.getByTestId('count-failed').filter({ hasText: '1' }).waitFor()
    await check('dashboard after a failed refresh')
    await chooseMode(page, /normal/i)
    await page.route('**/api/admin/me', (route) => route.fulfill({ status: 503 }))
    await page.reload()
    await page.getByRole('link', { name: 'Admin' }).click()
    await page.getByRole('heading', { name: 'could not be checked' }).waitFor()
    await check('not checked')
    await page.unroute('**/api/admin/me')
    await page.getByRole('link', { name: 'Back to the dashboard' }).click()
    await page.getByRole('button', { name: 'Revoke my session' }).click()
    await page.getByText('Your session was ended').waitFor()
    await check('login, session ended')

    const beside = await demo.openBeside(page, '/login')
    await signIn(beside, ben)
    await page.getByTestId('news').waitFor()
    await expireToken(beside)
    const letGo = await holdRefreshes(page)
    await send(beside, '1')
    await someoneWaits(beside)
    await send(page, '20 at once')
    await someoneWaits(page)
    letGo()
    await outcome(page, '20 requests · 0 refreshes')
    await page.getByText('The same in words').click()
    await check('dashboard, signed in and refreshed elsewhere')
    await page.getByRole('button', { name: 'Send 20 in every tab' }).click()
    await page.getByTestId('round').filter({ hasText: 'in 2 tabs,' }).waitFor()
    await check('dashboard, sent in every tab')
    await beside.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('Your session has ended in another tab').waitFor()
    await check('login, signed out elsewhere')

    await page.goto('/admin')
    await page.getByRole('button', { name: 'Sign in as somebody else' }).click()
    await signIn(page)
    await page.getByRole('table').waitFor()
    await check('admin, beside nobody')
    await page.getByRole('link', { name: 'Sign in as a customer' }).click()
    await signIn(page, ben)
    await page.getByRole('region', { name: 'Customer' }).getByText('Ben').waitFor()
    await check('admin, beside a customer')

    expect(Object.fromEntries([...found].filter(([, faults]) => faults.length > 0))).toEqual({})
    expect(found.size).toBe(22 * looks.length)
  },
  // Each page is looked at whole, twice or four times.
  300_000,
)

test('the theme follows the system until the visitor chooses, and the choice is remembered', async () => {
  const page = await demo.open('/login', { colorScheme: 'dark' })
  const scheme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)
  await page.getByRole('button', { name: 'Use the light theme' }).click()
  expect(await scheme()).toBe('light')
  await page.reload()
  await page.getByRole('button', { name: 'Use the dark theme' }).click()
  expect(await scheme()).toBe('light dark')
})
