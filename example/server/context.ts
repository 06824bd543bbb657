import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { Bearer } from './tokens.ts'

/** The values that a request of the demo's server carries. */
export interface Env {
  Bindings: HttpBindings
  Variables: {
    /** The origin of the demo, with its scheme. */
    origin: string
    /** The network that a request comes from, as the rate limits count it. */
    network: string
    /** The browser that sends the request, by a cookie of its own. */
    browser: string
    bearer: Bearer
  }
}

export type DemoContext = Context<Env>
