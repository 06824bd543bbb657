// Many tabs in a real Chromium, over a server that rotates refresh tokens and detects their reuse: npm run bench:tabs
//
//   npm run bench:tabs -- --expiries=100    quicker: so many in all with Web Locks and IndexedDB, the others in proportion
//
// Fails when a count is wrong where it is promised to be right; never because of time.

import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { openSource } from '../../scripts/source.mjs'
import { quantile } from '../quantile.mjs'
import { printTable } from '../table.mjs'

const { values: flags } = parseArgs({
  options: { expiries: { type: 'string', default: '1020' } },
})
const EXPIRIES = Number(flags.expiries)
if (!(EXPIRIES >= 1)) throw new Error('--expiries is a number, at least 1')
const RUNS = Math.min(5, Math.ceil(EXPIRIES / 50))
/** How many tabs, and their share of the expiries: the more there are, the longer it takes. */
const TABS = new Map([
  [2, 0.5],
  [4, 0.33],
  [8, 0.17],
])
const SPREADS = [0, 30]

// It shares the harness of the tests, which is TypeScript.
const vite = await openSource()
const { buildTabApp, measureExpiries, measureTakeovers, REQUESTS, settings, TabBrowser } =
  await vite.ssrLoadModule('/bench/tabs/measure.ts')

const number = new Intl.NumberFormat('en').format
const milliseconds = (value) => (value === undefined ? '—' : value.toFixed(1))

/** The settings with the share of the expiries that each gets. */
const plan = [
  [settings.locks, 1],
  [settings.lease, 1 / 3],
  [settings.webStorage, 1 / 12],
  [settings.unsettled, 1 / 12],
  [settings.noLock, 1 / 12],
]

async function expiries(browser, files) {
  const rows = []
  for (const [setting, share] of plan) {
    for (const [count, part] of TABS) {
      const times = Math.ceil((EXPIRIES * share * part) / SPREADS.length)
      const results = await measureExpiries(browser, files, setting, count, SPREADS, times)
      for (const [index, result] of results.entries()) {
        rows.push({ setting, count, spread: SPREADS[index], ...result })
      }
    }
  }
  return rows
}

async function takeovers(browser, files) {
  const rows = []
  for (const setting of [settings.locks, settings.lease]) {
    // With a lease each takes half a minute.
    const runs = setting === settings.lease ? Math.min(RUNS, 2) : RUNS
    // Together, because they do little but wait.
    const both = ['crash', 'close'].map(async (how) => {
      const results = await measureTakeovers(browser, files, setting, how, runs)
      const times = results.filter((time) => time !== null)
      return { setting, how, times, lost: results.length - times.length }
    })
    rows.push(...(await Promise.all(both)))
  }
  return rows
}

let browser
try {
  const files = await buildTabApp('production')
  browser = await TabBrowser.launch()
  console.log(
    `Chromium ${browser.version}, Node ${process.version}, ${availableParallelism()} cores.`,
  )
  const begun = performance.now()
  const rows = await expiries(browser, files)
  printTable(
    [
      '',
      'tabs',
      'within ms',
      'expiries',
      'refreshes/expiry',
      'reused',
      'lost requests',
      'sign-outs',
      'wait ms',
      'p95',
    ],
    rows.map(({ setting, count, spread, waits, ...row }) => [
      setting.name,
      String(count),
      String(spread),
      number(row.expiries),
      (row.refreshes / row.expiries).toFixed(3),
      number(row.reused),
      number(row.lost),
      number(row.signOuts),
      milliseconds(quantile(waits, 0.5)),
      milliseconds(quantile(waits, 0.95)),
    ]),
  )

  const killed = await takeovers(browser, files)
  printTable(
    ['holder killed', 'by', 'runs', 'lost requests', 'ms', 'least', 'most'],
    killed.map(({ setting, how, times, lost }) => [
      setting.name,
      how,
      String(times.length + lost),
      String(lost),
      ...[0.5, 0, 1].map((share) => milliseconds(quantile(times, share))),
    ]),
  )

  console.log(`
within     the tabs begin at one moment, or each at a random one within this time; each sends ${REQUESTS} requests.
wait       median, from the moment the new token was in use in the tab that got it, until a tab that was waiting had it.
           — where none waited; less than 0 where it was found in storage before the other tab went on.
sign-outs  how often the session was lost to a reused token, and somebody had to sign in again.
killed     in the middle of its refresh, before the server rotated: median from the kill until another tab was answered.
           A lease is kept until the exchange must have ended, 3 × refreshTimeout and a second; until then the others
           are told "unreachable", and ask again.
indented   not how it is done, but what it would come to.`)

  const promised = rows.filter(({ setting }) => setting.isSafe)
  const sum = (list, key) => list.reduce((total, row) => total + row[key], 0)
  for (const setting of new Set(promised.map((row) => row.setting))) {
    const mine = promised.filter((row) => row.setting === setting)
    const [all, refreshes, reused, lost] = ['expiries', 'refreshes', 'reused', 'lost'].map((key) =>
      number(sum(mine, key)),
    )
    console.log(
      `\n${setting.name}: ${all} expiries, ${refreshes} refreshes, ${reused} reused, ${lost} lost`,
    )
  }
  const isRight =
    promised.every(({ expiries, refreshes, reused, lost }) => {
      return refreshes === expiries && reused === 0 && lost === 0
    }) && killed.every(({ lost }) => lost === 0)
  const seconds = ((performance.now() - begun) / 1_000).toFixed(0)
  console.log(`\ncounts ${isRight ? 'right in every row' : 'WRONG'}, ${seconds} s`)
  if (!isRight) process.exitCode = 1
} finally {
  await browser?.close()
  await vite.close()
}
