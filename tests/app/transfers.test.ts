import axios, { type AxiosProgressEvent } from 'axios'
import { describe, expect, test } from 'vitest'
import type { AuthServer } from '../fixtures/auth-server'
import { rejection, signedIn, startServer } from '../support/test-app'

const BYTES = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251))
const adapters = ['http', 'fetch'] as const

/** Serves a file to signed-in users. */
function serveFile(server: AuthServer): void {
  server.route('/file', ({ headers }, response) => {
    if (server.userOf(headers.authorization)) {
      response.writeHead(200, { 'content-length': BYTES.length }).end(BYTES)
    } else response.writeHead(401).end('{"error":"invalid_token"}')
  })
}

function expectOneReplay(server: AuthServer, path: string): void {
  expect(server.answersTo(path)).toEqual([401, 200])
  expect(server.refreshes).toBe(1)
}

async function bytesOf(data: unknown): Promise<Buffer> {
  if (data instanceof ArrayBuffer) return Buffer.from(data)
  if (Buffer.isBuffer(data)) return data
  const chunks: Uint8Array[] = []
  const body = data instanceof Blob ? data.stream() : data
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe.each(adapters)(
  'a transfer through the %s adapter that meets an expired token',
  (adapter) => {
    // In Node axios has blobs for `fetch` only.
    const responseTypes = ['stream', 'arraybuffer', ...(adapter === 'fetch' ? ['blob'] : [])]
    test.each(responseTypes)('38: is downloaded whole as %s, with its progress', async (type) => {
      const server = await startServer()
      serveFile(server)
      const { api } = await signedIn(server, {}, { adapter })
      server.expireAccessTokens()
      const loaded: number[] = []
      const { data } = await api.get<unknown>('/file', {
        responseType: type as 'blob',
        onDownloadProgress: (event: AxiosProgressEvent) => void loaded.push(event.loaded),
      })

      expect((await bytesOf(data)).equals(BYTES)).toBe(true)
      expect(loaded.at(-1)).toBe(BYTES.length)
      expectOneReplay(server, '/file')
    })

    test('35: is uploaded whole, twice, with its progress', async () => {
      const server = await startServer()
      const { api } = await signedIn(server, {}, { adapter })
      server.expireAccessTokens()
      const loaded: number[] = []
      await api.post('/upload', BYTES, {
        onUploadProgress: (event) => void loaded.push(event.loaded),
      })

      const bodies = server.seen.filter(({ path }) => path === '/upload').map(({ body }) => body)
      expect(bodies.map((body) => body.equals(BYTES))).toEqual([true, true])
      expect(loaded.filter((count) => count === BYTES.length).length).toBeGreaterThanOrEqual(1)
      expectOneReplay(server, '/upload')
    })

    test('17: is aborted in the middle of the answer to the replay', async () => {
      const server = await startServer()
      server.route('/file', ({ headers }, response) => {
        if (!server.userOf(headers.authorization)) response.writeHead(401).end()
        else response.writeHead(200, { 'content-length': BYTES.length }).write(BYTES.subarray(9))
      })
      const { api } = await signedIn(server, {}, { adapter })
      server.expireAccessTokens()
      const controller = new AbortController()
      const error = await rejection(
        api.get('/file', {
          signal: controller.signal,
          responseType: 'arraybuffer',
          onDownloadProgress: () => controller.abort(),
        }),
      )

      expect(axios.isCancel(error)).toBe(true)
      expect(server.countOf('/file')).toBe(2)
      expect(server.refreshes).toBe(1)
    })

    test('35: has its parameters serialised the same way again', async () => {
      const server = await startServer()
      const { api } = await signedIn(server, {}, { adapter })
      server.expireAccessTokens()
      await api.get('/orders/1', {
        params: { list: [1, 2], when: new Date(0) },
        paramsSerializer: {
          encode: (value) => encodeURIComponent(value).toUpperCase(),
          serialize: (params, options) =>
            Object.entries(params as object)
              .map(([key, value]) => `${key}!${options?.encode?.(String(value), String) ?? ''}`)
              .join('&'),
        },
      })

      const urls = server.seen.filter(({ path }) => path === '/orders/1').map(({ url }) => url)
      expect(urls[0]).toMatch(/^\/orders\/1\?list!1%2C2&when!THU/)
      expect(urls[1]).toBe(urls[0])
      expectOneReplay(server, '/orders/1')
    })

    test('35: of a form made by `postForm` is whole', async () => {
      const server = await startServer()
      const { api } = await signedIn(server, {}, { adapter })
      server.expireAccessTokens()
      // `fetch` knows nothing of the forms that axios makes in Node.
      const form = new FormData()
      form.append('name', 'Ada')
      form.append('file', new Blob([BYTES]))
      await api.postForm('/form', adapter === 'fetch' ? form : { name: 'Ada', file: BYTES })

      const bodies = server.seen.filter(({ path }) => path === '/form').map(({ body }) => body)
      expect(bodies.map((body) => body.includes(BYTES) && body.includes('Ada'))).toEqual([
        true,
        true,
      ])
      expectOneReplay(server, '/form')
    })
  },
)

describe.each(adapters)('40: a redirect followed by the %s adapter', (adapter) => {
  const redirecting = async (location: (server: AuthServer, other: AuthServer) => string) => {
    const server = await startServer()
    const other = await startServer()
    const seen: (string | undefined)[][] = []
    other.route('/there', ({ headers }, response) => {
      seen.push([headers.authorization, headers['x-token'] as string | undefined])
      response.end('{"there":true}')
    })
    server.route('/moved', ({ headers }, response) => {
      const isLive = [headers.authorization, `Bearer ${String(headers['x-token'])}`].some(
        (value) => server.userOf(value) !== null,
      )
      response.writeHead(isLive ? 302 : 401, { location: location(server, other) }).end()
    })
    return { server, other, seen }
  }

  test('within the origin carries the token, also after a replay', async () => {
    const { server } = await redirecting(({ origin }) => `${origin}/orders/1`)
    const { api } = await signedIn(server, {}, { adapter })
    server.expireAccessTokens()

    expect((await api.get<{ user: string }>('/moved')).data.user).toBe('ada')
    expect(server.answersTo('/moved')).toEqual([401, 302])
    expect(server.answersTo('/orders/1')).toEqual([200])
  })

  test('to another origin does not', async () => {
    const { server, seen } = await redirecting((_server, other) => `${other.origin}/there`)
    const { api } = await signedIn(server, {}, { adapter })
    server.expireAccessTokens()

    expect((await api.get<unknown>('/moved')).data).toEqual({ there: true })
    expect(seen).toEqual([[undefined, undefined]])
  })

  test('to another origin carries nothing that `attach` put elsewhere, and may be left alone', async () => {
    const { server, seen } = await redirecting((_server, other) => `${other.origin}/there`)
    const { api } = await signedIn(
      server,
      { attach: ({ headers }, token) => void headers.set('X-Token', token) },
      { adapter },
    )
    if (adapter === 'http') {
      await api.get('/moved')
      expect(seen).toEqual([[undefined, undefined]])
    } else {
      expect(await rejection(api.get('/moved'))).toMatchObject({ response: { status: 302 } })
      expect(seen).toEqual([])
    }

    const before = seen.length
    const error = await rejection(api.get('/moved', { maxRedirects: 0 }))
    expect(axios.isAxiosError(error) && error.response?.status).toBe(302)
    expect(seen).toHaveLength(before)
  })
})
