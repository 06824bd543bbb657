import { afterEach, beforeEach, expect, test } from 'vitest'
import { demoAccounts } from '../../example/accounts.ts'
import { ProofChecker } from '../fixtures/proof-checker.ts'
import type { Tab } from '../support/chromium/tab.ts'
import { useTabs, type TabsOptions } from '../support/chromium/use-tabs.ts'
import { OidcServer } from './oidc-server.ts'

const tabs = useTabs({ hasUser: false })
const [ada] = demoAccounts
const orders = 'https://orders.example.com'
let provider: OidcServer
let checker: ProofChecker

beforeEach(async () => {
  provider = await new OidcServer().start(tabs.origin, 3, { isBound: true, resources: [orders] })
  checker = new ProofChecker()
  checker.nonce = 'first'
  checker.protect(tabs.server, '/orders/1', (token) => provider.accountOf(token))
})

afterEach(() => provider.stop())

const options = (path: string): TabsOptions => ({
  path,
  oauth2: { issuer: provider.issuer, clientId: provider.clientId, dpop: true },
})

async function signIn(tab: Tab): Promise<void> {
  const { page } = tab
  // The provider may know the user, and shows its form all the same.
  const asked = { prompt: 'login' }
  await page.evaluate((given) => void window.apps[0]!.store.login(given).catch(() => {}), asked)
  await page.getByLabel('Email').fill(ada?.email ?? '')
  await page.getByLabel('Password').fill(ada?.password ?? '')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(`${tabs.origin}/**`)
  await tab.settled()
  await tab.becomes('authenticated')
}

/** Resolves once the token of a tab has expired by its clock. */
const expires = ({ page }: Tab): Promise<unknown> =>
  page.waitForFunction(() => (window.apps[0]!.store.expiresAt ?? 0) <= Date.now())

test('signs in with a key that no script can read, and proves each request', async () => {
  const [tab] = await tabs.open(1, options('/login?redirect=/private'))
  await signIn(tab)
  await tab.arrives('/private')
  expect(await tab.get('/orders/1?page=1')).toMatchObject({ status: 200, data: 'GET' })
  expect(await tab.get('/orders/1')).toMatchObject({ status: 200 })
  expect(checker.refused).toEqual(['use_dpop_nonce'])
  expect(provider.nonces).toBe(1)
  const read = await tab.run(async () => {
    const settled = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve) => (request.onsuccess = () => resolve(request.result)))
    const database = await settled(indexedDB.open('vue-auth-refresh/dpop'))
    const store = database.transaction('keys').objectStore('keys')
    const [keys] = await settled<CryptoKeyPair[]>(store.getAll())
    database.close()
    const { privateKey } = keys!
    return [
      privateKey.extractable,
      await crypto.subtle.exportKey('jwk', privateKey).catch((error: Error) => error.name),
    ]
  })
  expect(read).toEqual([false, 'InvalidAccessError'])
})

test('1, 2: two tabs share the key: one refresh for each expiry, and all are answered', async () => {
  const [first] = await tabs.open(1, options('/login'))
  await signIn(first)
  const [second] = await tabs.open(1, options('/private'))
  for (let expiry = 1; expiry <= 3; expiry++) {
    await expires(first)
    checker.nonce = `nonce-${expiry}`
    const asked = [first, second, first, second].map((tab) => tab.get('/orders/1'))
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(provider.refreshes).toBe(expiry)
  }
  expect(new Set(checker.refused)).toEqual(new Set(['use_dpop_nonce']))
  expect(provider.refused).toBe(0)
})

test('a token that another party has is of no use to it', async () => {
  const [tab] = await tabs.open(1, options('/login'))
  await signIn(tab)
  const status = await tab.run(async ({ store }) => {
    const authorization = `Bearer ${store.token}`
    return (await fetch('/orders/1', { headers: { authorization } })).status
  })
  expect(status).toBe(401)
})

test('a session whose key is gone ends at its next refresh, and the user can sign in anew', async () => {
  const [tab] = await tabs.open(1, options('/login?redirect=/private'))
  await signIn(tab)
  await tab.arrives('/private')
  await tab.run(
    () =>
      new Promise((resolve) => {
        indexedDB.deleteDatabase('vue-auth-refresh/dpop').onsuccess = () => resolve(undefined)
      }),
  )
  expect(await tab.refresh()).toBe('rejected')
  await tab.arrives('/login?redirect=/private')
  expect(provider.refreshes).toBe(0)
  await signIn(tab)
  await tab.arrives('/private')
  expect(await tab.get('/orders/1')).toMatchObject({ status: 200 })
})

test('a tab that had another key goes on with that of the session', async () => {
  const [first] = await tabs.open(1, options('/login'))
  await signIn(first)
  expect(await first.get('/orders/1')).toMatchObject({ status: 200 })
  const [second] = await tabs.open(1, options('/'))
  await second.run(
    () =>
      new Promise((resolve) => {
        indexedDB.deleteDatabase('vue-auth-refresh/dpop').onsuccess = () => resolve(undefined)
      }),
  )
  await second.logout()
  await second.page.waitForURL(`${provider.issuer}/**`)
  await second.page.getByRole('button', { name: 'Sign out here too' }).click()
  await second.page.waitForURL(`${tabs.origin}/**`)
  await second.settled()
  await signIn(second)
  await first.becomes('authenticated')
  expect(await first.get('/orders/1')).toMatchObject({ status: 200 })
  expect(await second.get('/orders/1')).toMatchObject({ status: 200 })
})

test('tokens are for the API that is named, also after a refresh', async () => {
  const { oauth2: endpoint, ...others } = options('/login')
  const [tab] = await tabs.open(1, { ...others, oauth2: { ...endpoint!, resource: orders } })
  await signIn(tab)
  const audience = async (): Promise<unknown> =>
    (await provider.accountOf((await tab.token()) ?? ''))?.audience
  expect(await audience()).toBe(orders)
  const before = await tab.token()
  expect(await tab.refresh()).toBeNull()
  expect(await tab.token()).not.toBe(before)
  expect(await audience()).toBe(orders)
})
