import { expect, test } from 'vitest'
import { ben, expireToken, outcome, send, signIn, useDemo } from './demo.ts'

// Anything that the policy refuses is printed, and fails the test
const demo = useDemo({ mode: 'served' })

test('the demo works under a policy without inline scripts, with Trusted Types', async () => {
  const page = await demo.open('/login')
  await page.getByRole('button', { name: 'Keep it in a cookie' }).click()
  await page.getByText('In an HttpOnly cookie').waitFor()
  await signIn(page, ben)
  await expireToken(page)
  await send(page, '20 at once')
  expect(await outcome(page, '20 requests')).toContain('1 refresh')
  await page.getByRole('link', { name: 'Profile' }).click()
  await page.getByRole('definition').filter({ hasText: 'ben@example.com' }).waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('Email').waitFor()
})
