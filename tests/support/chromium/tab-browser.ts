import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Browser, type CDPSession, type Page } from 'playwright'
import { chromiumLaunchOptions } from '../../../scripts/chromium.mjs'
import type { AuthServer } from '../../fixtures/auth-server.ts'
import type { TabOptions } from './tab-app/tab-app.ts'
import { Tab } from './tab.ts'

/** What a browser or a page may have to do without. */
export type Facility = 'BroadcastChannel' | 'locks' | 'indexedDB' | 'localStorage' | 'crypto'

export interface OpenOptions extends TabOptions {
  /** Default `/`. */
  readonly path?: string
  /** What this page has to do without. */
  readonly without?: readonly Facility[]
  /** Runs in the page before anything else. It sees nothing of what surrounds it here. */
  readonly before?: () => void
  /** Whether to wait until the session is restored. Default true. */
  readonly isSettled?: boolean
}

/** Where an application is served, to the browser. */
export interface Site {
  /** Of a secure context. */
  readonly origin: string
  /** A plain-HTTP origin: no Web Locks, no `crypto.randomUUID`. */
  readonly insecureOrigin: string
}

/**
 * Chromium with one profile, in which every tab is a process of its own. Not a context made by Playwright: it keeps
 * those focused, and what is visible cannot be frozen; and their databases are in memory only.
 */
export class TabBrowser {
  private sites = 0

  private constructor(
    private readonly launched: Browser,
    private readonly browser: Browser,
    private readonly cdp: CDPSession,
  ) {}

  static async launch(): Promise<TabBrowser> {
    const { args = [], ...options } = await chromiumLaunchOptions()
    const hosts = 'MAP *.localhost 127.0.0.1, MAP *.test 127.0.0.1'
    const launched = await chromium.launch({
      ...options,
      args: [...args, '--remote-debugging-port=0', `--host-resolver-rules=${hosts}`],
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    })
    const cdp = await launched.newBrowserCDPSession()
    const { commandLine } = await cdp.send('SystemInfo.getInfo')
    const profile = /--user-data-dir=(.+?)"?(?= "?--|$)/.exec(commandLine)?.[1] ?? ''
    const [port] = (await readFile(join(profile, 'DevToolsActivePort'), 'utf8')).split('\n')
    const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { noDefaults: true })
    return new TabBrowser(launched, browser, cdp)
  }

  get version(): string {
    return this.browser.version()
  }

  /** Names of its own for a server: nothing that another site has stored is found there. */
  siteOf(server: AuthServer): Site {
    const { port } = new URL(server.origin)
    const name = `site-${++this.sites}`
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
    await this.launched.close()
  }
}

/** In the page: makes it one of a browser that never had these. */
function takeAway(facilities: readonly Facility[]): void {
  for (const name of facilities) {
    Reflect.deleteProperty(name === 'locks' ? Navigator.prototype : window, name)
  }
}
