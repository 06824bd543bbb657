import axios from 'axios'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import {
  createAuth,
  memoryStorage,
  useAuthStore,
  type AuthEvent,
  type AuthStore,
} from 'vue-auth-refresh'
import { AuthServer } from '../../tests/fixtures/auth-server.ts'
import { faultList, type FaultCase } from './fault-list.ts'
import { Load } from './load.ts'

export { FAULT_LASTS, faultList, REFRESH_TIMEOUT, TOLERANCE }

const REFRESH_TIMEOUT = 1_500
/** After three times the timeout an unanswered exchange is given up; this shows what comes next, too. */
const FAULT_LASTS = 4 * REFRESH_TIMEOUT
/** The timeout is for the waiting; the rest of a request takes its time as well. */
const TOLERANCE = 100
const RECOVERS_WITHIN = 3 * REFRESH_TIMEOUT + 1_000
const USER = 'ada'
/** In seconds; where the client is told of the expiry, it refreshes ahead in the last quarter. */
const LIFETIME = 8
const AHEAD = (LIFETIME / 4) * 1_000

/** The result of one fault. */
export interface FaultResult {
  answered: number
  /** The number of rejections, by reason. */
  rejected: Record<string, number>
  pending: number
  /** In ms: the longest that a caller waited. */
  worst: number
  /** Callers that waited longer than the timeout and the tolerance. */
  late: number
  exchanges: number
  /** The most exchanges within a second. */
  mostPerSecond: number
  /** In ms, from the lifting of the fault to the next answered caller; null if no caller was answered. */
  recovery: number | null
  isKept: boolean
  /** Complaints: broken expectations, in words. */
  complaints: string[]
}

/**
 * Lets every exchange of a signed-in application meet a fault for a while, under load, and then none any more.
 *
 * @param isAnnounced whether the client knows when the access token expires, and refreshes ahead; else the server
 *   alone knows, and says 401
 */
export async function meet(faultCase: FaultCase, isAnnounced: boolean): Promise<FaultResult> {
  const server = await new AuthServer().start()
  const elsewhere = await new AuthServer().start()
  if (isAnnounced) server.expiresIn = LIFETIME
  const app = await signedIn(server)
  try {
    if (isAnnounced) await sleep(LIFETIME * 1_000 - AHEAD)
    return await drive(app, server, elsewhere, faultCase, isAnnounced)
  } finally {
    app.plugin.dispose()
    await Promise.all([server.stop(), elsewhere.stop()])
  }
}

type App = Awaited<ReturnType<typeof signedIn>>

/** Signs in with the README's setup. Storage, timeout and token endpoint differ: the endpoint can be replaced. */
async function signedIn(server: AuthServer) {
  // No proxy of the machine's comes between: it would answer for the host that is not found.
  const api = axios.create({ baseURL: server.origin, proxy: false })
  const endpoint = { url: '/auth/refresh' }
  const exchanges: number[] = []
  const events: AuthEvent[] = []
  const plugin = createAuth({
    axios: api,
    storage: memoryStorage(),
    refreshTimeout: REFRESH_TIMEOUT,
    login: async (credentials, { http }) =>
      (await http.post<unknown>('/auth/login', credentials)).data,
    refresh: async ({ refreshToken }, { http, signal }) => {
      exchanges.push(performance.now())
      return (await http.post<unknown>(endpoint.url, { refreshToken }, { signal })).data
    },
    onEvent: (event) => events.push(event),
  })
  const pinia = createPinia()
  createApp({ render: () => null })
    .use(pinia)
    .use(plugin)
  const store: AuthStore = useAuthStore(pinia)
  await store.login({ user: USER })
  await api.get('/before')
  return { api, endpoint, events, exchanges, plugin, store }
}

async function drive(
  app: App,
  server: AuthServer,
  elsewhere: AuthServer,
  { ends = false, url, fault, recoversWithin = RECOVERS_WITHIN }: FaultCase,
  isAnnounced: boolean,
): Promise<FaultResult> {
  const { api, endpoint, events, exchanges, store } = app
  const load = new Load(api, USER)
  const before = exchanges.length

  if (url) endpoint.url = url
  server.everyFault = fault?.(`${elsewhere.origin}/auth/refresh`) ?? null
  // Again and again, because some faults let a new token through. An announced expiry comes when it was announced,
  // or a little earlier.
  if (!isAnnounced) server.expireAccessTokens()
  const expiring = setInterval(() => server.expireAccessTokens(), AHEAD / 2)
  load.start()
  await sleep(FAULT_LASTS)
  clearInterval(expiring)

  endpoint.url = '/auth/refresh'
  server.everyFault = null
  const lifted = performance.now()
  const isOver = (): boolean => events.some(({ type }) => type === 'session-ended')
  const recovered = () => load.settled.find(({ as, at }) => as === 'answered' && at >= lifted)
  while (!isOver() && !recovered() && performance.now() - lifted < recoversWithin) await sleep(10)
  await sleep(REFRESH_TIMEOUT)
  load.stop()
  await Promise.race([load.drained(), sleep(4 * REFRESH_TIMEOUT)])

  const { settled } = load
  const rejected: Record<string, number> = {}
  for (const { as } of settled) if (as !== 'answered') rejected[as] = (rejected[as] ?? 0) + 1
  const next = recovered()
  const made = exchanges.slice(before)
  const result: FaultResult = {
    answered: settled.filter(({ as }) => as === 'answered').length,
    rejected,
    pending: load.made - settled.length,
    worst: Math.max(0, ...settled.map(({ took }) => took)),
    late: settled.filter(({ took }) => took > REFRESH_TIMEOUT + TOLERANCE).length,
    exchanges: made.length,
    mostPerSecond: Math.max(
      0,
      ...made.map((from) => made.filter((at) => at >= from && at < from + 1_000).length),
    ),
    recovery: next ? next.at - lifted : null,
    isKept: !isOver(),
    complaints: [],
  }
  const claims: [string, boolean][] = [
    ['callers are pending', result.pending === 0],
    [ends ? 'the session was kept' : 'the session has ended', result.isKept !== ends],
    ['status and events disagree', (store.status === 'authenticated') === result.isKept],
    ['the end was told more than once', count(events, 'session-ended') <= 1],
    ['a rejection has no reason', !Object.keys(rejected).some((as) => as.startsWith('no reason'))],
    ['a caller got a wrong answer', !('wrong answer' in rejected)],
    ['another origin was asked', elsewhere.seen.length === 0],
    ['nobody was answered afterwards', ends || result.recovery !== null],
    ['it does not work afterwards', await works(app, server, ends)],
  ]
  result.complaints = claims.filter(([, holds]) => !holds).map(([complaint]) => complaint)
  return result
}

const count = (events: readonly AuthEvent[], type: AuthEvent['type']): number =>
  events.filter((event) => event.type === type).length

/** Whether a session that was kept survives the next expiry; and after the end, whether another one can begin. */
async function works({ api, store }: App, server: AuthServer, ends: boolean): Promise<boolean> {
  const attempt = async (): Promise<boolean> => {
    if (ends) await store.login({ user: USER })
    server.expireAccessTokens()
    return (await api.get('/after')).status === 200
  }
  return Promise.race([attempt().catch(() => false), sleep(RECOVERS_WITHIN).then(() => false)])
}

const sleep = (delay: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, delay))
