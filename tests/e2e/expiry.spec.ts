import { expect, test } from 'vitest'
import { outcome, send, signIn, statsOf, useDemo } from './demo.ts'

// Tokens that really expire
const demo = useDemo({ accessTokenLifetime: 3, mode: 'development' })

test('an access token that has run out is refreshed by the next request, before it is sent', async () => {
  const page = await demo.open('/login')
  await signIn(page)
  await page.getByTestId('session').filter({ hasText: 'expired' }).waitFor()
  const before = await statsOf(page)
  await send(page, '20 at once')
  expect(await outcome(page, '20 requests')).toBe(
    '20 requests · 1 refresh · 0 failed. The token was refreshed just before it was used. Nobody noticed.',
  )
  const after = await statsOf(page)
  expect(after.refreshes - before.refreshes).toBe(1)
  expect(after.unauthorized - before.unauthorized).toBe(0)
})

test('a session whose access token ran out meanwhile survives a reload', async () => {
  const page = await demo.open('/login?redirect=/profile')
  await signIn(page)
  await page.getByTestId('session').filter({ hasText: 'expired' }).waitFor()
  await page.reload()
  await page.getByRole('definition').filter({ hasText: 'ada@example.com' }).waitFor()
  await page.getByTestId('session').filter({ hasText: 'left' }).waitFor()
})
