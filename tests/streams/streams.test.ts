import { createServer, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { EventSource } from 'eventsource'
import type * as Graphql from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { createPinia } from 'pinia'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createApp, type App } from 'vue'
import { useAuthStore, type AuthPlugin, type AuthStore } from 'vue-auth-refresh'
import { WebSocket, WebSocketServer } from 'ws'
import { AuthServer } from '../fixtures/auth-server'

// The copy that the server of graphql-ws uses: Vite would take the other of the package.
const { buildSchema } = createRequire(import.meta.url)('graphql') as typeof Graphql

const auth = new AuthServer()
const sockets = new WebSocketServer({ noServer: true })
const graphql = new WebSocketServer({ noServer: true })
const upgrades = createServer().on('upgrade', (request, socket, head) => {
  const server = request.url === '/graphql' ? graphql : sockets
  server.handleUpgrade(request, socket, head, (opened) => {
    server.emit('connection', opened, request)
  })
})
/** The answers that are event streams. */
const streams = new Set<ServerResponse>()
const tickets = new Map<string, string>()
let app: App
let plugin: AuthPlugin
let store: AuthStore
let wsOrigin = ''

const isLive = (token: unknown): boolean => auth.userOf(`Bearer ${String(token)}`) !== null

/** Tells a stream which token it was opened with, and leaves it open. */
function openStream(response: ServerResponse, token: string): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  streams.add(response.on('close', () => streams.delete(response)))
  response.write(`retry: 0\nid: 1\ndata: ${token}\n\n`)
}

/** The server ends every connection whose token has expired, as one does that checks them. */
function expire(): void {
  auth.expireAccessTokens()
  for (const stream of streams) stream.end()
  for (const socket of graphql.clients) socket.close(4403, 'Forbidden')
  for (const socket of sockets.clients) socket.close(4401)
}

beforeAll(async () => {
  await auth.start()
  await new Promise<void>((resolve) => upgrades.listen(0, '127.0.0.1', resolve))
  wsOrigin = `ws://127.0.0.1:${(upgrades.address() as AddressInfo).port}`
  vi.stubEnv('VITE_API', auth.origin)
  vi.stubGlobal('WebSocket', WebSocket)
  vi.stubGlobal('EventSource', EventSource)
  auth.route('/events', ({ url, headers }, response) => {
    const ticket = new URLSearchParams(url.split('?')[1]).get('ticket') ?? ''
    const token = tickets.get(ticket) ?? headers.authorization?.replace('Bearer ', '') ?? ''
    tickets.delete(ticket)
    if (isLive(token)) openStream(response, token)
    else response.writeHead(401).end()
  })
  auth.route('/tickets', ({ headers }, response) => {
    const token = headers.authorization?.replace('Bearer ', '') ?? ''
    const ticket = `ticket-${tickets.size}-${auth.countOf('/tickets')}`
    if (isLive(token)) tickets.set(ticket, token)
    response.writeHead(isLive(token) ? 200 : 401, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ ticket }))
  })
  sockets.on('connection', (socket) => {
    socket.once('message', (message: Buffer) => {
      const { token } = JSON.parse(message.toString()) as { token: string }
      if (isLive(token)) socket.send(token)
      else socket.close(4401)
    })
  })
  const schema = buildSchema('type Query { a: Int } type Subscription { token: String }')
  const tokenOf = (params: unknown): string =>
    String(Object(params).authorization).replace('Bearer ', '')
  useServer(
    {
      schema,
      onConnect: ({ connectionParams }) => isLive(tokenOf(connectionParams)),
      roots: {
        subscription: {
          async *token(_args: unknown, { connectionParams }: { connectionParams?: unknown }) {
            yield { token: tokenOf(connectionParams) }
            // Open until the client leaves.
            await new Promise(() => {})
          },
        },
      },
      context: ({ connectionParams }) => ({ connectionParams }),
    },
    graphql,
  )
  ;({ authPlugin: plugin } = await import('./recipes/auth'))
  const pinia = createPinia()
  app = createApp({ render: () => null })
    .use(pinia)
    .use(plugin)
  store = useAuthStore(pinia)
})

afterAll(async () => {
  plugin.dispose()
  for (const server of [sockets, graphql]) server.close()
  await new Promise((resolve) => upgrades.close(resolve))
  await auth.stop()
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

type Open = (onMessage: (data: unknown) => void) => void

/** Load the recipes, which open a connection. */
const recipes: Record<string, () => Promise<Open>> = {
  'graphql-ws': async () => {
    const { openClient } = await import('./recipes/graphql-ws')
    return (onMessage) => {
      const client = openClient(`${wsOrigin}/graphql`, { retryWait: async () => {} })
      client.subscribe<{ token: string }>(
        { query: 'subscription { token }' },
        { next: ({ data }) => onMessage(data?.token), error: onMessage, complete: () => {} },
      )
    }
  },
  WebSocket: async () => {
    const { openSocket } = await import('./recipes/socket')
    return (onMessage) => openSocket(`${wsOrigin}/`, onMessage, 0)
  },
  'EventSource with a ticket': async () => {
    const { listen } = await import('./recipes/event-source')
    return (onMessage) => listen(`${auth.origin}/events`, onMessage, 0)
  },
  'an event stream by fetch': async () => {
    const { listen } = await import('./recipes/fetch-events')
    return (onMessage) => listen(`${auth.origin}/events`, onMessage, 0)
  },
}

const connections = (): number => streams.size + sockets.clients.size + graphql.clients.size

describe.each(Object.entries(recipes))('%s', (_name, load) => {
  async function open(onMessage: (data: unknown) => void): Promise<void> {
    const openNow = await load()
    app.runWithContext(() => openNow(onMessage))
  }

  beforeEach(async () => {
    await store.login({ user: 'ada' })
    return async () => {
      await store.logout()
      await expect.poll(connections).toBe(0)
    }
  })

  test('connects with a live token', async () => {
    const seen: unknown[] = []
    await open((data) => seen.push(data))
    await expect.poll(() => seen).toEqual([store.token])
  })

  test('connects again with a live token after an expiry, by one refresh', async () => {
    const seen: unknown[] = []
    await open((data) => seen.push(data))
    await expect.poll(() => seen.length).toBe(1)
    const before = auth.refreshes
    expire()
    await expect.poll(() => seen.length).toBe(2)
    expect(seen[1]).toBe(store.token)
    expect(seen[1]).not.toBe(seen[0])
    expect(auth.refreshes).toBe(before + 1)
    expect(connections()).toBe(1)
  })

  test('is closed at the end of the session, and opened for no other user', async () => {
    const seen: unknown[] = []
    await open((data) => seen.push(data))
    await expect.poll(() => seen.length).toBe(1)
    await store.logout()
    await expect.poll(connections).toBe(0)
    await store.login({ user: 'ben' })
    const next: unknown[] = []
    await open((data) => next.push(data))
    await expect.poll(() => next).toEqual([store.token])
    expect(seen).toHaveLength(1)
    expect(connections()).toBe(1)
  })

  test('is closed once the server has refused the refresh token', async () => {
    const seen: unknown[] = []
    await open((data) => seen.push(data))
    await expect.poll(() => seen.length).toBe(1)
    auth.revoke()
    expire()
    await expect.poll(() => store.status).toBe('expired')
    await expect.poll(connections).toBe(0)
    expect(seen).not.toContain(null)
  })

  test('goes on after an outage of the token endpoint', async () => {
    const seen: unknown[] = []
    await open((data) => seen.push(data))
    await expect.poll(() => seen.length).toBe(1)
    const before = auth.countOf('/auth/refresh')
    auth.everyFault = { kind: 'answer', status: 503 }
    expire()
    await expect.poll(() => auth.countOf('/auth/refresh')).toBeGreaterThan(before)
    auth.everyFault = null
    await expect.poll(() => seen.at(-1)).toBe(store.token)
    await expect.poll(() => seen.length).toBeGreaterThan(1)
  })
})
