import { buildTabApp, type TabAppFiles } from '../../tests/support/chromium/tab-app-files.ts'
import { TabBrowser } from '../../tests/support/chromium/tab-browser.ts'
import { inTime, Rig, settings, type Setting } from './rig.ts'

export { buildTabApp, REQUESTS, settings, TabBrowser }

/** The result of the expiries of one row. */
export interface Expiries {
  expiries: number
  refreshes: number
  reused: number
  /** Requests that were not answered 200. */
  lost: number
  /** How often everybody was signed out and had to sign in again. */
  signOuts: number
  /** For each tab that waited: in ms, from the moment the new token was in use where it was got. */
  waits: number[]
}

/** The requests that each tab sends at once. A single one would never wait with others; more only cost time. */
const REQUESTS = 2
/** In ms: until then all tabs know when to begin. */
const LEAD = 15
const LEAD_PER_TAB = 3

/**
 * Lets the access token expire again and again, under tabs that each send requests.
 *
 * @param counts how many tabs there are
 * @param spreads in ms: within how much time the tabs begin; taken in turn, each `expiries` times
 */
export function measureExpiries(
  browser: TabBrowser,
  files: TabAppFiles,
  setting: Setting,
  count: number,
  spreads: readonly number[],
  expiries: number,
): Promise<Expiries[]> {
  return Rig.use(browser, files, setting, async (rig) => {
    for (let index = 0; index < count; index++) await rig.open()
    // The first one finds nothing compiled.
    await expire(rig, 0)
    const results = spreads.map(none)
    for (let round = 0; round < expiries; round++) {
      for (const [index, spread] of spreads.entries()) {
        const sum = results[index]
        if (sum) add(sum, await expire(rig, spread))
      }
    }
    return results
  })
}

const none = (): Expiries => ({
  expiries: 0,
  refreshes: 0,
  reused: 0,
  lost: 0,
  signOuts: 0,
  waits: [],
})

function add(sum: Expiries, { waits, ...counts }: Expiries): void {
  for (const [key, value] of Object.entries(counts)) sum[key as keyof typeof counts] += value
  sum.waits.push(...waits)
}

async function expire(rig: Rig, spread: number): Promise<Expiries> {
  const { server, tabs } = rig
  const { refreshes, reusedTokens } = server
  server.expireAccessTokens()
  const begin = Date.now() + LEAD + LEAD_PER_TAB * tabs.length
  const bursts = await inTime(
    Promise.all(
      tabs.map(({ page }) =>
        page.evaluate(burst, { at: begin + Math.random() * spread, requests: REQUESTS }),
      ),
    ),
    'A request was never settled.',
  )
  const reused = server.reusedTokens - reusedTokens
  // The server has ended the session with the reuse, whether or not the tabs have noticed.
  const isOver = reused > 0 || bursts.some(({ isSignedIn }) => !isSignedIn)
  const result: Expiries = {
    expiries: 1,
    refreshes: server.refreshes - refreshes,
    reused,
    lost: bursts.flatMap(({ answers }) => answers).filter(({ status }) => status !== 200).length,
    signOuts: isOver ? 1 : 0,
    waits: waitsOf(bursts),
  }
  // The server would remember every request of the run.
  server.seen.length = 0
  // A new session after eight refreshes: more than ten in quick succession are spaced.
  if (isOver || server.refreshes % 8 === 0) await rig.signInAgain()
  return result
}

type Burst = Awaited<ReturnType<typeof burst>>

/** In the page: sends requests at an agreed time. */
async function burst({ at, requests }: { at: number; requests: number }) {
  const [app] = window.apps
  if (!app) throw new Error('There is no application.')
  app.events.length = 0
  await new Promise((resolve) => setTimeout(resolve, at - Date.now()))
  const answers = await Promise.all(
    Array.from({ length: requests }, async (_, index) => {
      const { status } = await app.get(`/orders/${index + 1}`)
      return { status, time: performance.timeOrigin + performance.now() }
    }),
  )
  return { answers, events: app.events, isSignedIn: app.store.status === 'authenticated' }
}

/** How long after the winner each tab that waited for it could go on. */
function waitsOf(bursts: readonly Burst[]): number[] {
  const timeOf = ({ events }: Burst, type: string, adopted?: boolean): number =>
    events.find(
      (event) => event.type === type && (!('adopted' in event) || event.adopted === adopted),
    )?.time ?? Infinity
  const wins = bursts.map((one) => timeOf(one, 'refresh-succeeded', false))
  const won = Math.min(...wins)
  return bursts.flatMap((one, index) => {
    const hasWaited = wins[index] === Infinity && timeOf(one, 'request-waiting') < won
    if (!hasWaited) return []
    const answered = Math.min(
      ...one.answers.filter(({ status }) => status === 200).map(({ time }) => time),
    )
    const freed = Math.min(timeOf(one, 'refresh-succeeded', true), answered)
    return freed === Infinity ? [] : [freed - won]
  })
}

/**
 * Kills a tab in the middle of its refresh, which has not reached the server's rotation.
 *
 * @returns for each run, in ms from the kill, when another tab was answered, which asks again for as long as it is
 *   told `unreachable`; null when it was told anything else
 */
export function measureTakeovers(
  browser: TabBrowser,
  files: TabAppFiles,
  setting: Setting,
  how: 'crash' | 'close',
  runs: number,
): Promise<(number | null)[]> {
  return Rig.use(browser, files, setting, async (rig) => {
    const { server } = rig
    const waiting = await rig.open()
    const results: (number | null)[] = []
    for (let run = 0; run < runs; run++) {
      const holder = await rig.open()
      const exchanges = server.countOf('/auth/refresh')
      server.expireAccessTokens()
      server.faults.push({ kind: 'hang' })
      void holder.get('/orders/1')
      await inTime(server.sees('/auth/refresh', exchanges + 1), 'No refresh has begun.')
      await waiting.forget()
      const answer = waiting.page.evaluate(async () => {
        for (;;) {
          const outcome = await window.apps[0]?.get('/orders/2')
          if (outcome?.code !== 'unreachable') return { status: outcome?.status, at: Date.now() }
        }
      })
      await inTime(waiting.tells('request-waiting'), 'A refused request does not wait.')
      const killed = Date.now()
      await holder[how]()
      const { status, at } = await inTime(answer, 'The waiting request was never settled.')
      results.push(status === 200 ? at - killed : null)
    }
    return results
  })
}
