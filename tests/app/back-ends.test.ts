// @vitest-environment jsdom
// The blocks of docs/guide/back-ends.md, each against a stand-in that speaks the protocol of its back end. Nothing here
// may load axios before the page has the address of the server: axios reads it once.
import { join } from 'node:path'
import type { AxiosInstance } from 'axios'
import type { AuthPlugin } from 'vue-auth-refresh'
import { afterAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { account, backEnds, serveBackEnds } from '../fixtures/back-ends'
import { expectWarning } from '../setup/console'
import { useSingleTab } from '../support/jsdom-tab'
import { makeFolder, readSamples, writeApp } from '../support/readme-samples'

const PAGE = 'docs/guide/back-ends.md'
/** Their blocks are run by tests/oauth2/providers.test.ts. */
const providers = ['Keycloak', 'Auth0', 'Microsoft Entra ID']

/** The page as Vitest offers it. */
declare const jsdom: {
  readonly cookieJar: {
    getCookieStringSync(url: string): string
    setCookieSync(cookie: string, url: string): unknown
    removeAllCookiesSync(): void
  }
  reconfigure(settings: { url: string }): void
}

const server = await serveBackEnds()
afterAll(() => server.stop())
jsdom.reconfigure({ url: `${server.origin}/` })

useSingleTab()

/** `fetch` as a page has it: with cookies, some of which `document.cookie` shows. */
beforeEach(() => {
  const { fetch } = globalThis
  vi.stubGlobal('fetch', async (...args: Parameters<typeof fetch>) => {
    const request = new Request(...args)
    const cookie = jsdom.cookieJar.getCookieStringSync(request.url)
    if (cookie) request.headers.set('cookie', cookie)
    const response = await fetch(request)
    for (const one of response.headers.getSetCookie()) {
      jsdom.cookieJar.setCookieSync(one, request.url)
    }
    return response
  })
  return () => jsdom.cookieJar.removeAllCookiesSync()
})

/** The app of a section, in a page without a user. */
async function open(section: string) {
  const issued = server.use(backEnds[section]!.speak)
  const samples = (await readSamples(PAGE)).get(section)
  if (!samples) throw new Error(`${PAGE} has no section ${section}`)
  const [folder, remove] = await makeFolder()
  onTestFinished(remove)
  await writeApp(folder, samples)
  const load = (path: string): Promise<unknown> => import(/* @vite-ignore */ join(folder, path))

  const { api } = (await load('src/api.ts')) as { api: AxiosInstance }
  // The XMLHttpRequest of jsdom takes the server for another origin, and Node's `fetch` knows no relative URL.
  api.defaults.adapter = 'fetch'
  api.defaults.baseURL = new URL(
    new URL(api.defaults.baseURL ?? '', location.href).pathname,
    location.href,
  ).href
  const { authPlugin } = (await load('src/auth.ts')) as {
    authPlugin: AuthPlugin
  }
  const { createApp } = await import('vue')
  const { createPinia } = await import('pinia')
  const { useAuthStore, isAuthError } = await import('vue-auth-refresh')
  const pinia = createPinia()
  createApp({ render: () => null })
    .use(pinia)
    .use(authPlugin)
  onTestFinished(() => authPlugin.dispose())
  await authPlugin.ready
  const store = useAuthStore(pinia)
  return { issued, store, api, isAuthError }
}

const requests = 6

test.each(Object.keys(backEnds))('%s', async (section) => {
  // jsdom has no IndexedDB, so memory stands in.
  expectWarning('indexedDB is not defined')
  const { lifetime, canRenew = true, hasLogout = true } = backEnds[section]!
  const { issued, store, api, isAuthError } = await open(section)

  async function ask(method: string): Promise<unknown> {
    const { data } = await api.request<unknown>({ url: '/orders', method })
    return Object(data).data ?? data
  }
  /** Requests at the same time, safe ones and others. */
  async function askTogether(): Promise<unknown[]> {
    issued.exchanges = 0
    const asked = Array.from({ length: requests }, (_, index) => ask(index % 2 ? 'GET' : 'POST'))
    const all = await Promise.allSettled(asked)
    return all.map((one) => (one.status === 'fulfilled' ? one.value : one.reason))
  }
  const orders = Array.from({ length: requests }, () => ['order'])

  await expect(store.login({ ...account, password: 'wrong' })).rejects.toThrow()
  expect(store.status).toBe('anonymous')

  await store.login(account)
  expect(store.status).toBe('authenticated')
  expect(Object.keys(Object(store.user))).not.toEqual([])
  const left = store.expiresAt && Math.round((store.expiresAt - Date.now()) / 60_000) * 60
  expect(left).toBe(lifetime)
  expect(await askTogether()).toEqual(orders)
  expect(issued.exchanges).toBe(0)

  // Twice, as the second refresh has what the first one rotated.
  for (let round = 0; round < 2; round++) {
    if (canRenew) issued.expire()
    else await store.refresh()
    expect(await askTogether()).toEqual(orders)
    expect(issued.exchanges).toBe(canRenew ? 1 : 0)
  }

  issued.revoke()
  const refused = await askTogether()
  expect(refused.map((answer) => isAuthError(answer, 'rejected'))).not.toContain(false)
  expect(store.status).toBe('expired')
  expect(issued.exchanges).toBe(1)

  await store.login(account)
  await store.logout()
  expect(store.status).toBe('anonymous')
  expect(issued.refresh.size).toBe(hasLogout ? 0 : 1)
})

test('each section of the page with a block has its test', async () => {
  const sections = [...(await readSamples(PAGE)).keys()]
  expect(sections).toEqual([...Object.keys(backEnds), ...providers])
})
