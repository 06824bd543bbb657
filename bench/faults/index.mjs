// Every fault of a token endpoint, for some seconds, under load: npm run bench:faults
//
//   npm run bench:faults -- --only=hang    the faults whose names contain this
//
// Fails when a caller is never settled, when a session ends that should not, or the other way round, and when one that
// was kept does not work afterwards; never because of time.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import axios from 'axios'
import { openSource } from '../../scripts/source.mjs'
import { inLanes } from '../lanes.mjs'
import { printTable } from '../table.mjs'

const { values: flags } = parseArgs({ options: { only: { type: 'string', default: '' } } })
/** So many at once: they do little but wait. */
const LANES = 10

// It shares the server of the tests, which is TypeScript.
const vite = await openSource()

const number = new Intl.NumberFormat('en').format
const milliseconds = (value) => (value === null ? '—' : number(Math.round(value)))
const sum = (list, of) => list.reduce((total, one) => total + of(one), 0)
const reasons = (rejected) =>
  Object.entries(rejected)
    .map(([as, count]) => `${number(count)} ${as}`)
    .join(', ') || '—'

function printRows(title, rows, timeout) {
  printTable(
    [
      title,
      'answered',
      'rejected as',
      'worst ms',
      '× timeout',
      'late',
      'exchanges',
      'most/s',
      'recovery ms',
      'session',
      'must be',
    ],
    rows.map(({ name, ends, result }) => [
      name,
      number(result.answered),
      reasons(result.rejected),
      milliseconds(result.worst),
      (result.worst / timeout).toFixed(2),
      number(result.late),
      number(result.exchanges),
      number(result.mostPerSecond),
      milliseconds(result.recovery),
      result.isKept ? 'kept' : 'ended',
      (ends ? 'ended' : 'kept') + (result.complaints.length ? ' WRONG' : ''),
    ]),
  )
}

try {
  const { FAULT_LASTS, faultList, meet, REFRESH_TIMEOUT, TOLERANCE } =
    await vite.ssrLoadModule('/bench/faults/rig.ts')
  const cases = faultList.filter(({ name }) => name.includes(flags.only))
  const rows = [false, true].flatMap((isAnnounced) =>
    cases.map((faultCase) => ({
      ...faultCase,
      ends: faultCase.ends ?? false,
      isAnnounced,
      faultCase,
    })),
  )
  console.log(
    `Node ${process.version}, axios ${axios.VERSION}. refreshTimeout ${number(REFRESH_TIMEOUT)} ms, ` +
      `each fault ${number(FAULT_LASTS)} ms.`,
  )

  const delays = monitorEventLoopDelay({ resolution: 10 })
  const begun = performance.now()
  delays.enable()
  // Those that take longest come first.
  await inLanes(
    LANES,
    rows
      .toSorted((a, b) => (b.recoversWithin ?? 0) - (a.recoversWithin ?? 0))
      .map((row) => async () => {
        row.result = await meet(row.faultCase, row.isAnnounced)
      }),
  )
  delays.disable()
  const seconds = ((performance.now() - begun) / 1_000).toFixed(0)

  printRows(
    'expiry only the server knows',
    rows.filter((row) => !row.isAnnounced),
    REFRESH_TIMEOUT,
  )
  printRows(
    'expiry known beforehand',
    rows.filter((row) => row.isAnnounced),
    REFRESH_TIMEOUT,
  )
  console.log(`
rejected   by the code of the AuthError, or the HTTP status where there is none: of requests whose refusal is no
           reason to refresh, or that nobody is signed in for any more.
worst      the longest that a caller waited, and its ratio to refreshTimeout. late: more than ${TOLERANCE} ms longer than that.
most/s     the most exchanges within a second.
recovery   from the lifting of the fault until a caller was answered. After an end: — ; another login was made.
known      the fault begins in the last quarter of a token's lifetime; a second later the server refuses the token, a
           second before its time. Else that is refused at once which the client believes to live for an hour.`)

  const results = rows.map(({ result }) => result)
  const wrong = rows.filter(({ result }) => result.complaints.length > 0)
  for (const { name, isAnnounced, result } of wrong) {
    console.log(`\n${name}${isAnnounced ? ', known' : ''}: ${result.complaints.join('; ')}`)
  }
  const worst = Math.max(...results.map((result) => result.worst))
  const all = {
    answered: sum(results, (result) => result.answered),
    rejected: sum(results, ({ rejected }) => sum(Object.values(rejected), (count) => count)),
    pending: sum(results, (result) => result.pending),
    late: sum(results, (result) => result.late),
    exchanges: sum(results, (result) => result.exchanges),
    kept: results.filter(({ isKept }) => isKept).length,
  }
  console.log(
    `\n${rows.length} faults: ${number(all.answered)} answered, ${number(all.rejected)} rejected, ${all.pending} pending, ` +
      `${all.late} late, worst ${(worst / REFRESH_TIMEOUT).toFixed(2)} × timeout, ${number(all.exchanges)} exchanges, ` +
      `${all.kept} sessions kept, ${rows.length - all.kept} ended; ` +
      `${wrong.length ? `WRONG in ${wrong.length}` : 'right in every row'}, ${seconds} s, ` +
      `event loop held up for ${milliseconds(delays.max / 1e6)} ms at most`,
  )
  if (wrong.length > 0) process.exitCode = 1
} finally {
  await vite.close()
}
