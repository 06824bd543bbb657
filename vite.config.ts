// The demo: its dev server (`npm start`) and its build. The tests have vitest.config.ts.
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import vueDevtools from 'vite-plugin-vue-devtools'
import { demoServer } from './example/server/vite-plugin.ts'

const inSource = (path: string) => fileURLToPath(new URL(`src/${path}`, import.meta.url))

export default defineConfig(({ isSsrBuild, mode }) => ({
  // `npm run demo:devtools` opens Vue's devtools in the page.
  plugins: [vue(), demoServer(), ...(mode === 'devtools' ? [vueDevtools()] : [])],
  // Regular expressions, because a string would match `vue-auth-refresh/anything` too.
  resolve: {
    alias: [
      { find: /^vue-auth-refresh$/, replacement: inSource('index.ts') },
      { find: /^vue-auth-refresh\/oauth2$/, replacement: inSource('oauth2/index.ts') },
      { find: /^vue-auth-refresh\/devtools$/, replacement: inSource('devtools/index.ts') },
    ],
  },
  // Or Vite looks through the pages of the tests as well, which use entries that have no alias here.
  optimizeDeps: { entries: ['index.html'] },
  build: { outDir: isSsrBuild ? 'dist-demo/server' : 'dist-demo/client', target: 'es2022' },
  // The built server needs no node_modules but the one package that loads its own .wasm file.
  ssr: isSsrBuild ? { noExternal: true, external: ['node-sqlite3-wasm'] } : {},
}))
