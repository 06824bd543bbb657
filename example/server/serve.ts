import { readFile } from 'node:fs/promises'
import type { HttpBindings } from '@hono/node-server'
import { createAdaptorServer } from '@hono/node-server'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import type { AddressInfo } from 'node:net'
import { createDemoApp } from './app.ts'
import type { DemoOptions } from './app.ts'

export interface ServeOptions extends DemoOptions {
  /** The folder of the pages that `npm run build:demo` made. */
  readonly client: string
  /** The port to listen at; 0 for any that is free. */
  readonly port: number
  /** The address to listen at. Default: loopback, so that only this machine reaches the demo. */
  readonly host?: string
}

/** Serves the demo without Vite: its server, and beside it its built pages. Resolves once it listens. */
export async function serveDemo({ client, port, host = '127.0.0.1', ...options }: ServeOptions) {
  const demo = await createDemoApp(options)
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        requireTrustedTypesFor: ["'script'"],
        // Vue's own policy, for the templates that it has compiled
        trustedTypes: ['vue'],
      },
      strictTransportSecurity: Boolean(options.origin?.startsWith('https:')),
    }),
  )
  app.all('/api/*', (c) => demo.fetch(c.req.raw, c.env))
  app.use(async (c, next) => {
    await next()
    if (c.req.path.startsWith('/api/')) return
    // The names of the assets change with what is in them
    const isAsset = c.req.path.startsWith('/assets/') && c.res.ok
    c.header('Cache-Control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache')
  })
  app.use(serveStatic({ root: client }))
  // Every other address is a page of the app
  app.get('*', async (c) => {
    if (c.req.path.startsWith('/assets/')) return c.notFound()
    return c.html(await readFile(`${client}/index.html`, 'utf8'))
  })

  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false })
  const address = await new Promise<AddressInfo>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      const found = server.address()
      if (found && typeof found === 'object') resolve(found)
    })
  })
  return {
    address,
    close() {
      demo.close()
      server.close()
    },
  }
}
