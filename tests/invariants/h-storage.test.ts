// @vitest-environment jsdom
import axios from 'axios'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { memoryStorage, type AuthOptions } from 'vue-auth-refresh'
import { showPage, useSingleTab } from '../support/jsdom-tab'
import { createTestApp, signedIn, startServer } from '../support/test-app'

useSingleTab()

beforeEach(() => {
  localStorage.clear()
})

const page = location.origin

/** Two apps of one origin: the base URL, name and API of each; and whether they share a session. */
type Pair = [one: Partial<AuthOptions>, other: Partial<AuthOptions>]
const instance = (baseURL?: string): Pick<AuthOptions, 'axios'> => ({
  axios: axios.create(baseURL === undefined ? {} : { baseURL }),
})

const apart: Record<string, () => Pair> = {
  'APIs of two origins': () => [instance('https://a.test'), instance('https://b.test')],
  'two ports': () => [instance('http://a.test:1'), instance('http://a.test:2')],
  'two paths of one origin': () => [
    instance('https://a.test/a/api'),
    instance('https://a.test/b/api'),
  ],
  'two paths of the page’s origin': () => [instance('/a/api'), instance('/b/api')],
  'a path that begins with the other': () => [instance('/api'), instance('/api2')],
  'the page’s origin and another one': () => [instance('/'), instance('https://a.test')],
  'no base URL and one': () => [instance(), instance('/api')],
  'two clients of one provider': () => [
    { ...instance('/api'), api: 'https://login.test a' },
    { ...instance('/api'), api: 'https://login.test b' },
  ],
  'two names': () => [instance('/api'), { ...instance('/api'), name: 'admin' }],
}

const together: Record<string, () => Pair> = {
  'the same base URL': () => [instance('https://a.test/api'), instance('https://a.test/api')],
  'the same but for a slash': () => [
    instance('https://a.test/api'),
    instance('https://a.test/api/'),
  ],
  'the same but for how the host is written': () => [
    instance('https://a.test'),
    instance('https://A.test:443/'),
  ],
  'the same but for a query': () => [instance('/api'), instance('/api?key=1')],
  'a path and the whole URL of it': () => [instance('/api'), instance(`${page}/api`)],
  'a path without a slash': () => [instance('api'), instance('/api')],
  'no base URL': () => [instance(), instance()],
  'two base URLs, and one API by name': () => [
    { ...instance('/a'), api: 'shop' },
    { ...instance('/b'), api: 'shop' },
  ],
  'a base URL that a generated client has set': () => {
    const generated = axios.create()
    generated.defaults = { ...generated.defaults, baseURL: 'https://a.test' }
    return [{ axios: generated }, instance('https://a.test')]
  },
}

const nowhere = { origin: 'http://server.invalid' }
const tokens = { access_token: 'A1', refresh_token: 'R1' }

/** Whether the other app finds the session that one has begun. */
async function isShared([one, other]: Pair): Promise<boolean> {
  const storage = memoryStorage()
  const first = createTestApp(nowhere, { storage, ...one })
  await first.store.setSession(tokens)
  const second = createTestApp(nowhere, { storage, ...other })
  await second.plugin.ready
  return second.store.isAuthenticated
}

describe('50: apps of one origin', () => {
  test.each(Object.keys(apart))('with %s do not share a session', async (kind) => {
    expect(await isShared(apart[kind]!())).toBe(false)
  })

  test.each(Object.keys(together))('with %s share it', async (kind) => {
    expect(await isShared(together[kind]!())).toBe(true)
  })

  test('with two APIs neither send nor remove the session of the other, nor wait for it', async () => {
    const servers = [await startServer(), await startServer()]
    const storage = memoryStorage()
    const [one, other] = [
      await signedIn(servers[0]!, { storage }, { adapter: 'http' }),
      await signedIn(servers[1]!, { storage }, { adapter: 'http' }),
    ]
    const request = vi.spyOn(navigator.locks, 'request')
    for (const server of servers) server.expireAccessTokens()
    for (const { api } of [one, other]) expect((await api.get('/orders/1')).status).toBe(200)
    expect(new Set(request.mock.calls.map(([name]) => name)).size).toBe(2)
    for (const server of servers) expect([server.refreshes, server.reusedTokens]).toEqual([1, 0])
    await other.store.logout()
    showPage(true)
    expect((await one.api.get('/orders/2')).status).toBe(200)
    expect(one.store.isAuthenticated).toBe(true)
  })
})
