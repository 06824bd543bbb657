import { describe, expect, test } from 'vitest'
import { useTabs } from '../support/chromium/use-tabs.ts'

const cases = [['access-token', '/token']] as const

describe.each(cases)('with `session: %s`', (session, endpoints) => {
  const tabs = useTabs({ session, path: '/private', refreshTimeout: 4_000 })
  const REFRESH = `${endpoints}/refresh`

  /** Two tabs of Ada on a protected page. */
  async function signedIn() {
    const [first, second] = await tabs.open(2)
    await first.login('ada')
    await second.becomes('authenticated')
    await Promise.all([first, second].map((tab) => tab.arrives('/private')))
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
    expect(tabs.server.answersTo(REFRESH)).toEqual([200, 200, 200, 200])
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
