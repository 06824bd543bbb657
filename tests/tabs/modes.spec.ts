import { describe, expect, test } from 'vitest'
import { useTabs } from '../support/chromium/use-tabs.ts'

const cases = [
  ['access-token', '/token'],
  ['cookies', '/cookies'],
] as const

describe.each(cases)('with `session: %s`', (session, endpoints) => {
  const tabs = useTabs({ session, path: '/private', refreshTimeout: 4_000 })

  /** Two tabs of Ada on a protected page. */
  async function signedIn() {
    const [first, second] = await tabs.open(2)
    await first.login('ada')
    await second.becomes('authenticated')
    await Promise.all([first, second].map((tab) => tab.arrives('/private')))
    // A start asks by a cookie.
    tabs.server.refreshes = 0
    return [first, second] as const
  }

  test('1: each expiry costs one refresh, for many requests in two tabs, and each is answered', async () => {
    const both = await signedIn()
    for (let expiry = 1; expiry <= 3; expiry++) {
      tabs.server.expireAccessTokens()
      const answers = await Promise.all(both.map((tab) => tab.getMany(5)))
      expect(answers.flat()).toEqual(Array(10).fill(200))
      expect(tabs.server.refreshes).toBe(expiry)
    }
    expect(tabs.server.reusedTokens).toBe(0)
  })

  test('2: what another tab has exchanged is sent by no tab again', async () => {
    const [first, second] = await signedIn()
    for (const tab of [first, second, first, second]) expect(await tab.refresh()).toBeNull()
    expect(tabs.server.refreshes).toBe(4)
    expect(tabs.server.reusedTokens).toBe(0)
  })

  test('5: a late 401 of an older generation is replayed without a refresh', async () => {
    const [first, second] = await signedIn()
    const release = tabs.server.hold('/late')
    tabs.server.expireAccessTokens()
    const late = first.get('/late')
    await tabs.server.sees('/late')
    await second.refresh()
    await first.tells('refresh-succeeded', { adopted: true })
    release()
    expect(await late).toMatchObject({ status: 200, data: { user: 'ada' } })
    expect(tabs.server.refreshes).toBe(1)
    expect(tabs.server.countOf('/late')).toBe(2)
  })

  test('a reload stays signed in, also where the access token has died meanwhile', async () => {
    const [first] = await signedIn()
    tabs.server.expireAccessTokens()
    await first.reload()
    expect(await first.status()).toBe('authenticated')
    expect(await first.user()).toBe('ada')
    expect(await first.path()).toBe('/private')
    expect(tabs.server.refreshes).toBe(1)
    expect(tabs.server.reusedTokens).toBe(0)
  })

  test('11: a logout ends the session in both tabs, leads to the login page, and holds', async () => {
    const [first, second] = await signedIn()
    await first.logout()
    await first.arrives('/login')
    await second.arrives('/login?redirect=/private')
    await first.reload()
    expect(await first.status()).toBe('anonymous')
    expect(tabs.server.answersTo(`${endpoints}/logout`)).toEqual([204])
    expect(tabs.server.refreshes).toBe(0)
  })

  test('12: another user who signs in elsewhere takes over both tabs, and no answer of theirs goes to the one before', async () => {
    const [first, second] = await signedIn()
    const release = tabs.server.hold('/slow')
    const slow = first.get('/slow')
    await tabs.server.sees('/slow')
    await second.login('ben')
    await first.tells('session-started', { adopted: true })
    release()
    expect(await slow).toMatchObject({ code: 'superseded', data: null })
    expect(await first.user()).toBe('ben')
    expect(await first.get('/orders/1')).toMatchObject({ data: { user: 'ben' } })
    expect(tabs.server.reusedTokens).toBe(0)
  })

  test('31: a refusal ends the session in both tabs', async () => {
    const [first, second] = await signedIn()
    tabs.server.revoke()
    expect(await first.get('/orders/1')).toMatchObject({ status: 401, code: 'rejected' })
    expect(await first.status()).toBe('expired')
    await second.becomes('anonymous')
    for (const tab of [first, second]) await tab.arrives('/login?redirect=/private')
    expect(tabs.server.refreshes).toBe(1)
  })

  test('a user who is asked again in place goes on with the requests that waited, in both tabs', async () => {
    const [first, second] = await tabs.open(2, { asksAgain: true })
    await first.login('ada')
    await second.becomes('authenticated')
    await Promise.all([first, second].map((tab) => tab.arrives('/private')))
    tabs.server.revoke()
    const waiting = [first.get('/orders/1'), second.get('/orders/2')]
    const asked = await Promise.race([first, second].map((tab) => tab.asks().then(() => tab)))
    await asked.login('ada')
    for (const answer of await Promise.all(waiting)) {
      expect(answer).toMatchObject({ status: 200, data: { user: 'ada' } })
    }
    expect(await second.path()).toBe('/private')
  })
})

describe('with `session: cookies`', () => {
  const tabs = useTabs({ session: 'cookies', path: '/private', refreshTimeout: 4_000 })

  const clearStorage = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const deletion = indexedDB.deleteDatabase('vue-auth-refresh')
      deletion.addEventListener('success', () => resolve())
      deletion.addEventListener('error', () => reject(deletion.error))
    })

  test('the start finds the user by `fetchUser` itself, once for all tabs', async () => {
    const [first] = await tabs.open(1)
    await first.login('ada')
    await first.page.evaluate(clearStorage)
    tabs.server.refreshes = 0
    const before = tabs.server.countOf('/me')
    await first.reload()
    expect(await first.user()).toBe('ada')
    expect(await first.path()).toBe('/private')
    expect(tabs.server.countOf('/me')).toBe(before + 1)
    expect(tabs.server.refreshes).toBe(0)
  })

  test('where the access cookie has died, a refresh finds them', async () => {
    const [first] = await tabs.open(1)
    await first.login('ada')
    await first.page.evaluate(clearStorage)
    tabs.server.expireAccessTokens()
    tabs.server.refreshes = 0
    await first.reload()
    expect(await first.user()).toBe('ada')
    expect(tabs.server.refreshes).toBe(1)
    expect(tabs.server.reusedTokens).toBe(0)
  })

  test('41: no script sees a token, in what is stored, in the store, in events or in requests', async () => {
    const [first] = await tabs.open(1)
    await first.login('ada')
    await first.refresh()
    const seen = await first.run(async ({ store, events }) => {
      const database = await new Promise<IDBDatabase>((resolve) => {
        const opening = indexedDB.open('vue-auth-refresh')
        opening.addEventListener('success', () => resolve(opening.result))
      })
      const records = await new Promise((resolve) => {
        const reading = database.transaction('sessions').objectStore('sessions').getAll()
        reading.addEventListener('success', () => resolve(reading.result))
      })
      database.close()
      const { token, refreshToken } = store
      return JSON.stringify([document.cookie, records, token, refreshToken, events])
    })
    expect(seen).toContain('"token":null,"refreshToken":null')
    expect(seen).not.toMatch(/(?:access|refresh)-ada/)
    for (const { headers, body } of tabs.server.seen) {
      expect(headers.authorization).toBeUndefined()
      expect(body.toString()).not.toMatch(/(?:access|refresh)-ada/)
    }
  })

  test('both shells send the cookies and the header that no form can send', async () => {
    const [first] = await tabs.open(1)
    await first.login('ada')
    await first.get('/orders/1')
    await first.run(async ({ authFetch }) => (await authFetch('/orders/2')).status)
    for (const path of ['/orders/1', '/orders/2']) {
      const request = tabs.server.seen.find((one) => one.path === path)
      expect(request?.headers['x-requested-with']).toBe('XMLHttpRequest')
      expect(request?.status).toBe(200)
    }
  })

  test('the CSRF token of a cookie goes along in the header of the app, by both shells', async () => {
    const [first] = await tabs.open(1)
    await first.login('ada')
    await first.run(async ({ api, authFetch }) => {
      document.cookie = 'csrf=a%3D1'
      api.defaults.xsrfCookieName = 'csrf'
      api.defaults.xsrfHeaderName = 'X-CSRF-TOKEN'
      await api.post('/orders/1')
      await authFetch('/orders/2', { method: 'POST' })
    })
    for (const path of ['/orders/1', '/orders/2']) {
      const request = tabs.server.seen.find((one) => one.path === path)
      expect(request?.headers['x-csrf-token']).toBe('a=1')
    }
  })

  test('getAccessToken() rejects, and says why; refresh() resolves with null', async () => {
    const [first] = await tabs.open(1)
    await first.login('ada')
    const told = await first.run(async ({ store }) => [
      await store.getAccessToken().catch(String),
      await store.refresh(),
    ])
    expect(told).toEqual([expect.stringContaining("with `session: 'cookies'`"), null])
  })

  test('7: cookies that have become another user’s end the session of the one before', async () => {
    const [first] = await tabs.open(1, { asksAgain: true })
    await first.login('ada')
    await first.arrives('/private')
    const other = await first.another({ name: 'other', session: 'cookies' })
    await other.login('ben')
    expect(await first.refresh()).toBe('superseded')
    expect(await first.status()).toBe('anonymous')
    await first.reload()
    expect(await first.user()).toBe('ben')
    expect(tabs.server.reusedTokens).toBe(0)
  })

  test('12: another user who signs in for a step-up ends the session, as the cookies are theirs', async () => {
    const [first] = await tabs.open(1, { asksAgain: true })
    await first.login('ada')
    await first.arrives('/private')
    const asked = first.get('/stepped-up/otp')
    await first.asks()
    expect(
      await first.run(({ store }) => store.login({ user: 'ben', acr: 'otp' }).catch(String)),
    ).toContain('Another')
    expect(await asked).toMatchObject({ code: 'superseded' })
    expect(await first.status()).toBe('anonymous')
    await tabs.server.answers('/cookies/logout')
    expect(
      tabs.server.seen.filter(({ path, status }) => path === '/stepped-up/otp' && status === 200),
    ).toEqual([])
  })

  test('a server that tells no lifetime answers with nothing, and refusals alone refresh', async () => {
    tabs.server.expiresIn = null
    const [first] = await tabs.open(1)
    await first.login('ada')
    expect(await first.run(({ store }) => store.expiresAt)).toBeNull()
    tabs.server.expireAccessTokens()
    expect(await first.get('/orders/1')).toMatchObject({ status: 200, data: { user: 'ada' } })
    expect(tabs.server.answersTo('/cookies/refresh').at(-1)).toBe(204)
  })

  test('a server that tells one is asked ahead of it', async () => {
    const [first] = await tabs.open(1)
    await first.login('ada')
    const left = await first.run(({ store }) => Number(store.expiresAt) - Date.now())
    expect(left).toBeGreaterThan(3_000_000)
    expect(left).toBeLessThanOrEqual(3_600_000)
  })
})
