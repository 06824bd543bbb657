import type { Page } from 'playwright'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { demoAccounts } from '../../example/accounts.ts'
import type { Tab } from '../support/chromium/tab.ts'
import { useTabs, type TabsOptions } from '../support/chromium/use-tabs.ts'
import { OidcServer } from './oidc-server.ts'

const tabs = useTabs({ hasUser: false })
const [ada, ben] = demoAccounts
let provider: OidcServer

beforeEach(async () => {
  provider = await new OidcServer().start(tabs.origin, 60)
  provider.protect(tabs.server, '/orders/1')
})

afterEach(() => provider.stop())

/** Opens tabs whose popups load the same app. */
async function open(count: number, given: TabsOptions = {}): Promise<[Tab, Tab]> {
  const options = {
    oauth2: { issuer: provider.issuer, clientId: provider.clientId },
    ...given,
  }
  const [first, ...others] = (await tabs.open(count, { path: '/login', ...options })) as [Tab, Tab]
  await first.page.context().addInitScript(
    ({ origin, shared }) => {
      if (location.origin === origin) window.tabOptions ??= shared
    },
    { origin: tabs.origin, shared: options },
  )
  return [first, ...others]
}

/** Asks for a login in a popup. The outcome is null, or the code of the error and that of its cause. */
async function popUp(tab: Tab, asked: object = {}) {
  const opened = tab.page.waitForEvent('popup')
  const outcome = tab.run(
    ({ store }, given) =>
      store.login(given).then(
        () => null,
        ({ code, cause }: Error & { code?: string }) => [
          code,
          Reflect.get(Object(cause), 'code') as unknown,
        ],
      ),
    { popup: true, ...asked },
  )
  const popup = await opened
  await popup.getByLabel('Email').waitFor()
  return { popup, outcome }
}

async function answer(popup: Page, account = ada): Promise<void> {
  await popup.getByLabel('Email').fill(account?.email ?? '')
  await popup.getByLabel('Password').fill(account?.password ?? '')
  await popup.getByRole('button', { name: 'Sign in' }).click()
}

const isClosed = (popup: Page): Promise<unknown> =>
  popup.isClosed() ? Promise.resolve() : popup.waitForEvent('close')

test.each([false, true])(
  'signs in while the page stays; the pages of the provider are cut off: %s',
  async (isIsolated) => {
    provider.isIsolated = isIsolated
    const [tab] = await open(1)
    await tab.run(() => void Reflect.set(window, 'typed', 'half of a letter'))
    const { popup, outcome } = await popUp(tab)
    expect(await popup.evaluate(() => window.opener === null)).toBe(isIsolated)
    await answer(popup)
    expect(await outcome).toBeNull()
    await tab.becomes('authenticated')
    await isClosed(popup)
    expect(await tab.run(() => Reflect.get(window, 'typed') as unknown)).toBe('half of a letter')
    expect(await tab.get('/orders/1')).toMatchObject({ status: 200, data: ada?.email })
    const left = await tab.run(({ router, events }) =>
      JSON.stringify([
        location.href,
        history.state,
        router.currentRoute.value.fullPath,
        sessionStorage.length,
        events,
      ]),
    )
    expect(left).not.toMatch(/code=|state=[^"]|error=/)
    expect(await tab.run(() => sessionStorage.length)).toBe(0)
  },
)

test('the provider says no, or its user does', async () => {
  const [tab] = await open(1)
  const { popup, outcome } = await popUp(tab)
  await popup.getByRole('button', { name: 'Cancel' }).click()
  expect(await outcome).toEqual(['rejected', 'access_denied'])
  await isClosed(popup)
  expect(await tab.status()).toBe('anonymous')
})

test('a popup that its user closes is a login without an answer', async () => {
  const [tab] = await open(1)
  const { popup, outcome } = await popUp(tab)
  await popup.close()
  await tab.page.bringToFront()
  expect(await outcome).toEqual(['unauthenticated', undefined])
  // The next one works.
  const next = await popUp(tab)
  await answer(next.popup)
  expect(await next.outcome).toBeNull()
})

test('a popup that the browser does not open is an error, and the page stays', async () => {
  const [tab] = await open(1)
  const failure = await tab.run(({ store }) => {
    window.open = () => null
    return store
      .login({ popup: true })
      .catch(({ code, cause }: Error & { code?: string }) => [
        code,
        Reflect.get(Object(cause), 'code') as unknown,
      ])
  })
  expect(failure).toEqual(['rejected', 'popup_blocked'])
  expect(await tab.path()).toBe('/login')
})

test('a provider that is down closes the popup again', async () => {
  const [tab] = await open(1)
  provider.isDown = true
  const opened = tab.page.waitForEvent('popup')
  const code = await tab.run(({ store }) =>
    store.login({ popup: true }).catch((error: Error & { code?: string }) => error.code),
  )
  expect(code).toBe('unreachable')
  await isClosed(await opened)
})

test('two popups at once are answered each to its own page', async () => {
  const [first, second] = await open(2)
  const [one, other] = [await popUp(first), await popUp(second)]
  await answer(other.popup, ada)
  expect(await other.outcome).toBeNull()
  await isClosed(other.popup)
  expect(one.popup.isClosed()).toBe(false)
  // The later answer is that of the session.
  await answer(one.popup, ben)
  expect(await one.outcome).toBeNull()
  await isClosed(one.popup)
  for (const tab of [first, second]) {
    expect(await tab.get('/orders/1')).toMatchObject({ status: 200, data: ben?.email })
  }
})

test('a second login of one page takes the place of the first, and closes its popup', async () => {
  const [tab] = await open(1)
  const one = await popUp(tab)
  const other = await popUp(tab, { prompt: 'login' })
  expect(await one.outcome).toEqual(['superseded', undefined])
  await isClosed(one.popup)
  await answer(other.popup)
  expect(await other.outcome).toBeNull()
})

test('a user whose session was refused signs in again, and what waited is answered', async () => {
  tabs.server.route('/me', ({ headers }, response) => {
    const token = headers.authorization?.replace('Bearer ', '') ?? ''
    void provider
      .accountOf(token)
      .then((account) =>
        response.writeHead(account ? 200 : 401).end(JSON.stringify({ name: account?.email })),
      )
  })
  const [tab] = await open(1, { hasUser: true, asksAgain: true })
  const { popup, outcome } = await popUp(tab)
  await answer(popup)
  expect(await outcome).toBeNull()
  await provider.revoke()
  expect(await tab.refresh()).toBe('rejected')
  const asked = tab.get('/orders/1')
  await tab.asks()
  const again = await popUp(tab, { prompt: 'login' })
  await answer(again.popup)
  expect(await again.outcome).toBeNull()
  expect(await asked).toMatchObject({ status: 200, data: ada?.email })
  expect(await tab.count('session-resumed')).toBe(1)
  expect(await tab.path()).toBe('/')
})
