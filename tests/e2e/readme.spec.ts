import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { chromium, type Browser, type Page } from 'playwright'
import { createServer } from 'vite'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { ownBrowser } from '../support/chromium/own-browser.ts'
import { makeFolder, readSamples, root, writeApp } from '../support/readme-samples.ts'

let browser: Browser
beforeAll(async () => {
  browser = await chromium.connectOverCDP(ownBrowser())
})
afterAll(() => browser?.close())

/** Pastes a section of the README over its quick start, and serves that app to a new page. */
async function paste(section: string, edit = (code: string) => code): Promise<Page> {
  const [folder, remove] = await makeFolder()
  onTestFinished(remove)
  const files = (await readSamples()).get(section) ?? new Map<string, string>()
  await writeApp(folder, new Map([...files].map(([name, code]) => [name, edit(code)])))
  const script = '<script type="module" src="/main.ts"></script>'
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
    cacheDir: join(root, 'node_modules/.cache/vite-readme'),
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

/** Signs everybody in, and refuses the first access token that it gives. Returns what was asked for. */
async function serve(page: Page, url: string): Promise<string[]> {
  const asked: string[] = []
  let tokens = 0
  await page.route(url, async (route) => {
    const request = route.request()
    const path = new URL(request.url()).pathname
    const isExchange = /\/(login|refresh)$/.test(path)
    const isRefused = path.endsWith('refresh') && tokens === 0
    if (isExchange && !isRefused) tokens += 1
    const isValid = isExchange || request.headers()['authorization'] === 'Bearer T2'
    const status = isValid && !isRefused ? 200 : 401
    asked.push(`${status} ${path}`)
    const json = isExchange
      ? { access_token: `T${tokens}`, refresh_token: `R${tokens}`, expires_in: 3_600 }
      : { name: 'Ada', email: 'ada@example.com', roles: [] }
    await route.fulfill({ status, json, headers: { 'Access-Control-Allow-Origin': '*' } })
  })
  return asked
}

async function signIn(page: Page): Promise<void> {
  await page.getByLabel('Email').fill('ada@example.com')
  await page.getByLabel('Password').fill('lovelace')
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** Asks for something by an instance that a module of the app exports. A string: Vite would rewrite an `import()`. */
const get = (page: Page, module: string, name: string, path: string): Promise<number> =>
  page.evaluate(
    `import('${module}').then((all) => all.${name}.get('${path}')).then((a) => a.status)`,
  )

test('the quick start signs in, leads back and refreshes', async () => {
  const page = await paste('Quick start')
  const asked = await serve(page, '**/api/**')
  await page.goto('/profile')
  await signIn(page)
  await page.getByRole('heading', { name: 'Profile.vue' }).waitFor()
  expect(asked).toEqual([
    '200 /api/auth/login',
    '401 /api/me',
    '200 /api/auth/refresh',
    '200 /api/me',
  ])
})

test('a session by cookie signs in, leads back and refreshes', async () => {
  const page = await paste('The refresh token in a cookie')
  const asked = await serve(page, '**/api/**')
  await page.goto('/login')
  await signIn(page)
  await page.getByRole('heading', { name: 'Home.vue' }).waitFor()
  expect(await get(page, '/api.ts', 'api', '/orders')).toBe(200)
  expect(asked).toEqual([
    // Nobody is signed in yet
    '401 /api/auth/refresh',
    '200 /api/auth/login',
    '401 /api/orders',
    '200 /api/auth/refresh',
    '200 /api/orders',
  ])
})

test('several APIs refresh once', async () => {
  const page = await paste('Several APIs')
  const asked = await serve(page, '**/api/**')
  const reported = await serveReports(page)
  await page.goto('/profile')
  await signIn(page)
  await page.getByRole('heading', { name: 'Profile.vue' }).waitFor()
  const statuses = await Promise.all([
    get(page, '/api.ts', 'api', '/orders'),
    get(page, '/auth.ts', 'reports', '/sales'),
  ])
  expect(statuses).toEqual([200, 200])
  expect(asked.filter((each) => each.endsWith('refresh'))).toHaveLength(1)
  expect(reported.at(-1)).toBe('Bearer T2')
})

/** The reports, which take the same tokens. Returns those that came. */
async function serveReports(page: Page): Promise<string[]> {
  const seen: string[] = []
  await page.route('https://reports.example.com/**', async (route) => {
    const token = route.request().headers()['authorization'] ?? ''
    seen.push(token)
    const status = token === 'Bearer T2' ? 200 : 401
    await route.fulfill({ status, json: {}, headers: { 'Access-Control-Allow-Origin': '*' } })
  })
  return seen
}

test('several sessions sign in for themselves', async () => {
  // What the README says in words
  const edits: readonly (readonly [string, string])[] = [
    ['.use(authPlugin)', '.use(authPlugin).use(adminPlugin)'],
    ["from './auth'", "from './auth'\nimport { adminPlugin } from './admin'"],
    ['routes: [', 'routes: [office,'],
    [
      "from 'vue-router'\n\nexport const router",
      "from 'vue-router'\nimport { office } from './office'\n\nexport const router",
    ],
  ]
  const page = await paste('Several sessions', (code) =>
    edits.reduce((text, [from, to]) => text.replace(from, to), code),
  )
  await page.goto('/office')
  await page.waitForURL('**/office/login?redirect=/office')
  await page.getByRole('heading', { name: 'OfficeLogin.vue' }).waitFor()
  await page.goto('/profile')
  await serve(page, '**/api/**')
  await page.waitForURL('**/login?redirect=/profile')
  await signIn(page)
  await page.getByRole('heading', { name: 'Profile.vue' }).waitFor()
  await page.goto('/office')
  await page.waitForURL('**/office/login?redirect=/office')
})

test('OAuth leaves for the provider, with PKCE', async () => {
  const page = await paste('OAuth 2.0 and OpenID Connect')
  const issuer = 'https://login.example.com'
  await page.route(`${issuer}/**`, (route) =>
    route.fulfill({
      json: { issuer, authorization_endpoint: `${issuer}/go`, token_endpoint: `${issuer}/token` },
      headers: { 'Access-Control-Allow-Origin': '*' },
    }),
  )
  await page.goto('/login')
  await signIn(page)
  await page.waitForURL(`${issuer}/go?**`)
  const asked = new URL(page.url()).searchParams
  expect(asked.get('client_id')).toBe('my-app')
  expect(asked.get('code_challenge_method')).toBe('S256')
})
