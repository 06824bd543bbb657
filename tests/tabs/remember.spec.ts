import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext } from 'playwright'
import { describe, expect, onTestFinished, test } from 'vitest'
import { chromiumLaunchOptions } from '../../scripts/chromium.mjs'
import { Tab } from '../support/chromium/tab.ts'
import { useTabs } from '../support/chromium/use-tabs.ts'

const forget = { remember: false }

const cases = [
  ['with Web Locks', {}],
  ['without Web Locks', { isInsecure: true }],
  ['in localStorage', { storage: 'local' }],
  ['with `session: refresh-cookie`', { session: 'refresh-cookie' }],
  ['with `session: cookies`', { session: 'cookies' }],
  ['with `session: access-token`', { session: 'access-token' }],
] as const

describe.each(cases)('a session that is not remembered, %s,', (_, options) => {
  const tabs = useTabs({ path: '/private', refreshTimeout: 4_000, ...options })
  const isByCookie = 'session' in options && options.session !== 'access-token'

  /** A tab of Ada, whose session is not remembered. */
  async function signedIn(): Promise<Tab> {
    const [tab] = await tabs.open(1)
    await tab.login('ada', null, forget)
    await tab.arrives('/private')
    return tab
  }

  /** Opens a tab that must find nothing, and lets nothing of the session reach the server. */
  async function findsNothing(): Promise<void> {
    tabs.server.refreshes = 0
    const before = tabs.server.countOf('/me')
    const [next] = await tabs.open(1)
    expect([await next.status(), await next.user()]).toEqual(['anonymous', null])
    expect(await next.path()).toBe('/login?redirect=/private')
    expect(tabs.server.countOf('/me')).toBe(before)
    expect(tabs.server.refreshes).toBe(0)
    if (isByCookie)
      await tabs.server.answers(
        `/${'session' in options && options.session === 'cookies' ? 'cookies' : 'cookie'}/logout`,
      )
    await next.reload()
    expect(await next.status()).toBe('anonymous')
  }

  test('goes on after a reload, and after a page elsewhere', async () => {
    const tab = await signedIn()
    await tab.reload()
    expect([await tab.status(), await tab.path()]).toEqual(['authenticated', '/private'])
    await tab.leave()
    await tab.comeBack()
    expect(await tab.status()).toBe('authenticated')
    await tab.reload()
    expect(await tab.user()).toBe('ada')
    expect(tabs.server.reusedTokens).toBe(0)
  })

  test('goes on in a second tab, also once the first is closed or has crashed', async () => {
    const first = await signedIn()
    const [second] = await tabs.open(1)
    expect(await second.user()).toBe('ada')
    await first.close()
    const [third] = await tabs.open(1)
    expect(await third.user()).toBe('ada')
    await second.crash()
    const [fourth] = await tabs.open(1)
    expect(await fourth.user()).toBe('ada')
    expect(await fourth.get('/orders/1')).toMatchObject({ status: 200 })
  })

  test('goes on in a tab that was open before, and in one that a refresh has passed', async () => {
    const [first, second] = await tabs.open(2)
    await first.login('ada', null, forget)
    await second.becomes('authenticated')
    await second.refresh()
    await first.close()
    const [third] = await tabs.open(1)
    expect(await third.user()).toBe('ada')
  })

  test('ends with the last tab', async () => {
    const tab = await signedIn()
    const [second] = await tabs.open(1)
    await tab.close()
    await second.close()
    await findsNothing()
  })

  test('ends with a crash', async () => {
    await (await signedIn()).crash()
    await findsNothing()
  })
})

describe('a session that is not remembered', () => {
  const tabs = useTabs({ path: '/private' })

  test('goes on in a duplicated tab, whose storage is a copy', async () => {
    const [first] = await tabs.open(1)
    await first.login('ada', null, forget)
    await first.arrives('/private')
    const opened = first.page.context().waitForEvent('page')
    await first.page.evaluate(() => void open(location.href))
    const second = new Tab(await opened, (text) => expect.unreachable(text))
    await second.page.waitForLoadState()
    await second.settled()
    expect(await second.user()).toBe('ada')
    await first.close()
    await second.reload()
    expect(await second.user()).toBe('ada')
  })

  test('goes on in another app of the page, and after a remount of the only one', async () => {
    const [tab] = await tabs.open(1)
    await tab.login('ada', null, forget)
    const other = await tab.another({})
    expect(await other.user()).toBe('ada')
    await tab.dispose()
    await other.dispose()
    const remounted = await tab.another({})
    expect(await remounted.user()).toBe('ada')
  })

  test('is a remembered one no more by a login that says nothing', async () => {
    const [tab] = await tabs.open(1)
    await tab.login('ada', null, forget)
    await tab.logout()
    await tab.login('ada')
    await tab.close()
    const [next] = await tabs.open(1)
    expect(await next.user()).toBe('ada')
  })

  test('stays one when its user is asked again in place', async () => {
    const [tab] = await tabs.open(1, { asksAgain: true })
    await tab.login('ada', null, forget)
    await tab.arrives('/private')
    tabs.server.revoke()
    const waiting = tab.get('/orders/1')
    await tab.asks()
    await tab.login('ada')
    expect(await waiting).toMatchObject({ status: 200 })
    await tab.close()
    const [next] = await tabs.open(1)
    expect(await next.status()).toBe('anonymous')
  })

  test('is that of one tab with `webStorage(session)`, and of a duplicate', async () => {
    const [tab] = await tabs.open(1, { storage: 'session' })
    await tab.login('ada', null, forget)
    await tab.reload()
    expect(await tab.user()).toBe('ada')
    const [next] = await tabs.open(1, { storage: 'session' })
    expect(await next.status()).toBe('anonymous')
  })

  test('goes on in a second tab with `memoryStorage()`, and ends with the last', async () => {
    const [first, second] = await tabs.open(2, { storage: 'memory' })
    await first.login('ada', null, forget)
    await second.becomes('authenticated')
    await first.reload()
    expect(await first.user()).toBe('ada')
    await Promise.all([first.close(), second.close()])
    const [next] = await tabs.open(1, { storage: 'memory' })
    expect(await next.status()).toBe('anonymous')
  })
})

/** Opens the profile in a browser, and a tab of an app there. */
async function openProfile(profile: string, url: string): Promise<[BrowserContext, Tab]> {
  const { args = [], ...options } = await chromiumLaunchOptions()
  const context = await chromium.launchPersistentContext(profile, {
    ...options,
    args: [...args, '--host-resolver-rules=MAP *.localhost 127.0.0.1'],
  })
  onTestFinished(() => context.close())
  const tab = new Tab(await context.newPage(), (text) => expect.unreachable(text))
  await tab.page.goto(url)
  await tab.settled()
  return [context, tab]
}

describe('a browser that crashes', () => {
  const tabs = useTabs({})

  test.each([
    [true, 'authenticated'],
    [false, 'anonymous'],
  ])('with `remember: %s` is %s at its next start', async (remember, status) => {
    const profile = await mkdtemp(join(tmpdir(), 'remember-'))
    onTestFinished(() => rm(profile, { recursive: true, force: true, maxRetries: 5 }))
    const [context, tab] = await openProfile(profile, tabs.origin)
    await tab.login('ada', null, { remember })
    const closed = context.waitForEvent('close')
    const cdp = await context.newCDPSession(tab.page)
    cdp.send('Browser.crash').catch(() => {})
    await closed
    const [, next] = await openProfile(profile, tabs.origin)
    expect(await next.status()).toBe(status)
  })
})
