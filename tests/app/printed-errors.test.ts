// @vitest-environment jsdom
import axios, { type AxiosError, type InternalAxiosRequestConfig } from 'axios'
import { inspect } from 'node:util'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { AuthOptions, AuthStorage } from 'vue-auth-refresh'
import { createAuthFetch } from 'vue-auth-refresh/fetch'
import { findLeaks } from '../support/find-leaks'
import { useSingleTab } from '../support/jsdom-tab'
import { rejection, signedIn, startServer, type TestApp } from '../support/test-app'

useSingleTab()

const secret = /canary-\w/
const tokens = {
  access_token: 'canary-a/1',
  refresh_token: 'canary-r/2',
  token_type: 'Bearer',
  expires_in: 60,
}

/** The arguments of each call of the console. */
let printed: unknown[][]

beforeEach(() => {
  printed = []
  for (const level of ['error', 'warn'] as const) {
    vi.spyOn(console, level).mockImplementation((...args) => void printed.push(args))
  }
})

/** An error as a callback may make it of what it knows: a client's own, with all that was sent and answered. */
function errorWith(message: string): AxiosError {
  const config = {
    url: '/auth/refresh',
    headers: new axios.AxiosHeaders({ Authorization: `Bearer ${tokens.access_token}` }),
    data: JSON.stringify(tokens),
  } satisfies InternalAxiosRequestConfig
  const response = { status: 401, statusText: '', headers: {}, data: tokens, config }
  const error = new axios.AxiosError(message, 'ERR_BAD_REQUEST', config, { body: tokens }, response)
  error.cause = new Error(JSON.stringify(tokens))
  return error
}

/** The tokens that a callback is given or has sent. A listener knows none. */
function tokensOf(callback: string): string[] {
  if (callback.startsWith('onEvent')) return []
  const { access_token: token, refresh_token: refreshToken } = tokens
  return callback === 'classifyFailure' ? [token, refreshToken] : [token]
}

/** Messages that repeat what was sent, as it is and encoded. */
const messagesOf = (callback: string): string[] => [
  'no idea',
  ...tokensOf(callback).flatMap((token) => [
    `POST /?token=${encodeURIComponent(token)}`,
    `{"Authorization":"Bearer ${token}","body":${JSON.stringify(JSON.stringify({ token }))}}`,
  ]),
]

/** Each callback whose failure is printed: options that have it fail, and what calls it. */
const callbacks: Record<
  string,
  (fail: () => never) => [Partial<AuthOptions>, (app: TestApp) => Promise<unknown>]
> = {
  classifyFailure: (fail) => [
    { classifyFailure: fail, retries: 0 },
    ({ store }) => store.refresh(),
  ],
  'isExpired of axios': (fail) => [{ isExpired: fail }, ({ api }) => api.get('/orders/1')],
  'isExpired without an answer': (fail) => [
    { isExpired: fail },
    ({ api }) => api.get('http://127.0.0.1:1/', { baseURL: 'http://127.0.0.1:1/' }),
  ],
  'isExpired of `logout`': (fail) => [
    { isExpired: fail, logout: async (_tokens, { http }) => http.get('/orders/1') },
    ({ store }) => store.logout(),
  ],
  'isExpired of `fetch`': (fail) => [
    {},
    ({ plugin, api }) =>
      createAuthFetch(plugin, { isExpired: fail })(`${api.defaults.baseURL}/orders/1`),
  ],
  'onEvent, at once': (fail) => [
    { onEvent: ({ type }) => (type === 'refresh-started' ? fail() : undefined) },
    ({ store }) => store.refresh(),
  ],
  'onEvent, later': (fail) => [
    { onEvent: async ({ type }) => (type === 'refresh-started' ? fail() : undefined) },
    ({ store }) => store.refresh(),
  ],
}

describe('41: what is printed of a callback that fails has no token', () => {
  test.each(Object.keys(callbacks))('%s', async (name) => {
    for (const message of messagesOf(name)) {
      printed.length = 0
      const [options, call] = callbacks[name]!(() => {
        throw errorWith(message)
      })
      const server = await startServer()
      const app = await signedIn(server, {
        allowedOrigins: [server.origin, 'http://127.0.0.1:1'],
        ...options,
        login: async () => tokens,
      })
      await call(app).catch(() => {})
      await vi.waitUntil(() => printed.length > 0)
      expect(printed[0]![0]).toMatch(
        new RegExp(`^\\[vue-auth-refresh\\] ${name.split(/\W/)[0]} threw`),
      )
      expect(findLeaks(printed, secret)).toEqual([])
      expect(inspect(printed, { depth: 9, showHidden: true })).not.toMatch(secret)
      if (message === 'no idea') expect(inspect(printed)).toMatch(/no idea\n\s+at /)
      app.plugin.dispose()
    }
  })

  test('a storage', async () => {
    const fail = async (): Promise<never> => {
      throw errorWith('no disk')
    }
    const storage: AuthStorage = { read: fail, update: fail }
    await signedIn(await startServer(), { storage, login: async () => tokens })
    expect(inspect(printed)).toContain('no disk')
    expect(findLeaks(printed, secret)).toEqual([])
  })

  test.each<[string, unknown, string]>([
    ['a text', `Bearer ${tokens.access_token}`, 'Bearer [redacted]'],
    ['a response', { config: { data: tokens } }, 'an object'],
    ['nothing', undefined, 'undefined'],
  ])('%s that is thrown', async (_, thrown, text) => {
    const { api } = await signedIn(await startServer(), {
      login: async () => tokens,
      isExpired: () => {
        throw thrown
      },
    })
    await rejection(api.get('/orders/1'))
    expect(printed).toEqual([[expect.stringContaining('isExpired threw'), new Error(text)]])
  })
})
