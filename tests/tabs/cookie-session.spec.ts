import { describe, expect, test } from 'vitest'
import { subjectToken } from '../fixtures/auth-server.ts'
import { useTabs } from '../support/chromium/use-tabs.ts'

// How long what a page has sent is waited for, once the page is gone, follows from the timeout.
const tabs = useTabs({ session: 'refresh-cookie', refreshTimeout: 4_000 })

const REFRESH = '/cookie/refresh'

const clearStorage = (): Promise<void> =>
  new Promise((resolve, reject) => {
    const deletion = indexedDB.deleteDatabase('vue-auth-refresh')
    deletion.addEventListener('success', () => resolve())
    deletion.addEventListener('error', () => reject(deletion.error))
  })

/** All that is kept in the origin where scripts can read it. */
const readEverything = async (): Promise<string> => {
  const database = await new Promise<IDBDatabase>((resolve) => {
    const opening = indexedDB.open('vue-auth-refresh')
    opening.addEventListener('success', () => resolve(opening.result))
  })
  const records = await new Promise((resolve) => {
    const reading = database.transaction('sessions').objectStore('sessions').getAll()
    reading.addEventListener('success', () => resolve(reading.result))
  })
  database.close()
  const entries = [localStorage, sessionStorage].map((area) => Object.entries(area))
  return JSON.stringify([document.cookie, records, entries])
}

describe('at the start', () => {
  test('one exchange finds out that nobody is signed in, which is remembered', async () => {
    const [tab] = await tabs.open(1, { path: '/private' })
    expect(await tab.status()).toBe('anonymous')
    expect(await tab.path()).toBe('/login?redirect=/private')
    expect(await tab.count('session-ended')).toBe(0)
    expect(tabs.server.answersTo(REFRESH)).toEqual([400])
    await tab.reload()
    const [other] = await tabs.open(1)
    for (const one of [tab, other]) expect(await one.status()).toBe('anonymous')
    expect(tabs.server.refreshes).toBe(1)
  })

  test('one exchange for all tabs finds out who is', async () => {
    const all = await tabs.open(4)
    await all[0].login('ada')
    await Promise.all(all.map((tab) => tab.becomes('authenticated')))
    await all[0].page.evaluate(clearStorage)
    tabs.server.refreshes = 0
    const release = tabs.server.hold(REFRESH)
    await Promise.all(all.map((tab) => tab.page.reload()))
    await expect.poll(async () => (await all[0].locks()).pending.length).toBe(3)
    release()
    await Promise.all(all.map((tab) => tab.settled()))
    for (const tab of all) {
      expect(await tab.status()).toBe('authenticated')
      expect(await tab.user()).toBe('ada')
      expect(await tab.token()).toBe(await all[0].token())
      expect(await tab.events('restored')).toMatchObject([{ authenticated: true }])
      expect(await tab.count('session-started')).toBe(0)
    }
    expect(tabs.server.refreshes).toBe(1)
    expect(tabs.server.reusedTokens).toBe(0)
  })

  test('a token that another tab has got is taken over without an exchange', async () => {
    const [first] = await tabs.open(1)
    await first.login('ada')
    tabs.server.refreshes = 0
    const [second] = await tabs.open(1, { path: '/private' })
    expect(await second.path()).toBe('/private')
    expect(await second.token()).toBe(await first.token())
    expect(tabs.server.refreshes).toBe(0)
  })

  test('a server that does not answer signs nobody in, nor out: a later request asks again', async () => {
    const [tab] = await tabs.open(1)
    await tab.login('ada')
    await tab.page.evaluate(clearStorage)
    tabs.server.everyFault = { kind: 'answer', status: 503 }
    await tab.load('/private')
    expect(await tab.status()).toBe('anonymous')
    expect(await tab.path()).toBe('/login?redirect=/private')
    expect(await tab.run(({ store }) => store.error?.code)).toBe('unreachable')
    tabs.server.everyFault = null
    expect(await tab.get('/orders/1')).toMatchObject({ status: 200, data: { user: 'ada' } })
    await tab.arrives('/private')
    expect(await tab.user()).toBe('ada')
    expect(tabs.server.reusedTokens).toBe(0)
  })
})

test('one exchange for each expiry serves all tabs', async () => {
  const [first] = await tabs.open(1)
  await first.login('ada')
  const others = await tabs.open(3)
  const all = [first, ...others]
  tabs.server.refreshes = 0
  for (let expiry = 1; expiry <= 3; expiry++) {
    tabs.server.expireAccessTokens()
    const answers = await Promise.all(all.map((tab) => tab.getMany(3)))
    expect(answers.flat()).toEqual(Array.from({ length: 12 }, () => 200))
    expect(tabs.server.refreshes).toBe(expiry)
  }
  const told = await Promise.all(all.map((tab) => tab.events('refresh-succeeded')))
  expect(told.flat().filter((event) => 'adopted' in event && !event.adopted)).toHaveLength(3)
  expect(tabs.server.reusedTokens).toBe(0)
})

test('41: no script ever sees the refresh token, and no announcement holds a token', async () => {
  const [first, second] = await tabs.open(2)
  await second.page.evaluate(() => {
    const heard: unknown[] = []
    Object.assign(window, { heard })
    for (const topic of ['vue-auth-refresh:auth', 'vue-auth-refresh/memory']) {
      new BroadcastChannel(topic).addEventListener('message', ({ data }) => heard.push(data))
    }
  })
  await first.login('ada')
  await second.becomes('authenticated')
  await first.refresh()
  await second.tells('refresh-succeeded', { adopted: true })
  for (const tab of [first, second]) {
    expect(await tab.run(({ store }) => store.refreshToken)).toBeNull()
    const everything = await tab.page.evaluate(readEverything)
    expect(everything).toContain(await tab.token())
    expect(everything).not.toContain('refresh-ada')
  }
  const heard = await second.page.evaluate(() => Reflect.get(window, 'heard') as unknown[])
  expect(new Set(heard)).toEqual(new Set([null]))
  // The browser sends it all the same, and only where it belongs.
  const carriers = tabs.server.seen.filter(({ headers }) => headers.cookie?.includes('refresh-ada'))
  expect(new Set(carriers.map(({ path }) => path))).toEqual(new Set([REFRESH]))
  expect(carriers[0]?.body.toString()).toBe('{"refreshToken":null}')
})

test('a logout is one in all tabs, and at the server; the next start asks nobody', async () => {
  const [first, second] = await tabs.open(2)
  await first.login('ada')
  await second.becomes('authenticated')
  tabs.server.refreshes = 0
  await first.logout()
  await second.becomes('anonymous')
  await Promise.all([first.reload(), second.reload()])
  for (const tab of [first, second]) expect(await tab.status()).toBe('anonymous')
  expect(tabs.server.refreshes).toBe(0)
  // A refresh would find no user, either.
  await first.page.evaluate(clearStorage)
  await first.reload()
  expect(await first.status()).toBe('anonymous')
  expect(tabs.server.seen.findLast(({ path }) => path === REFRESH)?.headers.cookie).toBeUndefined()
})

test('a refusal is the end in all tabs, and nobody is asked again', async () => {
  const [first, second] = await tabs.open(2)
  await first.login('ada')
  await second.becomes('authenticated')
  tabs.server.refreshes = 0
  tabs.server.revoke()
  expect(await first.get('/orders/1')).toMatchObject({ status: 401, code: 'rejected' })
  expect(await first.status()).toBe('expired')
  await second.becomes('anonymous')
  await second.reload()
  expect(tabs.server.refreshes).toBe(1)
})

describe('9: a cookie that the server has rotated', () => {
  /** A tab in the middle of an exchange: the server has rotated, its answer is held back. */
  async function inTheMiddle() {
    const [tab] = await tabs.open(1)
    await tab.login('ada')
    tabs.server.expireAccessTokens()
    const release = tabs.server.hold(REFRESH)
    const before = tabs.server.countOf(REFRESH)
    void tab.get('/orders/1').catch(() => {})
    await tabs.server.sees(REFRESH, before + 1)
    return { tab, release }
  }

  /** The next page is signed in, and so is the one after it, when nothing but the cookie is left. */
  async function expectSignedIn(open: () => Promise<void>): Promise<void> {
    await open()
    const [tab] = await tabs.open(1, { path: '/private' })
    expect(await tab.path()).toBe('/private')
    expect(await tab.get('/orders/2')).toMatchObject({ status: 200, data: { user: 'ada' } })
    await tab.page.evaluate(clearStorage)
    await tab.reload()
    expect(await tab.user()).toBe('ada')
    expect(tabs.server.reusedTokens).toBe(0)
  }

  const orders = ['before the next page asks', 'while the next page waits'] as const

  test.each(orders)('survives closing the tab, answered %s', async (order) => {
    const { tab, release } = await inTheMiddle()
    await tab.close()
    if (order === orders[0]) release()
    await expectSignedIn(async () => {
      if (order === orders[0]) return
      const [next] = await tabs.open(1, { isSettled: false })
      await expect.poll(async () => (await next.locks()).held.length).toBe(1)
      release()
    })
  })

  test.each(orders)('survives navigating, answered %s', async (order) => {
    const { tab, release } = await inTheMiddle()
    if (order === orders[0]) {
      await tab.leave()
      release()
      await expectSignedIn(() => tab.comeBack().then(() => {}))
    } else {
      await tab.page.reload()
      await expectSignedIn(async () => {
        await expect.poll(async () => (await tab.locks()).held.length).toBe(1)
        release()
        await tab.settled()
      })
    }
  })

  test.each(orders)('survives aborting, answered %s', async (order) => {
    const { tab, release } = await inTheMiddle()
    await tab.dispose()
    if (order === orders[0]) release()
    await expectSignedIn(async () => {
      if (order === orders[1]) {
        const asked = tab.another({ session: 'refresh-cookie', refreshTimeout: 4_000 })
        await expect.poll(async () => (await tab.locks()).held.length).toBe(1)
        release()
        await asked
      }
    })
  })
})

describe('7: a refresh that is answered for somebody else', () => {
  test('ends the session in all tabs, stores nothing, and the next start finds who it is', async () => {
    tabs.server.accessTokenOf = subjectToken
    const [first, second] = await tabs.open(2, { path: '/login' })
    await first.login('ada')
    await second.becomes('authenticated')
    await Promise.all([first, second].map((tab) => tab.visit('/private')))
    // Ben signs in where the same cookie is used, but not the same session.
    const other = await second.another({ name: 'other', session: 'refresh-cookie' })
    await other.login('ben')

    expect(await first.refresh()).toBe('superseded')
    for (const tab of [first, second]) {
      await tab.becomes('anonymous')
      await tab.arrives('/login?redirect=/private')
      expect(await tab.token()).toBeNull()
      expect(await tab.count('session-ended')).toBe(1)
    }
    expect(await first.events('session-ended')).toMatchObject([{ reason: 'superseded' }])
    expect(await first.run(({ store }) => store.error?.code)).toBe('superseded')

    await first.reload()
    expect(await first.user()).toBe('ben')
    expect(await first.path()).toBe('/private')
    await second.becomes('authenticated')
    expect(await second.user()).toBe('ben')
    expect(tabs.server.reusedTokens).toBe(0)
  })

  test('is the same user’s where the subject is', async () => {
    tabs.server.accessTokenOf = subjectToken
    const [tab] = await tabs.open(1)
    await tab.login('ada')
    expect(await tab.refresh()).toBeNull()
    expect(await tab.user()).toBe('ada')
  })
})
