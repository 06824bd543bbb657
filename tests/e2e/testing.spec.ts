import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright'
import { expect as expectPage } from 'playwright/test'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import {
  createFakeAuthServer,
  sessionRecord,
  signIn,
  type SignInOptions,
} from 'vue-auth-refresh/testing'
import { ownBrowser } from '../support/chromium/own-browser.ts'
import { openApp } from '../support/open-app.ts'
import { makeFolder, readSamples } from '../support/readme-samples.ts'
import { createLatch } from '../../src/utils/waiting.ts'

let browser: Browser
beforeAll(async () => {
  browser = await chromium.connectOverCDP(await ownBrowser())
})
afterAll(() => browser?.close())

const user = { name: 'Ada', email: 'ada@example.com', roles: [] }
const credentials = { email: 'ada@example.com', password: 'lovelace' }

/** The app of docs/guide/routes.md, with other options of `createAuth()`, and a fake server behind it. */
async function open(options = '') {
  const samples = (await readSamples('docs/guide/routes.md')).get('# Routes') ?? []
  const files = new Map(samples)
  const auth = files.get('src/auth.ts')?.replace('axios: api,', `axios: api, ${options}`) ?? ''
  files.set('src/auth.ts', auth.replace('{ createAuth', '{ createAuth, webStorage'))
  const page = await openApp(browser, files)
  const server = createFakeAuthServer({ users: [{ user, credentials }] })
  await page.route('**/api/**', server.route)
  return { page, server }
}

const showsProfile = (page: Page): Promise<void> =>
  page.getByRole('heading', { name: 'ProfileView.vue' }).waitFor()

/** The options of an app, and those of `signIn()` that say the same. */
const apps: [string, SignInOptions][] = [
  ['', { baseURL: '/api' }],
  ["name: 'shop',", { name: 'shop', baseURL: '/api/' }],
  ["api: 'orders',", { api: 'orders' }],
  ['storage: webStorage(),', { baseURL: '/api', storage: 'localStorage' }],
  ["storage: webStorage('session'),", { baseURL: '/api', storage: 'sessionStorage' }],
]

test.each(apps)(
  'an app with the options "%s" starts with the session of signIn()',
  async (...app) => {
    const [options, places] = app
    const { page, server } = await open(options)
    await signIn(page, server.issue(), places)
    await page.goto('/profile')
    await showsProfile(page)
    expect(server.log).toMatchObject([{ path: '/api/me', status: 200, user }])
  },
)

test('a session of signIn() is refreshed, and outlasts a reload', async () => {
  const { page, server } = await open()
  await page.goto('/login')
  await signIn(page, server.issue(), { baseURL: '/api' })
  server.expireAll()
  await page.goto('/profile')
  await showsProfile(page)
  await page.reload()
  await showsProfile(page)
  expect([server.exchanges, server.reused]).toEqual([1, 0])
})

test('signIn() of a window is for the app that loads there next, as in `onBeforeLoad` of Cypress', async () => {
  const { page, server } = await open()
  const entry = `/@fs${join(process.cwd(), 'src/testing/index.ts')}`
  const script = `import { signIn } from '${entry}'; globalThis.signIn = signIn`
  await page.route('**/cypress', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<script type="module">${script}</script><iframe></iframe>`,
    }),
  )
  const [loading, waiting] = [createLatch(), createLatch()]
  await page.route('**/main.ts', async (route) => {
    loading.open()
    await waiting.opened
    await route.fallback()
  })
  await page.goto('/cypress')
  await page.evaluate(() => void (document.querySelector('iframe')!.src = '/profile'))
  // The window is that of the app now, and no script of it has run.
  await loading.opened
  await page.evaluate((tokens) => {
    const { signIn: signInWindow } = globalThis as unknown as { signIn: typeof signIn }
    // Cypress waits for nothing here.
    void signInWindow(document.querySelector('iframe')!.contentWindow!, tokens, { baseURL: '/api' })
  }, server.issue())
  waiting.open()
  await page.frameLocator('iframe').getByRole('heading', { name: 'ProfileView.vue' }).waitFor()
})

test('the end-to-end sample of docs/guide/testing.md passes', async () => {
  const [folder, remove] = await makeFolder()
  onTestFinished(remove)
  const samples = (await readSamples('docs/guide/testing.md')).get('End to end')
  const code = samples?.get('e2e/profile.spec.ts') ?? ''
  // Its runner is this one: each test gets a page of the app.
  const runs: ((fixtures: { page: Page }) => Promise<void>)[] = []
  const own = { expect: expectPage, test: (_name: string, run: (typeof runs)[0]) => runs.push(run) }
  Object.assign(globalThis, { playwrightTest: own })
  onTestFinished(() => void Reflect.deleteProperty(globalThis, 'playwrightTest'))
  const file = join(folder, 'profile.spec.ts')
  const imported = "import { expect, test } from '@playwright/test'"
  expect(code).toContain(imported)
  await writeFile(
    file,
    code.replace(imported, 'const { expect, test } = globalThis.playwrightTest'),
  )
  await import(/* @vite-ignore */ file)
  expect(runs).toHaveLength(1)
  const { page } = await open()
  for (const run of runs) await run({ page })
})

test('the record of a session is what the app itself stores', async () => {
  const { page, server } = await open("storage: webStorage('session'),")
  await page.goto('/login')
  await page.getByLabel('Email').fill(credentials.email)
  await page.getByLabel('Password').fill(credentials.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'HomeView.vue' }).waitFor()
  const stored = await page.evaluate(() =>
    Object.values(sessionStorage).map((text) => JSON.parse(String(text)) as object),
  )
  expect(stored).toHaveLength(1)
  const made = sessionRecord(server.issue())
  expect(Object.keys(made).toSorted()).toEqual(Object.keys(stored[0]!).toSorted())
})
