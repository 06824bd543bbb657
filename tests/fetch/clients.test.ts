import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { createPinia } from 'pinia'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createApp } from 'vue'
import { useAuthStore, type AuthPlugin, type AuthStore } from 'vue-auth-refresh'
import { AuthServer } from '../fixtures/auth-server'
import { root } from '../support/readme-samples'
import { appRouter } from './server/router'

/** The recipes that send one request, by the package that they are for. */
const clients: Record<string, () => Promise<{ loadOrders(): Promise<unknown> }>> = {
  ofetch: () => import('./recipes/ofetch'),
  ky: () => import('./recipes/ky'),
  'openapi-fetch': () => import('./recipes/openapi-fetch'),
  '@hey-api/client-fetch': () => import('./recipes/hey-api'),
  '@trpc/client': () => import('./recipes/trpc'),
  'graphql-request': () => import('./recipes/graphql-request'),
  '@urql/core': () => import('./recipes/urql'),
  '@apollo/client': () => import('./recipes/apollo'),
}

const server = new AuthServer()
let plugin: AuthPlugin
let store: AuthStore

beforeAll(async () => {
  await server.start()
  vi.stubEnv('VITE_API', server.origin)
  const isLive = (authorization: string | undefined) => server.userOf(authorization) !== null
  server.route('/graphql', ({ headers }, response) => {
    response.writeHead(isLive(headers.authorization) ? 200 : 401, {
      'content-type': 'application/json',
    })
    response.end('{"data":{"user":"ada"}}')
  })
  const answerTrpc: Parameters<AuthServer['route']>[1] = ({ headers, url }, response) => {
    const answer = fetchRequestHandler({
      endpoint: '/trpc',
      req: new Request(server.origin + url),
      router: appRouter,
      onError: () => {},
    })
    void answer.then(async (answered) => {
      response.writeHead(isLive(headers.authorization) ? answered.status : 401, {
        'content-type': 'application/json',
      })
      response.end(await answered.text())
    })
  }
  // The client puts what is asked for at once into one path.
  for (const path of ['/trpc/orders', '/trpc/orders,orders']) server.route(path, answerTrpc)
  server.route('/events', ({ headers }, response) => {
    if (!isLive(headers.authorization)) return void response.writeHead(401).end()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    // Closed after each event, so that the client connects again, at once.
    response.end(`retry: 0\ndata: ${headers.authorization}\n\n`)
  })
  ;({ authPlugin: plugin } = await import('./recipes/auth'))
  const pinia = createPinia()
  createApp({ render: () => null })
    .use(pinia)
    .use(plugin)
  store = useAuthStore(pinia)
  await store.login({ user: 'ada' })
})

afterAll(async () => {
  plugin.dispose()
  await server.stop()
  vi.unstubAllEnvs()
})

test.each(Object.keys(clients))('%s survives an expiry by one refresh', async (name) => {
  const { loadOrders } = await clients[name]!()
  const before = server.refreshes
  expect(await loadOrders()).toMatchObject({ user: 'ada' })
  server.expireAccessTokens()
  expect(await loadOrders()).toMatchObject({ user: 'ada' })
  expect(server.refreshes).toBe(before + 1)
})

test('one refresh serves a burst of them all, and axios', async () => {
  const loaded = await Promise.all(Object.values(clients).map((load) => load()))
  const before = server.refreshes
  server.expireAccessTokens()
  const answers = await Promise.all([
    ...loaded.flatMap(({ loadOrders }) => [loadOrders(), loadOrders()]),
    store.axios.get<unknown>('/orders').then(({ data }) => data),
  ])
  for (const answer of answers) expect(answer).toMatchObject({ user: 'ada' })
  expect(server.refreshes).toBe(before + 1)
  expect(server.reusedTokens).toBe(0)
})

test('an EventSource connects again with a live token, and is closed once the session is over', async () => {
  const { listen } = await import('./recipes/event-source')
  const seen: unknown[] = []
  const events = listen((data) => seen.push(data))
  await expect.poll(() => seen.length).toBeGreaterThan(0)
  server.expireAccessTokens()
  await expect.poll(() => seen.at(-1)).toBe(`Bearer ${store.token}`)
  await expect.poll(() => new Set(seen).size).toBe(2)
  await store.logout()
  await expect.poll(() => events.readyState).toBe(events.CLOSED)
})

test('docs/guide/fetch.md has each recipe as it runs here', () => {
  const read = (path: string): string => readFileSync(join(root, path), 'utf8')
  const document = read('docs/guide/fetch.md')
  const recipes = readdirSync(join(root, 'tests/fetch/recipes')).map((name) => `recipes/${name}`)
  expect(recipes).toHaveLength(Object.keys(clients).length + 4)
  const missing = [...recipes, 'server/router.ts'].filter(
    (name) => !document.includes(`\`\`\`ts\n${read(`tests/fetch/${name}`)}\`\`\``),
  )
  expect(missing).toEqual([])
})
