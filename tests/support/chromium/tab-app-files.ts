import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { build } from 'vite'
import type { AuthServer } from '../../fixtures/auth-server.ts'

/** The built application of tests/support/chromium/tab-app: what to serve, by path. Plain data. */
export type TabAppFiles = Record<string, { readonly type: string; readonly body: string }>

const inRoot = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

/** Its routes: an address that is loaded, rather than navigated to, is answered with the same page. */
const pages = ['/', '/login', '/private', '/admin', '/callback']

/**
 * Builds the application over the library's source, in memory.
 *
 * @param mode in `development` Vue, the router and the library check and warn
 */
export async function buildTabApp(mode: 'development' | 'production'): Promise<TabAppFiles> {
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    root: inRoot('tests/support/chromium/tab-app'),
    plugins: [vue()],
    resolve: {
      alias: [
        { find: /^vue-auth-refresh$/, replacement: inRoot('src/index.ts') },
        { find: /^vue-auth-refresh\/oauth2$/, replacement: inRoot('src/oauth2/index.ts') },
        { find: /^vue-auth-refresh\/fetch$/, replacement: inRoot('src/fetch/index.ts') },
      ],
    },
    define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
    build: { write: false, minify: false, target: 'es2022', modulePreload: false },
  })
  if (!('output' in built)) throw new Error('One build was expected.')
  const files: TabAppFiles = {}
  for (const file of built.output) {
    if (file.type === 'chunk')
      files[`/${file.fileName}`] = { type: 'text/javascript', body: file.code }
    else if (file.fileName === 'index.html')
      for (const page of pages) files[page] = { type: 'text/html', body: String(file.source) }
    else throw new Error(`Nobody serves ${file.fileName}.`)
  }
  return files
}

/** Serves the application from the origin of its API. */
export function serveTabApp(server: AuthServer, files: TabAppFiles): void {
  for (const [path, { type, body }] of Object.entries(files)) {
    server.route(path, (_request, response) =>
      response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(body),
    )
  }
}
