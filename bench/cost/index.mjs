// Ratios within one run, so that they mean the same on any machine: npm run bench
//
//   npm run bench -- --against ../other/dist/index.js    another build of the library, as one more row
//   npm run bench -- --rounds 3                          quicker and noisier
//   npm run bench -- --only=burst                        docs/reports/burst.svg alone
//   npm run bench -- --only=fetch                        the rows of fetch alone
//   npm run bench -- --only=tabs                         docs/reports/tabs.svg alone
//
// Fails when this library's counts are wrong; never because of time.

import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { printTable } from '../table.mjs'
import { drawTabs } from '../tabs/picture.mjs'
import { versionOf } from '../version-of.mjs'
import { axiosAuthRefresh, axiosJwt, bareAxios, vueAuthRefresh } from './candidates.mjs'
import { compareFetch, compareFetchOverHttp } from './fetch.mjs'
import {
  bareBurst,
  inRounds,
  lapsedBurst,
  refusedBurst,
  SAMPLE,
  spreadOf,
  timeRequests,
  WARM_UP,
  weighRefused,
  weighSent,
  weighUnsent,
} from './measure.mjs'
import { drawBursts } from './picture.mjs'

// Users run production builds; development builds check and warn, which takes time.
process.env.NODE_ENV = 'production'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    only: { type: 'string', default: '' },
    against: { type: 'string', multiple: true, default: [] },
  },
})
const BURST = 10_000
const BURST_ROUNDS = Number(flags.rounds)
const REQUEST_ROUNDS = 500 * BURST_ROUNDS
const WEIGHINGS = 3
/** The sizes of short bursts, the least requests of a sample, and those of all samples. */
const SHORT_BURSTS = [1, 10, 100, 1_000]
const SHORT_SAMPLE = 20
const SHORT_REQUESTS = 5_000 * BURST_ROUNDS
const TARGETS = { request: 1, burst: 0.6 }
/** Through `vue-auth-refresh/fetch`, with a listener or without. */
const FETCH_TARGET = 1.1
/** With a listener. Of short bursts, those from a hundred requests on. */
const LISTENING_TARGETS = { request: 1.1, burst: 0.7, shortBurst: 0.9 }
/** Short bursts up to this size cost no more than those of axios-auth-refresh. */
const RIVALLED_UP_TO = 100

const number = new Intl.NumberFormat('en').format
/** One number where every round gave the same, else from the least to the most. */
const range = (values) => {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  return least === most ? number(least) : `${number(least)}–${number(most)}`
}
const ratio = ({ median, low, high }) =>
  `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`
const atMost = (target) => `≤ ${target.toFixed(2)}`
const bytes = (values) =>
  values.includes(null) ? '—' : number(Math.round(spreadOf(values).median))

const bare = bareAxios()
/** Measured against the first one, it shows the noise. */
const bareAgain = bareAxios()
/** A build of this library, without a listener to its events and with one. */
async function withAndWithoutListener(library, name) {
  let ended = 0
  const onEvent = ({ type }) => type === 'session-ended' && ended++
  return [
    await vueAuthRefresh(library, name),
    await vueAuthRefresh(library, '  with onEvent', { onEvent }),
  ]
}
const [ours, listening] = await withAndWithoutListener(
  await import('vue-auth-refresh'),
  'vue-auth-refresh',
)
const others = []
for (const file of flags.against) {
  const library = await import(pathToFileURL(resolve(file)).href)
  others.push(...(await withAndWithoutListener(library, file)))
}
const version = {
  axios: await versionOf('axios'),
  authRefresh: `axios-auth-refresh ${await versionOf('axios-auth-refresh')}`,
  jwt: `axios-jwt ${await versionOf('axios-jwt')}`,
}
/** Answers every request of a burst, as its default does not. */
const rival = axiosAuthRefresh('  deduplicateRefresh: false', { deduplicateRefresh: false })
const rivals = [axiosAuthRefresh(version.authRefresh), rival, axiosJwt(version.jwt)]
const candidates = [ours, listening, ...others, ...rivals]
if (flags.only === 'tabs') {
  process.exit((await drawTabs()) ? 0 : 1)
}
if (flags.only === 'fetch') {
  printFetch(await measureFetch())
  process.exit()
}
if (flags.only === 'burst') {
  await drawBursts([bare, ours, ...rivals])
  process.exit()
}
const knowing = candidates.filter(({ lapse }) => lapse)
const short = [ours, listening, ...others, rival]

console.log(
  `Node ${process.version}, axios ${version.axios}. Median (and quartiles) of the ratios of ${REQUEST_ROUNDS} rounds of ` +
    `requests and ${BURST_ROUNDS} of bursts, in turn, in processor time.`,
)

const requestSamples = [bare, ...candidates, bareAgain].map(
  (candidate) => () => timeRequests(candidate),
)
const refusedSamples = [
  () => bareBurst(bare, { refused: BURST, answered: BURST }),
  ...candidates.map((candidate) => () => refusedBurst(candidate, BURST)),
  () => bareBurst(bareAgain, { refused: BURST, answered: BURST }),
]
/** How many bursts of that size make a sample. */
const timesOf = (count) => Math.max(1, SHORT_SAMPLE / count)
const shortRoundsOf = (count) => SHORT_REQUESTS / count / timesOf(count)
/** For each size, the samples of bare axios, of the short candidates, and of bare axios again. */
const shortSamples = SHORT_BURSTS.map((count) => {
  const times = timesOf(count)
  const both = { refused: count, answered: count }
  return [
    () => bareBurst(bare, both, times),
    ...short.map((candidate) => () => refusedBurst(candidate, count, times)),
    () => bareBurst(bareAgain, both, times),
  ]
})
const lapsedSamples = [
  () => bareBurst(bare, { refused: 0, answered: BURST }),
  ...knowing.map((candidate) => () => lapsedBurst(candidate, BURST)),
  () => bareBurst(bareAgain, { refused: 0, answered: BURST }),
]
const weighSamples = [
  () => weighSent(bare, BURST),
  ...candidates.flatMap((candidate) => [
    () => weighRefused(candidate, BURST),
    () => weighUnsent(candidate, BURST),
  ]),
]

// The first rounds only warm up.
for (const { signIn } of [bare, ...candidates, bareAgain]) await signIn()
await inRounds(WARM_UP, requestSamples)
const requestTimes = await inRounds(REQUEST_ROUNDS, requestSamples)
const shortTimes = []
for (const [i, samples] of shortSamples.entries()) {
  const rounds = shortRoundsOf(SHORT_BURSTS[i])
  await inRounds(Math.ceil(rounds / 5), samples)
  shortTimes.push(await inRounds(rounds, samples))
}
await inRounds(2, refusedSamples)
const refused = await inRounds(BURST_ROUNDS, refusedSamples)
await inRounds(1, lapsedSamples)
const lapsed = await inRounds(BURST_ROUNDS, lapsedSamples)
const weights = await inRounds(WEIGHINGS, weighSamples)

const requestSpread = (index) => spreadOf(requestTimes.map((round) => round[index] / round[0]))
const burstSpread = (rounds, index) =>
  spreadOf(rounds.map((round) => round[index].time / round[0].time))
const counts = (rounds, index) =>
  ['refreshes', 'sends', 'answered'].map((what) => range(rounds.map((round) => round[index][what])))
/** The time of a burst whose requests were not all answered says nothing. */
const burstCells = (rounds, index) => [
  rounds.every((round) => round[index].answered === BURST)
    ? ratio(burstSpread(rounds, index))
    : '—',
  ...counts(rounds, index),
]
/** More than bare axios holds for a request the transport has not answered. */
const weight = (column) =>
  bytes(weights.map((round) => (round[column] === null ? null : round[column] - round[0])))

printTable(
  [
    '',
    'request ×',
    'burst ×',
    'refreshes',
    'sends',
    'answered',
    'B/refused waiter',
    'B/unsent waiter',
  ],
  [
    ...candidates.map(({ name }, i) => [
      name,
      ratio(requestSpread(i + 1)),
      ...burstCells(refused, i + 1),
      weight(2 * i + 1),
      weight(2 * i + 2),
    ]),
    [
      'bare axios, once more',
      ratio(requestSpread(candidates.length + 1)),
      ...burstCells(refused, candidates.length + 1),
      '0',
      '0',
    ],
    ...[
      ['the target', TARGETS],
      ['  with onEvent', LISTENING_TARGETS],
    ].map(([name, { request, burst }]) => [
      name,
      atMost(request),
      atMost(burst),
      '1',
      number(2 * BURST + 1),
      number(BURST),
      '',
      '',
    ]),
  ],
)
printTable(
  ['short bursts × of', ...SHORT_BURSTS.map(number)],
  [
    ...[...short, { name: 'bare axios, once more' }].map(({ name }, i) => [
      short[i] === rival ? `${version.authRefresh}, deduplicateRefresh: false` : name,
      ...shortTimes.map((rounds) => ratio(burstSpread(rounds, i + 1))),
    ]),
    [
      'the target',
      ...SHORT_BURSTS.map((count, i) =>
        count <= RIVALLED_UP_TO ? atMost(burstSpread(shortTimes[i], short.length).median) : '',
      ),
    ],
    [
      '  with onEvent',
      ...SHORT_BURSTS.map((count) =>
        count >= RIVALLED_UP_TO ? atMost(LISTENING_TARGETS.shortBurst) : '',
      ),
    ],
  ],
)
printTable(
  ['expiry known beforehand', 'burst ×', 'refreshes', 'sends', 'answered'],
  [
    ...knowing.map(({ name }, i) => [name, ...burstCells(lapsed, i + 1)]),
    ['bare axios, once more', ...burstCells(lapsed, knowing.length + 1)],
  ],
)

const fetched = await measureFetch()
printFetch(fetched)

const milliseconds = (values) => spreadOf(values).median
const requestTime = milliseconds(requestTimes.map((round) => round[0])) / SAMPLE
const burstTime = milliseconds(refused.map((round) => round[0].time))
const heap = bytes(weights.map((round) => round[0]))
console.log(`
request    one after the other, ${SAMPLE} in each sample, over an adapter that answers in a microtask. 1.00 is axios with one ordinary
           interceptor that sets the header: ${(requestTime * 1_000).toFixed(1)} µs each here.
burst      ${number(BURST)} at once on a token that only the server knows to be expired. 1.00 is the same sends by hand:
           ${number(BURST)} refused and caught, 1 refresh, ${number(BURST)} answered: ${burstTime.toFixed(0)} ms here. — where not all were answered.
short bursts
           the same with so many at once, one burst after the other, ${number(SHORT_SAMPLE)} requests or one burst in each sample, ${number(SHORT_REQUESTS)} in all.
fetch      one after the other, answered in a microtask as well, in processor time; and by a server in a process of its own,
           by the clock. 1.00 is \`fetch\` with the header.
expiry known beforehand
           ${number(BURST)} at once on a token whose lifetime is over. 1.00 is 1 refresh and ${number(BURST)} answered sends.
B/waiter   heap bytes each of ${number(BURST)} waiting requests holds, less what bare axios holds for one that its transport has
           not answered (${heap}): refused and waiting for the refresh in flight; or made during it and not sent yet.
           — where not all wait. Median of ${WEIGHINGS}.`)

/** The samples of this library, without a listener and with one, whose counts are not those of so many bursts. */
const wrongOf = (rounds, count, sends, times = 1) =>
  rounds
    .flatMap((round) => [round[1], round[2]])
    .filter(
      (burst) =>
        burst.refreshes !== times ||
        burst.sends !== times * (sends + 1) ||
        burst.answered !== times * count,
    )
const wrong = [
  ...wrongOf(refused, BURST, 2 * BURST),
  ...wrongOf(lapsed, BURST, BURST),
  ...SHORT_BURSTS.flatMap((count, i) => wrongOf(shortTimes[i], count, 2 * count, timesOf(count))),
]
if (!others.length) await drawBursts([bare, ours, ...rivals])
const areTabsRight = others.length > 0 || (await drawTabs())
const isMet = (isEvery) => (isEvery ? 'met' : 'MISSED')
const shortMedian = (i, row) => burstSpread(shortTimes[i], row).median
const isCheap = SHORT_BURSTS.every(
  (count, i) => count > RIVALLED_UP_TO || shortMedian(i, 1) <= shortMedian(i, short.length),
)
const isCheapListening = SHORT_BURSTS.every(
  (count, i) => count < RIVALLED_UP_TO || shortMedian(i, 2) <= LISTENING_TARGETS.shortBurst,
)
const areCountsRight = wrong.length === 0 && areTabsRight
console.log(`
request ${isMet(requestSpread(1).median <= TARGETS.request)}, burst ${isMet(burstSpread(refused, 1).median <= TARGETS.burst)}, short bursts ${isMet(isCheap)}
with onEvent: request ${isMet(requestSpread(2).median <= LISTENING_TARGETS.request)}, burst ${isMet(burstSpread(refused, 2).median <= LISTENING_TARGETS.burst)}, short bursts ${isMet(isCheapListening)}
fetch answered in a microtask ${isMet(isFetchCheap(1))}, over HTTP ${isMet(isFetchCheap(2))}
counts ${areCountsRight ? 'right in every round' : 'WRONG'}`)
process.exitCode = areCountsRight ? 0 : 1

/** Measures a request of each candidate, in processor time without a server and over HTTP. Resolves with rows of a table. */
async function measureFetch() {
  const inProcess = await compareFetch(REQUEST_ROUNDS)
  const overHttp = await compareFetchOverHttp(REQUEST_ROUNDS)
  return inProcess.map(([name, spread], i) => [name, spread, overHttp[i][1]])
}

/** Whether both rows of the library are within the target, in that column. */
function isFetchCheap(column) {
  return fetched.slice(0, 2).every((row) => row[column].median <= FETCH_TARGET)
}

function printFetch(rows) {
  const target = atMost(FETCH_TARGET)
  printTable(
    ['fetch', 'in a microtask ×', 'over HTTP ×'],
    [
      ...rows.map(([name, ...spreads]) => [name, ...spreads.map(ratio)]),
      ['the target', target, target],
    ],
  )
}
