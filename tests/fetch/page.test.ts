// @vitest-environment jsdom
import axios from 'axios'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createAuthFetch } from 'vue-auth-refresh/fetch'
import { expectWarning } from '../setup/console'
import { createTestApp } from '../support/test-app'

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
