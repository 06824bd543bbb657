import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import {
  chooseMode,
  expireToken,
  outcome,
  passTime,
  send,
  signIn,
  statsOf,
  stopClock,
  useDemo,
  whereabouts,
} from './demo.ts'

const demo = useDemo()

async function dashboard(): Promise<Page> {
  const page = await demo.open('/login')
  await signIn(page)
  return page
}

function answered(page: Page, path: string) {
  return page.waitForResponse((response) => response.url().endsWith(path) && response.ok())
}

describe('an expired access token', () => {
  test('goes unnoticed by the one request that meets it', async () => {
    const page = await dashboard()
    await expireToken(page)
    await send(page, '1')
    expect(await outcome(page, '1 request ')).toBe(
      '1 request · 1 refresh · 0 failed. 1 request met an expired token. Nobody noticed.',
    )
  })

  test('costs twenty requests at once a single refresh', async () => {
    const page = await dashboard()
    const before = await statsOf(page)
    await expireToken(page)
    await send(page, '20 at once')
    expect(await outcome(page, '20 requests')).toMatch(/^20 requests · 1 refresh · 0 failed\./)
    const after = await statsOf(page)
    expect(after.refreshes - before.refreshes).toBe(1)
    expect(after.reused).toBe(0)
  })

  test('goes unnoticed in the middle of clicking', async () => {
    const page = await dashboard()
    // The first one is on its way for as long as there is clicking, on however slow a machine
    let letGo = () => {}
    const clicked = new Promise<void>((resolve) => (letGo = resolve))
    await page.route('**/api/orders/1', async (route) => {
      await clicked
      await route.continue()
    })
    await send(page, '1')
    await send(page, 'a slow one')
    await expireToken(page)
    await send(page, '1')
    await send(page, '20 at once')
    letGo()
    expect(await outcome(page, '23 requests')).toMatch(/^23 requests · 1 refresh · 0 failed\./)
  })

  test('has no part in the picture of the next click', async () => {
    const page = await dashboard()
    await send(page, '20 at once')
    expect(await outcome(page, '20 requests')).toMatch(/^20 requests · 0 refreshes · 0 failed\./)
    await expireToken(page)
    await send(page, '1')
    expect(await outcome(page, '1 request ')).toMatch(/^1 request · 1 refresh · 0 failed\./)
    await send(page, '1')
    expect(await outcome(page, '1 request · 0')).toMatch(/^1 request · 0 refreshes · 0 failed\./)
    expect(await page.getByTestId('count-requests').textContent()).toBe('22')
  })

  test('is told as a story to those who cannot see the picture', async () => {
    const page = await dashboard()
    await expireToken(page)
    await send(page, '1')
    await outcome(page, '1 request ')
    await page.getByText('The same in words').click()
    const story = page.getByRole('row', { name: '#1' })
    await story.waitFor()
    expect(await story.textContent()).toMatch(
      /^#1sent \(\d+ ms\), answered “expired”, waited for the refresh \([\d.]+ m?s\), sent again \(\d+ ms\), answered: 200$/,
    )
  })
})

describe('a session that is revoked', () => {
  test('ends on the login page, which says why and leads back', async () => {
    const page = await dashboard()
    await page.getByRole('button', { name: 'Revoke my session' }).click()
    await page.getByText('Your session was ended').waitFor()
    expect(await page.getByTestId('why').textContent()).toMatch(
      /^The session ended because the server refused the refresh token, after (?:GET|POST) \/api\/\S+ was told that the access token had expired, and its user did not sign in again in place\.$/,
    )
    expect(whereabouts(page)).toBe('/login?redirect=/')
    await signIn(page)
    await page.goto('/?week=12')
    await page.getByRole('button', { name: 'Revoke my session' }).click()
    await page.getByText('Your session was ended').waitFor()
    expect(whereabouts(page)).toBe('/login?redirect=/?week=12')
    await page.locator('input[type=email]:focus').waitFor()
    await signIn(page)
    await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
    expect(whereabouts(page)).toBe('/?week=12')
  })

  test('leads back to the admin page from which its end was found out', async () => {
    const page = await demo.open('/admin')
    await signIn(page)
    await page.getByRole('table').waitFor()
    await page.request.post('/api/admin/demo/revoke')
    await page.getByRole('button', { name: 'Reload' }).click()
    await page.waitForURL('**/admin/login?redirect=/admin')
    await page.getByText('Your session was ended').waitFor()
    await signIn(page)
    await page.getByRole('table').waitFor()
    expect(whereabouts(page)).toBe('/admin')
  })
})

describe('an auth server in trouble', () => {
  test('that is slow only takes its time', async () => {
    const page = await dashboard()
    await chooseMode(page, /slow/i)
    await expireToken(page)
    await send(page, '20 at once')
    await page.getByTestId('session').filter({ hasText: 'refreshing…' }).waitFor()
    expect(await page.locator('.session.refused').count()).toBe(0)
    expect(await outcome(page, '20 requests')).toMatch(/^20 requests · 1 refresh · 0 failed\./)
  })

  test('that fails ends no session, and all is well when it recovers', async () => {
    const page = await dashboard()
    await chooseMode(page, /failing/i)
    await expireToken(page)
    expect(await page.getByTestId('said').textContent()).not.toContain('will not notice')
    await send(page, '20 at once')
    expect(await outcome(page, '20 requests')).toMatch(/ 20 failed\. 20 requests got an error/)
    await page.getByTestId('said').filter({ hasText: 'You are still signed in' }).waitFor()
    await page.getByTestId('who').waitFor()
    expect(whereabouts(page)).toBe('/')
    const connection = page.getByTestId('connection')
    expect(await connection.textContent()).toContain('Connection problems. You are still signed in')
    // On every page, whatever it was that could not be asked.
    await page.getByRole('link', { name: 'Profile' }).click()
    await page.getByRole('heading', { name: 'Profile' }).waitFor()
    expect(await connection.isVisible()).toBe(true)
    // The requests of the page have their answers, and are no part of the next picture.
    await page.getByRole('alert').filter({ hasText: 'does not answer' }).waitFor()
    await page.getByRole('link', { name: 'Dashboard' }).click()
    await chooseMode(page, /normal/i)
    const recovered = answered(page, '/api/orders/21')
    await send(page, '1')
    await recovered
    expect(await outcome(page, '1 request ')).toMatch(/^1 request · 1 refresh · 0 failed\./)
    await connection.waitFor({ state: 'detached' })
  })

  test('that hangs keeps requests waiting, and all are answered when it recovers', async () => {
    const page = await dashboard()
    await chooseMode(page, /hanging/i)
    await expireToken(page)
    const refreshing = page.waitForRequest('**/api/auth/refresh')
    await send(page, '1')
    const released = (await refreshing).response()
    await chooseMode(page, /normal/i)
    expect((await released)?.status()).toBe(200)
    expect(await outcome(page, '1 request ')).toMatch(/^1 request · 1 refresh · 0 failed\./)
  })

  test('that hangs for good lets requests fail in time, and keeps the session', async () => {
    const page = await demo.open('about:blank')
    // Before any timer is set, or the page could not clear it with the clock that it has then
    await page.clock.install()
    await page.goto('/login')
    await signIn(page)
    await chooseMode(page, /hanging/i)
    await expireToken(page)
    await stopClock(page)
    const refreshing = page.waitForRequest('**/api/auth/refresh')
    await send(page, '1')
    await refreshing
    await passTime(page, 9_000)
    expect(await page.getByTestId('announcement').textContent()).toBe('')
    await passTime(page, 1_500)
    expect(await outcome(page, '1 request ')).toMatch(/ 1 failed\./)
    await page.getByTestId('who').waitFor()
    await page.clock.resume()
    await chooseMode(page, /normal/i)
    const recovered = answered(page, '/api/orders/2')
    await send(page, '1')
    await recovered
  })

  test('that hangs while the page loads is named as what one waits for', async () => {
    const page = await dashboard()
    await chooseMode(page, /hanging/i)
    await expireToken(page)
    await page.clock.install()
    await stopClock(page)
    const refreshing = page.waitForRequest('**/api/auth/refresh')
    await page.reload()
    await refreshing
    expect(await page.getByText('The server is slow to answer').count()).toBe(0)
    await passTime(page, 2_500)
    await page.getByText('The server is slow to answer').waitFor()
    await page.request.post('/api/demo/mode', { data: { mode: 'normal' } })
    await page.clock.resume()
    // The page's own requests are not in the picture
    await page.getByText('Nothing sent yet').waitFor()
    await page.getByTestId('count-refreshes').filter({ hasText: '1' }).waitFor()
  })

  test('that keeps the user from being known is not taken for a lack of rights', async () => {
    const page = await demo.open('/admin')
    await signIn(page)
    await page.route('**/api/admin/me', (route) => route.fulfill({ status: 503 }))
    await page.reload()
    await page.getByRole('heading', { name: 'could not be checked' }).waitFor()
    expect(whereabouts(page)).toBe('/admin/forbidden')
    expect(await page.getByText('403').count()).toBe(0)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('Still no answer').waitFor()
    await page.unroute('**/api/admin/me')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('table').waitFor()
    expect(whereabouts(page)).toBe('/admin')
  })

  test('is remembered as what was chosen when the page is reloaded', async () => {
    const page = await dashboard()
    await chooseMode(page, /slow/i)
    await page.reload()
    await page.getByRole('radio', { name: /slow/i, checked: true }).waitFor()
  })
})
