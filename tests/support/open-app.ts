import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import vue from '@vitejs/plugin-vue'
import type { Browser, Page } from 'playwright'
import { createServer } from 'vite'
import { expect, onTestFinished } from 'vitest'
import { makeFolder, root, writeApp } from './readme-samples.ts'

/** Serves an app of samples to a new page, until the test is over. */
export async function openApp(
  browser: Browser,
  files: Parameters<typeof writeApp>[1],
): Promise<Page> {
  const [folder, remove] = await makeFolder()
  onTestFinished(remove)
  await writeApp(folder, files)
  const main = files.has('src/main.ts') ? '/src/main.ts' : '/main.ts'
  const script = `<script type="module" src="${main}"></script>`
  await writeFile(join(folder, 'index.html'), `<!doctype html><div id="app"></div>${script}`)
  const inSource = (file: string) => join(root, 'src', file)
  const server = await createServer({
    root: folder,
    configFile: false,
    plugins: [vue()],
    resolve: {
      alias: [
        { find: /^vue-auth-refresh$/, replacement: inSource('index.ts') },
        { find: /^vue-auth-refresh\/oauth2$/, replacement: inSource('oauth2/index.ts') },
      ],
    },
    optimizeDeps: { include: ['vue', 'pinia', 'axios', 'vue-router', 'oauth4webapi'] },
    // One for each worker: two servers would replace each other's bundled packages.
    cacheDir: join(root, `node_modules/.cache/vite-samples-${process.env['VITEST_POOL_ID']}`),
    logLevel: 'warn',
    server: { port: 0, hmr: false, watch: null, fs: { allow: [root] } },
  })
  onTestFinished(() => server.close())
  await server.listen()
  const context = await browser.newContext({ baseURL: server.resolvedUrls?.local[0] ?? '' })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  page.on('pageerror', (error) => expect.unreachable(String(error)))
  return page
}
