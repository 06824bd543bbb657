import { once } from 'node:events'
import { request, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { createAdaptorServer } from '@hono/node-server'
import { afterAll } from 'vitest'
import { demoAccounts } from '../../example/accounts.ts'
import { createDemoApp, type DemoOptions } from '../../example/server/app.ts'

export const [ada, ben] = demoAccounts.map(({ email, password }) => ({ email, password }))

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The `Set-Cookie` headers. */
  readonly cookies: readonly string[]
  readonly body: string
}

export interface Sent {
  readonly method?: string
  readonly headers?: Record<string, string>
  /** Sent as JSON; a string or a stream is sent as it is. */
  readonly body?: unknown
}

/** Starts the demo's server for the tests of a file, and returns a function that sends requests to it. */
export async function startDemoServer(options: Partial<DemoOptions> = {}) {
  // A hash takes a fifth of a second otherwise. `server-passwords.test.ts` has the real ones
  const defaults = { database: ':memory:', accessTokenLifetime: 60, passwordCost: 1 }
  const demo = await createDemoApp({ ...defaults, ...options })
  const server = createAdaptorServer({ fetch: demo.fetch, overrideGlobalObjects: false })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  afterAll(() => {
    demo.close()
    server.close()
  })

  /** Sends a request over a connection of its own, with any headers: `fetch` keeps some to itself. */
  function send(path: string, { method = 'POST', headers, body }: Sent = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          port,
          host: '127.0.0.1',
          path: `/api${path}`,
          method,
          agent: false,
          headers: { 'Content-Type': 'application/json', ...headers },
        },
        (response) => {
          const { statusCode: status = 0, headers } = response
          text(response).then(
            (body) => resolve({ status, headers, cookies: headers['set-cookie'] ?? [], body }),
            reject,
          )
        },
      )
      sent.once('error', reject)
      if (body instanceof Readable) body.pipe(sent)
      else sent.end(typeof body === 'string' ? body : JSON.stringify(body))
    })
  }

  return { send, port }
}
