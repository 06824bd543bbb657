import type { Page } from 'playwright'

declare global {
  interface Window {
    /** The messages that the page has sent over channels, and the states that it has put into its history. */
    shown: { readonly messages: unknown[]; readonly states: unknown[] }
  }
}

/** In the page, before anything else: notes what is sent over channels and put into the history. */
export function noteShown(): void {
  const messages: unknown[] = []
  const states: unknown[] = []
  window.shown = { messages, states }
  const { postMessage } = BroadcastChannel.prototype
  BroadcastChannel.prototype.postMessage = function (message) {
    messages.push([this.name, message])
    postMessage.call(this, message)
  }
  for (const name of ['pushState', 'replaceState'] as const) {
    const change = History.prototype[name]
    History.prototype[name] = function (...args) {
      states.push(args)
      change.apply(this, args)
    }
  }
}

/** In the page: all that it has shown so far, and all that can be read in it. */
async function lookAround(): Promise<Record<string, unknown>> {
  return {
    channels: window.shown.messages,
    history: [...window.shown.states, history.state],
    url: location.href,
    document: document.documentElement.outerHTML,
    title: document.title,
    name: window.name,
    cookie: document.cookie,
    referrer: document.referrer,
    timeline: performance.getEntries().map(({ name }) => name),
    locks: JSON.stringify(await navigator.locks?.query()),
  }
}

/** In the page: all that is stored for its origin, but cookies that scripts cannot read. */
async function lookIntoStorage(): Promise<Record<string, unknown>> {
  const settled = <Result>(request: IDBRequest<Result>): Promise<Result> =>
    new Promise((resolve, reject) => {
      request.addEventListener('success', () => resolve(request.result))
      request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB.')))
    })
  const databases: unknown[] = []
  for (const { name = '' } of await indexedDB.databases()) {
    const database = await settled(indexedDB.open(name))
    for (const store of database.objectStoreNames) {
      const objects = database.transaction(store).objectStore(store)
      databases.push([name, store, await settled(objects.getAllKeys())])
      databases.push(await settled(database.transaction(store).objectStore(store).getAll()))
    }
    database.close()
  }
  return {
    indexedDB: databases,
    localStorage: Object.entries(localStorage),
    sessionStorage: Object.entries(sessionStorage),
    caches: await window.caches?.keys(),
  }
}

/** Sees all that an observer can see of a page, from the outside and by a look into it. */
export class Witness {
  private readonly printed: unknown[] = []
  private readonly requests: string[] = []
  /** Everything that the page showed before each reload. */
  private readonly before: unknown[] = []

  constructor(private readonly page: Page) {
    page.on('pageerror', (error) => this.printed.push([error.message, error.stack]))
    page.on('console', (message) => {
      this.printed.push(message.text())
      for (const arg of message.args()) {
        arg.jsonValue().then(
          (value) => this.printed.push(value),
          () => {},
        )
      }
    })
    page.on('request', (request) => {
      this.requests.push(request.url(), request.headers()['referer'] ?? '')
    })
    page.on('framenavigated', (frame) => this.requests.push(frame.url()))
  }

  /** Everything that was visible up to now. */
  async seen(): Promise<Record<string, unknown>> {
    const inPage = await this.page.evaluate(lookAround)
    return { printed: this.printed, requests: this.requests, before: this.before, ...inPage }
  }

  /** Loads the page anew, and remembers what the old one had shown. */
  async reload(): Promise<void> {
    this.before.push(await this.page.evaluate(lookAround))
    await this.page.reload()
  }

  /** Everything that is stored, with the cookies that no script sees. */
  async stored(): Promise<Record<string, unknown>> {
    const { hostname } = new URL(this.page.url())
    const cookies = await this.page.context().cookies()
    return {
      cookies: cookies.filter(({ domain }) => domain === hostname),
      ...(await this.page.evaluate(lookIntoStorage)),
    }
  }
}
