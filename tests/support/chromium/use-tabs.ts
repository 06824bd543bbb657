import { afterAll, afterEach, beforeAll, beforeEach, inject } from 'vitest'
import { AuthServer } from '../../fixtures/auth-server.ts'
import { ownBrowser } from './own-browser.ts'
import { serveTabApp } from './tab-app-files.ts'
import { TabBrowser, type OpenOptions, type Site } from './tab-browser.ts'
import type { Tab } from './tab.ts'

export interface TabsOptions extends OpenOptions {
  /** Whether the tabs are of a plain-HTTP origin, which has no Web Locks. Default false. */
  readonly isInsecure?: boolean
}

type Tuple<Item, Length extends number, Items extends Item[] = []> = number extends Length
  ? Item[]
  : Items['length'] extends Length
    ? Items
    : Tuple<Item, Length, [...Items, Item]>

/** The equipment of a spec file: for each test a server and an origin of its own, and the tabs of one browser. */
export interface Tabs {
  readonly server: AuthServer
  readonly browser: TabBrowser
  /** The origin of the tabs, unless they are opened `isInsecure`. */
  readonly origin: string
  /** Opens that many tabs, one after the other. */
  open<Count extends number>(count: Count, options?: TabsOptions): Promise<Tuple<Tab, Count>>
  /** This test lets a page print one error or warning that contains or matches this; it fails if none does. */
  expectComplaint(pattern: RegExp | string): void
}

/**
 * Real tabs for the tests of this file. A test fails when one of its pages prints an error or a warning, has an
 * unhandled rejection or crashes unasked.
 *
 * @param defaults how tabs are opened where a test does not say otherwise
 */
export function useTabs(defaults: TabsOptions = {}): Tabs {
  let browser: TabBrowser
  let server: AuthServer
  let site: Site
  let expected: (RegExp | string)[] = []
  let complaints: string[] = []

  beforeAll(async () => {
    browser = await TabBrowser.connect(await ownBrowser())
  })

  beforeEach(async () => {
    server = await new AuthServer().start()
    serveTabApp(server, inject('tabApp'))
    site = browser.siteOf(server)
  })

  afterEach(async () => {
    await browser.closeTabs()
    await server.stop()
    const unannounced = complaints.filter((text) => {
      const index = expected.findIndex((pattern) => matches(text, pattern))
      if (index !== -1) expected.splice(index, 1)
      return index === -1
    })
    const missing = expected.map((pattern) => `Nothing printed was like ${String(pattern)}`)
    complaints = []
    expected = []
    const wrong = [...unannounced, ...missing]
    if (wrong.length > 0) throw new Error(wrong.join('\n'))
  })

  afterAll(() => browser?.close())

  return {
    get server() {
      return server
    },
    get browser() {
      return browser
    },
    get origin() {
      return site.origin
    },
    async open<Count extends number>(count: Count, options: TabsOptions = {}) {
      const { isInsecure = false, ...others } = { ...defaults, ...options }
      const origin = isInsecure ? site.insecureOrigin : site.origin
      const tabs: Tab[] = []
      for (let index = 0; index < count; index++) {
        tabs.push(await browser.open(origin, others, (text) => complaints.push(text)))
      }
      return tabs as Tuple<Tab, Count>
    },
    expectComplaint(pattern) {
      expected.push(pattern)
    },
  }
}

function matches(text: string, pattern: RegExp | string): boolean {
  return typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text)
}
