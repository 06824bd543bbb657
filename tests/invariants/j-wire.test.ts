import { Agent, createServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axios, { type InternalAxiosRequestConfig } from 'axios'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { memoryStorage, type AuthOptions } from 'vue-auth-refresh'
import {
  fromRecord,
  isLapsed,
  isOfUser,
  isSession,
  isUntold,
  nobody,
} from '../../src/session/record'
import { sessionOf, standingOf } from '../../src/session/session-state'
import { AuthError } from '../../src/errors'
import { expectWarning } from '../setup/console'
import { findLeaks } from '../support/find-leaks'
import { createTestApp, optionsFor, rejection, signedIn, startServer } from '../support/test-app'

/** A server behind a socket of this machine. It answers with the headers that it was sent. */
async function startSocket(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'socket-'))
  const path = join(folder, 'api')
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ authorization: request.headers.authorization ?? null }))
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true })
  })
  return path
}

describe('40: a socket leads anywhere, whatever the URL says', () => {
  test('a socket of one request gets no token, with a warning', async () => {
    const server = await startServer()
    const socketPath = await startSocket()
    const { api } = await signedIn(server)
    expectWarning('because of its `socketPath`')
    expect((await api.get('/public', { socketPath })).data).toEqual({ authorization: null })
    expect((await api.get('/public', { socketPath })).data).toEqual({ authorization: null })
  })

  test('a socket that an interceptor sets gets no token, also for an allowed origin', async () => {
    const server = await startServer()
    const socketPath = await startSocket()
    const { api } = await signedIn(server, { allowedOrigins: [server.origin] })
    api.interceptors.request.use((config) => ({ ...config, socketPath }))
    expectWarning('because of its `socketPath`')
    expect((await api.get('/public')).data).toEqual({ authorization: null })
  })

  test('a socket that the instance was made with gets it', async () => {
    const server = await startServer()
    const socketPath = await startSocket()
    const { api, store } = await signedIn(
      server,
      { login: async () => ({ token: 'access-ada-1' }) },
      { socketPath },
    )
    expect((await api.get('/public')).data).toEqual({ authorization: `Bearer ${store.token}` })
  })

  test.each([
    ['for one request', (path: string) => ({ socketPath: path }), '/public'],
    [
      'by a path alone',
      (path: string) => ({ socketPath: path, baseURL: '' }),
      'http://unix/public',
    ],
  ])('a socket named %s gets no header of `attach` either', async (_how, config, url) => {
    const server = await startServer()
    const socketPath = await startSocket()
    const attach: AuthOptions['attach'] = ({ headers }, token) =>
      void headers.set('Authorization', `Token ${token}`)
    const { api } = await signedIn(server, { attach })
    expectWarning('because of its `socketPath`')
    expect((await api.get(url, config(socketPath))).data).toEqual({ authorization: null })
  })
})

/** A proxy for plain HTTP, and a server of HTTP/2. Each answers itself, with the token that it was sent. */
async function startDetours(): Promise<Record<'proxy' | 'http2Options', object>> {
  const servers = [
    createServer((request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ authorization: request.headers.authorization ?? null }))
    }),
    createHttp2Server((request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ authorization: request.headers.authorization ?? null }))
    }),
  ]
  const [proxy, http2] = await Promise.all(
    servers.map(async (server) => {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      onTestFinished(() => void server.close())
      return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
    }),
  )
  return {
    proxy: { proxy: { ...proxy, protocol: 'http', auth: { username: 'a', password: 'b' } } },
    http2Options: {
      httpVersion: 2,
      http2Options: { ...http2, sessionTimeout: 0, settings: { enablePush: false } },
    },
  }
}

describe('40: what else leads a request elsewhere in Node, whatever its URL', () => {
  const names = ['proxy', 'http2Options'] as const
  const login = async () => ({ token: 'access-ada-1' })

  test.each(names)('a `%s` of one request gets no token, with a warning', async (name) => {
    const server = await startServer()
    const config = (await startDetours())[name]
    const { api } = await signedIn(server)
    expectWarning(`because of its \`${name}\``)
    expect((await api.get('/public', config)).data).toEqual({ authorization: null })
    expect((await api.get('/public', config)).data).toEqual({ authorization: null })
    expect(server.countOf('/public')).toBe(0)
  })

  test.each(names)('a `%s` that an interceptor sets gets none, nor by `attach`', async (name) => {
    const server = await startServer()
    const config = (await startDetours())[name]
    const attach: AuthOptions['attach'] = ({ headers }, token) =>
      void headers.set('Authorization', `Token ${token}`)
    const { api } = await signedIn(server, { attach, allowedOrigins: [server.origin] })
    api.interceptors.request.use((before) => ({ ...before, ...config }))
    expectWarning(`because of its \`${name}\``)
    expect((await api.get('/public')).data).toEqual({ authorization: null })
  })

  test.each(names)('a `%s` of the instance gets it; with one change, none', async (name) => {
    const server = await startServer()
    const config = (await startDetours())[name]
    const { api, store } = await signedIn(server, { login }, config)
    const authorization = `Bearer ${store.token}`
    expect((await api.get('/public')).data).toEqual({ authorization })
    expect((await api.get('/public', config)).data).toEqual({ authorization })
    expectWarning(`because of its \`${name}\``)
    const other = { [name]: { headers: { a: 'b' } } }
    expect((await api.get('/public', other)).data).toEqual({ authorization: null })
  })

  test('code of the application is trusted: an agent, and no proxy at all', async () => {
    const server = await startServer()
    const { api, store } = await signedIn(server)
    const config = { httpAgent: new Agent(), proxy: false } as const
    const authorization = `Bearer ${store.token}`
    expect((await api.get('/public', config)).data).toEqual({ authorization })
  })
})

describe('49: a user in the URL, whom axios puts into `Authorization`', () => {
  const withUser = (origin: string, user: string): string => origin.replace('//', `//${user}@`)

  test.each(['ada:hunter2', 'ada', ':hunter2', 'a%40b:c%2Fd'])(
    'takes the place of the token, with one warning: %s',
    async (user) => {
      const server = await startServer()
      const { api } = await signedIn(server, {}, { baseURL: withUser(server.origin, user) })
      const pair = decodeURIComponent(user.includes(':') ? user : `${user}:`)
      const basic = `Basic ${Buffer.from(pair).toString('base64')}`
      expectWarning('The URL of a request names a user')
      expect((await api.get('/public')).data).toEqual({ authorization: basic })
      expect((await api.get('/public')).data).toEqual({ authorization: basic })
    },
  )

  test('warns for the URL of one request, too', async () => {
    const server = await startServer()
    const { api } = await signedIn(server)
    expectWarning('The URL of a request names a user')
    await api.get(`${withUser(server.origin, 'ada:hunter2')}/public`)
  })

  test('stays beside a token that `attach` puts elsewhere', async () => {
    const server = await startServer()
    const attach: AuthOptions['attach'] = ({ headers }, token) => void headers.set('X-Token', token)
    const baseURL = withUser(server.origin, 'ada:hunter2')
    const { api, store } = await signedIn(server, { attach }, { baseURL })
    await api.get('/public')
    expect(server.seen.at(-1)!.headers).toMatchObject({
      'x-token': store.token,
      authorization: expect.stringMatching(/^Basic /),
    })
  })

  test('an @ elsewhere in the URL is no user', async () => {
    const server = await startServer()
    const { api, store } = await signedIn(server)
    server.route('/users/@ada', ({ headers }, response) =>
      response.end(headers.authorization ?? 'none'),
    )
    expect((await api.get('/users/@ada?mail=a@b.c#@')).data).toBe(`Bearer ${store.token}`)
  })
})

test('a request that needs another login (RFC 9470) refreshes nothing, and is the answer of its caller', async () => {
  const server = await startServer()
  const { api, store, count } = await signedIn(server)
  const challenge = 'Bearer error="insufficient_user_authentication", acr_values="myACR"'
  server.route('/transfer', (_request, response) =>
    response.writeHead(401, { 'www-authenticate': challenge }).end(),
  )
  const errors = await Promise.all([1, 2, 3].map(() => rejection(api.post('/transfer', 'all'))))

  expect(errors).toMatchObject([1, 2, 3].map(() => ({ response: { status: 401 } })))
  expect(errors[0]).toMatchObject({ response: { headers: { 'www-authenticate': challenge } } })
  expect(server.answersTo('/transfer')).toEqual([401, 401, 401])
  expect([server.refreshes, count('session-ended'), store.status]).toEqual([0, 0, 'authenticated'])
  server.expireAccessTokens()
  expect((await api.get('/orders/1')).status).toBe(200)
})

describe('39: an adapter of the application that throws', () => {
  const throwing = (error: unknown) => (): never => {
    throw error
  }

  test.each([
    ['at once', {}],
    ['after a wait', { timeout: 5_000 }],
  ])('%s rejects with its own error, and leaves no token in the config', async (_when, config) => {
    const server = await startServer()
    const own = new Error('out of order')
    const { api, store } = await signedIn(server)
    const seen: InternalAxiosRequestConfig[] = []
    api.interceptors.request.use((given) => {
      seen.push(given)
      return given
    })
    if ('timeout' in config) {
      server.route('/auth/refresh', (_request, response) => response.writeHead(503).end())
      server.expireAccessTokens()
    }
    const error = await rejection(api.get('/orders/1', { ...config, adapter: throwing(own) }))
    expect(error).toBe(own)
    expect(findLeaks(seen, /access-ada/)).toEqual([])
    expect(store.status).toBe('authenticated')
  })

  test.each([undefined, null, 'text', 0])('with %j rejects with that', async (thrown) => {
    const server = await startServer()
    const { api } = await signedIn(server)
    await expect(api.get('/public', { adapter: throwing(thrown) })).rejects.toBe(thrown)
    expect((await api.get('/orders/1')).status).toBe(200)
  })
})

describe('44: a polluted prototype', () => {
  const polluted = Object.prototype as unknown as Record<string, unknown>
  const added: string[] = []
  const pollute = (members: Record<string, unknown>): void => {
    for (const [name, value] of Object.entries(members)) {
      polluted[name] = value
      added.push(name)
    }
  }
  afterEach(() => {
    for (const name of added.splice(0)) delete polluted[name]
  })

  const record = {
    id: 'evil',
    generation: 0,
    token: 'evil-token',
    refreshToken: 'evil-refresh',
    lifetime: 60_000,
    receivedAt: Date.now(),
  }

  test.each([
    [{}, { version: 1, ...record }],
    [{ version: 1 }, record],
    [{ version: 1 }, { nobody: true }],
    [{ version: 1, id: 'a', generation: 1 }, { isLapsed: true }],
    [null, { version: 1, ...record }],
    [[], { version: 1, ...record }],
  ])('makes no session of the stored %j', (stored, members) => {
    pollute(members)
    expect(fromRecord(stored)).toBeNull()
  })

  test('makes neither a session nor a lapse of what is stored', () => {
    pollute({
      ...record,
      isLapsed: true,
      isUntold: true,
      session: record,
      refused: record,
      heirTo: ['evil'],
    })
    for (const asks of [isSession, isLapsed, isOfUser, isUntold]) expect(asks(nobody)).toBe(false)
    const anonymous = { is: 'anonymous', reason: new AuthError('signed-out') } as const
    expect(sessionOf(anonymous)).toBeNull()
    expect(standingOf(anonymous, 'evil')).toBe('lost')
  })

  test('signs no user in where nothing is stored', async () => {
    const server = await startServer()
    const storage = memoryStorage()
    pollute({ version: 1, ...record, session: record, refused: record })
    const { api, plugin, store } = createTestApp(server, { storage })
    await plugin.ready
    expect(store.status).toBe('anonymous')
    expect(store.token).toBeNull()
    expect((await api.get('/public')).data).toEqual({ authorization: null })
  })

  test('supplies no part of a token response', async () => {
    const server = await startServer()
    pollute({ access_token: 'evil', refresh_token: 'evil', data: { token: 'evil' } })
    const { store } = createTestApp(server, { login: async () => ({}) })
    await rejection(store.login({}))
    expect(store.token).toBeNull()
  })

  test('supplies no option: no origin, storage, callback or page', async () => {
    const server = await startServer()
    const foreign = await startServer()
    const called: string[] = []
    const call = (name: string) => () => void called.push(name)
    const api = axios.create({ baseURL: server.origin })
    // Development builds check what is given, inherited or not.
    pollute({
      allowedOrigins: [foreign.origin],
      reauthenticate: call('reauthenticate'),
      isSameUser: undefined,
      fetchUser: call('fetchUser'),
      isCallback: call('isCallback'),
      requiresAuth: false,
      forbidden: '/evil',
    })
    const { store } = createTestApp(server, { ...optionsFor(api), axios: api })
    await store.login({ user: 'ada' })
    expect((await api.get(`${foreign.origin}/public`)).data).toEqual({ authorization: null })
    expect((await api.get('/orders/1')).status).toBe(200)
    expect(called).toEqual([])
  })

  test.each([{}, { attach: true }])('sends no token through a socket, %j', async (has) => {
    const server = await startServer()
    const socketPath = await startSocket()
    const attach: AuthOptions['attach'] = ({ headers }, token) =>
      void headers.set('Authorization', `Bearer ${token}`)
    const { api, store } = await signedIn(server, 'attach' in has ? { attach } : {})
    pollute({ socketPath })
    expect((await api.get('/public')).data).toEqual({ authorization: `Bearer ${store.token}` })
    expect(server.seen.at(-1)!.path).toBe('/public')
  })
})
