// Looks at the site that `npm run docs:build` made: npm run docs:check. Fails where axe finds a fault, a page scrolls
// sideways, asks another server or prints an error, the search finds nothing, a link leads nowhere, the front page
// is too large, its playground does not play, or the switch of languages leads astray.
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import axe from 'axe-core'
import { chromium } from 'playwright'
import { chromiumLaunchOptions } from './chromium.mjs'

const site = fileURLToPath(new URL('../docs/.vitepress/dist', import.meta.url))
/** The most that the front page and its playground may load, in bytes as a server with gzip sends them. */
const LARGEST_FRONT_PAGE = 150_000
const PAGES = [
  '/',
  '/docs/guide/why.html',
  '/docs/guide/quick-start.html',
  '/docs/guide/routes.html',
  '/docs/guide/troubleshooting.html',
  '/docs/zh/index.html',
  '/docs/zh/guide/why.html',
  '/docs/design.html',
  '/docs/reference/index/interfaces/AuthOptions.html',
]
const LOOKS = [
  { width: 1280, colorScheme: 'light' },
  { width: 360, colorScheme: 'dark' },
]
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
}

const faults = []
/** The size of each file that was asked for, in bytes as a server with gzip sends them. */
const sizes = new Map()
let size = 0

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost')
  const file = join(site, decodeURIComponent(pathname.replace(/\/$/, '/index.html')))
  if (!existsSync(file)) return void response.writeHead(404).end()
  const type = TYPES[extname(file)] ?? 'text/plain'
  const content = readFileSync(file)
  sizes.set(pathname, gzipSync(content).length)
  response.writeHead(200, { 'content-type': type }).end(content)
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const origin = `http://127.0.0.1:${server.address().port}`
const browser = await chromium.launch(await chromiumLaunchOptions())

try {
  for (const { width, colorScheme } of LOOKS) {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme })
    const fault = (text) => faults.push(`${page.url()} at ${width} px, ${colorScheme}: ${text}`)
    page.on('pageerror', (error) => fault(error.message))
    page.on('console', (message) => message.type() === 'error' && fault(message.text()))
    page.on('request', (request) => {
      const url = request.url()
      if (!url.startsWith('data:') && !url.startsWith(origin)) fault(`asks ${url}`)
    })
    sizes.clear()
    await page.goto(origin, { waitUntil: 'networkidle' })
    size = [...sizes.values()].reduce((sum, bytes) => sum + bytes)
    if (size > LARGEST_FRONT_PAGE) fault(`loads ${size} bytes`)
    await play(page).catch((error) => fault(`the playground: ${error.message}`))
    for (const path of PAGES) {
      await page.goto(origin + path, { waitUntil: 'networkidle' })
      for (const text of await faultsOf(page)) fault(text)
    }
    if (width > 1000) {
      for (const path of await deadLinks(page)) fault(`leads to ${path}`)
      if (!(await isFound(page, 'sign out', 'The user'))) fault('the search finds nothing')
      for (const text of await switchLanguages(page)) fault(text)
    }
    await page.close()
  }
} finally {
  await browser.close()
  server.close()
}

if (faults.length > 0) {
  console.error(faults.join('\n'))
  process.exit(1)
}
console.log(`The site has no fault. Its front page loads ${size} bytes.`)

/** Plays by keyboard: an expiry that two tabs meet, and the end of their session. */
async function play(page) {
  const tabs = [1, 2].map((tab) => page.frameLocator(`iframe[title="Tab ${tab}"]`))
  const press = async (name, where = page) => {
    await where.getByRole('button', { name }).focus()
    await page.keyboard.press('Enter')
  }
  const every = (text) => Promise.all(tabs.map((tab) => tab.getByText(text).waitFor()))
  const countOf = (what) => page.locator(`[data-count="${what}"]`).textContent()

  await every('Ada')
  await press(/^Expire the token, then/)
  await every('20 of 20 answered; 20 waited for one refresh.')
  const [refreshes, reused] = [await countOf('refreshes'), await countOf('reused')]
  if (refreshes !== '1' || reused !== '0')
    throw new Error(`${refreshes} refreshes, ${reused} reused`)
  await press('Revoke the session')
  await press('Send 20 requests', tabs[0])
  await tabs[0].getByText('0 of 20 answered, 20 failed: rejected.').waitFor()
  await every('Sign in as Grace')
}

/** The violations that axe finds in a page, and a complaint if the page scrolls sideways. */
async function faultsOf(page) {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes[0].target.join(' ')}`)
  const isWide = await page.evaluate(
    'document.documentElement.scrollWidth > document.documentElement.clientWidth',
  )
  return isWide ? [...found, 'scrolls sideways'] : found
}

/** The links of the sidebar that lead nowhere. */
async function deadLinks(page) {
  const paths = await page
    .locator('.VPSidebar a')
    .evaluateAll((links) => links.map((link) => new URL(link.href).pathname))
  if (paths.length === 0) return ['no page: there is no sidebar']
  const answers = await Promise.all(paths.map((path) => page.request.get(origin + path)))
  return paths.filter((_path, index) => !answers[index].ok())
}

/** Faults on the way to Chinese and back, from a page that is translated and one that is not. */
async function switchLanguages(page) {
  const wrong = []
  const follow = async (from, language, to) => {
    await page.goto(origin + from, { waitUntil: 'networkidle' })
    await page.locator('.VPNavBarTranslations').hover()
    await page.locator('.VPNavBarTranslations').getByRole('link', { name: language }).click()
    const title = page.locator('.VPNavBarTranslations .title', { hasText: language })
    await title.waitFor({ state: 'attached', timeout: 10_000 })
    const { pathname } = new URL(page.url())
    if (pathname !== to) wrong.push(`the switch leads from ${from} to ${pathname}`)
  }
  await follow('/docs/guide/why.html', '简体中文', '/docs/zh/guide/why.html')
  await follow('/docs/zh/guide/why.html', 'English', '/docs/guide/why.html')
  await follow('/', '简体中文', '/docs/zh/')
  await follow('/docs/design.html', '简体中文', '/docs/zh/')
  await page.goto(`${origin}/docs/zh/guide/why.html`, { waitUntil: 'networkidle' })
  if (!(await isFound(page, '退出登录', '用户'))) wrong.push('the search finds nothing in Chinese')
  return wrong
}

/** Whether the search has a page for some words. */
async function isFound(page, words, title) {
  await page.keyboard.press('Control+k')
  await page.getByRole('searchbox').fill(words)
  const result = page.locator('.result', { hasText: title })
  return result
    .first()
    .waitFor({ timeout: 10_000 })
    .then(
      () => true,
      () => false,
    )
}
