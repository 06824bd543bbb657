import { describe, expect, onTestFinished, test } from 'vitest'
import { AuthServer } from '../fixtures/auth-server.ts'
import type { Tab } from '../support/chromium/tab.ts'
import { useTabs } from '../support/chromium/use-tabs.ts'

const tabs = useTabs()
const BYTES = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251))
const adapters = ['xhr', 'fetch'] as const

/** A tab that is signed in, and whose token has just expired. */
async function openExpired(): Promise<Tab> {
  const [tab] = await tabs.open(1)
  await tab.login('ada')
  tabs.server.expireAccessTokens()
  return tab
}

function expectOneReplay(path: string): void {
  expect(tabs.server.answersTo(path)).toEqual([401, 200])
  expect(tabs.server.refreshes).toBe(1)
}

const bodiesOf = (path: string): Buffer[] =>
  tabs.server.seen.filter((request) => request.path === path).map(({ body }) => body)

describe.each(adapters)('a transfer through %s that meets an expired token', (adapter) => {
  test.each(['arraybuffer', 'blob', ...(adapter === 'fetch' ? ['stream'] : [])] as const)(
    '38: is downloaded whole as %s, with its progress',
    async (responseType) => {
      tabs.server.route('/file', ({ headers }, response) => {
        const isLive = tabs.server.userOf(headers.authorization) !== null
        if (isLive) response.writeHead(200, { 'content-length': BYTES.length }).end(BYTES)
        else response.writeHead(401).end()
      })
      const tab = await openExpired()
      const [sum, loaded] = await tab.run(
        async ({ api }, config) => {
          let loaded = 0
          const { data } = await api.get<BodyInit>('/file', {
            ...config,
            onDownloadProgress: (event) => (loaded = event.loaded),
          })
          const bytes = new Uint8Array(await new Response(data).arrayBuffer())
          return [bytes.reduce((all, one) => all + one, 0), loaded] as const
        },
        { adapter, responseType: responseType as 'blob' },
      )

      expect(sum).toBe(BYTES.reduce((all, one) => all + one, 0))
      expect(loaded).toBe(BYTES.length)
      expectOneReplay('/file')
    },
  )

  test('35: is uploaded whole, twice, with its progress', async () => {
    const tab = await openExpired()
    const told = await tab.run(
      async ({ api }, { adapter, length }) => {
        const told: number[] = []
        await api.post('/upload', new Blob(['a'.repeat(length)]), {
          adapter,
          // To tell it axios makes a stream for `fetch`, which Chromium sends by HTTP/2 only.
          ...(adapter === 'xhr' && { onUploadProgress: ({ loaded }) => told.push(loaded) }),
        })
        return told
      },
      { adapter, length: BYTES.length },
    )

    expect(bodiesOf('/upload').map(({ length }) => length)).toEqual([BYTES.length, BYTES.length])
    const whole = told.filter((loaded) => loaded === BYTES.length)
    if (adapter === 'xhr') expect(whole.length).toBeGreaterThanOrEqual(2)
    expectOneReplay('/upload')
  })

  test('35: of a form made by `postForm` is whole', async () => {
    const tab = await openExpired()
    await tab.run(
      async ({ api }, { adapter, length }) => {
        const file = new File(['a'.repeat(length)], 'a.txt')
        await api.postForm('/form', { name: 'Ada', file, list: [1, 2] }, { adapter })
      },
      { adapter, length: BYTES.length },
    )

    const [first, second] = bodiesOf('/form')
    expect(first!.toString()).toContain('filename="a.txt"')
    expect(second!.length).toBe(first!.length)
    expectOneReplay('/form')
  })

  test('17: is aborted in the middle of the answer to the replay', async () => {
    tabs.server.route('/file', ({ headers }, response) => {
      if (!tabs.server.userOf(headers.authorization)) response.writeHead(401).end()
      else response.writeHead(200, { 'content-length': BYTES.length }).write(BYTES.subarray(9))
    })
    const tab = await openExpired()
    const name = await tab.run(async ({ api }, adapter) => {
      const controller = new AbortController()
      return api
        .get('/file', {
          adapter,
          signal: controller.signal,
          onDownloadProgress: ({ loaded }) => loaded > 0 && controller.abort(),
        })
        .then(
          () => 'answered',
          (error: Error) => error.name,
        )
    }, adapter)

    expect(name).toBe('CanceledError')
    expect(tabs.server.countOf('/file')).toBe(2)
    expect(tabs.server.refreshes).toBe(1)
  })
})

describe.each(adapters)('40: a redirect followed by %s', (adapter) => {
  /** Where a redirect leads, and what arrives there. */
  async function redirect(location: (other: AuthServer) => string): Promise<(unknown[] | null)[]> {
    const other = await new AuthServer().start()
    onTestFinished(() => other.stop())
    tabs.server.route('/moved', ({ headers }, response) => {
      const isLive = tabs.server.userOf(headers.authorization) !== null
      response.writeHead(isLive ? 302 : 401, { location: location(other) }).end()
    })
    const tab = await openExpired()
    const answer = await tab.run(
      ({ api }, adapter) =>
        api.get<unknown>('/moved', { adapter, headers: { 'X-Token': 'mine' } }).then(
          ({ status }) => status,
          (error: Error) => error.message,
        ),
      adapter,
    )
    expect(answer).toBe(200)
    expect(tabs.server.answersTo('/moved')).toEqual([401, 302])
    expect(tabs.server.refreshes).toBe(1)
    return [tabs.server, other].map((server) => {
      const seen = server.seen.find(({ path, method }) => path === '/public' && method === 'GET')
      return seen ? [seen.headers.authorization, seen.headers['x-token']] : null
    })
  }

  test('within the origin carries the token', async () => {
    const [here, there] = await redirect(() => '/public')

    expect(here).toEqual([expect.stringMatching(/^Bearer /), 'mine'])
    expect(there).toBeNull()
  })

  test('to another origin does not; a header of another name is carried along', async () => {
    const [here, there] = await redirect(({ origin }) => `${origin}/public`)

    expect(here).toBeNull()
    expect(there).toEqual([undefined, 'mine'])
  })
})
