import { inspect } from 'node:util'
import { getRequestListener } from '@hono/node-server'
import type { Connect, HttpServer, Plugin } from 'vite'
import { createDemoApp } from './app.ts'
import { ownerOf } from './database.ts'
import { createOidcDemo } from './oidc.ts'
import { optionsFromEnvironment } from './options.ts'

/** Mounts the demo's server in Vite's dev and preview servers. */
export function demoServer(): Plugin {
  return {
    name: 'demo-server',
    configureServer: ({ middlewares, httpServer, config }) =>
      mount(middlewares, httpServer, config.mode === 'oidc'),
    configurePreviewServer: (server) => mount(server.middlewares, server.httpServer),
  }
}

/** @param isOidc whether users sign in at an OpenID Provider (`npm run demo:oidc`) */
function mount(middlewares: Connect.Server, httpServer: HttpServer | null, isOidc = false): void {
  const options = { ...optionsFromEnvironment(), ...(isOidc && { createOidc: createOidcDemo }) }
  const holder = ownerOf(options.database)
  if (holder) {
    const message = `${options.database} is in use by process ${holder}. Stop it, or name another file in DEMO_DB.`
    // Vite prints what is thrown here and exits; where it was thrown is of no use to anybody
    throw Object.assign(new Error(message), { [inspect.custom]: () => message })
  }
  // Opened by the first request: when Vite restarts itself, the old server closes after the new one is made
  let demo: ReturnType<typeof createDemoApp> | undefined
  const listener = getRequestListener(
    async (request, env) => (await (demo ??= createDemoApp(options))).fetch(request, env),
    { overrideGlobalObjects: false },
  )
  middlewares.use((request, response, next) => {
    if (request.url?.startsWith('/api/')) void listener(request, response)
    else next()
  })
  httpServer?.once('close', () => void demo?.then(({ close }) => close()))
}
