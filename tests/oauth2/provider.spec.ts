import { afterEach, beforeEach, expect, test } from 'vitest'
import { demoAccounts } from '../../example/accounts.ts'
import { OidcServer } from './oidc-server.ts'
import type { Tab } from '../support/chromium/tab.ts'
import { useTabs, type TabsOptions } from '../support/chromium/use-tabs.ts'
import { isLong } from '../support/quantity.ts'

const tabs = useTabs({ hasUser: false })
const [ada] = demoAccounts
let provider: OidcServer

beforeEach(async () => {
  provider = await new OidcServer().start(tabs.origin, 3)
  provider.protect(tabs.server, '/orders/1')
})

afterEach(() => provider.stop())

const options = (path: string): TabsOptions => ({
  path,
  oauth2: { issuer: provider.issuer, clientId: provider.clientId },
})

/** Leaves for the provider, and resolves when its form is shown. */
async function leave({ page }: Tab): Promise<void> {
  await page.evaluate(() => void window.apps[0]!.store.login({}).catch(() => {}))
  await page.waitForURL(`${provider.issuer}/**`)
  await page.getByLabel('Email').waitFor()
}

async function signIn(tab: Tab): Promise<void> {
  await leave(tab)
  await tab.page.getByLabel('Email').fill(ada?.email ?? '')
  await tab.page.getByLabel('Password').fill(ada?.password ?? '')
  await tab.page.getByRole('button', { name: 'Sign in' }).click()
  await tab.page.waitForURL(`${tabs.origin}/**`)
  await tab.settled()
  await tab.becomes('authenticated')
}

test('signs in at the provider, and comes back to where the user wanted to go', async () => {
  const [tab] = await tabs.open(1, options('/private'))
  await tab.arrives('/login?redirect=/private')
  await signIn(tab)
  await tab.arrives('/private')
  expect(await tab.get('/orders/1')).toMatchObject({ status: 200, data: ada?.email })
  expect(await tab.run(() => sessionStorage.length)).toBe(0)
})

test('41: leaves neither code nor state in the URL, the history or the router', async () => {
  const [tab] = await tabs.open(1, options('/private'))
  await tab.arrives('/login?redirect=/private')
  await signIn(tab)
  await tab.arrives('/private')
  const left = await tab.run((app) => [
    location.href,
    JSON.stringify(history.state),
    app.router.currentRoute.value.fullPath,
  ])
  expect(left.join(' ')).not.toMatch(/code=|state=[^"]/)
})

test('says who refused: the user has cancelled', async () => {
  const [tab] = await tabs.open(1, options('/login'))
  await leave(tab)
  await tab.page.getByRole('button', { name: 'Cancel' }).click()
  await tab.page.waitForURL(`${tabs.origin}/**`)
  const failure = await tab.run(async (app) => {
    const { code, cause } = await app.callbackFailure
    return { code, reason: Reflect.get(Object(cause), 'code') as string, url: location.href }
  })
  expect(failure).toEqual({
    code: 'rejected',
    reason: 'access_denied',
    url: `${tabs.origin}/callback`,
  })
})

test('does not take an answer that another tab awaits, and keeps the session that is there', async () => {
  const [tab] = await tabs.open(1, options('/login'))
  await signIn(tab)
  await tab.page.goto(`${tabs.origin}/callback?code=stolen&state=foreign&iss=${provider.issuer}`)
  const code = await tab.run(async (app) => (await app.callbackFailure).code)
  expect(code).toBe('unexpected')
  expect(await tab.run(() => location.search)).toBe('')
  expect(await tab.status()).toBe('authenticated')
})

test('1, 2: four tabs refresh once for each expiry, and no refresh token comes a second time', async () => {
  const [first] = await tabs.open(1, options('/login'))
  await signIn(first)
  const others = await tabs.open(3, options('/private'))
  const all = [first, ...others]
  for (let expiry = 1; expiry <= (isLong ? 3 : 1); expiry++) {
    const token = await first.token()
    await first.page.waitForFunction(() => (window.apps[0]!.store.expiresAt ?? 0) <= Date.now())
    const answers = await Promise.all(all.map((tab) => tab.get('/orders/1')))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(provider.refreshes).toBe(expiry)
    expect(await first.token()).not.toBe(token)
  }
  expect(provider.refused).toBe(0)
})

test('a session that the provider has revoked leads to the login page, and back', async () => {
  const [tab] = await tabs.open(1, options('/login?redirect=/private'))
  await signIn(tab)
  await tab.arrives('/private')
  await provider.revoke()
  expect(await tab.refresh()).toBe('rejected')
  await tab.arrives('/login?redirect=/private')
  expect(await tab.status()).toBe('expired')
})

test('31: a provider that is down ends nothing', async () => {
  const [tab] = await tabs.open(1, { ...options('/login'), retries: 0 })
  await signIn(tab)
  provider.isDown = true
  expect(await tab.refresh()).toBe('unreachable')
  expect(await tab.status()).toBe('authenticated')
  // Nor one whose discovery document is not to be had.
  const [late] = await tabs.open(1, { ...options('/private'), retries: 0 })
  expect(await late.refresh()).toBe('unreachable')
  provider.isDown = false
  expect(await late.refresh()).toBeNull()
  expect(await tab.refresh()).toBeNull()
  expect(provider.refused).toBe(0)
})

test('a logout is one at the provider too', async () => {
  const [tab] = await tabs.open(1, options('/login'))
  await signIn(tab)
  await tab.page.evaluate(() => void window.apps[0]!.store.logout())
  await tab.page.getByRole('button', { name: 'Sign out here too' }).click()
  await tab.page.waitForURL(`${tabs.origin}/login`)
  await tab.settled()
  expect(await tab.status()).toBe('anonymous')
  expect(provider.revocations).toBe(1)
  // It asks for the password again.
  await leave(tab)
})
