import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import { ben, chooseMode, expireToken, outcome, send, signIn, useDemo } from './demo.ts'

const demo = useDemo()

/** What axe finds wrong, and what sticks out at the side. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeResults>('axe.run(document)')
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ failureSummary, target }) => `${id}: ${target.join(' ')} ${failureSummary}`),
  )
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  return overflow > 0 ? [...found, `scrolls sideways by ${overflow} px`] : found
}

const screens = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [360, 1280].map((width) => ({ colorScheme, width })),
)

test.each(screens)(
  'every page is accessible and fits, $colorScheme and $width px wide',
  async ({ colorScheme, width }) => {
    const page = await demo.open('/profile', {
      colorScheme,
      viewport: { width, height: 800 },
      reducedMotion: 'reduce',
    })
    const found = new Map<string, string[]>()
    const check = async (name: string) => found.set(name, await faults(page))

    await page.getByText('Sign in to go on').waitFor()
    await check('login, sent here')
    await page.getByLabel('Email').fill('ben@example.com')
    await page.getByLabel('Password').fill('guess')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    await check('login, wrong password')

    await signIn(page, ben)
    await page.getByRole('heading', { name: 'Profile' }).waitFor()
    await check('profile')
    await page.getByRole('link', { name: 'Admin' }).click()
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
    await page.getByRole('button', { name: 'Revoke my session' }).click()
    await page.getByText('Your session was ended').waitFor()
    await check('login, session ended')

    await page.goto('/login?redirect=/admin')
    await signIn(page)
    await page.getByRole('table').waitFor()
    await check('admin')

    expect(Object.fromEntries([...found].filter(([, faults]) => faults.length > 0))).toEqual({})
    expect(found.size).toBe(10)
  },
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
