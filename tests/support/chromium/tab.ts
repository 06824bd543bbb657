import type { CDPSession, Page } from 'playwright'
import type { AuthStatus, SessionOptions, StepUp } from 'vue-auth-refresh'
import type { Outcome, TabApp, TabEvent, TabEventType, TabOptions } from './tab-app/tab-app.ts'

/** An application in a page, driven from the test. Conditions resolve at once where they hold already. */
export class RemoteApp {
  constructor(
    readonly page: Page,
    private readonly index = 0,
  ) {}

  /** Runs this function in the page, on the application there. It sees nothing of what surrounds it here. */
  async run<Result, Arg = undefined>(
    work: (app: TabApp, arg: Arg) => Result | Promise<Result>,
    arg?: Arg,
  ): Promise<Result> {
    try {
      const app = await this.page.evaluateHandle((index) => window.apps[index]!, this.index)
      return (await app.evaluate(work as never, arg as never)) as Result
    } catch (error) {
      // Work in a page that was killed never settles, just as in the page itself.
      if (this.isGone()) return new Promise(() => {})
      throw error
    }
  }

  /** @param acr the way to sign in. Default: the ordinary one */
  async login(
    user = 'ada',
    acr: string | null = null,
    options: SessionOptions = {},
  ): Promise<void> {
    await this.run((app, [credentials, options]) => app.store.login(credentials, options), [
      { user, acr },
      options,
    ] as const)
  }

  logout(): Promise<void> {
    return this.run((app) => app.store.logout())
  }

  /** Resolves with the code it rejects with, or null. */
  refresh(): Promise<string | null> {
    return this.run((app) =>
      app.store.refresh().then(
        () => null,
        (error: Error & { code?: string }) => error.code ?? error.message,
      ),
    )
  }

  /** Asks for this path; never rejects. */
  get(path: string): Promise<Outcome> {
    return this.run((app, path) => app.get(path), path)
  }

  /** Asks for `/orders/1` to `/orders/<count>` at once. Resolves with the statuses, null where there was no answer. */
  getMany(count: number): Promise<(number | null)[]> {
    return this.run(async (app, count) => {
      const asked = Array.from({ length: count }, (_, index) => app.get(`/orders/${index + 1}`))
      return (await Promise.all(asked)).map(({ status }) => status)
    }, count)
  }

  status(): Promise<AuthStatus> {
    return this.run((app) => app.store.status)
  }

  /** The name of the signed-in user. */
  user(): Promise<string | null> {
    return this.run((app) => (app.store.user as { name: string } | null)?.name ?? null)
  }

  token(): Promise<string | null> {
    return this.run((app) => app.store.token)
  }

  /** Where the router is. */
  path(): Promise<string> {
    return this.run((app) => app.router.currentRoute.value.fullPath)
  }

  /** Goes there as a click does. */
  async visit(path: string): Promise<void> {
    await this.run(async (app, path) => void (await app.router.push(path)), path)
  }

  becomes(status: AuthStatus): Promise<void> {
    return this.run((app, status) => app.becomes(status), status)
  }

  arrives(fullPath: string): Promise<void> {
    return this.run((app, fullPath) => app.arrives(fullPath), fullPath)
  }

  /** Resolves once the dialog is shown that asks to sign in again. */
  asks(): Promise<void> {
    return this.run((app) => app.asks())
  }

  /** How often that dialog was shown so far, and whether it is shown now. */
  dialog(): Promise<{ times: number; isOpen: boolean }> {
    return this.run(({ dialog }) => ({ ...dialog }))
  }

  /** The step-ups that the user was asked for here; null for a refused session. */
  stepUps(): Promise<(StepUp | null)[]> {
    return this.run((app) => app.stepUps)
  }

  cancelDialog(): Promise<void> {
    return this.run((app) => app.cancelDialog())
  }

  /** All that was told, or all of one type, since the page was loaded or `forget` was called. */
  events(type?: TabEventType): Promise<TabEvent[]> {
    return this.run((app, type) => app.events.filter((event) => !type || event.type === type), type)
  }

  async count(type: TabEventType): Promise<number> {
    return (await this.events(type)).length
  }

  /** Resolves with the first event like this one, or the `times`-th. */
  tells(type: TabEventType, like: object = {}, times = 1): Promise<TabEvent> {
    return this.run((app, [type, like, times]) => app.told(type, like, times), [
      type,
      like,
      times,
    ] as const)
  }

  /** Forgets the events so far. */
  forget(): Promise<void> {
    return this.run((app) => void (app.events.length = 0))
  }

  /** Takes this application down; the page stays. */
  dispose(): Promise<void> {
    return this.run((app) => app.dispose())
  }

  protected isGone(): boolean {
    return this.page.isClosed()
  }
}

/** A tab: the page, and the application that it loads. */
export class Tab extends RemoteApp {
  private hasCrashed = false
  private session: CDPSession | undefined
  private cover: Page | undefined

  /** @param complain is told of every error and warning of the page */
  constructor(page: Page, complain: (text: string) => void) {
    super(page)
    page.on('pageerror', (error) => complain(String(error)))
    page.on('console', (message) => {
      const isComplaint = message.type() === 'error' || message.type() === 'warning'
      const text = message.text()
      // The browser's own line about a request that was refused or cut off, which tests provoke.
      if (isComplaint && !text.startsWith('Failed to load resource:')) {
        complain(text)
      }
    })
    page.on('crash', () => {
      if (!this.hasCrashed) complain('The page crashed.')
    })
  }

  /** Loads this path from the server. */
  async load(path: string): Promise<void> {
    await this.page.goto(new URL(path, this.page.url()).href)
    await this.settled()
  }

  async reload(): Promise<void> {
    await this.page.reload()
    await this.settled()
  }

  /** Resolves once the application has restored its session and has arrived somewhere. */
  settled(): Promise<void> {
    return this.run((app) => app.ready)
  }

  /** Another application in the same page, without an address bar. Gone after a reload. */
  async another(options: TabOptions): Promise<RemoteApp> {
    const index = await this.page.evaluate((options) => window.addApp(options), options)
    const app = new RemoteApp(this.page, index)
    await app.run(({ ready }) => ready)
    return app
  }

  /** The Web Locks of the whole origin, by name. */
  locks(): Promise<{ held: string[]; pending: string[] }> {
    return this.page.evaluate(async () => {
      const { held = [], pending = [] } = await navigator.locks.query()
      const names = (locks: LockInfo[]): string[] => locks.map(({ name }) => name ?? '')
      return { held: names(held), pending: names(pending) }
    })
  }

  visibility(): Promise<DocumentVisibilityState> {
    return this.page.evaluate(() => document.visibilityState)
  }

  /** Hides the page behind another tab of its window. The headless shell shows both, so there it is hidden alone. */
  async hide(): Promise<void> {
    const opened = this.page.context().waitForEvent('page')
    await this.page.evaluate(() => void open('about:blank', '_blank', 'noopener'))
    this.cover = await opened
    if ((await this.visibility()) === 'hidden') return
    await this.freeze()
    await this.thaw({ hidden: true })
  }

  /** Shows a page that was hidden. */
  async show(): Promise<void> {
    await this.cover?.close()
    await this.page.bringToFront()
    await (await this.cdp()).send('Emulation.setFocusEmulationEnabled', { enabled: true })
  }

  /** Hides the page and freezes it: no task of it runs, and what it holds it keeps. */
  async freeze(): Promise<void> {
    const cdp = await this.cdp()
    await cdp.send('Emulation.setFocusEmulationEnabled', { enabled: false })
    await cdp.send('Page.setWebLifecycleState', { state: 'frozen' })
  }

  /** Lets a frozen page run again, and shows it unless it should stay in the background. */
  async thaw({ hidden = false } = {}): Promise<void> {
    const cdp = await this.cdp()
    await cdp.send('Page.setWebLifecycleState', { state: 'active' })
    if (!hidden) await cdp.send('Emulation.setFocusEmulationEnabled', { enabled: true })
  }

  /** Ends the process of the page, which cannot say goodbye. */
  async crash(): Promise<void> {
    this.hasCrashed = true
    const crashed = this.page.waitForEvent('crash')
    // No answer comes: the process that should answer is gone.
    ;(await this.cdp()).send('Page.crash').catch(() => {})
    await crashed
  }

  /** Prepares a request that is made as soon as anything of the page, about to be frozen, runs again. */
  askOnWaking(): Promise<void> {
    return this.run((app) => {
      const answer = new Promise<Outcome>((resolve) => {
        document.addEventListener('resume', () => resolve(app.get('/orders/1')))
      })
      Object.assign(window, { answer })
    })
  }

  /** Resolves with the answer to that request. */
  answerOnWaking(): Promise<Outcome> {
    return this.run(() => Reflect.get(window, 'answer') as Promise<Outcome>)
  }

  close(): Promise<void> {
    return this.page.close()
  }

  /** Goes to another site, as by a link. */
  async leave(): Promise<void> {
    await this.page.goto('about:blank')
  }

  /** Comes back. Resolves with whether the page was kept as it was; Chromium's headless shell never does that. */
  async comeBack(): Promise<boolean> {
    await this.page.goBack()
    await this.settled()
    return this.page.evaluate(() => window.wasKept)
  }

  protected override isGone(): boolean {
    return this.hasCrashed || super.isGone()
  }

  private async cdp(): Promise<CDPSession> {
    return (this.session ??= await this.page.context().newCDPSession(this.page))
  }
}
