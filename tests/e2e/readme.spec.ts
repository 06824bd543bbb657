import { chromium, type Browser, type Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFakeAuthServer, type FakeAuthServer } from 'vue-auth-refresh/testing'
import { ownBrowser } from '../support/chromium/own-browser.ts'
import { openApp } from '../support/open-app.ts'
import { readSamples } from '../support/readme-samples.ts'

let browser: Browser
beforeAll(async () => {
  browser = await chromium.connectOverCDP(ownBrowser())
})
afterAll(() => browser?.close())

/** Pastes a section of the README over its quick start, and serves that app to a new page. */
async function paste(section: string, edit = (code: string) => code): Promise<Page> {
  const files = (await readSamples()).get(section) ?? new Map<string, string>()
  return openApp(browser, new Map([...files].map(([name, code]) => [name, edit(code)])))
}

/** Signs in with any credentials, and refuses the first access token that it gives. */
async function serve(
  page: Page,
  url: string,
  mode?: 'tokens' | 'refresh-cookie',
): Promise<FakeAuthServer> {
  const user = { name: 'Ada', email: 'ada@example.com', roles: [] }
  const server = createFakeAuthServer({
    users: [{ user, credentials: {} }],
    mode: mode ?? 'tokens',
  })
  let isFirst = true
  await page.route(url, (route) => {
    if (isFirst && !/\/(login|refresh)$/.test(new URL(route.request().url()).pathname)) {
      isFirst = false
      server.expireAll()
    }
    return server.route(route)
  })
  return server
}

const asked = ({ log }: FakeAuthServer): string[] =>
  log.map(({ status, path }) => `${status} ${path}`)

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
  const server = await serve(page, '**/api/**')
  await page.goto('/profile')
  await signIn(page)
  await page.getByRole('heading', { name: 'Profile.vue' }).waitFor()
  expect(asked(server)).toEqual([
    '200 /api/auth/login',
    '401 /api/me',
    '200 /api/auth/refresh',
    '200 /api/me',
  ])
})

test('a session by cookie signs in, leads back and refreshes', async () => {
  const page = await paste('The refresh token in a cookie')
  const server = await serve(page, '**/api/**', 'refresh-cookie')
  await page.goto('/login')
  await signIn(page)
  await page.getByRole('heading', { name: 'Home.vue' }).waitFor()
  expect(await get(page, '/api.ts', 'api', '/orders')).toBe(200)
  expect(asked(server)).toEqual([
    // No user is signed in yet
    '400 /api/auth/refresh',
    '200 /api/auth/login',
    '401 /api/orders',
    '200 /api/auth/refresh',
    '200 /api/orders',
  ])
})

test('several APIs refresh once', async () => {
  const page = await paste('Several APIs')
  const server = await serve(page, '**/api/**')
  await page.route('https://reports.example.com/**', server.route)
  await page.goto('/profile')
  await signIn(page)
  await page.getByRole('heading', { name: 'Profile.vue' }).waitFor()
  const statuses = await Promise.all([
    get(page, '/api.ts', 'api', '/orders'),
    get(page, '/auth.ts', 'reports', '/sales'),
  ])
  expect(statuses).toEqual([200, 200])
  expect([server.exchanges, server.reused]).toEqual([1, 0])
  expect(asked(server).filter((each) => each.endsWith('/sales'))).toEqual(['200 /sales'])
})

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
