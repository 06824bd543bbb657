import { AuthServer } from '../../tests/fixtures/auth-server.ts'
import { serveTabApp, type TabAppFiles } from '../../tests/support/chromium/tab-app-files.ts'
import type { OpenOptions, TabBrowser } from '../../tests/support/chromium/tab-browser.ts'
import type { Tab } from '../../tests/support/chromium/tab.ts'

/** A way in which tabs agree, or do not. */
export interface Setting {
  readonly name: string
  /** Whether no token may be reused here; false for what is only there to be compared with. */
  readonly isSafe: boolean
  readonly isInsecure?: boolean
  readonly options?: OpenOptions
}

export const settings = {
  locks: { name: 'Web Locks, IndexedDB', isSafe: true },
  lease: { name: 'lease (plain HTTP), IndexedDB', isSafe: true, isInsecure: true },
  webStorage: {
    name: 'Web Locks, webStorage()',
    isSafe: true,
    options: { storage: 'local' },
  },
  unsettled: {
    name: '  webStorage() not settling',
    isSafe: false,
    options: { storage: 'local-unsettled' },
  },
  noLock: { name: '  no lock, IndexedDB', isSafe: false, options: { before: takeLocks } },
} satisfies Record<string, Setting>

/** In the page: gives every lock at once to everybody. */
function takeLocks(): void {
  Object.defineProperty(LockManager.prototype, 'request', {
    value: async (name: string, ...rest: unknown[]) =>
      (rest.at(-1) as LockGrantedCallback<unknown>)({ name, mode: 'exclusive' }),
  })
}

/** Signed-in tabs of one browser profile, over a server of their own. */
export class Rig {
  readonly tabs: Tab[] = []
  private readonly complaints: string[] = []

  private constructor(
    readonly server: AuthServer,
    private readonly browser: TabBrowser,
    private readonly setting: Setting,
    private readonly origin: string,
  ) {}

  /** Resolves with what `work` does; fails if a page has printed an error or a warning meanwhile. */
  static async use<Result>(
    browser: TabBrowser,
    files: TabAppFiles,
    setting: Setting,
    work: (rig: Rig) => Promise<Result>,
  ): Promise<Result> {
    const server = await new AuthServer().start()
    serveTabApp(server, files)
    const { origin, insecureOrigin } = browser.siteOf(server)
    const rig = new Rig(server, browser, setting, setting.isInsecure ? insecureOrigin : origin)
    try {
      const result = await work(rig)
      if (rig.complaints.length > 0) throw new Error(rig.complaints.join('\n'))
      return result
    } finally {
      await Promise.all(rig.tabs.map((tab) => tab.close()))
      await server.stop()
    }
  }

  /** Opens another tab; the first one signs in. */
  async open(): Promise<Tab> {
    const options = { hasUser: false, ...this.setting.options }
    const tab = await this.browser.open(this.origin, options, (text) => this.complaints.push(text))
    if (this.tabs.length === 0) await tab.login()
    this.tabs.push(tab)
    await inTime(tab.becomes('authenticated'), 'A tab that was opened is not signed in.')
    return tab
  }

  /** After the session was lost: begins another one in the first tab, and in the others what is a reload to it. */
  async signInAgain(): Promise<void> {
    const [first, ...others] = this.tabs
    await first?.login()
    const token = await first?.token()
    for (const tab of others) {
      await inTime(tab.page.evaluate(restart, token), 'A tab does not find the new session.')
    }
  }
}

/** In the page: makes the application anew until it has found the session with this token. */
async function restart(token: string | null | undefined): Promise<void> {
  while (window.apps[0]?.store.token !== token) {
    window.apps.shift()?.dispose()
    window.addApp(window.tabOptions ?? {})
    await window.apps[0]?.ready
    // Where storage is slow to show what another tab has written.
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** Fails when this takes so long that something must be wrong. */
export async function inTime<Result>(work: Promise<Result>, complaint: string): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(complaint)), 60_000)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
