import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'

const inRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))

/** Loads the TypeScript of the library, the tests and the benchmarks as it stands: `ssrLoadModule('/src/…')`. */
export const openSource = () =>
  createServer({
    root: inRoot('.'),
    configFile: false,
    appType: 'custom',
    logLevel: 'warn',
    optimizeDeps: { noDiscovery: true },
    resolve: { alias: [{ find: /^vue-auth-refresh$/, replacement: inRoot('src/index.ts') }] },
    server: { middlewareMode: true, ws: false, watch: null },
  })
