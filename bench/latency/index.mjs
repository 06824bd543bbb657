// The time that a refresh adds to requests, on a driven clock: npm run bench:latency
//
// Writes docs/reports/latency.md and docs/latency.svg. The same code gives the same figures, whatever the machine does.
// Fails when a request of this library waits, is refused or fails although its token lives.

import { writeFile } from 'node:fs/promises'
import { printTable } from '../table.mjs'
import { versionOf } from '../version-of.mjs'
import {
  DELAYED,
  defaultOptions,
  meetLoad,
  RATE,
  VIEW,
  VIEWED_FROM,
  viewPages,
} from './measure.mjs'
import { latencyPage } from './page.mjs'
import { latencyPicture } from './picture.mjs'

const SECOND = 1_000
const DAY = 86_400
/** The latency of the network, one way, in ms. */
const LATENCY = 20
/** The number of users who sign in. Each of them meets an expiry. */
const USERS = 6
/** The lifetimes of access tokens, in s. */
const LIFETIMES = [8, 60, 900]
const LIFETIME = 60
/** Load around an expiry: from before any library refreshes until trouble is over, in s. */
const AROUND = { before: 37, after: 30 }

/** `settled`: when there is a new token at the latest, with the pauses of this library, in ms. */
const endpoints = [
  { name: 'answers in 50 ms', time: 50, settled: 50 },
  { name: 'answers in 300 ms', time: 300, settled: 300 },
  { name: 'answers in 3 s', time: 3_000, settled: 3_000 },
  { name: 'answers 503 for 5 s', time: 50, trouble: 503, lasts: 5_000, settled: 10_000 },
  {
    name: 'never answers what it gets for 5 s',
    time: 50,
    trouble: 'hang',
    lasts: 5_000,
    // An exchange is given up after three timeouts.
    settled: 3 * defaultOptions.refreshTimeout + 50,
  },
]
const [prompt, usual] = endpoints

const MIN_VALIDITIES = [0, 500, 1_000, 1_500, 2_000, 5_000]
/** One way, in ms. */
const LATENCIES = [20, 100, 300, 1_000]
/** The slowest network on which no request of this library shall arrive dead, one way, in ms. */
const SLOWEST = 300
const VIEWS = 1_000

const library = { file: 'vue-auth-refresh', name: 'vue-auth-refresh' }
const queue = {
  file: 'axios-auth-refresh',
  name: `axios-auth-refresh ${await versionOf('axios-auth-refresh')}`,
  // With its default, requests that are refused together are lost.
  options: { deduplicateRefresh: false },
}
const jwt = { file: 'axios-jwt', name: `axios-jwt ${await versionOf('axios-jwt')}` }
const article = { file: 'article', name: "the article's code" }
const rivals = [library, queue, jwt, article]

// A library's unhandled rejections do not end the run: only its calls count.
process.on('unhandledRejection', () => {})

const begun = performance.now()
const number = new Intl.NumberFormat('en').format
const whole = (ms) => number(Math.round(ms))
const complaints = []
const must = (isRight, complaint) => void (isRight || complaints.push(complaint))
const tables = []
function show(table) {
  tables.push(table)
  printTable(table.head, table.rows)
}

/** The margins of this library, in ms. */
function marginsOf(lifetime) {
  const leeway = Math.min(defaultOptions.leeway, (lifetime * SECOND) / 4)
  return { leeway, minValidity: Math.min(defaultOptions.minValidity, leeway / 2) }
}

/** Complains where this library breaks its promises. */
function judge({ endpoint, lifetime, revokes }, { calls, delayed, refused, failed }) {
  const { leeway, minValidity } = marginsOf(lifetime)
  const row = `${endpoint.name}, ${lifetime} s${revokes ? ', revoking' : ''}`
  if (endpoint.settled + 2 * LATENCY < leeway - minValidity) {
    must(failed === 0, `${row}: ${failed} failed`)
    must(revokes || delayed === 0, `${row}: ${delayed} delayed`)
    must(revokes || refused === 0, `${row}: ${refused} refused`)
  }
  const isHeldUp = ({ left, added }) => left > minValidity && (added === null || added > DELAYED)
  const held = calls.filter(isHeldUp).length
  must(revokes || held === 0, `${row}: ${held} held up although their token lived`)
}

// 1. Load around an expiry.

for (const rival of rivals) {
  const options = { lifetime: DAY, latency: LATENCY, endpoint: prompt, revokes: false }
  const { worst, failed } = await meetLoad(rival, options, { users: 1, from: 0, to: 30 })
  must(worst === 0 && failed === 0, `${rival.name}: slower without any refresh`)
}

const summaries = []

async function meetEndpoint(endpoint, lifetimes, revokes) {
  const rows = []
  const held = []
  for (const lifetime of lifetimes) {
    for (const rival of rivals) {
      const options = { lifetime, latency: LATENCY, endpoint, revokes }
      const summary = await meetLoad(rival, options, {
        users: USERS,
        from: Math.max(0, lifetime - AROUND.before),
        to: lifetime + AROUND.after,
      })
      if (rival === library) judge({ endpoint, lifetime, revokes }, summary)
      const { calls, delayed, failed, p99, worst } = summary
      if (lifetime === LIFETIME) held.push(`${number(delayed + failed)} of ${number(calls.length)}`)
      rows.push([
        rival.name,
        `${lifetime} s`,
        number(delayed),
        p99 === undefined ? '–' : whole(p99),
        p99 === undefined ? '–' : whole(worst),
        ...['refused', 'failed', 'refreshes', 'sends'].map((key) => number(summary[key])),
      ])
    }
  }
  if (!revokes) summaries.push([endpoint.name, ...held])
  show({
    section: revokes ? 'revoking' : 'expiries',
    title: `The token endpoint ${endpoint.name}`,
    head: [
      endpoint.name,
      'lifetime',
      'delayed',
      'p99 ms',
      'worst ms',
      'refused',
      'failed',
      'refreshes',
      'sends',
    ],
    rows,
  })
}

for (const endpoint of endpoints) await meetEndpoint(endpoint, LIFETIMES, false)
show({
  section: 'summary',
  head: [`delayed or failed, ${LIFETIME} s`, ...rivals.map(({ name }) => name)],
  rows: summaries,
})
console.log('\nThe same with a server that revokes the old access token when it issues a new one:')
for (const endpoint of endpoints) await meetEndpoint(endpoint, [LIFETIME], true)

// 2. The life that a token needs to arrive alive.

const viewed = (minValidity, latency) =>
  viewPages(
    { ...library, options: { minValidity } },
    { lifetime: LIFETIME, latency, endpoint: prompt, revokes: false },
    VIEWS,
  )
const cells = []
for (const minValidity of MIN_VALIDITIES) {
  const row = []
  for (const latency of LATENCIES) row.push(await viewed(minValidity, latency))
  cells.push({ minValidity, row })
}
const latencyHead = LATENCIES.map((latency) => `${number(latency)} ms one way`)
const nameOf = (minValidity) =>
  `${number(minValidity)} ms${minValidity === defaultOptions.minValidity ? ', the default' : ''}`
const rowsOf = (key) =>
  cells.map(({ minValidity, row }) => [
    nameOf(minValidity),
    ...row.map((cell) => number(cell[key])),
  ])
show({ section: 'late', head: ['minValidity', ...latencyHead], rows: rowsOf('late') })
show({ section: 'waited', head: ['minValidity', ...latencyHead], rows: rowsOf('delayed') })
show({
  section: 'needed',
  head: ['', ...latencyHead],
  rows: [['life believed in', ...cells[0].row.map(({ believed }) => `${whole(believed)} ms`)]],
})
for (const { minValidity, row } of cells) {
  for (const [index, { failed }] of row.entries()) {
    must(failed === 0, `minValidity ${minValidity}, ${LATENCIES[index]} ms: ${failed} failed`)
  }
}
const isEnough = ({ row }) => row.every(({ late }, i) => late === 0 || LATENCIES[i] > SLOWEST)
const least = cells.find(isEnough)?.minValidity
must(least === defaultOptions.minValidity, `the least minValidity that is enough is ${least}`)

// 3. The cost of a refresh on a server that revokes at once.

const revocations = []
for (const rival of [
  library,
  { ...library, name: 'vue-auth-refresh, leeway: false', options: { leeway: false } },
  queue,
  article,
]) {
  const row = []
  for (const latency of LATENCIES.slice(0, 3)) {
    const { refused, refreshes } = await meetLoad(
      rival,
      { lifetime: LIFETIME, latency, endpoint: prompt, revokes: true },
      { users: 4 * USERS, from: LIFETIME - 17, to: LIFETIME + 3 },
    )
    row.push(refused / refreshes)
  }
  revocations.push([rival.name, ...row.map((sends) => sends.toFixed(1))])
}
show({
  section: 'revocations',
  head: ['sends more for each refresh', ...latencyHead.slice(0, 3)],
  rows: revocations,
})

// 4. The picture, and the report.

const lanes = []
for (const { rival, manner } of [
  { rival: library, manner: 'refreshes ahead of expiry, in the background' },
  { rival: queue, manner: 'refreshes once a request is refused' },
]) {
  const { runs, calls } = await meetLoad(
    rival,
    { lifetime: LIFETIME, latency: LATENCY, endpoint: usual, revokes: false },
    { users: 1, from: LIFETIME - 20, to: LIFETIME + 5, isEven: true },
  )
  const [exchange] = runs[0].world.exchanges
  lanes.push({ name: rival.file, manner, calls, exchange })
}
const inDocs = (path) => new URL(`../../docs/${path}`, import.meta.url)
await writeFile(
  inDocs('latency.svg'),
  latencyPicture({ lanes, rate: RATE, latency: LATENCY, time: usual.time }),
)
await writeFile(
  inDocs('reports/latency.md'),
  latencyPage({
    tables,
    around: AROUND,
    delayed: DELAYED,
    latency: LATENCY,
    rate: RATE,
    users: USERS,
    view: VIEW,
    viewedFrom: VIEWED_FROM,
    views: VIEWS,
    node: process.version,
    axios: await versionOf('axios'),
  }),
)

console.log('')
for (const complaint of complaints) console.log('✗', complaint)
const seconds = Math.round((performance.now() - begun) / SECOND)
console.log(
  `${complaints.length ? 'MISSED' : 'No request waited, was refused or failed while its token lived'}; ${seconds} s`,
)
process.exitCode = complaints.length ? 1 : 0
