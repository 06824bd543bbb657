import axios, { AxiosError, type AxiosAdapter } from 'axios'
import { createAuthFetch } from 'vue-auth-refresh/fetch'
import { describe, expect, test, vi } from 'vitest'
import { isAuthError, type AuthOptions } from 'vue-auth-refresh'
import { expectError } from '../setup/console'
import { shells } from '../support/shells'
import { rejection, signedIn, startServer } from '../support/test-app'

/**
 * A user whose expired token gets no answer: the connection is cut. For the client that is the same as a 401 without
 * CORS headers, which a browser hides.
 */
async function cutOff(options: Partial<AuthOptions> = {}, adapter: 'http' | 'fetch' = 'http') {
  const server = await startServer()
  server.route('/orders', ({ headers }, response) => {
    const user = server.userOf(headers.authorization)
    if (user) response.writeHead(200).end(user)
    else response.socket?.destroy()
  })
  const app = await signedIn(server, options, { adapter })
  server.expireAccessTokens()
  return { ...app, server }
}

/** The verdict of an app that takes a failure for an expiry, while the server serves any others. */
const takeForExpiry = () =>
  vi.fn<NonNullable<AuthOptions['isExpired']>>(({ status }, error) => status === 0 && !!error)

/** The same for `fetch`, which has an option of its own. */
const throughFetch = async (isExpired: (response: Response, error?: Error) => boolean) => {
  const app = await cutOff()
  const authFetch = createAuthFetch(app.plugin, { isExpired })
  return { ...app, get: (init?: RequestInit) => authFetch(`${app.server.origin}/orders`, init) }
}

describe('31: a request that fails without a response', () => {
  test.each(['http', 'fetch'] as const)(
    'is sent again once where `isExpired` takes that for an expiry (adapter %s)',
    async (adapter) => {
      const isExpired = takeForExpiry()
      const { api, server } = await cutOff({ isExpired }, adapter)
      expect((await api.get('/orders')).data).toBe('ada')
      expect([server.refreshes, server.countOf('/orders')]).toEqual([1, 2])
      const [response, error] = isExpired.mock.calls[0]!
      expect(response).toEqual({
        status: 0,
        statusText: '',
        data: '',
        headers: {},
        config: expect.objectContaining({ url: '/orders' }),
      })
      expect(error).toBeInstanceOf(AxiosError)
      expect(isExpired.mock.lastCall).toHaveLength(1)
    },
  )

  test('by fetch, too', async () => {
    const isExpired = vi.fn(
      (response: Response, error?: Error) => response.type === 'error' && !!error,
    )
    const { get, server } = await throughFetch(isExpired)
    expect(await (await get()).text()).toBe('ada')
    expect([server.refreshes, server.countOf('/orders')]).toEqual([1, 2])
    expect(isExpired.mock.calls[0]).toEqual([expect.any(Response), expect.any(TypeError)])
  })

  test.each(shells)(
    'is a network error by default, and refreshes nothing (%s)',
    async (_, through) => {
      const { api, server } = through(await cutOff())
      const error = await rejection(api.get('/orders'))
      expect(error).toBeInstanceOf(AxiosError)
      expect(isAuthError(error)).toBe(false)
      expect([server.refreshes, server.countOf('/orders')]).toEqual([0, 1])
    },
  )

  test('rejects as it failed where `isExpired` says no, or throws', async () => {
    expectError('isExpired threw')
    expectError('isExpired threw')
    const answers = [
      () => false,
      () => {
        throw new Error('no idea')
      },
    ]
    for (const answer of answers) {
      const isExpired = (_response: unknown, error?: Error): boolean => !!error && answer()
      const { api, server } = await cutOff({ isExpired })
      expect(await rejection(api.get('/orders'))).toBeInstanceOf(AxiosError)
      const { get } = await throughFetch(isExpired)
      expect(await rejection(get())).toBeInstanceOf(TypeError)
      expect(server.refreshes).toBe(0)
    }
  })

  test('39: rejects with its own error and the reason where no refresh helps', async () => {
    const { api, server, store } = await cutOff({ isExpired: takeForExpiry() })
    server.revoke()
    const error = await rejection(api.get('/orders'))
    expect(error).toBeInstanceOf(AxiosError)
    expect(isAuthError(error, 'rejected')).toBe(true)
    expect((error as AxiosError).response).toBeUndefined()
    expect(store.status).toBe('expired')

    const { get, server: other } = await throughFetch((_response, failure) => !!failure)
    other.revoke()
    const failure = await rejection(get())
    expect(failure).toBeInstanceOf(TypeError)
    expect(isAuthError(failure, 'rejected')).toBe(true)
  })

  test('26: causes one refresh where new tokens get no answer either', async () => {
    const { api, server } = await cutOff({ isExpired: takeForExpiry() })
    server.route('/orders', (_request, response) => response.socket?.destroy())
    for (let count = 0; count < 5; count++) await rejection(api.get('/orders'))
    expect(server.refreshes).toBe(1)
    expect(server.countOf('/orders')).toBe(6)
  })

  test('leaves the transforms of its config as they were', async () => {
    const { api, server } = await cutOff({ isExpired: takeForExpiry() })
    server.route('/orders', (_request, response) => response.socket?.destroy())
    const { config } = (await rejection(api.get('/orders'))) as AxiosError
    expect(config?.transformResponse).toEqual(api.defaults.transformResponse)
  })

  test('is sent again also where it is the one of `fetchUser` or `logout`', async () => {
    const { server, store } = await cutOff({
      isExpired: takeForExpiry(),
      fetchUser: async ({ http }) => (await http.get<string>('/orders')).data,
      logout: (_tokens, { http }) => http.get('/orders'),
    })
    await store.reloadUser()
    expect(store.user).toBe('ada')
    server.expireAccessTokens()
    await store.logout()
    expect(server.refreshes).toBe(2)
    expect(server.answersTo('/orders').at(-1)).toBe(200)
  })
})

describe('17, 57: `isExpired` is not asked', () => {
  test.each(['http', 'fetch'] as const)(
    'where the caller has cancelled, or its time is up (adapter %s)',
    async (adapter) => {
      const isExpired = vi.fn(() => true)
      const { api, server } = await cutOff({ isExpired }, adapter)
      server.hold('/slow')
      const controller = new AbortController()
      const source = axios.CancelToken.source()
      const cancelled = [
        rejection(api.get('/slow', { signal: controller.signal })),
        rejection(api.get('/slow', { cancelToken: source.token })),
      ]
      await server.sees('/slow', 2)
      controller.abort()
      source.cancel()
      for (const error of await Promise.all(cancelled)) expect(axios.isCancel(error)).toBe(true)
      for (const clarifyTimeoutError of [true, false]) {
        const error = await rejection(
          api.get('/slow', { timeout: 20, transitional: { clarifyTimeoutError } }),
        )
        expect(String(error)).toContain('timeout')
      }
      expect(isExpired).not.toHaveBeenCalled()
    },
  )

  test('where a fetch was aborted, by its signal or a timeout', async () => {
    const isExpired = vi.fn(() => true)
    const { server, plugin } = await cutOff()
    const authFetch = createAuthFetch(plugin, { isExpired })
    server.hold('/slow')
    const url = `${server.origin}/slow`
    const controller = new AbortController()
    const aborted = rejection(authFetch(new Request(url, { signal: controller.signal })))
    await server.sees('/slow')
    controller.abort(new TypeError('enough'))
    expect(await aborted).toMatchObject({ message: 'enough' })
    await rejection(authFetch(url, { signal: AbortSignal.timeout(20) }))
    expect(isExpired).not.toHaveBeenCalled()
  })

  test('where an adapter of the app fails by a fault of its own', async () => {
    const isExpired = vi.fn(() => true)
    const { api } = await cutOff({ isExpired })
    const adapter: AxiosAdapter = async () => {
      throw new RangeError('a fault')
    }
    expect(await rejection(api.get('/orders', { adapter }))).toBeInstanceOf(RangeError)
    expect(isExpired).not.toHaveBeenCalled()
  })
})
