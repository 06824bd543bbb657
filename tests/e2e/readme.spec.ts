import { chromium, type Browser, type Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownBrowser } from '../support/chromium/own-browser.ts'
import { openApp } from '../support/open-app.ts'
import { readSamples } from '../support/readme-samples.ts'

let browser: Browser
beforeAll(async () => {
  browser = await chromium.connectOverCDP(await ownBrowser())
})
afterAll(() => browser?.close())

/** Pastes a section of a page of the guide over the quick start, and serves that app to a new page. */
async function paste(page: string, section?: string, edit = (code: string) => code): Promise<Page> {
  const sections = await readSamples(page)
  const files = section ? sections.get(section) : [...sections.values()][0]
  if (!files) throw new Error(`${page} has no section ${section}`)
  return openApp(browser, new Map([...files].map(([name, code]) => [name, edit(code)])))
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
  const page = await paste('README.md', 'Quick start')
  const asked = await serve(page, '**/api/**')
  await page.goto('/about')
  await signIn(page)
  await page.getByRole('heading', { name: 'AboutView.vue' }).waitFor()
  expect(asked).toEqual([
    '200 /api/auth/login',
    '401 /api/me',
    '200 /api/auth/refresh',
    '200 /api/me',
  ])
})

test('the login page of the quick start tells a wrong password from no network', async () => {
  const page = await paste('README.md', 'Quick start')
  await page.goto('/login')
  await page.route('**/api/auth/login', (route) => route.fulfill({ status: 401, json: {} }))
  await signIn(page)
  await page.getByText('Wrong email or password.').waitFor()
  await page.route('**/api/auth/login', (route) => route.abort())
  await signIn(page)
  await page.getByText('The server does not answer.').waitFor()
})

test('the quick start signs out, and names who is signed in', async () => {
  const page = await paste('README.md', 'Quick start')
  const asked = await serve(page, '**/api/**')
  await page.goto('/about')
  await signIn(page)
  await page.getByRole('button', { name: 'Sign out Ada' }).click()
  await page.waitForURL('**/login')
  await expect.poll(() => asked.at(-1)).toMatch(/logout$/)
})

test('all routes are protected by one option, but the login page', async () => {
  const page = await paste('docs/guide/routes.md', 'Protect all routes')
  await serve(page, '**/api/**')
  await page.goto('/')
  await page.waitForURL('**/login?redirect=/')
  await signIn(page)
  await page.getByRole('heading', { name: 'HomeView.vue' }).waitFor()
})

test('a session by cookie signs in, leads back and refreshes', async () => {
  const page = await paste('docs/guide/quick-start-cookie.md')
  const asked = await serve(page, '**/api/**')
  await page.goto('/login')
  await signIn(page)
  await page.getByRole('heading', { name: 'HomeView.vue' }).waitFor()
  expect(await get(page, '/src/api.ts', 'api', '/orders')).toBe(200)
  expect(asked).toEqual([
    // No user is signed in yet
    '401 /api/auth/refresh',
    '200 /api/auth/login',
    '401 /api/orders',
    '200 /api/auth/refresh',
    '200 /api/orders',
  ])
})

test('several APIs refresh once', async () => {
  const page = await paste('docs/guide/several.md', 'Several APIs')
  const asked = await serve(page, '**/api/**')
  const reported = await serveReports(page)
  await page.goto('/about')
  await signIn(page)
  await page.getByRole('heading', { name: 'AboutView.vue' }).waitFor()
  const statuses = await Promise.all([
    get(page, '/src/api.ts', 'api', '/orders'),
    get(page, '/src/auth.ts', 'reports', '/sales'),
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
  // The edits that the page gives in words
  const edits: readonly (readonly [string, string])[] = [
    ['.use(authPlugin)', '.use(authPlugin).use(adminPlugin)'],
    ["from './auth'", "from './auth'\nimport { adminPlugin } from './admin'"],
    ['routes: [', 'routes: [office,'],
    ["'../views/HomeView.vue'\n", "'../views/HomeView.vue'\nimport { office } from '../office'\n"],
  ]
  const page = await paste('docs/guide/several.md', 'Several sessions', (code) =>
    edits.reduce((text, [from, to]) => text.replace(from, to), code),
  )
  await page.goto('/office')
  await page.waitForURL('**/office/login?redirect=/office')
  await page.getByRole('heading', { name: 'OfficeLoginView.vue' }).waitFor()
  await page.goto('/about')
  await serve(page, '**/api/**')
  await page.waitForURL('**/login?redirect=/about')
  await signIn(page)
  await page.getByRole('heading', { name: 'AboutView.vue' }).waitFor()
  await page.goto('/office')
  await page.waitForURL('**/office/login?redirect=/office')
})

test('OAuth leaves for the provider, with PKCE', async () => {
  const page = await paste('docs/guide/quick-start-oidc.md')
  const issuer = 'https://login.example.com'
  await page.route(`${issuer}/**`, (route) =>
    route.fulfill({
      json: { issuer, authorization_endpoint: `${issuer}/go`, token_endpoint: `${issuer}/token` },
      headers: { 'Access-Control-Allow-Origin': '*' },
    }),
  )
  await page.goto('/login')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(`${issuer}/go?**`)
  const asked = new URL(page.url()).searchParams
  expect(asked.get('client_id')).toBe('my-app')
  expect(asked.get('code_challenge_method')).toBe('S256')
})
