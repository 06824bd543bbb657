import { describe, expect, test } from 'vitest'
import { useTabs } from '../support/chromium/use-tabs.ts'

const tabs = useTabs({ asksAgain: true })

const closed = { times: 1, isOpen: false }
const never = { times: 0, isOpen: false }

describe.each([
  ['with Web Locks', false],
  ['with a lease, on a plain-HTTP origin', true],
])('%s', (_name, isInsecure) => {
  /** Three tabs whose session was revoked; the first has met it, and asks. */
  async function revoked() {
    const three = await tabs.open(3, { isInsecure })
    await three[0].login('ada')
    await Promise.all(three.map((tab) => tab.becomes('authenticated')))
    await Promise.all(three.map((tab) => tab.visit('/private')))
    tabs.server.revoke()
    const [first, second, third] = three
    const asked = first.get('/orders/1')
    await first.asks()
    await Promise.all([second, third].map((tab) => tab.tells('session-lapsed', { adopted: true })))
    return { first, second, third, asked }
  }

  test('one dialog for all tabs; the login in it serves what waits in every one', async () => {
    const { first, second, third, asked } = await revoked()
    const others = [second.get('/orders/2'), third.get('/orders/3')]
    await Promise.all(
      others.map((_other, index) => [second, third][index]!.tells('request-waiting')),
    )
    await first.login('ada')
    expect(await asked).toMatchObject({ status: 200 })
    expect(await Promise.all(others)).toMatchObject([{ status: 200 }, { status: 200 }])
    expect(await first.dialog()).toEqual(closed)
    for (const tab of [second, third]) {
      expect(await tab.dialog()).toEqual(never)
      expect(await tab.count('session-resumed')).toBe(1)
      expect(await tab.count('session-ended')).toBe(0)
      expect(await tab.path()).toBe('/private')
      expect(await tab.status()).toBe('authenticated')
      expect(await tab.token()).toBe(await first.token())
    }
    expect(tabs.server.refreshes).toBe(1)
    expect(tabs.server.reusedTokens).toBe(0)
  })

  test('a login in another tab answers the dialog as well', async () => {
    const { first, second, asked } = await revoked()
    await second.login('ada')
    expect(await asked).toMatchObject({ status: 200 })
    expect(await first.dialog()).toEqual(closed)
    expect(await first.path()).toBe('/private')
  })

  test('a login as the same user in a tab that was opened meanwhile answers it, too', async () => {
    const { first, asked } = await revoked()
    const [fresh] = await tabs.open(1, { isInsecure, path: '/private' })
    expect(await fresh.path()).toBe('/login?redirect=/private')
    await fresh.login('ada')
    expect(await asked).toMatchObject({ status: 200 })
    expect(await first.dialog()).toEqual(closed)
  })

  test('12: another user in another tab is let in, and gets nothing of what waited', async () => {
    const { first, asked } = await revoked()
    const [fresh] = await tabs.open(1, { isInsecure, path: '/login' })
    await fresh.login('ben')
    expect(await asked).toMatchObject({ status: 401, code: 'superseded' })
    await first.becomes('authenticated')
    expect(await first.user()).toBe('ben')
    expect(await first.dialog()).toEqual(closed)
    expect(tabs.server.answersTo('/orders/1')).toEqual([401])
  })

  test('cancelling in one tab is the end in all of them, and no other dialog opens', async () => {
    const { first, second, third, asked } = await revoked()
    const waiting = second.get('/orders/2')
    await second.tells('request-waiting')
    await first.cancelDialog()
    expect(await asked).toMatchObject({ status: 401, code: 'rejected' })
    expect(await waiting).toMatchObject({ code: 'signed-out' })
    for (const tab of [first, second, third]) await tab.arrives('/login?redirect=/private')
    for (const tab of [second, third]) expect(await tab.dialog()).toEqual(never)
    expect(await second.count('session-ended')).toBe(1)
  })
})

describe('a tab that is hidden', () => {
  /** Two tabs whose session was revoked. The first is hidden, and its request has met it. */
  async function revokedInHidden() {
    const [first, second] = await tabs.open(2)
    await first.login('ada')
    await second.becomes('authenticated')
    await first.hide()
    tabs.server.revoke()
    const asked = first.get('/orders/1')
    await first.tells('session-lapsed')
    await second.tells('session-lapsed', { adopted: true })
    return { first, second, asked }
  }

  test('leaves the asking to one that is visible', async () => {
    const { first, second, asked } = await revokedInHidden()
    const waiting = second.get('/orders/2')
    await second.asks()
    expect(await first.dialog()).toEqual(never)
    await second.login('ada')
    expect(await Promise.all([asked, waiting])).toMatchObject([{ status: 200 }, { status: 200 }])
    expect(await first.dialog()).toEqual(never)
  })

  test('asks once it is shown', async () => {
    const { first, second, asked } = await revokedInHidden()
    expect(await first.dialog()).toEqual(never)
    await first.show()
    await first.asks()
    await second.login('ada')
    expect(await asked).toMatchObject({ status: 200 })
    expect(await first.dialog()).toEqual(closed)
    expect(await second.dialog()).toEqual(never)
  })
})

test('a tab that dies while it asks leaves the asking to the next one', async () => {
  const [first, second] = await tabs.open(2)
  await first.login('ada')
  await second.becomes('authenticated')
  tabs.server.revoke()
  void first.get('/orders/1')
  await first.asks()
  await second.tells('session-lapsed')
  const waiting = second.get('/orders/2')
  await first.crash()
  await second.asks()
  await second.login('ada')
  expect(await waiting).toMatchObject({ status: 200 })
})

describe.each([
  ['with Web Locks', false],
  ['with a lease, on a plain-HTTP origin', true],
])('a request that needs another login (RFC 9470), %s', (_name, isInsecure) => {
  const secret = '/stepped-up/mfa'

  /** Two tabs of a user who is signed in the ordinary way. The first was refused, and asks. */
  async function refused() {
    const two = await tabs.open(2, { isInsecure })
    await two[0].login('ada')
    await two[1].becomes('authenticated')
    await Promise.all(two.map((tab) => tab.visit('/private')))
    const [first, second] = two
    const asked = first.get(secret)
    await first.asks()
    return { first, second, asked }
  }

  test('is sent again once its user has stepped up in place; the other tab goes on', async () => {
    const { first, second, asked } = await refused()
    expect(await first.stepUps()).toEqual([{ acrValues: ['mfa'], maxAge: 300 }])
    // The session goes on in both tabs, and what is refused in the other one waits for the same dialog.
    expect(await first.get('/orders/1')).toMatchObject({ status: 200 })
    expect(await second.get('/orders/2')).toMatchObject({ status: 200 })
    const waiting = second.get(secret)
    await second.tells('request-waiting', { after: 'step-up' })

    await first.login('ada', 'mfa')
    expect(await Promise.all([asked, waiting])).toMatchObject([{ status: 200 }, { status: 200 }])
    expect(tabs.server.answersTo(secret)).toEqual([401, 401, 200, 200])
    expect(await first.dialog()).toEqual(closed)
    expect(await second.dialog()).toEqual(never)
    for (const tab of [first, second]) {
      expect(await tab.count('session-ended')).toBe(0)
      expect(await tab.count('session-lapsed')).toBe(0)
      expect(await tab.path()).toBe('/private')
      expect(await tab.status()).toBe('authenticated')
      expect(await tab.token()).toBe(await first.token())
    }
    // The other tab knows of it without a request.
    expect(await second.get(secret)).toMatchObject({ status: 200 })
    expect(tabs.server.refreshes).toBe(0)

    // It outlives a refresh, by the refresh token of the step-up.
    await second.refresh()
    expect(await first.get(secret)).toMatchObject({ status: 200 })
    expect(tabs.server.reusedTokens).toBe(0)
  })

  test('gets its 401 where the user declines; the session goes on, and the other tab asks for its own', async () => {
    const { first, second, asked } = await refused()
    const waiting = second.get(secret)
    await second.tells('request-waiting', { after: 'step-up' })
    await first.cancelDialog()
    expect(await asked).toMatchObject({ status: 401, code: 'rejected' })
    await second.asks()
    await second.login('ada', 'mfa')
    expect(await waiting).toMatchObject({ status: 200 })
    expect(await first.get(secret)).toMatchObject({ status: 200 })
    for (const tab of [first, second]) expect(await tab.count('session-ended')).toBe(0)
  })

  test('12: gets its 401 where another user comes, who is let in nowhere', async () => {
    const { first, second, asked } = await refused()
    const login = first.run((app) =>
      app.store.login({ user: 'ben', acr: 'mfa' }).then(
        () => null,
        (error: Error & { code?: string }) => error.code,
      ),
    )
    expect(await login).toBe('superseded')
    expect(await asked).toMatchObject({ status: 401, code: 'superseded' })
    expect(tabs.server.answersTo(secret)).toEqual([401])
    for (const tab of [first, second]) {
      expect(await tab.user()).toBe('ada')
      expect(await tab.get('/orders/1')).toMatchObject({ status: 200 })
    }
  })
})
