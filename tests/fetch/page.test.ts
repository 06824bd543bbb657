// @vitest-environment jsdom
import axios, { AxiosError, type AxiosResponse } from 'axios'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { AuthOptions } from 'vue-auth-refresh'
import { createAuthFetch } from 'vue-auth-refresh/fetch'
import { createLatch } from '../../src/utils/waiting'
import { expectWarning } from '../setup/console'
import { useSingleTab } from '../support/jsdom-tab'
import { createTestApp } from '../support/test-app'

useSingleTab()

/** An app in a page whose user is signed in, with a fetch that sends nothing. */
async function createPage(baseURL = '') {
  const sent: boolean[] = []
  const { plugin, store } = createTestApp(
    { origin: location.origin },
    { axios: axios.create({ baseURL }) },
  )
  await store.setSession({ access_token: 'access', refresh_token: 'refresh' })
  const authFetch = createAuthFetch(plugin, {
    fetch: vi.fn(async (_input: unknown, init?: RequestInit) => {
      sent.push(new Headers(init?.headers).has('authorization'))
      return new Response()
    }),
  })
  /** Whether a request carries the token. */
  return async (url: string | URL): Promise<boolean> => {
    await authFetch(url)
    return sent.at(-1)!
  }
}

function addBase(href: string): void {
  const base = document.head.appendChild(document.createElement('base'))
  base.href = href
  onTestFinished(() => base.remove())
}

describe('40: in a page, the token goes', () => {
  test.each(['/orders', 'orders', '?page=2', '', `${location.origin}/orders`])(
    'to %j, which is of the page',
    async (url) => {
      expect(await (await createPage())(url)).toBe(true)
    },
  )

  test('to what is relative to an API that is relative to the page', async () => {
    expect(await (await createPage('/api'))('/api/orders')).toBe(true)
  })

  test('to the origin of an absolute API', async () => {
    expect(await (await createPage('https://api.test/v1'))('https://api.test/v2')).toBe(true)
  })
})

describe('40: in a page, the token does not go', () => {
  test.each([
    '//evil.test/orders',
    'https://evil.test',
    'HTTPS:\\\\evil.test',
    ' https://evil.test',
    'ht\ntps://evil.test',
    '/\t/evil.test',
    '/\\evil.test',
    'blob:https://evil.test/1',
    'data:,x',
    'https://:0',
  ])('to %j', async (url) => {
    expect(await (await createPage(location.origin))(url)).toBe(false)
  })

  test('elsewhere without a base either, with a warning that says what to name', async () => {
    expectWarning('Name the origin of the API in `allowedOrigins`')
    expect(await (await createPage())('https://api.test')).toBe(false)
  })

  test('to the page, where the API is elsewhere', async () => {
    expect(await (await createPage('https://api.test'))('/orders')).toBe(false)
  })

  test('60: where a `<base>` element leads, with a warning', async () => {
    const goes = await createPage()
    addBase('https://evil.test/')
    expectWarning('because a `<base>` element leads it to another origin')
    expect(await goes('/orders')).toBe(false)
    expect(await goes(`${location.origin}/orders`)).toBe(true)
  })
})

test('60: a `<base>` element of the same origin moves nothing', async () => {
  const goes = await createPage()
  addBase('/deep/')
  expect(await goes('orders')).toBe(true)
})

/** How a page sends: through axios, or by an auth fetch. */
const senders = ['axios', 'fetch'] as const

/** An app whose refresh, asking and `attach` wait for a gate. It notes where each request goes, and its token. */
async function createWaitingPage(
  sender: (typeof senders)[number],
  options: Partial<AuthOptions>,
  isAttachSlow: boolean,
) {
  const gate = createLatch()
  const sent: string[] = []
  /** Refuses the first token, and as `challenge` says. */
  let challenge = ''
  const answerTo = (url: string, token: string | null): [number, Record<string, string>] => {
    sent.push(`${new URL(url, document.baseURI).origin} ${token}`)
    return token === 'Bearer old' ? [401, { 'www-authenticate': challenge }] : [200, {}]
  }
  const attach = async (headers: { set(name: string, value: string): void }, token: string) => {
    await gate.opened
    headers.set('authorization', `Bearer ${token}`)
  }
  const { plugin, store, api } = createTestApp(
    { origin: location.origin },
    {
      refresh: async () => {
        await gate.opened
        return { access_token: 'new', refresh_token: 'R2' }
      },
      ...(isAttachSlow && { attach: ({ headers }, token) => attach(headers, token) }),
      ...options,
      axios: axios.create({
        adapter: async (config) => {
          const token = config.headers.get('Authorization')
          const [status, headers] = answerTo(axios.getUri(config), token ? String(token) : null)
          const response = { status, headers, config, data: '', statusText: '' } as AxiosResponse
          if (status === 200) return response
          throw new AxiosError('refused', 'ERR_BAD_REQUEST', config, null, response)
        },
      }),
    },
  )
  const authFetch = createAuthFetch(plugin, {
    ...(isAttachSlow && { attach }),
    fetch: async (input, init) => {
      const token = new Headers(init?.headers).get('authorization')
      const [status, headers] = answerTo(input as string, token)
      return new Response(null, { status, headers })
    },
  })
  return {
    gate,
    sent,
    store,
    get: (): Promise<unknown> => (sender === 'axios' ? api.get('/orders') : authFetch('/orders')),
    refuseBy: (text: string) => void (challenge = text),
  }
}

describe.each(senders)('60: a `<base>` that comes while a request of %s waits', (sender) => {
  const tokens = { access_token: 'old', refresh_token: 'R1' }
  const over = { ...tokens, expires_at: new Date(Date.now() - 60_000) }
  const stepUp = 'Bearer error="insufficient_user_authentication"'
  const here = `${location.origin} Bearer old`

  test.each<[string, typeof tokens, string[], (string | boolean)?]>([
    ['for the refresh after a refusal', tokens, [here]],
    ['for a refresh before it is sent', over, []],
    ['for an `attach` that takes its time', { ...tokens, access_token: 'other' }, [], true],
    ['for its user to step up', tokens, [here], stepUp],
    ['for its user to sign in again', tokens, [here], 'refused'],
  ])('%s, takes no token along', async (_what, given, before, how) => {
    const isAsked = typeof how === 'string'
    const page = await createWaitingPage(
      sender,
      isAsked
        ? {
            isSameUser: () => true,
            fetchUser: async () => 'ada',
            refresh: () =>
              Promise.reject(Object.assign(new Error(), { response: { status: 400 } })),
            async reauthenticate() {
              await page.gate.opened
              await page.store.setSession({ access_token: 'new', refresh_token: 'R2' })
            },
          }
        : {},
      how === true,
    )
    if (how === stepUp) page.refuseBy(stepUp)
    await page.store.setSession(given)
    const answer = page.get()
    await vi.waitFor(() => expect(page.sent).toEqual(before))
    addBase('https://evil.test/')
    expectWarning('because a `<base>` element leads it to another origin')
    page.gate.open()
    await answer
    expect(page.sent).toEqual([...before, 'https://evil.test null'])
  })
})
