// A million clients whose tokens die at once, on a virtual clock: npm run simulate:herd
//
//   npm run simulate:herd -- --scale=10              a tenth of the clients and of the capacity
//   npm run simulate:herd -- --every=5 --scale=10    page views every 5 s instead of 30
//   npm run simulate:herd -- --against=policy.mjs    other rules of spacing, as one more row: the module's `policy` has
//                                                    any of the members of `Policy` in clients.mjs
//
// Writes docs/reports/herd-*.svg, but with none of these. Fails when the simulation and the library disagree; never
// because of time. The same seed gives the same figures.

import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { plotLines } from '../plot.mjs'
import { printTable } from '../table.mjs'
import { TABS_OF_MANY, VIEW } from './clients.mjs'
import { recoveryOf, waitOf } from './world.mjs'

const { values: flags } = parseArgs({
  options: {
    scale: { type: 'string', default: '1' },
    every: { type: 'string', default: '30' },
    against: { type: 'string', multiple: true, default: [] },
  },
})
const SCALE = Number(flags.scale)
const EVERY = Number(flags.every)
if (!(SCALE >= 1 && EVERY > 0)) throw new Error('--scale is at least 1, --every more than 0')

const SECOND = 1_000
const SEED = 1
const CLIENTS = 1_000_000 / SCALE
const MANY_TABS = CLIENTS / 10
const REQUESTS_AT_ONCE = 2
/** The token endpoint's exchanges a second, and how many may wait. */
const CAPACITY = 2_000 / SCALE
const QUEUE = CAPACITY
const LATENCY = 50
const OUTAGE = 60 * SECOND
const HICCUP = 2 * SECOND
/** The lifetime of access tokens, in ms, in scenarios where they do not all expire at once. */
const LIFETIME = 3_600 * SECOND
/** The start of an outage in those scenarios, in ms: the clients have found their rhythm by then. */
const LATER = 120 * SECOND
const RETRY_AFTER = 30
const HORIZON = 1_500 * SECOND
const NAIVE_RETRIES = 2
/** For the comparison with the library itself, which is slower. */
const FEW = 1_000
const FEW_RUNS = 5
const TOLERANCE = 0.05
/** Each takes some hundred MB. */
const MOST_WORKERS = 4

const up = {
  perSecond: CAPACITY,
  queue: QUEUE,
  latency: LATENCY,
  downFrom: 0,
  downUntil: 0,
  retryAfter: null,
}
const keyChange = {
  clients: CLIENTS,
  manyTabs: MANY_TABS,
  viewEvery: EVERY * SECOND,
  requestsAtOnce: REQUESTS_AT_ONCE,
  horizon: HORIZON,
  spread: null,
  endpoint: up,
}
const outage = { ...keyChange, endpoint: { ...up, downUntil: OUTAGE } }
const spreadOutage = (duration) => ({
  ...keyChange,
  spread: LIFETIME,
  horizon: LATER + duration + 60 * SECOND,
  endpoint: { ...up, downFrom: LATER, downUntil: LATER + duration },
})
const withRetryAfter = (scenario, retryAfter) => ({
  ...scenario,
  endpoint: { ...scenario.endpoint, retryAfter },
})
const withFew = (scenario) => ({
  ...scenario,
  clients: FEW,
  manyTabs: (FEW * MANY_TABS) / CLIENTS,
  horizon: 300 * SECOND,
  endpoint: {
    ...scenario.endpoint,
    perSecond: (FEW * CAPACITY) / CLIENTS,
    queue: (FEW * QUEUE) / CLIENTS,
  },
})

/** Threads that each do one job after the other. */
class Pool {
  #idle = Array.from(
    { length: Math.min(availableParallelism(), MOST_WORKERS) },
    () => new Worker(new URL('worker.mjs', import.meta.url)),
  )
  #jobs = []

  /** @param {import('./worker.mjs').Job} job */
  run(job) {
    return new Promise((resolve, reject) => {
      this.#jobs.push({ job, resolve, reject })
      this.#assign()
    })
  }

  #assign() {
    if (this.#idle.length === 0 || this.#jobs.length === 0) return
    const worker = this.#idle.pop()
    const { job, resolve, reject } = this.#jobs.shift()
    worker.once('error', reject)
    worker.once('message', (result) => {
      worker.off('error', reject)
      this.#idle.push(worker)
      this.#assign()
      resolve(result)
    })
    worker.postMessage(job)
  }

  /** When all jobs are done. */
  close() {
    return Promise.all(this.#idle.map((worker) => worker.terminate()))
  }
}

const number = new Intl.NumberFormat('en').format
const count = (value) => number(Math.round(value))
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })
  .format
const seconds = (value) => (value === undefined ? '—' : (value / SECOND).toFixed(1))
const highest = (values) => values.reduce((most, value) => Math.max(most, value), 0)
const total = (values) => values.reduce((sum, value) => sum + value, 0)

const begun = performance.now()
const pool = new Pool()
const policies = [
  { name: 'vue-auth-refresh' },
  ...flags.against.map((name) => ({ name, against: pathToFileURL(resolve(name)).href })),
]

const simulate = (scenario, suffix = '') =>
  Promise.all(
    policies.map(async ({ name, against }) => ({
      name: name + suffix,
      tally: await pool.run({ kind: 'simulated', scenario, seed: SEED, against }),
    })),
  )

async function simulateNaive(scenario) {
  const job = { kind: 'naive', scenario, seed: SEED, retries: NAIVE_RETRIES }
  return [{ name: 'naive', tally: await pool.run(job) }]
}

const together = async (...parts) => (await Promise.all(parts)).flat()

async function compare(name, whole, isKnown) {
  const scenario = withFew(whole)
  // Another seed than those of the simulations.
  const itself = pool.run({ kind: 'itself', scenario, seed: 0, isKnown })
  const simulated = Array.from({ length: FEW_RUNS }, (_, index) =>
    pool.run({ kind: 'simulated', scenario, seed: index + 1 }),
  )
  const tallies = await Promise.all(simulated)
  const real = await itself
  const mean = (key) => total(tallies.map((tally) => tally[key])) / FEW_RUNS
  const keys = ['exchanges', 'rejected']
  return {
    isRight: keys.every((key) => Math.abs(mean(key) / real[key] - 1) <= TOLERANCE),
    cells: [name, ...keys.flatMap((key) => [count(real[key]), count(mean(key))])],
  }
}

function printScenario(title, { spread, endpoint }, rows) {
  const end = endpoint.downUntil / SECOND
  const since = (second) => (second === undefined ? '—' : count(second - end))
  const columns = {
    exchanges: ({ exchanges }) => short(exchanges),
    'peak/s': ({ exchangesIn }) => short(highest(exchangesIn)),
    ...(end > 0 && { after: ({ exchangesIn }) => short(highest(exchangesIn.slice(end))) }),
    refused: ({ refused, exchanges }) => `${((100 * refused) / exchanges).toFixed(1)} %`,
    'rejected requests': ({ rejected }) => short(rejected),
    ...(end > 0 && { 'after ': ({ rejectedIn }) => short(total(rejectedIn.slice(end))) }),
    // Where tokens go on running out, recovering goes on.
    ...(spread === null && {
      'half s': (tally) => since(recoveryOf(tally, 0.5)),
      '99 % s': (tally) => since(recoveryOf(tally, 0.99)),
      'all s': ({ asked, recovered, lastRecovery }) =>
        since(asked === recovered ? lastRecovery / SECOND : undefined),
    }),
    'held up s': (tally) => seconds(waitOf(tally, 0.5)),
    'at most': (tally) => seconds(waitOf(tally, 1)),
  }
  printTable(
    [title, ...Object.keys(columns)],
    rows.map(({ name, tally }) => [name, ...Object.values(columns).map((cell) => cell(tally))]),
  )
}

/** Exchanges a second, on average, in each of some windows. */
function printCourse(edges, rows) {
  const windows = edges.slice(1).map((to, index) => [edges[index], to])
  printTable(
    ['exchanges/s in s', ...windows.map(([from, to]) => `${from}–${to}`)],
    rows.map(({ name, tally }) => [
      name,
      ...windows.map(([from, to]) => short(total(tally.exchangesIn.slice(from, to)) / (to - from))),
    ]),
  )
}

console.log(`${count(CLIENTS)} clients, ${count(MANY_TABS)} of them with ${TABS_OF_MANY} tabs that share a session; seed ${SEED}.

tab        views a page at random moments, ${EVERY} s apart on average (exponential), whether or not the last view failed; a
           page view makes ${REQUESTS_AT_ONCE} requests within ${VIEW} ms. The API answers at once, and refuses only for the token.
endpoint   serves ${count(CAPACITY)} exchanges a second, one after the other; ${count(QUEUE)} may wait for that; the others are answered 503,
           which costs it nothing, however many they are. ${LATENCY} ms of network. So ${count(CLIENTS)} clients take ${CLIENTS / CAPACITY} s at least.
library    its own backoff(), coolDown() and retryAfter(), in the control flow of its refresher. Storage, lock and
           channel between tabs take no time.
naive      every refused request exchanges on its own and, when that fails, at once again, ${NAIVE_RETRIES} times; nobody shares
           anything or minds a Retry-After; a refresh token may be used any number of times.`)

// All scenarios are started at once: an idle worker takes the next.
const spreadScenarios = [
  ['outage of 60 s, spread expiries', spreadOutage(OUTAGE)],
  ['hiccup of 2 s, spread expiries', spreadOutage(HICCUP)],
]
const keyChangeRows = together(
  simulate(keyChange),
  simulate(withRetryAfter(keyChange, RETRY_AFTER), `, Retry-After: ${RETRY_AFTER}`),
  simulateNaive(keyChange),
)
const outageRows = together(
  simulate(outage),
  simulate(withRetryAfter(outage, 'end'), ', Retry-After: the end'),
  simulateNaive(outage),
)
const spreadRows = spreadScenarios.map(([, scenario]) =>
  together(simulate(scenario), simulateNaive(scenario)),
)
const comparisons = Promise.all([
  compare('key change', keyChange, false),
  compare('outage, Retry-After: the end', withRetryAfter(outage, 'end'), true),
])

printScenario('key change', keyChange, await keyChangeRows)
printCourse([0, 1, 5, 15, 60, 120, 240, 360, 480, 600, 900], await keyChangeRows)
printScenario('outage of 60 s, all expired', outage, await outageRows)
printCourse([0, 5, 15, 60, 61, 65, 75, 120, 240, 360, 480, 600, 900], await outageRows)
for (const [index, [title, scenario]] of spreadScenarios.entries()) {
  printScenario(title, scenario, await spreadRows[index])
}
const compared = await comparisons
printTable(
  ['the library itself', 'exchanges', 'simulated', 'rejected', 'simulated'],
  compared.map(({ cells }) => cells),
)
await pool.close()

console.log(`
key change   at 0 s the server stops accepting any access token; refresh tokens stay valid.
outage       from 0 s on, and all access tokens have run out at 0 s. That is harsher than when they run out in the course
             of an hour, evenly: "spread", with an outage or a hiccup after two minutes.
peak/s, after
             exchanges in the worst second of all, and of those after the end of the outage.
refused      share of the exchanges that were not served.
rejected, after
             requests that their callers got back as failed; those of them after the end of the outage.
half, 99 %, all
             of the tabs that have made a request have a live token: seconds after the key change, or after the end of the
             outage. The last ones made their next request so late.
held up, at most
             wait of the requests that waited 0.1 s or more and were sent then: median and longest.
itself       session keepers of ${count(FEW)} clients for 300 s on a virtual clock, and the mean of ${FEW_RUNS} simulations of as many.`)

if (SCALE === 1 && EVERY === 30 && policies.length === 1) {
  const plot = async (file, title, rows, moment) => {
    const svg = plotLines({
      title,
      description: `Attempted exchanges a second over time, of ${rows.map(({ name }) => name).join('; ')}.`,
      xLabel: 'seconds',
      yLabel: 'exchanges a second',
      end: 1_000,
      xStep: 100,
      decades: 6,
      limit: { y: CAPACITY, label: `served: ${count(CAPACITY)} a second` },
      moment,
      series: rows.map(({ name, tally }) => ({ name, values: tally.exchangesIn })),
    })
    await writeFile(new URL(`../../docs/reports/${file}`, import.meta.url), svg)
  }
  const upAgain = { x: OUTAGE / SECOND, label: 'up again' }
  await plot(
    'herd-key-change.svg',
    'All tokens of a million clients are revoked',
    await keyChangeRows,
    null,
  )
  await plot(
    'herd-outage.svg',
    'No exchange for 60 s, all tokens of a million clients expired',
    await outageRows,
    upAgain,
  )
}

const isRight = compared.every((one) => one.isRight)
const took = ((performance.now() - begun) / SECOND).toFixed(0)
const processorTime = (process.cpuUsage().user / 1_000_000).toFixed(0)
const memory = (process.resourceUsage().maxRSS / 1_024).toFixed(0)
console.log(
  `\nthe simulation ${isRight ? 'agrees with the library' : 'DISAGREES with the library'}; ${took} s, ` +
    `${processorTime} s of processor time, ${memory} MB`,
)
process.exitCode = isRight ? 0 : 1
