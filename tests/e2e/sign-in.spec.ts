import { describe, expect, test } from 'vitest'
import { ada, ben, signIn, useDemo, whereabouts } from './demo.ts'

const demo = useDemo()

describe('signing in', () => {
  test('shows the login page to a visitor, with the focus in the first field', async () => {
    const page = await demo.open('/')
    await page.waitForURL('**/login?**')
    await page.locator('input[type=email]:focus').waitFor()
    expect(whereabouts(page)).toBe('/login?redirect=/')
    expect(await page.title()).toBe('Sign in · vue-auth-refresh')
  })

  test('needs nothing but the keyboard', async () => {
    const page = await demo.open('/login')
    await page.locator('input[type=email]:focus').waitFor()
    await page.keyboard.type(ada?.email ?? '')
    await page.keyboard.press('Tab')
    await page.keyboard.type(ada?.password ?? '')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
    // A change of page is announced by its heading
    await page.locator('h1:focus').waitFor()
    await page.keyboard.press('Tab')
    await page
      .getByRole('button', { name: 'Expire my access token' })
      .and(page.locator(':focus'))
      .waitFor()
  })

  test('lets one skip the navigation', async () => {
    const page = await demo.open('/login')
    await signIn(page)
    await page.reload()
    await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
    await page.keyboard.press('Tab')
    await page
      .getByRole('link', { name: 'Skip to the content' })
      .and(page.locator(':focus'))
      .waitFor()
    await page.keyboard.press('Enter')
    await page.locator('h1:focus').waitFor()
  })

  test.each([
    [true, 'Dashboard'],
    [false, 'Sign in, then try to notice a refresh'],
  ])('with “Remember me” %s, a tab after the last shows: %s', async (isRemembered, heading) => {
    const page = await demo.open('/login')
    await page.getByLabel('Remember me').setChecked(isRemembered)
    await signIn(page)
    await page.reload()
    await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
    const next = await page.context().newPage()
    await page.close()
    await next.goto('/')
    await next.getByRole('heading', { name: heading }).waitFor()
  })

  test('asks for what was left empty, and does not ask the server', async () => {
    const page = await demo.open('/login')
    page.on('request', (request) => expect(request.url()).not.toContain('/auth/login'))
    const problem = page.getByRole('alert')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await problem.filter({ hasText: 'Enter your email and password.' }).waitFor()
    await page.locator('input[type=email]:focus').waitFor()
    await page.keyboard.type('ada@example.com')
    await page.keyboard.press('Enter')
    await problem.filter({ hasText: 'Enter your password.' }).waitFor()
    await page.locator('input[type=password]:focus').waitFor()
    expect(await page.locator('input[aria-invalid]').getAttribute('name')).toBe('password')
  })

  test('says that the password is wrong, keeps the email and selects the password', async () => {
    const page = await demo.open('/login')
    await page.getByLabel('Email').fill('ada@example.com')
    await page.getByLabel('Password').fill('guess')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: 'do not belong together' }).waitFor()
    expect(await page.getByLabel('Email').inputValue()).toBe('ada@example.com')
    await page.locator('input[type=password]:focus').waitFor()
    // Typing replaces what was wrong
    await page.keyboard.type('lovelace')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
  })

  test('asks for patience after too many attempts', async () => {
    const page = await demo.open('/login')
    await page.getByLabel('Email').fill('nobody@example.com')
    for (let attempt = 0; attempt < 6; attempt += 1) {
      await page.getByLabel('Password').fill('guess')
      const answer = page.waitForResponse('**/api/auth/login')
      await page.keyboard.press('Enter')
      await answer
    }
    await page
      .getByRole('alert')
      .filter({ hasText: /Too many attempts\. Wait \d+ seconds/ })
      .waitFor()
  })

  test('fills in a demo account by one click', async () => {
    const page = await demo.open('/login')
    await page.getByRole('button', { name: /ben@example.com/ }).click()
    await page.keyboard.press('Enter')
    await page.getByTestId('who').filter({ hasText: 'Ben' }).waitFor()
  })

  test('brings one to the page one asked for', async () => {
    const page = await demo.open('/profile?from=mail#roles')
    await page.waitForURL('**/login?**')
    await signIn(page)
    await page.waitForURL('**/profile?from=mail#roles')
  })

  test.each([
    '//evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    String.raw`/\evil.example`,
    String.raw`\\evil.example`,
    '/login',
  ])('never leads to %s', async (redirect) => {
    const page = await demo.open(`/login?redirect=${encodeURIComponent(redirect)}`)
    page.on('dialog', () => expect.unreachable('a script has run'))
    await signIn(page)
    await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
    expect(page.url()).toBe(`${demo.url}/`)
  })

  test('does not show the login page to somebody who is signed in', async () => {
    const page = await demo.open('/login')
    await signIn(page)
    await page.goto('/login')
    await page.getByRole('heading', { name: 'Dashboard' }).waitFor()
    expect(whereabouts(page)).toBe('/')
  })
})

describe('a signed-in user', () => {
  test('stays on a protected page when it is reloaded', async () => {
    const page = await demo.open('/login?redirect=/profile')
    await signIn(page, ben)
    await page.waitForURL(`${demo.url}/profile`)
    await page.reload()
    await page.getByRole('definition').filter({ hasText: 'ben@example.com' }).waitFor()
    expect(whereabouts(page)).toBe('/profile')
  })

  test('opens the admin page as an admin', async () => {
    const page = await demo.open('/admin')
    await page.waitForURL('**/admin/login?redirect=/admin')
    await signIn(page, ada)
    await page.getByRole('cell', { name: 'live' }).first().waitFor()
    expect(whereabouts(page)).toBe('/admin')
  })

  test('is told when a page is not for them, and stays signed in', async () => {
    const page = await demo.open('/admin')
    await signIn(page, ben)
    await page.getByRole('heading', { name: 'This page is not for Ben' }).waitFor()
    expect(whereabouts(page)).toBe('/admin/forbidden')
    await page.getByTestId('who').filter({ hasText: 'Ben' }).waitFor()
    await page.getByRole('button', { name: 'Sign in as somebody else' }).click()
    await signIn(page, ada)
    await page.getByRole('table').waitFor()
  })

  test('who signs out on a page for everybody finds the way back in the header', async () => {
    const page = await demo.open('/login')
    await signIn(page)
    await page.goto('/nowhere')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByLabel('Email').waitFor()
    expect(whereabouts(page)).toBe('/login')
    expect(await page.getByRole('link', { name: 'Sign in' }).count()).toBe(0)
  })

  test('signs out, and is nobody after a reload', async () => {
    const page = await demo.open('/login')
    await signIn(page)
    const told = page.waitForResponse('**/api/auth/logout')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Email').waitFor()
    expect((await told).status()).toBe(204)
    expect(await page.getByText('Your session was ended').count()).toBe(0)
    await page.goto('/profile')
    await page.waitForURL('**/login?redirect=/profile')
  })
})
