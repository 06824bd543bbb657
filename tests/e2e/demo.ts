import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright'
import { createServer, preview, type PreviewServer, type ViteDevServer } from 'vite'
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest'
import { demoAccounts } from '../../example/accounts.ts'
import type { DemoStats } from '../../example/protocol.ts'
import { optionsFromEnvironment } from '../../example/server/options.ts'
import { serveDemo } from '../../example/server/serve.ts'
import { ownBrowser } from '../support/chromium/own-browser.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Generous, for a busy machine: a test whose subject is a duration has its own. */
const PATIENCE_MS = 60_000

export const [ada, ben] = demoAccounts.map(({ email, password }) => ({ email, password }))

/** The equipment of a spec file: the demo on a port of its own, and a browser. */
export interface Demo {
  /** Without a slash at the end. */
  readonly url: string
  /** A page in a browser profile of its own. The test fails when it prints an error. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>
  /** Another tab beside `page`, in the same profile. */
  openBeside(page: Page, path: string): Promise<Page>
}

interface DemoOptions {
  /** In seconds; by default nothing expires unless a test says so. */
  readonly accessTokenLifetime?: number
  /**
   * `development`: by Vite's dev server, as `npm start`. `oidc`: as `npm run demo:oidc`. `devtools`: as
   * `npm run demo:devtools`. `served`: built, and without Vite, with its security headers. Default: built, which is
   * quick.
   */
  readonly mode?: 'built' | 'development' | 'devtools' | 'oidc' | 'served'
}

/** Starts the demo for the tests of this file. */
export function useDemo({ accessTokenLifetime = 3_600, mode = 'built' }: DemoOptions = {}): Demo {
  let server: Running
  let browser: Browser
  let folder: string
  let url: string
  const contexts: BrowserContext[] = []
  const complaints: string[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vue-auth-refresh-'))
    process.env['DEMO_DB'] = join(folder, 'demo.db')
    process.env['DEMO_ACCESS_TTL'] = String(accessTokenLifetime)
    process.env['DEMO_PASSWORD_COST'] = '1'
    server = await serve(mode)
    url = server.url
    browser = await chromium.connectOverCDP(await ownBrowser())
  })

  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
    expect(complaints.splice(0)).toEqual([])
  })

  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await rm(folder, { recursive: true, force: true })
  })

  function listen(page: Page): void {
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => {
      const text = message.text()
      const isComplaint = message.type() === 'error' || message.type() === 'warning'
      // The browser's own line about an answer of 4xx or 5xx, which the demo provokes
      if (isComplaint && !text.startsWith('Failed to load resource: the server responded')) {
        complaints.push(text)
      }
    })
  }

  return {
    get url() {
      return url
    },
    async open(path, options) {
      // Or every page draws sixty times a second
      const context = await browser.newContext({
        baseURL: url,
        reducedMotion: 'reduce',
        ...options,
      })
      contexts.push(context)
      context.setDefaultTimeout(PATIENCE_MS)
      // Those that the demo opens by itself, too
      context.on('page', listen)
      const page = await context.newPage()
      await page.goto(path)
      return page
    },
    async openBeside(page, path) {
      const beside = await page.context().newPage()
      await beside.goto(path)
      return beside
    },
  }
}

const configFile = join(root, 'vite.config.ts')

/** A running demo, its address without a slash at the end. */
interface Running {
  readonly url: string
  close(): unknown
}

async function serve(mode: NonNullable<DemoOptions['mode']>): Promise<Running> {
  if (mode === 'served') {
    const client = inject('demo')
    const demo = await serveDemo({ ...optionsFromEnvironment(), client, port: 0 })
    return { url: `http://localhost:${demo.address.port}`, close: () => demo.close() }
  }
  const server = mode === 'built' ? await serveBuilt() : await serveSource(mode)
  const url = server.resolvedUrls?.local[0]?.replace(/\/$/, '') ?? ''
  return { url, close: () => server.close() }
}

function serveBuilt(): Promise<PreviewServer> {
  const build = { outDir: inject('demo') }
  return preview({ root, configFile, logLevel: 'warn', build, preview: { port: 0 } })
}

async function serveSource(mode: string): Promise<ViteDevServer> {
  const server = await createServer({
    root,
    mode,
    configFile,
    // One for each mode and worker, or two servers at a time would write it
    cacheDir: join(
      root,
      'node_modules/.cache',
      `vite-e2e-${mode}-${process.env['VITEST_POOL_ID']}`,
    ),
    logLevel: 'warn',
    // A file saved during the tests must not reload the page
    server: { port: 0, hmr: false, watch: null },
  })
  return server.listen()
}

/** Fills in the login page and waits until it is left. */
export async function signIn(page: Page, account = ada): Promise<void> {
  await page.getByLabel('Email').fill(account?.email ?? '')
  await page.getByLabel('Password').fill(account?.password ?? '')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
}

/** The server's counts for the browser of this page. */
export async function statsOf(page: Page): Promise<DemoStats> {
  return (await page.request.get('/api/demo/stats')).json()
}

export async function expireToken(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Expire my access token' }).click()
  await page.getByTestId('said').filter({ hasText: 'refuses your access token' }).waitFor()
}

export async function chooseMode(page: Page, mode: RegExp): Promise<void> {
  // The counts that are asked for once it is set; the page may be waiting for earlier ones.
  let isSet = false
  const done = page.waitForResponse((response) => {
    isSet ||= response.url().endsWith('/api/demo/mode')
    return isSet && response.url().endsWith('/api/demo/stats')
  })
  await page.getByRole('radio', { name: mode }).check()
  await done
}

export async function send(page: Page, what: '20 at once' | '1' | 'a slow one'): Promise<void> {
  await page.getByRole('button', { name: `Send ${what}`, exact: true }).click()
}

/** Stops the clock of a page that has one of its own. Until then it runs on, and a busy machine would add to it. */
export async function stopClock(page: Page): Promise<void> {
  // It stops only at a time to come.
  await page.clock.pauseAt(Date.now() + 60_000)
}

/**
 * Runs the clock of a page forward, in steps: its storage takes real time, and counts as broken after 3 s of that
 * clock. A transaction of the same storage waits for those before it, so each step ends when they are done.
 */
export async function passTime(page: Page, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    await page.clock.runFor(Math.min(left, 1_000))
    await page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          const opening = indexedDB.open('vue-auth-refresh')
          opening.onsuccess = () => {
            const transaction = opening.result.transaction('sessions', 'readwrite')
            transaction.objectStore('sessions').count()
            transaction.oncomplete = () => {
              opening.result.close()
              resolve()
            }
          }
        }),
    )
  }
}

/** Lets refreshes of this profile wait until the returned function is called. */
export async function holdRefreshes(page: Page): Promise<() => void> {
  let letGo = () => {}
  const held = new Promise<void>((resolve) => (letGo = resolve))
  await page.context().route('**/api/auth/refresh', async (route) => {
    await held
    await route.continue()
  })
  return letGo
}

/** Waits until a request of this tab waits for a refresh, of this tab or of another. */
export async function someoneWaits(page: Page): Promise<void> {
  await page.locator('.segment.waiting').first().waitFor({ state: 'attached' })
}

/** Waits until nothing is on its way, and returns the sentence that a screen reader says then. */
export async function outcome(page: Page, start: string): Promise<string> {
  const said = page.getByTestId('announcement').filter({ hasText: new RegExp(`^${start}`) })
  await said.waitFor({ state: 'attached' })
  return (await said.textContent()) ?? ''
}

/** Path and query of the page that is shown. */
export function whereabouts(page: Page): string {
  const { pathname, search } = new URL(page.url())
  return pathname + search
}
