import { Readable } from 'node:stream'
import axios from 'axios'
import { answered, must, outcomeWithin } from './judge.mjs'

const answeredTo = (server, path) =>
  server.seen.find((request) => request.path === path && request.status === 200)

/** Sends one request on a token that is over, and gives what the server answered in the end. */
async function send({ http, server }, config) {
  const result = await outcomeWithin(3_000, http.request(config))
  const path = config.url.split('?')[0]
  const seen = answeredTo(server, path)
  must(answered(result) && seen, 'it was not answered')
  return seen
}

const bytes = Uint8Array.from({ length: 1_000 }, (_, index) => (index * 7) % 256)

/** @type {import('./judge.mjs').Situation[]} */
export const replays = [
  {
    invariant: '35',
    title: 'A JSON body arrives byte for byte',
    async run(world) {
      const data = { text: 'a "b" ü €', list: [1, null], deep: { '': 0 } }
      const seen = await send(world, { method: 'post', url: '/orders/new', data })
      must(seen.body.toString() === JSON.stringify(data), seen.body.toString().slice(0, 80))
      must(seen.headers['content-type'] === 'application/json', seen.headers['content-type'])
    },
  },
  {
    invariant: '35',
    title: 'A body that is a JSON string already arrives byte for byte',
    async run(world) {
      const data = '{"a":  1}'
      const headers = { 'Content-Type': 'application/json' }
      const seen = await send(world, { method: 'post', url: '/orders/new', data, headers })
      must(seen.body.toString() === data, seen.body.toString().slice(0, 80))
    },
  },
  {
    invariant: '35',
    title: 'Plain text arrives byte for byte',
    async run(world) {
      const data = '"quoted"'
      const headers = { 'Content-Type': 'text/plain' }
      const seen = await send(world, { method: 'post', url: '/notes', data, headers })
      must(seen.body.toString() === data, seen.body.toString().slice(0, 80))
    },
  },
  {
    invariant: '35',
    title: 'A multipart body with a file arrives whole',
    async run(world) {
      const data = new FormData()
      data.append('name', 'a name')
      data.append('file', new Blob([bytes]), 'bytes.bin')
      const seen = await send(world, { method: 'post', url: '/files', data })
      must(seen.body.includes(Buffer.from(bytes)), 'the file is missing')
      must(seen.body.includes('a name'), 'the field is missing')
      const boundary = /boundary=(.+)$/.exec(seen.headers['content-type'] ?? '')?.[1] ?? '?'
      must(seen.body.includes(boundary), 'the boundary is of another body')
    },
  },
  {
    invariant: '35',
    title: 'URL-encoded parameters arrive whole',
    async run(world) {
      const data = new URLSearchParams({ a: '1 & 2', b: 'ü' })
      const seen = await send(world, { method: 'post', url: '/forms', data })
      must(seen.body.toString() === data.toString(), seen.body.toString().slice(0, 80))
    },
  },
  {
    invariant: '35',
    title: 'Bytes arrive byte for byte',
    async run(world) {
      const data = Buffer.from(bytes)
      const headers = { 'Content-Type': 'application/octet-stream' }
      const seen = await send(world, { method: 'put', url: '/files/1', data, headers })
      must(seen.body.equals(data), `${seen.body.length} bytes of ${data.length}`)
    },
  },
  {
    invariant: '35',
    title: 'Query parameters are the same, lists too',
    async run(world) {
      const seen = await send(world, { url: '/search?q=1', params: { list: [1, 2], text: 'a b' } })
      must(seen.url === '/search?q=1&list%5B%5D=1&list%5B%5D=2&text=a+b', seen.url)
    },
  },
  {
    invariant: '35',
    title: 'A base URL with a path is kept, and put in front once',
    async run(world) {
      const { response } = await outcomeWithin(
        3_000,
        world.http.get('orders/1', { baseURL: `${world.server.origin}/api/v1/` }),
      )
      must(response?.data.url === '/api/v1/orders/1', `the server saw ${response?.data.url}`)
    },
  },
  {
    invariant: '35',
    title: "The caller's headers are the same",
    async run(world) {
      const headers = { 'X-Trace': 'abc', Accept: 'text/csv' }
      const seen = await send(world, { url: '/report', headers })
      must(seen.headers['x-trace'] === 'abc' && seen.headers.accept === 'text/csv', 'they are not')
    },
  },
  {
    invariant: '35',
    title: 'transformRequest runs once',
    async run(world) {
      let transforms = 0
      const transformRequest = [
        (data) => {
          transforms++
          return `<order>${data.number}</order>`
        },
      ]
      const headers = { 'Content-Type': 'application/xml' }
      const data = { number: 7 }
      const config = { method: 'post', url: '/orders/xml', data, headers, transformRequest }
      const seen = await send(world, config)
      must(seen.body.toString() === '<order>7</order>', seen.body.toString().slice(0, 80))
      must(transforms === 1, `${transforms} times`)
    },
  },
  {
    invariant: '36',
    title: 'A stream is never sent empty the second time',
    async run({ http, server }) {
      const headers = { 'Content-Type': 'application/octet-stream' }
      const data = Readable.from([Buffer.from(bytes)])
      await outcomeWithin(3_000, http.post('/files/stream', data, { headers }))
      const sent = server.seen.filter(({ path }) => path === '/files/stream')
      must(sent.length > 0, 'it was never sent')
      must(
        sent.every(({ body }) => body.length === bytes.length),
        'it was',
      )
    },
  },
  {
    invariant: '37',
    title: 'An interceptor that unwraps response.data, added afterwards, sees one response',
    async run({ http }) {
      let responses = 0
      http.interceptors.response.use((response) => {
        responses++
        return response.data
      })
      const { response } = await outcomeWithin(3_000, http.get('/orders/1'))
      must(response?.user === 'ada', 'the caller got something else')
      must(responses === 1, `it saw ${responses}`)
    },
  },
  {
    invariant: '37',
    title: 'An interceptor that unwraps response.data, added before, sees one response',
    prepare(http) {
      http.interceptors.response.use((response) => response.data)
    },
    async run({ http }) {
      const { response } = await outcomeWithin(3_000, http.get('/orders/1'))
      must(response?.user === 'ada', 'the caller got something else')
    },
  },
  {
    invariant: '37',
    title: 'A request interceptor runs once for each request',
    async run({ http }) {
      let requests = 0
      http.interceptors.request.use((config) => {
        if (config.url === '/orders/1') requests++
        return config
      })
      must(answered(await outcomeWithin(3_000, http.get('/orders/1'))), 'it was not answered')
      must(requests === 1, `${requests} times`)
    },
  },
  {
    invariant: '38',
    title: 'A refusal is one under validateStatus: () => true as well',
    async run({ http }) {
      const result = await outcomeWithin(
        3_000,
        http.get('/orders/1', { validateStatus: () => true }),
      )
      must(answered(result), `the caller got ${result.response?.status}`)
    },
  },
  ...['arraybuffer', 'stream'].map((responseType) => ({
    invariant: '38',
    title: `A refusal is one with responseType ${responseType} as well`,
    async run({ http }) {
      must(answered(await outcomeWithin(3_000, http.get('/orders/1', { responseType }))), 'no')
    },
  })),
  {
    invariant: '39',
    title: "After a refresh that failed the caller gets its own request's error",
    async run({ http, server }) {
      server.revoke()
      const { error } = await outcomeWithin(3_000, http.get('/orders/mine'))
      must(axios.isAxiosError(error), 'it is not an axios error')
      must(error.config?.url === '/orders/mine', `it is the error of ${error.config?.url}`)
    },
  },
  {
    invariant: '39',
    title: 'Other errors pass as they are',
    token: 'live',
    async run({ http, server }) {
      server.route('/broken', (_request, response) => response.writeHead(500).end())
      const { error } = await outcomeWithin(2_000, http.get('/broken'))
      must(axios.isAxiosError(error) && error.response?.status === 500, 'they do not')
    },
  },
  {
    invariant: '39',
    title: 'A connection that breaks passes as it is',
    token: 'live',
    async run({ http, server }) {
      server.route('/broken', (_request, response) => response.socket?.destroy())
      const { error } = await outcomeWithin(2_000, http.get('/broken'))
      must(axios.isAxiosError(error) && !error.response, 'it does not')
    },
  },
]
