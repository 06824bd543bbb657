// Clients as generators make them, in the way that their documentation sets them up.

import axios, { type AxiosInstance, type AxiosRequestConfig, type AxiosResponse } from 'axios'
import { describe, expect, test } from 'vitest'
import { isAuthError, type AuthOptions } from 'vue-auth-refresh'
import type { AuthServer } from '../fixtures/auth-server'
import { expectWarning } from '../setup/console'
import { createTestApp, rejection, signedIn, startServer, type TestApp } from '../support/test-app'

interface Echo {
  user: string
}

/** Callbacks that know the address of the server, because the instance does not. */
const absolute = (server: AuthServer): Partial<AuthOptions> => ({
  login: async (credentials, { http }) =>
    (await http.post<unknown>(`${server.origin}/auth/login`, credentials)).data,
  refresh: async ({ refreshToken }, { http }) =>
    (await http.post<unknown>(`${server.origin}/auth/refresh`, { refreshToken })).data,
})

/** One call is answered, one outlives an expiry, and the end of the session tells its reason. */
async function expectToWork(
  { server, store }: { server: AuthServer; store: TestApp['store'] },
  call: (path: string) => Promise<unknown>,
): Promise<void> {
  expect(await call('/orders/1')).toMatchObject({ user: 'ada' })
  server.expireAccessTokens()
  expect(await Promise.all([call('/orders/2'), call('/orders/3')])).toMatchObject([
    { user: 'ada' },
    { user: 'ada' },
  ])
  expect(server.refreshes).toBe(1)
  server.revoke()
  await rejection(call('/orders/4'))
  expect(store.status).toBe('expired')
}

describe('hey-api', () => {
  interface Config extends AxiosRequestConfig {
    axios?: AxiosInstance
  }

  /** Makes the URL absolute, takes the base URL away, and keeps its own settings in the defaults of the instance. */
  function createClient(config: Config) {
    let settings = config
    const instance = config.axios ?? axios.create(config)
    return {
      instance,
      setConfig(changed: Config) {
        settings = { ...settings, ...changed }
        instance.defaults = { ...instance.defaults, ...settings } as typeof instance.defaults
      },
      async get(url: string, options: Config = {}): Promise<unknown> {
        const { data } = await (settings.axios ?? instance)<unknown>({
          ...settings,
          ...options,
          method: 'GET',
          baseURL: '',
          headers: { ...(settings.headers as object), ...(options.headers as object) },
          url: `${settings.baseURL}${url}`,
        })
        return data
      },
    }
  }

  test('with the instance that it makes', async () => {
    const server = await startServer()
    const client = createClient({ baseURL: server.origin })
    const app = await signedIn(server, { axios: client.instance })
    await expectToWork({ server, ...app }, (path) => client.get(path))
  })

  test('with the instance of the app', async () => {
    const server = await startServer()
    const api = axios.create({ baseURL: server.origin })
    const app = await signedIn(server, { axios: api })
    const client = createClient({ axios: api, baseURL: server.origin })
    await expectToWork({ server, ...app }, (path) => client.get(path))
  })

  test.each(['before', 'after'])(
    'that is told its base URL %s the plugin is made',
    async (when) => {
      const server = await startServer()
      const client = createClient({ axios: axios.create({ adapter: 'http' }) })
      if (when === 'before') client.setConfig({ baseURL: server.origin })
      const app = await signedIn(server, { axios: client.instance, ...absolute(server) })
      if (when === 'after') client.setConfig({ baseURL: server.origin })
      await expectToWork({ server, ...app }, (path) => client.get(path))
    },
  )

  test.each(['http://other.invalid', undefined])(
    'whose callbacks have relative URLs, once it is told its base URL in place of %s',
    async (baseURL) => {
      const server = await startServer()
      const own = axios.create({ adapter: 'http', ...(baseURL && { baseURL }) })
      const client = createClient({ axios: own })
      const fetchUser: AuthOptions['fetchUser'] = async ({ http }) => (await http.get('/me')).data
      const app = createTestApp(server, { axios: own, fetchUser })
      client.setConfig({ baseURL: server.origin })
      await app.store.login({ user: 'ada' })
      expect(app.store.user).toEqual({ name: 'ada' })
      await expectToWork({ server, ...app }, (path) => client.get(path))
      expect(await rejection(app.store.refresh())).toMatchObject({ code: 'unauthenticated' })
    },
  )

  test('whose settings are changed without a base URL', async () => {
    const server = await startServer()
    const client = createClient({ baseURL: server.origin })
    const app = await signedIn(server, { axios: client.instance })
    client.setConfig({ headers: { 'X-Own': 'yes' } })
    await expectToWork({ server, ...app }, (path) => client.get(path))
    expect(server.seen.filter(({ headers }) => headers['x-own']).length).toBeGreaterThan(0)
  })
})

describe('openapi-typescript-codegen', () => {
  /** Sends an absolute URL by a client that is passed to it, with a token of its own if it has one. */
  async function request(
    { BASE, TOKEN }: { BASE: string; TOKEN?: () => Promise<string | undefined> },
    path: string,
    client: AxiosInstance,
  ): Promise<unknown> {
    const token = await TOKEN?.()
    const source = axios.CancelToken.source()
    const failed = (error: Error & { response?: AxiosResponse }): AxiosResponse => {
      if (error.response) return error.response
      throw error
    }
    const headers = {
      Accept: 'application/json',
      ...(token && { Authorization: `Bearer ${token}` }),
    }
    const { status, data } = await client
      .request<unknown>({
        url: `${BASE}${path}`,
        headers,
        data: undefined,
        method: 'GET',
        withCredentials: false,
        cancelToken: source.token,
      })
      .catch(failed)
    if (status >= 400) throw Object.assign(new Error('ApiError'), { status, body: data })
    return data
  }

  test('with an instance that has the base URL', async () => {
    const server = await startServer()
    const app = await signedIn(server)
    await expectToWork({ server, ...app }, (path) =>
      request({ BASE: server.origin }, path, app.api),
    )
  })

  test('with an instance without one, and the origin by name', async () => {
    const server = await startServer()
    const api = axios.create({ adapter: 'http' })
    const allowedOrigins = [server.origin]
    const app = await signedIn(server, { axios: api, allowedOrigins, ...absolute(server) })
    await expectToWork({ server, ...app }, (path) => request({ BASE: server.origin }, path, api))
  })

  test('with an instance without one, as its docs have it, a warning says what to name', async () => {
    const server = await startServer()
    const api = axios.create({ adapter: 'http' })
    await signedIn(server, { axios: api, ...absolute(server) })
    expectWarning('Name the origin of the API in `allowedOrigins`')
    await rejection(request({ BASE: server.origin }, '/orders/1', api))
    await rejection(request({ BASE: server.origin }, '/orders/2', api))
  })

  test('its error tells why the session is over, though it throws the body of the answer', async () => {
    const server = await startServer()
    const { api } = await signedIn(server)
    server.revoke()
    const error = await rejection(request({ BASE: server.origin }, '/orders/1', api))
    expect(isAuthError((error as { body: unknown }).body, 'rejected')).toBe(true)
  })

  test('a `TOKEN` that is not there leaves the token to the plugin', async () => {
    const server = await startServer()
    const app = await signedIn(server)
    const settings = { BASE: server.origin, TOKEN: async () => undefined }
    await expectToWork({ server, ...app }, (path) => request(settings, path, app.api))
  })
})

describe('orval', () => {
  /** The mutator: every generated call goes through it, and can be cancelled. */
  function mutator<T>(
    instance: AxiosInstance,
    config: AxiosRequestConfig,
    options?: AxiosRequestConfig,
  ): Promise<T> & { cancel(): void } {
    const source = axios.CancelToken.source()
    const promise = instance<T>({ ...config, ...options, cancelToken: source.token }).then(
      ({ data }) => data,
    )
    return Object.assign(promise, { cancel: () => source.cancel('Query was cancelled') })
  }

  test('calls are answered, and outlive an expiry', async () => {
    const server = await startServer()
    const app = await signedIn(server)
    await expectToWork({ server, ...app }, (url) =>
      mutator<Echo>(app.api, { url, method: 'GET', params: { page: 1 } }),
    )
  })

  test('17: a query that is cancelled while it waits for a refresh is not sent again', async () => {
    const server = await startServer()
    const { api } = await signedIn(server)
    server.hold('/auth/refresh')
    server.expireAccessTokens()
    const query = mutator<Echo>(api, { url: '/orders/1', method: 'GET' })
    await server.sees('/auth/refresh')
    query.cancel()
    expect(axios.isCancel(await rejection(query))).toBe(true)
    expect(server.countOf('/orders/1')).toBe(1)
  })
})
