import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import { ada, ben, expireToken, outcome, send, signIn, useDemo, whereabouts } from './demo.ts'

const demo = useDemo({ mode: 'oidc' })

/** Leaves for the provider, and comes back signed in as Ben. */
async function signInThere(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign in at the provider' }).click()
  await page.waitForURL('**/api/oidc/interaction/**')
  await signIn(page, ben)
}

async function leaveThere(page: Page, answer: string): Promise<void> {
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByText('You are still signed in here, at the provider').waitFor()
  await page.getByRole('button', { name: answer }).click()
  await page.getByRole('button', { name: 'Sign in at the provider' }).waitFor()
  expect(whereabouts(page)).toBe('/login')
}

test('signing in at the provider serves both APIs, and the way out leads back to the demo', async () => {
  const page = await demo.open('/login')
  await signInThere(page)
  await expireToken(page)
  await send(page, '20 at once')
  expect(await outcome(page, '20 requests')).toMatch(/^20 requests · 1 refresh · 0 failed\./)
  await leaveThere(page, 'Stay signed in here')
  // Known at the provider: nothing is asked
  await page.getByRole('button', { name: 'Sign in at the provider' }).click()
  await page.getByTestId('who').filter({ hasText: 'Ben' }).waitFor()
  await leaveThere(page, 'Sign out here too')
  await page.getByRole('button', { name: 'Sign in at the provider' }).click()
  await page.waitForURL('**/api/oidc/interaction/**')
  await page.getByLabel('Email').waitFor()
})

test('admins sign in beside it, with a password', async () => {
  const page = await demo.open('/login')
  await signInThere(page)
  await page.getByRole('link', { name: 'Admin' }).click()
  await signIn(page, ada)
  await page.getByRole('table').waitFor()
  await page.getByRole('region', { name: 'Customer' }).getByText('Ben').waitFor()
  await page.request.post('/api/admin/demo/revoke')
  await page.getByRole('button', { name: 'Reload' }).click()
  await page.waitForURL('**/admin/login?redirect=/admin')
  await page.getByText('Ben stays signed in as a customer').waitFor()
})

test('what is lost by leaving for the provider is said', async () => {
  const page = await demo.open('/profile')
  await signInThere(page)
  await page.getByLabel('About you').fill('Half filled in')
  await page.getByRole('button', { name: 'Revoke my session, then save' }).click()
  await page.getByText('What you had typed there was not saved').waitFor()
  await page.getByRole('button', { name: 'Sign in at the provider' }).click()
  await page.getByLabel('About you').waitFor()
  expect(whereabouts(page)).toBe('/profile')
})
