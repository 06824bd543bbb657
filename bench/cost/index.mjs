// Ratios within one run, so that they mean the same on any machine: npm run bench
//
//   npm run bench -- --against ../other/dist/index.js    another build of the library, as one more row
//   npm run bench -- --rounds 3                          quicker and noisier
//   npm run bench -- --only=burst                        docs/reports/burst.svg alone
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
import {
  bareBurst,
  inRounds,
  lapsedBurst,
  refusedBurst,
  spreadOf,
  timeRequests,
  weighRefused,
  weighSent,
  weighUnsent,
} from './measure.mjs'
import { drawBursts } from './picture.mjs'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    only: { type: 'string', default: '' },
    against: { type: 'string', multiple: true, default: [] },
  },
})
const BURST = 10_000
const BURST_ROUNDS = Number(flags.rounds)
const REQUESTS = 500
const REQUEST_ROUNDS = 20 * BURST_ROUNDS
const WEIGHINGS = 3
const TARGETS = { request: 1, burst: 0.65 }

const number = new Intl.NumberFormat('en').format
/** One number where every round gave the same, else from the least to the most. */
const range = (values) => {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  return least === most ? number(least) : `${number(least)}–${number(most)}`
}
const ratio = ({ median, low, high }) =>
  `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`
const bytes = (values) =>
  values.includes(null) ? '—' : number(Math.round(spreadOf(values).median))

const bare = bareAxios()
/** Measured against the first one, it shows the noise. */
const bareAgain = bareAxios()
const ours = await vueAuthRefresh(await import('vue-auth-refresh'), 'vue-auth-refresh')
const others = await Promise.all(
  flags.against.map(async (file) =>
    vueAuthRefresh(await import(pathToFileURL(resolve(file)).href), file),
  ),
)
const version = {
  axios: await versionOf('axios'),
  authRefresh: `axios-auth-refresh ${await versionOf('axios-auth-refresh')}`,
  jwt: `axios-jwt ${await versionOf('axios-jwt')}`,
}
const candidates = [
  ours,
  ...others,
  axiosAuthRefresh(version.authRefresh),
  axiosAuthRefresh('  deduplicateRefresh: false', { deduplicateRefresh: false }),
  axiosJwt(version.jwt),
]
if (flags.only === 'tabs') {
  process.exit((await drawTabs()) ? 0 : 1)
}
if (flags.only === 'burst') {
  await drawBursts([bare, ...candidates.filter((candidate) => !others.includes(candidate))])
  process.exit()
}
const knowing = candidates.filter(({ lapse }) => lapse)

console.log(
  `Node ${process.version}, axios ${version.axios}. Median (and quartiles) of the ratios of ${REQUEST_ROUNDS} rounds of ` +
    `requests and ${BURST_ROUNDS} of bursts, in turn, in processor time.`,
)

const requestSamples = [bare, ...candidates, bareAgain].map(
  (candidate) => () => timeRequests(candidate, REQUESTS),
)
const refusedSamples = [
  () => bareBurst(bare, { refused: BURST, answered: BURST }),
  ...candidates.map((candidate) => () => refusedBurst(candidate, BURST)),
  () => bareBurst(bareAgain, { refused: BURST, answered: BURST }),
]
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
await inRounds(20, requestSamples)
const requestTimes = await inRounds(REQUEST_ROUNDS, requestSamples)
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
    [
      'the target',
      `≤ ${TARGETS.request.toFixed(2)}`,
      `≤ ${TARGETS.burst.toFixed(2)}`,
      '1',
      number(2 * BURST + 1),
      number(BURST),
      '',
      '',
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

const milliseconds = (values) => spreadOf(values).median
const requestTime = milliseconds(requestTimes.map((round) => round[0])) / REQUESTS
const burstTime = milliseconds(refused.map((round) => round[0].time))
const heap = bytes(weights.map((round) => round[0]))
console.log(`
request    one after the other over an adapter that answers in a microtask. 1.00 is axios with one ordinary
           interceptor that sets the header: ${(requestTime * 1_000).toFixed(1)} µs each here.
burst      ${number(BURST)} at once on a token that only the server knows to be expired. 1.00 is the same sends by hand:
           ${number(BURST)} refused and caught, 1 refresh, ${number(BURST)} answered: ${burstTime.toFixed(0)} ms here. — where not all were answered.
expiry known beforehand
           ${number(BURST)} at once on a token whose lifetime is over. 1.00 is 1 refresh and ${number(BURST)} answered sends.
B/waiter   heap bytes each of ${number(BURST)} waiting requests holds, less what bare axios holds for one that its transport has
           not answered (${heap}): refused and waiting for the refresh in flight; or made during it and not sent yet.
           — where not all wait. Median of ${WEIGHINGS}.`)

const wrong = [
  ...refused.map((round) => ({ ...round[1], expected: 2 * BURST + 1 })),
  ...lapsed.map((round) => ({ ...round[1], expected: BURST + 1 })),
].filter(
  ({ refreshes, sends, answered, expected }) =>
    refreshes !== 1 || sends !== expected || answered !== BURST,
)
if (!others.length) await drawBursts([bare, ...candidates])
const areTabsRight = others.length > 0 || (await drawTabs())
const isMet = (spread, target) => (spread.median <= target ? 'met' : 'MISSED')
console.log(`
request ${isMet(requestSpread(1), TARGETS.request)}, burst ${isMet(burstSpread(refused, 1), TARGETS.burst)}, counts ${wrong.length || !areTabsRight ? 'WRONG' : 'right in every round'}`)
process.exitCode = wrong.length || !areTabsRight ? 1 : 0
