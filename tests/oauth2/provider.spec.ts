import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { demoAccounts } from '../../example/accounts.ts'
import { OidcServer } from './oidc-server.ts'
import type { Tab } from '../support/chromium/tab.ts'
import { useTabs, type TabsOptions } from '../support/chromium/use-tabs.ts'

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
async function leave({ page }: Tab, asked: object = {}): Promise<void> {
  await page.evaluate((given) => void window.apps[0]!.store.login(given).catch(() => {}), asked)
  await page.waitForURL(`${provider.issuer}/**`)
  await page.getByLabel('Email').waitFor()
}

/** Leaves for the provider, and comes back with an answer. */
async function signInThere(tab: Tab, asked?: object): Promise<void> {
  await leave(tab, asked)
  await tab.page.getByLabel('Email').fill(ada?.email ?? '')
  await tab.page.getByLabel('Password').fill(ada?.password ?? '')
  await tab.page.getByRole('button', { name: 'Sign in' }).click()
  await tab.page.waitForURL(`${tabs.origin}/**`)
  await tab.settled()
}

async function signIn(tab: Tab, asked?: object): Promise<void> {
  await signInThere(tab, asked)
  await tab.becomes('authenticated')
}

/** Where this tab shows the answer of a provider, also in the history once the user goes on. */
const shown = (tab: Tab): Promise<string> =>
  tab.run(async ({ router, store, events }) => {
    const all = (): unknown => [
      location.href,
      history.state,
      router.currentRoute.value.fullPath,
      router.options.history.location,
      store.error,
      events,
    ]
    const now = JSON.stringify(all())
    await router.push('/?next')
    return now + JSON.stringify(all())
  })

const ANSWER = /code=|error=|state=[^"]|iss=/

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
  expect(await shown(tab)).not.toMatch(ANSWER)
})

test('41: nor after a login that failed', async () => {
  const [tab] = await tabs.open(1, options('/login'))
  await leave(tab)
  await tab.page.getByRole('button', { name: 'Cancel' }).click()
  await tab.page.waitForURL(`${tabs.origin}/**`)
  expect(await tab.run(async (app) => (await app.callbackFailure).code)).toBe('rejected')
  expect(await shown(tab)).not.toMatch(ANSWER)
  await leave(tab)
  await tab.page.goto(`${tabs.origin}/callback?code=stolen&state=foreign&iss=${provider.issuer}`)
  expect(await tab.run(async (app) => (await app.callbackFailure).code)).toBe('unexpected')
  expect(await shown(tab)).not.toMatch(ANSWER)
})

test('an answer is left to the session that asked, though another one sees it first', async () => {
  const other = await new OidcServer().start(tabs.origin, 3)
  onTestFinished(() => other.stop())
  const beside = { issuer: other.issuer, clientId: other.clientId }
  const [tab] = await tabs.open(1, { ...options('/login?redirect=/private'), beside })
  await signIn(tab)
  await tab.arrives('/private')
  expect(await tab.get('/orders/1')).toMatchObject({ status: 200, data: ada?.email })
})

test('the age of the sign-in is as asked for, and again after the provider has asked', async () => {
  const [tab] = await tabs.open(1, options('/login'))
  await signIn(tab, { maxAge: 60 })
  await tab.run((app) => app.router.push('/').then(() => {}))
  // The provider knows the user, and asks all the same.
  await signIn(tab, { maxAge: 0 })
})

test('a way to sign in that the provider does not know is none that was asked for', async () => {
  const [tab] = await tabs.open(1, options('/login'))
  await signInThere(tab, { acr: 'urn:example:two-factors' })
  const failure = await tab.run(async (app) => {
    const { code, cause } = await app.callbackFailure
    return [code, Reflect.get(Object(cause), 'code') as string]
  })
  expect(failure).toEqual(['rejected', 'unmet_authentication_requirements'])
  expect(await tab.status()).toBe('anonymous')
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
  for (let expiry = 1; expiry <= 3; expiry++) {
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
  // A provider without a discovery document ends nothing, either.
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
  const left = tab.page.waitForRequest(/\/session\/end\?/)
  await tab.page.evaluate(() => void window.apps[0]!.store.logout())
  const hint = new URL((await left).url()).searchParams.get('id_token_hint') ?? ''
  expect(JSON.parse(atob(hint.split('.')[1] ?? ''))).toMatchObject({
    iss: provider.issuer,
    sub: ada?.email,
  })
  await tab.page.getByRole('button', { name: 'Sign out here too' }).click()
  await tab.page.waitForURL(`${tabs.origin}/login`)
  await tab.settled()
  expect(await tab.status()).toBe('anonymous')
  expect(provider.revocations).toBe(1)
  // It asks for the password again.
  await leave(tab)
})
