import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright'
import { bundle } from '../../scripts/bundle.mjs'
import { AuthServer } from '../../tests/fixtures/auth-server.ts'
import type { TabBrowser } from '../../tests/support/chromium/tab-browser.ts'

declare global {
  interface Window {
    /** Resolves with the hand-written refresh code, once it is set up. */
    byHand: Promise<{
      readonly http: { get(path: string): Promise<{ status: number }> }
      signIn(user: string): Promise<void>
    }>
  }
}

const REQUESTS = 2
/** In ms: until then all tabs know when to begin. */
const LEAD = 15
const LEAD_PER_TAB = 3
/** In ms: a request that is not answered by then never is, for the refresh it waits for is over. */
const PATIENCE = 800

/**
 * Lets the access token expire again and again, under tabs that know nothing of each other.
 *
 * @param spread in ms: within how much time the tabs begin
 */
export async function measureByHand(
  browser: TabBrowser,
  count: number,
  spread: number,
  expiries: number,
): Promise<{ refreshes: number; reused: number; lost: number; signOuts: number }> {
  const page = fileURLToPath(new URL('by-hand-page.mjs', import.meta.url))
  const script = await bundle(page, [])
  const server = await new AuthServer().start()
  server.route('/', (_request, response) =>
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(
        `<!doctype html><link rel="icon" href="data:,"><script type="module" src="/by-hand.js"></script>`,
      ),
  )
  server.route('/by-hand.js', (_request, response) =>
    response.writeHead(200, { 'content-type': 'text/javascript' }).end(script),
  )
  const { origin } = browser.siteOf(server)
  const pages: Page[] = []
  for (let index = 0; index < count; index++) {
    const { page } = await browser.open(origin, { isSettled: false }, () => {})
    pages.push(page)
  }
  const signIn = () => pages[0]?.evaluate(async () => (await window.byHand).signIn('ada'))
  await signIn()

  let signOuts = 0
  let lost = 0
  for (let index = 0; index < expiries; index++) {
    const { reusedTokens } = server
    server.expireAccessTokens()
    const begin = Date.now() + LEAD + LEAD_PER_TAB * count
    const answered = await Promise.all(
      pages.map((page) =>
        page.evaluate(burst, {
          at: begin + Math.random() * spread,
          requests: REQUESTS,
          patience: PATIENCE,
        }),
      ),
    )
    for (const count of answered) lost += REQUESTS - count
    server.seen.length = 0
    // The server has ended the session with the reuse.
    if (server.reusedTokens === reusedTokens) continue
    signOuts++
    await signIn()
  }
  await Promise.all(pages.map((page) => page.close()))
  await server.stop()
  return { refreshes: server.refreshes, reused: server.reusedTokens, lost, signOuts }
}

/** In the page: sends requests at an agreed time. Resolves with how many were answered. */
async function burst(options: { at: number; requests: number; patience: number }): Promise<number> {
  const { http } = await window.byHand
  await new Promise((resolve) => setTimeout(resolve, options.at - Date.now()))
  let answered = 0
  const asked = Array.from({ length: options.requests }, async (_, index) => {
    await http.get(`/orders/${index + 1}`)
    answered++
  })
  const late = new Promise((resolve) => setTimeout(resolve, options.patience))
  await Promise.race([Promise.allSettled(asked), late])
  return answered
}
