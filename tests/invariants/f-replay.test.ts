import { Readable } from 'node:stream'
import axios, { type AxiosResponse } from 'axios'
import { expect, test } from 'vitest'
import { isAuthError } from 'vue-auth-refresh'
import type { SeenRequest } from '../fixtures/auth-server'
import { expectError } from '../setup/console'
import { shells } from '../support/shells'
import { rejection, signedIn, startServer } from '../support/test-app'

/** All of a request but its credential. */
function withoutCredential({ method, url, rawHeaders, body }: SeenRequest): unknown {
  const headers: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!
    if (name !== 'Authorization') headers.push(`${name}: ${rawHeaders[index + 1]}`)
  }
  return { method, url, headers: headers.sort(), body: body.toString('latin1') }
}

const form = (): FormData => {
  const data = new FormData()
  data.append('name', 'Ada')
  data.append('file', new Blob([new Uint8Array([0, 255, 128])]), 'bytes.bin')
  return data
}

test.each<[string, unknown]>([
  ['no body', undefined],
  ['JSON', { deep: { list: [1, 'zwei', null] } }],
  ['text', 'plain text, ünïcode'],
  ['URL-encoded parameters', new URLSearchParams({ a: '1 2', b: 'ü' })],
  ['bytes', new Uint8Array([0, 1, 254, 255])],
  ['a blob', new Blob(['blob'], { type: 'text/x-note' })],
])('35: a replay with %s is what was sent but for the credential', async (_name, data) => {
  const server = await startServer()
  const { api } = await signedIn(server)
  server.expireAccessTokens()
  const answer = await api.put('/orders/1', data, {
    params: { q: 'a b', list: [1, 2] },
    headers: { 'X-Mine': 'yes', Accept: 'application/vnd.x+json' },
  })

  expect(answer.status).toBe(200)
  const [first, second] = server.seen.filter(({ path }) => path === '/orders/1')
  expect(withoutCredential(second!)).toEqual(withoutCredential(first!))
  expect(second!.headers.authorization).not.toBe(first!.headers.authorization)
})

test('35: a multipart form is replayed whole', async () => {
  const server = await startServer()
  const { api } = await signedIn(server)
  server.expireAccessTokens()
  await api.post('/form', form())
  const bodies = server.seen
    .filter(({ path }) => path === '/form')
    .map(({ headers, body }) => {
      const boundary = /boundary=(.+)$/.exec(headers['content-type'] ?? '')![1]!
      return body.toString('latin1').replaceAll(boundary, '')
    })
  expect(bodies).toHaveLength(2)
  expect(bodies[0]).toContain('name="file"; filename="bytes.bin"')
  expect(bodies[1]).toBe(bodies[0])
})

test('35: a form that axios makes a stream of is made anew for the replay', async () => {
  const server = await startServer()
  const { api } = await signedIn(server)
  server.expireAccessTokens()
  await api.postForm('/form', { name: 'Ada', list: [1, 2] })
  const bodies = server.seen.filter(({ path }) => path === '/form').map(({ body }) => body)
  expect(bodies).toHaveLength(2)
  expect(bodies[1]!.length).toBe(bodies[0]!.length)
  expect(bodies[1]!.toString()).toContain('Ada')
})

test('35: transformRequest runs once', async () => {
  const server = await startServer()
  let runs = 0
  const { api } = await signedIn(server)
  server.expireAccessTokens()
  await api.post('/orders/1', 'x', { transformRequest: (data: string) => `${data}${++runs}` })

  expect(runs).toBe(1)
  const bodies = server.seen.filter(({ path }) => path === '/orders/1')
  expect(bodies.map(({ body }) => body.toString())).toEqual(['x1', 'x1'])
})

test('36: a stream is not sent again; its caller gets the 401, and the next request is served', async () => {
  const server = await startServer()
  const { api } = await signedIn(server)
  server.expireAccessTokens()
  const error = await rejection(api.post('/upload', Readable.from(['once'])))

  expect(axios.isAxiosError(error) && error.response?.status).toBe(401)
  expect(server.countOf('/upload')).toBe(1)
  expect((await api.get('/orders/1')).status).toBe(200)
  expect(server.refreshes).toBe(1)
  expect(server.countOf('/orders/1')).toBe(1)
})

test('37: other interceptors see one request and one response, also one that unwraps it', async () => {
  const server = await startServer()
  const { api } = await signedIn(server)
  const seen: string[] = []
  api.interceptors.request.use((config) => {
    seen.push('request')
    return { ...config }
  })
  api.interceptors.response.use((response) => {
    seen.push(`response ${response.status}`)
    return response.data as AxiosResponse
  })
  server.expireAccessTokens()

  expect(await api.get('/orders/1')).toMatchObject({ user: 'ada' })
  expect(seen).toEqual(['request', 'response 200'])
})

test('37: the order in which interceptors were added does not matter', async () => {
  const server = await startServer()
  const api = axios.create({ baseURL: server.origin })
  api.interceptors.request.use(async (config) => config)
  api.interceptors.response.use(({ data }) => data as AxiosResponse)
  await signedIn(server, { axios: api })
  server.expireAccessTokens()
  expect(await api.get('/orders/1')).toMatchObject({ user: 'ada' })
})

test.each(shells)(
  '38: the verdict works under `validateStatus: () => true` (%s)',
  async (_shell, through) => {
    const server = await startServer()
    const { api } = through(await signedIn(server, {}, { validateStatus: () => true }))
    server.expireAccessTokens()
    expect((await api.get('/orders/1')).status).toBe(200)
    expect(server.refreshes).toBe(1)
  },
)

test.each(['json', 'text', 'arraybuffer', 'blob', 'stream', undefined] as const)(
  '38: the verdict on the status works with the responseType %s',
  async (responseType) => {
    const server = await startServer()
    const { api } = await signedIn(server)
    server.expireAccessTokens()
    const { status } = await api.get('/orders/1', responseType ? { responseType } : {})
    expect(status).toBe(200)
  },
)

test('38: an application may say "expired" with a 409', async () => {
  const server = await startServer()
  server.route('/orders/1', ({ headers }, response) => {
    const isLive = server.userOf(headers.authorization) !== null
    response.writeHead(isLive ? 200 : 409).end()
  })
  const { api } = await signedIn(server, { isExpired: ({ status }) => status === 409 })
  server.expireAccessTokens()
  expect((await api.get('/orders/1')).status).toBe(200)
  expect(server.refreshes).toBe(1)
})

test.each(['json', 'text', 'arraybuffer', 'blob', undefined] as const)(
  '38: a code in a 200 body is seen with the responseType %s, and the body is decoded once',
  async (responseType) => {
    const server = await startServer()
    server.route('/orders/1', ({ headers }, response) => {
      const isLive = server.userOf(headers.authorization) !== null
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(isLive ? { code: 0, list: [1] } : { code: 401 }))
    })
    let decodings = 0
    const { api } = await signedIn(server, {
      isExpired: ({ data }: AxiosResponse<{ code?: number }>) => data?.code === 401,
    })
    server.expireAccessTokens()
    const defaults = [api.defaults.transformResponse ?? []].flat()
    const { data, config } = await api.get<unknown>('/orders/1', {
      ...(responseType && { responseType }),
      transformResponse: [...defaults, (body: unknown) => (decodings++, body)],
    })

    expect(server.refreshes).toBe(1)
    expect(decodings).toBe(2)
    expect(config.transformResponse).toHaveLength(defaults.length + 1)
    if (responseType === undefined || responseType === 'json') {
      expect(data).toEqual({ code: 0, list: [1] })
    }
    if (responseType === 'text') expect(data).toBe('{"code":0,"list":[1]}')
  },
)

test('38: a body that cannot be decoded is for axios to complain about', async () => {
  const server = await startServer()
  server.route('/broken', (_request, response) => response.end('{"half'))
  const { api } = await signedIn(
    server,
    { isExpired: ({ status }) => status === 401 },
    { transitional: { silentJSONParsing: false }, responseType: 'json' },
  )
  const error = await rejection(api.get('/broken'))
  expect(axios.isAxiosError(error) && error.code).toBe('ERR_BAD_RESPONSE')
})

test.each(shells)(
  '39: the caller of a refused request gets its own error, and the refresh error as its cause (%s)',
  async (_shell, through) => {
    const server = await startServer()
    const { api } = through(await signedIn(server))
    server.revoke()
    const error = await rejection(api.get('/orders/1'))

    if (!axios.isAxiosError(error)) throw error
    expect(error.config?.url).toBe('/orders/1')
    expect(error.response?.data).toEqual({ error: 'invalid_token' })
    expect(isAuthError(error.cause, 'rejected')).toBe(true)
    expect(error.cause?.cause).toMatchObject({ status: 400 })
  },
)

test('39: other errors pass untouched', async () => {
  const server = await startServer()
  const { api } = await signedIn(server)
  server.route('/broken', (_request, response) => response.writeHead(500).end('{"why":1}'))
  server.route('/cut', (_request, response) => void response.socket?.destroy())
  const broken = await rejection(api.get('/broken'))
  const cut = await rejection(api.get('/cut'))
  const late = await rejection(api.get('/broken', { signal: AbortSignal.abort() }))

  expect(axios.isAxiosError(broken) && broken.response?.data).toEqual({ why: 1 })
  expect(axios.isAxiosError(broken) && broken.cause).toBeUndefined()
  expect(axios.isAxiosError(cut) && cut.code).toBe('ECONNRESET')
  expect(axios.isCancel(late)).toBe(true)
  expect(server.refreshes).toBe(0)
})

test('35: a config that is sent again twice at once is two requests', async () => {
  const server = await startServer()
  const { api, store } = await signedIn(server)
  const { config } = await api.get('/first')
  const release = server.hold('/auth/refresh')
  const refreshed = store.refresh()
  await server.sees('/auth/refresh')
  const both = Promise.all([
    api.request<{ url: string }>({ ...config, url: '/one' }),
    api.request<{ url: string }>({ ...config, method: 'delete', url: '/two' }),
  ])
  release()
  await refreshed

  expect((await both).map(({ data }) => data)).toEqual([
    expect.objectContaining({ method: 'GET', url: '/one' }),
    expect.objectContaining({ method: 'DELETE', url: '/two' }),
  ])
})

test('39: a verdict that throws is printed, and the caller gets its answer', async () => {
  const server = await startServer()
  server.route('/null', (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('null')
  })
  const { api } = await signedIn(server, {
    isExpired: ({ data }: AxiosResponse<{ code: number }>) => data.code === 401,
  })
  expectError('isExpired threw')
  expect((await api.post('/null', {})).data).toBeNull()
})

test('36: a stream that an interceptor put in is not sent again, nor is the request sent without it', async () => {
  const server = await startServer()
  const { api } = await signedIn(server)
  api.interceptors.request.use((config) => ({ ...config, data: Readable.from(['once']) }))
  server.expireAccessTokens()
  const error = await rejection(api.post('/upload'))

  expect(axios.isAxiosError(error) && error.response?.status).toBe(401)
  expect(server.countOf('/upload')).toBe(1)
})

test('36: a web stream is not sent again either', async () => {
  const server = await startServer()
  const { api } = await signedIn(server, {}, { adapter: 'fetch' })
  server.expireAccessTokens()
  const body = new Blob(['once']).stream()
  const error = await rejection(api.post('/upload', body))

  expect(axios.isAxiosError(error) && error.response?.status).toBe(401)
  expect(server.countOf('/upload')).toBe(1)
})

test('38: a refused download is let go of', async () => {
  const server = await startServer()
  const { api, store } = await signedIn(server)
  const bodies: Readable[] = []
  const answer = await api.get<Readable>('/download', {
    responseType: 'stream',
    validateStatus: () => true,
    adapter: async (config) => {
      const isLive = config.headers.get('Authorization') === `Bearer ${store.token}` && bodies[0]
      const data = Readable.from(['body'])
      bodies.push(data)
      return { data, status: isLive ? 200 : 401, statusText: '', headers: {}, config }
    },
  })

  expect(answer.data).toBe(bodies[1])
  expect(bodies.map(({ destroyed }) => destroyed)).toEqual([true, false])
})
