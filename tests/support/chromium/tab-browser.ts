import { randomUUID } from 'node:crypto'
import { chromium, type Browser, type CDPSession, type Page } from 'playwright'
import type { AuthServer } from '../../fixtures/auth-server.ts'
import { launchBrowser } from './launch.ts'
import type { TabOptions } from './tab-app/tab-app.ts'
import { Tab } from './tab.ts'

/** A facility that a browser or a page may lack. */
export type Facility = 'BroadcastChannel' | 'locks' | 'indexedDB' | 'localStorage' | 'crypto'

export interface OpenOptions extends TabOptions {
  /** Default `/`. */
  readonly path?: string
  /** The facilities that this page lacks. Default: none. */
  readonly without?: readonly Facility[]
  /** Runs in the page before anything else. It sees nothing of what surrounds it here. */
  readonly before?: () => void
  /** Whether to wait until the session is restored. Default true. */
  readonly isSettled?: boolean
}

/** Where an application is served, to the browser. */
export interface Site {
  /** The origin of a secure context. */
  readonly origin: string
  /** A plain-HTTP origin: no Web Locks, no `crypto.randomUUID`. */
  readonly insecureOrigin: string
}

/**
 * Chromium with one profile, in which every tab is a process of its own. Not a context made by Playwright: it keeps
 * those focused, and what is visible cannot be frozen; and their databases are in memory only.
 */
export class TabBrowser {
  private constructor(
    private readonly browser: Browser,
    private readonly cdp: CDPSession,
    private readonly end: () => Promise<void>,
  ) {}

  static async launch(): Promise<TabBrowser> {
    const { url, close } = await launchBrowser()
    return TabBrowser.connect(url, close)
  }

  /** @param end called once it is closed */
  static async connect(url: string, end = async (): Promise<void> => {}): Promise<TabBrowser> {
    const browser = await chromium.connectOverCDP(url, { noDefaults: true })
    return new TabBrowser(browser, await browser.newBrowserCDPSession(), end)
  }

  get version(): string {
    return this.browser.version()
  }

  /** Names of its own for a server: nothing that another site has stored is found there. */
  siteOf(server: AuthServer): Site {
    const { port } = new URL(server.origin)
    const name = `site-${randomUUID()}`
    return {
      origin: `http://${name}.localhost:${port}`,
      insecureOrigin: `http://${name}.test:${port}`,
    }
  }

  /** @param complain is told of every error and warning of the page */
  async open(
    origin: string,
    { path = '/', without = [], before, isSettled = true, ...options }: OpenOptions,
    complain: (text: string) => void,
  ): Promise<Tab> {
    const page = await this.newPage()
    const tab = new Tab(page, complain)
    if (before) await page.addInitScript(before)
    await page.addInitScript(takeAway, without)
    await page.addInitScript((options) => {
      window.tabOptions = options
    }, options)
    await page.goto(origin + path)
    if (isSettled) await tab.settled()
    return tab
  }

  /** In a window of its own. In one window each tab would hide the one before, except in the headless shell. */
  private async newPage(): Promise<Page> {
    const opened = this.browser.contexts()[0]!.waitForEvent('page')
    await this.cdp.send('Target.createTarget', { url: 'about:blank', newWindow: true })
    return opened
  }

  /** Closes all tabs. */
  async closeTabs(): Promise<void> {
    const pages = this.browser.contexts().flatMap((context) => context.pages())
    await Promise.all(pages.map((page) => page.close()))
  }

  async close(): Promise<void> {
    await this.browser.close()
    await this.end()
  }
}

/** In the page: makes it one of a browser that never had these. */
function takeAway(facilities: readonly Facility[]): void {
  for (const name of facilities) {
    Reflect.deleteProperty(name === 'locks' ? Navigator.prototype : window, name)
  }
}
