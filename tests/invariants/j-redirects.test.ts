import axios, { type InternalAxiosRequestConfig } from 'axios'
import { describe, expect, test } from 'vitest'
import { isAuthError, type AuthOptions } from 'vue-auth-refresh'
import type { AuthServer } from '../fixtures/auth-server'
import { findLeaks } from '../support/find-leaks'
import { createTestApp, rejection, signedIn, startServer } from '../support/test-app'

const REFUSED = 'use the final URL'
const SECRETS = /access-ada|refresh-ada|hunter2/
const adapters = ['http', 'fetch'] as const
const statuses = [301, 302, 303, 307, 308]

/** A server, and one of another origin that takes down all that arrives. */
async function startTwo(): Promise<{ server: AuthServer; other: AuthServer }> {
  return { server: await startServer(), other: await startServer() }
}

function redirect(server: AuthServer, path: string, location: string, status = 307): void {
  server.route(path, (_request, response) => void response.writeHead(status, { location }).end())
}

/** Fails where a secret has arrived, in whatever part of a request. */
function expectNoSecret(other: AuthServer): void {
  const seen = other.seen.map(({ url, rawHeaders, body }) => [url, rawHeaders, String(body)])
  expect(findLeaks(seen, SECRETS)).toEqual([])
}

describe.each(adapters)('59: through the %s adapter', (adapter) => {
  describe.each(statuses)('a redirect with status %i', (status) => {
    test('of the token endpoint takes no refresh token along, and the session goes on', async () => {
      const { server, other } = await startTwo()
      const { store } = await signedIn(server, { retries: 0 }, { adapter })
      redirect(server, '/auth/refresh', `${other.origin}/auth/refresh`, status)

      const error = await rejection(store.refresh())
      expect(isAuthError(error, 'unreachable')).toBe(true)
      expect(String((error as Error).cause)).toContain(REFUSED)
      expect(store.status).toBe('authenticated')
      expect(other.seen).toEqual([])
    })

    test('of a login takes no password along', async () => {
      const { server, other } = await startTwo()
      redirect(server, '/auth/login', `${other.origin}/auth/login`, status)
      const { store } = createTestApp(server, {}, { adapter })

      const error = await rejection(store.login({ user: 'ada', password: 'hunter2' }))
      expect(axios.isAxiosError(error) && error.response?.status).toBe(status)
      expect(String(error)).toContain(REFUSED)
      expect(other.seen).toEqual([])
    })

    test('of a logout takes no token along', async () => {
      const { server, other } = await startTwo()
      const { store, events } = await signedIn(server, {}, { adapter })
      redirect(server, '/auth/logout', `${other.origin}/auth/logout`, status)

      await store.logout()
      expect(events).toContainEqual(expect.objectContaining({ type: 'logout-failed' }))
      expect(other.seen).toEqual([])
    })

    test('takes no header of `attach` along', async () => {
      const { server, other } = await startTwo()
      const attach: AuthOptions['attach'] = ({ headers }, token) => {
        headers.set('X-Token', token)
        headers.set('X-API.Key', token)
        headers.set('Cookie', `session=${token}`)
      }
      const { api } = await signedIn(server, { attach }, { adapter })
      redirect(server, '/moved', `${other.origin}/public`, status)

      await api.post('/moved', 'order').catch(() => {})
      expect(other.seen).toHaveLength(adapter === 'http' ? 1 : 0)
      expectNoSecret(other)
    })

    test('takes no body along that `attach` has put the token into', async () => {
      const { server, other } = await startTwo()
      const attach: AuthOptions['attach'] = (config, token) =>
        void (config.data = `token=${token}&${String(config.data)}`)
      const { api } = await signedIn(server, { attach }, { adapter })
      redirect(server, '/moved', `${other.origin}/public`, status)

      await rejection(api.post('/moved', 'order=1'))
      expect(other.seen).toEqual([])
    })
  })

  test('a redirect to a subdomain takes no credential along', async () => {
    const server = await startServer()
    const base = server.origin.replace('127.0.0.1', 'app.test')
    const elsewhere = base.replace('app.test', 'evil.app.test')
    const lookup: InternalAxiosRequestConfig['lookup'] = (_host, _options, found) =>
      found(null, '127.0.0.1', 4)
    // `fetch` in Node takes no `lookup`: there, another name for this machine is another origin as well.
    const isHttp = adapter === 'http'
    const baseURL = isHttp ? base : server.origin
    redirect(
      server,
      '/moved',
      `${isHttp ? elsewhere : server.origin.replace('127.0.0.1', 'localhost')}/public`,
    )
    const { api } = await signedIn(server, {}, { adapter, baseURL, ...(isHttp && { lookup }) })

    expect((await api.get('/moved')).data).toEqual({ authorization: null })
  })

  test('a redirect back from another origin does not bring the credential back', async () => {
    const { server, other } = await startTwo()
    redirect(server, '/moved', `${other.origin}/back`)
    redirect(other, '/back', `${server.origin}/public`)
    const { api } = await signedIn(server, {}, { adapter })

    expect((await api.get('/moved')).data).toEqual({ authorization: null })
    expectNoSecret(other)
  })

  test('an application that names a `redirect` for `fetch` decides itself', async () => {
    const { server, other } = await startTwo()
    redirect(server, '/moved', `${other.origin}/public`)
    const attach: AuthOptions['attach'] = ({ headers }, token) => void headers.set('X-Token', token)
    const { api, store } = await signedIn(server, { attach }, { adapter })

    await api.get('/moved', { fetchOptions: { redirect: 'follow' } })
    const arrived = other.seen.map(({ headers }) => headers['x-token'])
    expect(arrived).toEqual([adapter === 'fetch' ? store.token : undefined])
  })

  test('a redirect within the origin carries a header of `attach`, where it is followed', async () => {
    const server = await startServer()
    redirect(server, '/moved', '/there')
    server.route('/there', ({ headers }, response) => response.end(String(headers['x-token'])))
    const attach: AuthOptions['attach'] = ({ headers }, token) => void headers.set('X-Token', token)
    const { api, store } = await signedIn(server, { attach }, { adapter })

    if (adapter === 'http') expect((await api.get<string>('/moved')).data).toBe(store.token)
    else expect(await rejection(api.get('/moved'))).toMatchObject({ response: { status: 307 } })
  })
})

test('59: `beforeRedirect` of the application is called, without a credential, and stays in the config', async () => {
  const { server, other } = await startTwo()
  redirect(server, '/moved', `${other.origin}/public`)
  const seen: unknown[] = []
  const beforeRedirect: InternalAxiosRequestConfig['beforeRedirect'] = (options, { statusCode }) =>
    void seen.push(statusCode, { ...(options['headers'] as object) })
  const { api } = await signedIn(server, {}, { beforeRedirect })

  const { config } = await api.get('/moved')
  expect(seen).toEqual([307, expect.not.objectContaining({ authorization: expect.anything() })])
  expect(findLeaks(seen, SECRETS)).toEqual([])
  expect(config.beforeRedirect).toBe(beforeRedirect)
})

test('59: an adapter of the application is told to follow no redirect of a callback', async () => {
  const server = await startServer()
  const told: unknown[] = []
  const send = axios.getAdapter('http')
  const adapter = (config: InternalAxiosRequestConfig): ReturnType<typeof send> => {
    if (config.url?.startsWith('/auth')) told.push([config.maxRedirects, config.fetchOptions])
    return send(config)
  }
  const { store } = await signedIn(server, {}, { adapter })
  await store.refresh()

  const none = [0, expect.objectContaining({ redirect: 'manual' })]
  expect(told).toEqual([none, none])
})
