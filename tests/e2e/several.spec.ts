import type { Page, Response } from 'playwright'
import { describe, expect, test } from 'vitest'
import { ada, ben, expireToken, outcome, send, signIn, useDemo, whereabouts } from './demo.ts'

const demo = useDemo()

/** Notes the server's answers from now on, as `401 /api/orders`. A number at the end of a path is left out. */
function listen(page: Page): string[] {
  const seen: string[] = []
  page.on('response', (response: Response) => {
    const path = new URL(response.url()).pathname.replace(/\/\d+$/, '')
    if (path.startsWith('/api/')) seen.push(`${response.status()} ${path}`)
  })
  return seen
}

const times = (seen: string[], what: string) => seen.filter((each) => each === what).length

describe('two APIs with one session', () => {
  test('meet an expired token together, and wait for the same refresh', async () => {
    const page = await demo.open('/login')
    await signIn(page)
    await expireToken(page)
    const seen = listen(page)
    await send(page, '20 at once')
    expect(await outcome(page, '20 requests')).toMatch(/^20 requests · 1 refresh · 0 failed\./)
    expect(times(seen, '200 /api/auth/refresh')).toBe(1)
    expect(times(seen, '401 /api/reports')).toBeGreaterThan(0)
    expect(times(seen, '200 /api/orders')).toBe(15)
    expect(times(seen, '200 /api/reports')).toBe(5)
    await page.getByText('The same in words').click()
    await page.getByRole('row', { name: /^report 4 .*answered: 200$/ }).waitFor()
  })
})

describe('two sessions in one app', () => {
  const panel = (page: Page, name: 'Customer' | 'Admin') => page.getByRole('region', { name })
  const customerIs = (page: Page, name: string) =>
    panel(page, 'Customer').getByText(name, { exact: true }).waitFor()

  /** The admins' page with Ada, and Ben beside her as a customer. */
  async function both(): Promise<Page> {
    const page = await demo.open('/login')
    await signIn(page, ben)
    await page.getByRole('link', { name: 'Admin' }).click()
    await page.getByText('Ben stays signed in as a customer').waitFor()
    await signIn(page, ada)
    await page.getByRole('table').waitFor()
    return page
  }

  test('signing in and out as an admin leaves the customer alone, also after a reload', async () => {
    const page = await both()
    expect(await page.getByTestId('who').textContent()).toBe('Ada')
    await customerIs(page, 'Ben')
    await page.reload()
    await customerIs(page, 'Ben')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/admin/login**')
    await page.getByText('Ben stays signed in as a customer').waitFor()
    await page.getByRole('link', { name: 'Profile' }).click()
    await page.getByRole('definition').filter({ hasText: 'ben@example.com' }).waitFor()
  })

  test('signing out and in as a customer leaves the admin alone', async () => {
    const page = await both()
    await page.getByRole('link', { name: 'Dashboard' }).click()
    await page.getByTestId('who').filter({ hasText: 'Ben' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor()
    await page.getByRole('link', { name: 'Admin' }).click()
    await page.getByTestId('who').filter({ hasText: 'Ada' }).waitFor()
    await customerIs(page, 'Nobody')
    await page.getByRole('link', { name: 'Sign in as a customer' }).click()
    await signIn(page, ben)
    await customerIs(page, 'Ben')
    expect(whereabouts(page)).toBe('/admin')
  })

  test.each([
    ['Customer', '/api', 'Admin', '/api/admin'],
    ['Admin', '/api/admin', 'Customer', '/api'],
  ] as const)(
    'the token of the %s expires and is refreshed alone',
    async (one, api, other, its) => {
      const page = await both()
      const seen = listen(page)
      await panel(page, one).getByRole('button', { name: 'Expire it' }).click()
      await panel(page, one).getByText('Refused, refreshed, answered.').waitFor()
      await panel(page, one)
        .getByTestId('panel-refreshes')
        .filter({ hasText: '1 refresh' })
        .waitFor()
      expect(seen).toEqual([
        `204 ${api}/demo/expire`,
        `401 ${api}/me`,
        `200 ${api}/auth/refresh`,
        `200 ${api}/me`,
      ])
      expect(await panel(page, other).getByTestId('panel-refreshes').textContent()).toContain('0')
      // The other one's token is as good as before
      await page.request.post(`${its}/demo/expire`)
      await panel(page, other).getByRole('button', { name: 'Expire it' }).click()
      await panel(page, other).getByText('Refused, refreshed, answered.').waitFor()
    },
  )

  test('a customer whose session is revoked leaves the admin at work', async () => {
    const page = await both()
    await page.request.post('/api/demo/revoke')
    await panel(page, 'Customer').getByRole('button', { name: 'Expire it' }).click()
    await page.getByRole('button', { name: 'Reload' }).click()
    await page
      .getByRole('row', { name: /Ben customer ended/ })
      .first()
      .waitFor()
    await page
      .getByRole('row', { name: /Ada admin live/ })
      .first()
      .waitFor()
    await customerIs(page, 'Nobody')
    expect(whereabouts(page)).toBe('/admin')
  })

  test('each is shared with the other tabs for itself', async () => {
    const page = await both()
    const beside = await demo.openBeside(page, '/admin')
    await customerIs(beside, 'Ben')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await beside.waitForURL('**/admin/login**')
    await beside.getByText('Ben stays signed in as a customer').waitFor()
  })

  test('go together with a refresh token in a cookie', async () => {
    const page = await demo.open('/login')
    await page.getByRole('button', { name: 'Keep it in a cookie' }).click()
    await page.getByText('In an HttpOnly cookie').waitFor()
    await signIn(page, ben)
    await page.goto('/admin')
    await signIn(page, ada)
    await customerIs(page, 'Ben')
    const seen = listen(page)
    await panel(page, 'Customer').getByRole('button', { name: 'Expire it' }).click()
    await panel(page, 'Customer').getByText('Refused, refreshed, answered.').waitFor()
    expect(times(seen, '200 /api/auth/cookie/refresh')).toBe(1)
    expect(times(seen, '200 /api/admin/auth/refresh')).toBe(0)
  })
})
