import { expect, test } from 'vitest'
import type { Fault } from '../fixtures/auth-server.ts'
import { findLeaks } from '../support/find-leaks.ts'
import { useTabs, type TabsOptions } from '../support/chromium/use-tabs.ts'
import { noteShown, Witness } from './witness.ts'

// In Node, with what callers and devtools get: tests/invariants/canary.test.ts.

// No user is fetched, or the other tab may be refused first.
const tabs = useTabs({ before: noteShown, hasUser: false, refreshTimeout: 600, retries: 0 })

/** Matches every token of the server. */
const canary = /(?:access|refresh)-[a-z]+-\d/

const kinds: [string, TabsOptions][] = [
  ['by default', {}],
  ['without Web Locks', { isInsecure: true }],
  ['in localStorage', { storage: 'local' }],
  ['in sessionStorage', { storage: 'session' }],
  ['by cookie', { session: 'refresh-cookie' }],
]

const failures: [string, Fault][] = [
  ['not answered', { kind: 'reset' }],
  ['cut off in the answer', { kind: 'reset-mid-body' }],
  ['put off', { kind: 'answer', status: 503, headers: { 'retry-after': '9' } }],
  ['answered with what was sent', { kind: 'answer', status: 200, body: '"refresh-ada-1"' }],
]

test.each(kinds)('41: no token is seen of a session %s, nor left', async (_, options) => {
  const [tab, other] = await tabs.open(2, options)
  const witnesses = [tab, other].map(({ page }) => new Witness(page))
  const refresh = options.session ? '/cookie/refresh' : '/auth/refresh'
  const expectUnseen = async (when: string): Promise<void> => {
    const urls = tabs.server.seen.map(({ url, headers }) => [url, headers.referer])
    for (const witness of witnesses) {
      expect(findLeaks({ ...(await witness.seen()), urls }, canary), when).toEqual([])
    }
  }
  const expectUnstored = async (when: string): Promise<void> => {
    for (const witness of witnesses) {
      expect(findLeaks(await witness.stored(), canary), when).toEqual([])
    }
  }

  await tab.visit('/private')
  await tab.login()
  await tab.arrives('/private')
  await tab.get('/orders/1')
  await expectUnseen('after a login')
  // Or nothing was looked at.
  expect(findLeaks(await witnesses[0]!.stored(), canary)).not.toEqual([])

  tabs.server.expireAccessTokens()
  expect(await tab.getMany(2)).toEqual([200, 200])
  expect(tabs.server.countOf(refresh)).toBeGreaterThan(0)
  await expectUnseen('after a refresh')
  await witnesses[0]!.reload()
  await tab.settled()
  expect(await tab.status()).toBe('authenticated')
  await expectUnseen('after a reload')

  for (const [what, fault] of failures) {
    // A new session each time: after a failure, the old one would not ask again at once.
    await tab.login()
    tabs.server.expireAccessTokens()
    // Chromium itself asks again where a connection is cut.
    tabs.server.everyFault = fault
    expect(await tab.get('/orders/1')).toMatchObject({ code: 'unreachable' })
    tabs.server.everyFault = null
    await expectUnseen(`after a refresh that was ${what}`)
  }
  await tab.login('ben')
  await expectUnseen('after a login as another user')
  await tab.logout()
  await tab.arrives('/login')
  await expectUnseen('after a logout')
  await expectUnstored('after a logout')

  await tab.login()
  tabs.server.revoke()
  expect(await tab.get('/orders/1')).toMatchObject({ code: 'rejected' })
  await tab.becomes('expired')
  await expectUnseen('after a refusal')
  // The server has refused the cookie, and left it.
  if (!options.session) await expectUnstored('after a refusal')
})
