import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { HttpBindings } from '@hono/node-server'
import { serve } from '@hono/node-server'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { createDemoApp } from './app.ts'
import { optionsFromEnvironment } from './options.ts'

// The demo without Vite: its server, and beside it the files that `npm run build:demo` made
const client = fileURLToPath(new URL('../client', import.meta.url))
const port = Number(process.env['PORT'] ?? 4173)
const demo = await createDemoApp(optionsFromEnvironment())

const app = new Hono<{ Bindings: HttpBindings }>()
app.use(
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    strictTransportSecurity: false,
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

const server = serve({ fetch: app.fetch, port, overrideGlobalObjects: false }, (info) => {
  console.log(`vue-auth-refresh demo: http://localhost:${info.port}`)
})

function stop(): void {
  demo.close()
  server.close()
  process.exit(0)
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
