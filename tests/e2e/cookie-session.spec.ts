import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import { ben, expireToken, outcome, send, signIn, statsOf, useDemo, whereabouts } from './demo.ts'

const demo = useDemo()

const path = '/api/auth/cookie'

const cookieOf = async (page: Page) =>
  (await page.context().cookies(demo.url + path)).find(({ name }) => name === 'refresh-token')

const clearStorage = (): Promise<void> =>
  new Promise((resolve, reject) => {
    const deletion = indexedDB.deleteDatabase('vue-auth-refresh')
    deletion.addEventListener('success', () => resolve())
    deletion.addEventListener('error', () => reject(deletion.error))
  })

/** The demo with a session by cookie, as a visitor chooses it on the login page. */
async function openWithCookie(address: string): Promise<Page> {
  const page = await demo.open(address)
  await page.getByRole('button', { name: 'Keep it in a cookie' }).click()
  await page.getByText('In an HttpOnly cookie').waitFor()
  return page
}

test('the refresh token is a cookie that no script sees, for as long as one is signed in', async () => {
  const page = await openWithCookie('/profile')
  await signIn(page, ben)
  await page.waitForURL(`${demo.url}/profile`)
  const cookie = await cookieOf(page)
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' })
  expect(await page.evaluate(() => document.cookie)).toBe('')

  await page.reload()
  await page.getByTestId('who').filter({ hasText: 'Ben' }).waitFor()
  await page.getByRole('link', { name: 'Dashboard' }).click()
  await expireToken(page)
  await send(page, '20 at once')
  expect(await outcome(page, '20 requests')).toContain('1 refresh')
  expect(await statsOf(page)).toMatchObject({ refreshes: 1, reused: 0 })
  expect((await cookieOf(page))?.value).not.toBe(cookie?.value)

  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByText('In an HttpOnly cookie').waitFor()
  await expect.poll(() => cookieOf(page)).toBeUndefined()
  await page.goto('/profile')
  await page.waitForURL('**/login?redirect=/profile')
})

test('the cookie alone is enough to be signed in', async () => {
  const page = await openWithCookie('/login')
  await signIn(page, ben)
  await page.evaluate(clearStorage)
  await page.goto('/profile')
  await page.getByRole('definition').filter({ hasText: 'ben@example.com' }).waitFor()
  expect(whereabouts(page)).toBe('/profile')
})

test('a session that the server tells of late is not the doing of another tab', async () => {
  const page = await openWithCookie('/login')
  await signIn(page, ben)
  await page.request.post('/api/demo/mode', { data: { mode: 'failing' } })
  await page.evaluate(clearStorage)
  await page.goto('/profile')
  await page.getByLabel('Email').waitFor()
  await page.request.post('/api/demo/mode', { data: { mode: 'normal' } })
  // The event of a tab that is shown again
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
  await page.getByText('You are still signed in, as Ben.').waitFor()
  await page.waitForURL(`${demo.url}/profile`)
  expect(await page.getByText('another tab').count()).toBe(0)
})

test('what was chosen holds in every tab, and can be taken back', async () => {
  const page = await demo.open('/login')
  const beside = await demo.openBeside(page, '/login')
  await page.getByRole('button', { name: 'Keep it in a cookie' }).press('Enter')
  await beside.getByText('In an HttpOnly cookie').waitFor()
  await beside.getByRole('button', { name: 'Keep it in IndexedDB' }).press('Enter')
  await page.getByText('In IndexedDB').waitFor()
  await signIn(page)
  expect(await cookieOf(page)).toBeUndefined()
})

test('the server refuses what another site could send', async () => {
  const page = await openWithCookie('/login')
  await signIn(page, ben)
  const custom = { 'X-Requested-With': 'XMLHttpRequest' }
  for (const [headers, status] of [
    [{ Origin: demo.url }, 403],
    [{ ...custom }, 403],
    [{ ...custom, Origin: 'https://evil.example' }, 403],
    [{ ...custom, Origin: 'null' }, 403],
    [{ ...custom, Origin: demo.url.replace('http:', 'https:') }, 403],
    [{ ...custom, Origin: demo.url }, 200],
  ] as const) {
    const answer = await page.request.post(`${path}/refresh`, { headers })
    expect(answer.status()).toBe(status)
  }
})

test.each([
  ['Keep both tokens in cookies', 'Both tokens are in HttpOnly cookies'],
  ['Do without it', 'There is none.'],
])('"%s": one refresh serves all requests, and a reload stays signed in', async (choose, says) => {
  const page = await demo.open('/profile')
  await page.getByRole('button', { name: choose }).click()
  await page.getByText(says).waitFor()
  await signIn(page, ben)
  await page.waitForURL(`${demo.url}/profile`)
  expect(await page.evaluate(() => document.cookie)).toBe('')

  await page.reload()
  await page.getByTestId('who').filter({ hasText: 'Ben' }).waitFor()
  await page.getByRole('link', { name: 'Dashboard' }).click()
  const { refreshes } = await statsOf(page)
  await expireToken(page)
  await send(page, '20 at once')
  expect(await outcome(page, '20 requests')).toContain('1 refresh')
  expect(await statsOf(page)).toMatchObject({ refreshes: refreshes + 1, reused: 0 })

  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByText(says).waitFor()
  await page.goto('/profile')
  await page.waitForURL('**/login?redirect=/profile')
})
