import { parseTokenResponse, type SessionRecord, type TokenResponse } from 'vue-auth-refresh'
import { toRecord } from '../session/record'
import { rememberIn, toSession } from '../session/session'
import { DATABASE, STORE } from '../shared/indexed-db-storage'
import { SIGN_IN_MARK } from '../shared/sign-in-mark'

/** Options of `signIn()`. They say what those of `createAuth()` say. */
export interface SignInOptions {
  /** The name of the session. Default `auth`. */
  readonly name?: string
  /** The `baseURL` of the app's first instance. Default: it has none. */
  readonly baseURL?: string
  /** The option `api`, in place of a base URL. */
  readonly api?: string
  /** The storage: `indexedDbStorage()`, `webStorage()` or `webStorage('session')`. Default `indexedDB`. */
  readonly storage?: 'indexedDB' | 'localStorage' | 'sessionStorage'
  /** Whether the session outlasts the last tab of the app. Default true. */
  readonly remember?: boolean | undefined
}

/** The page of a Playwright test, as far as it is needed here. */
export interface SignInPage {
  url(): string
  goto(url: string): Promise<unknown>
  route(
    url: string,
    answer: (route: {
      fulfill(response: { contentType: string; body: string }): Promise<unknown>
    }) => Promise<unknown>,
  ): Promise<unknown>
  unroute(url: string): Promise<unknown>
  evaluate<Plan>(work: (plan: Plan) => Promise<void>, plan: Plan): Promise<void>
}

/** A record to store, and its place. */
interface Plan extends SignInOptions {
  readonly record: SessionRecord
  readonly database: string
  readonly store: string
  /** The key of the note for the app, which warns where it is another one. */
  readonly mark: string
}

/** The content of an answer whose tokens are cookies. */
const COOKIES = { token: null, refreshToken: null, expiresIn: null, scope: null }

/** The record of a session that begins with these tokens, for an `AuthStorage` of your own; null where they are cookies. */
export const sessionRecord = (
  tokens: TokenResponse | null,
  { remember }: Pick<SignInOptions, 'remember'> = {},
): SessionRecord =>
  toRecord({
    ...toSession(tokens ? parseTokenResponse(tokens) : COOKIES),
    ...rememberIn(remember),
  }) as SessionRecord

/** A path of the app that no app has. */
const BLANK = '/vue-auth-refresh/blank'

/**
 * Signs in without a login page: stores a session for the app that this page loads next. A page of Playwright leaves for
 * a blank page of the app's origin, and needs its `baseURL`. In Cypress, a window: `onBeforeLoad: (win) => signIn(win, tokens)`.
 */
export async function signIn(
  page: SignInPage | Window,
  tokens: TokenResponse | null,
  options: SignInOptions = {},
): Promise<void> {
  const record = sessionRecord(tokens, options)
  const plan: Plan = { ...options, record, database: DATABASE, store: STORE, mark: SIGN_IN_MARK }
  if (!('evaluate' in page)) return storeRecord(plan, page)
  const here = page.url()
  await page.route(`**${BLANK}`, (route) => route.fulfill({ contentType: 'text/html', body: '' }))
  await page.goto(here.startsWith('http') ? new URL(BLANK, here).href : BLANK)
  await page.unroute(`**${BLANK}`)
  // With one argument alone, the function stores in its own window.
  await page.evaluate<Plan>(storeRecord, plan)
}

/**
 * Stores a record in a window. Playwright sends the text of this function to the page, so it names nothing but its
 * arguments and what a page has.
 */
async function storeRecord(
  {
    name = 'auth',
    baseURL,
    api,
    storage = 'indexedDB',
    remember,
    record,
    database,
    store,
    mark,
  }: Plan,
  page: Window = window,
): Promise<void> {
  const base = baseURL && new URL(baseURL, page.location.origin)
  const place = api ?? (base ? (base.origin + base.pathname).replace(/\/+$/, '') : '')
  const key = place ? `${name}@${place}` : name
  page.sessionStorage.setItem(mark, key)
  // Look like a page that was left by a reload. Otherwise the session would have no tab, and end.
  if (remember === false) {
    page.sessionStorage.setItem(`vue-auth-refresh/visit:${key}`, `${record.id} left`)
  }
  if (storage !== 'indexedDB') {
    page[storage].setItem(`vue-auth-refresh:${key}`, JSON.stringify(record))
    return
  }
  const open = (version?: number): Promise<IDBDatabase> =>
    new Promise((resolve, reject) => {
      const opening = page.indexedDB.open(database, version)
      opening.onupgradeneeded = () => void opening.result.createObjectStore(store)
      opening.onerror = () => reject(opening.error)
      opening.onsuccess = () => resolve(opening.result)
    })
  // Ask at once: in Cypress, the app asks next, and is answered after this.
  let opened = await open()
  if (!opened.objectStoreNames.contains(store)) {
    // The database was left without its object store. The next version has one.
    opened.close()
    opened = await open(opened.version + 1)
  }
  await new Promise<void>((resolve, reject) => {
    const transaction = opened.transaction(store, 'readwrite')
    transaction.objectStore(store).put(record, key)
    transaction.onabort = () => reject(transaction.error)
    transaction.oncomplete = () => resolve()
  })
  opened.close()
}
