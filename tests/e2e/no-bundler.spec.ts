import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright'
import { build } from 'tsdown'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AuthServer } from '../fixtures/auth-server.ts'
import { ownBrowser } from '../support/chromium/own-browser.ts'
import { root } from '../support/readme-samples.ts'

const OWN = '/node_modules/vue-auth-refresh/dist/browser/'

let browser: Browser
let built: string
let server: AuthServer

beforeAll(async () => {
  browser = await chromium.connectOverCDP(await ownBrowser())
  await mkdir(join(root, '.cache'), { recursive: true })
  built = await mkdtemp(join(root, '.cache/no-bundler-'))
  const { browserBuild } = await import('../../tsdown.config.ts')
  await build({ ...browserBuild, config: false, outDir: built, logLevel: 'silent' })
  server = await new AuthServer().start()
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
  await rm(built, { recursive: true, force: true })
})

/** Serves a page, and the files that its import map names. */
async function servePage(html: string): Promise<void> {
  const serve = (path: string, type: string, content: string) =>
    server.route(path, (_request, response) => {
      response.writeHead(200, { 'content-type': type }).end(content)
    })
  serve('/', 'text/html', html)
  for (const [, path = ''] of html.matchAll(/"(\/node_modules\/[^"]+)"/g)) {
    const file = path.startsWith(OWN) ? join(built, path.slice(OWN.length)) : join(root, path)
    serve(path, 'text/javascript', await readFile(file, 'utf8'))
  }
}

test('the page without a bundler in docs/browsers.md signs in, and refreshes', async () => {
  const text = await readFile(join(root, 'docs/browsers.md'), 'utf8')
  const html = /```html\n(.+?)```/s.exec(text)?.[1] ?? ''
  await servePage(html.replace('baseURL', 'api: (globalThis.test = () => api), baseURL'))
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(server.origin)
  await page.getByText('anonymous').waitFor()
  await page.getByRole('button').click()
  await page.getByText('authenticated').waitFor()

  server.expireAccessTokens()
  const get = "globalThis.test().get('/orders/1').then(({ status }) => status)"
  expect(await page.evaluate(get)).toBe(200)
  expect([server.refreshes, complaints]).toEqual([1, []])
  await page.close()
}, 60_000)

test('every entry of the browser build does without `process`', async () => {
  for (const entry of ['index.js', 'oauth2.js']) {
    expect(await readFile(join(built, entry), 'utf8')).not.toContain('process.env')
  }
})
