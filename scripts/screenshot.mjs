// Takes docs/demo.png: the dashboard after twenty requests met an expired access token.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import { createServer } from 'vite'
import { chromiumLaunchOptions } from './chromium.mjs'
import { smallPng } from './small-png.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const file = join(root, 'docs/demo.png')

const folder = await mkdtemp(join(tmpdir(), 'vue-auth-refresh-'))
process.env.DEMO_DB = join(folder, 'demo.db')
process.env.DEMO_ACCESS_TTL = '15'

const server = await createServer({
  root,
  configFile: join(root, 'vite.config.ts'),
  cacheDir: join(root, 'node_modules/.cache/vite-e2e'),
  logLevel: 'warn',
  server: { port: 0, hmr: false, watch: null },
})
await server.listen()
const browser = await chromium.launch(await chromiumLaunchOptions())
try {
  const page = await browser.newPage({
    baseURL: server.resolvedUrls.local[0],
    viewport: { width: 1200, height: 1000 },
    // The package holds the picture too, and pages show it no wider
    deviceScaleFactor: 1,
    colorScheme: 'light',
    // The picture is drawn where it ends up, without being on its way there
    reducedMotion: 'reduce',
  })
  await page.goto('/login')
  await page.getByRole('button', { name: /ada@example.com/ }).click()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Expire my access token' }).click()
  await page.getByTestId('said').filter({ hasText: 'refuses your access token' }).waitFor()
  await page.getByRole('button', { name: 'Send 20 at once' }).click()
  const said = page
    .getByTestId('announcement')
    .filter({ hasText: /^20 requests · 1 refresh · 0 failed/ })
  await said.waitFor({ state: 'attached' })
  await page.getByTestId('server-view').filter({ hasText: '1 refresh' }).waitFor()
  // No button looks as if it were pressed
  await page.mouse.move(0, 0)
  await page.locator('h1').focus()
  const picture = await page.screenshot({ fullPage: true, animations: 'disabled' })
  await writeFile(file, smallPng(picture))
  console.log(file)
} finally {
  await browser.close()
  await server.close()
  await rm(folder, { recursive: true, force: true })
}
