// The situations of ./situations, for this library, its rivals and what is written by hand: npm run compare
//
//   npm run compare -- --only=Retry-After    the situations whose titles contain this
//   npm run compare -- --write               writes docs/reports/comparison.md too; not of some only
//
// Fails when this library fails in a situation. A library that does not come to an end in one has failed in it.

import { AsyncLocalStorage } from 'node:async_hooks'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openSource } from '../../scripts/source.mjs'
import { cheaperBursts } from '../cost/picture.mjs'
import { inLanes } from '../lanes.mjs'
import { printTable } from '../table.mjs'
import { versionOf } from '../version-of.mjs'
import { comparisonPage } from './page.mjs'
import { accessToken, Complaint, pause, secret } from './situations/judge.mjs'
import { sections } from './situations/sections.mjs'
import { sizeOf } from './size-of.mjs'

const { values: flags } = parseArgs({
  options: { only: { type: 'string', default: '' }, write: { type: 'boolean', default: false } },
})
if (flags.write && flags.only) throw new Error('docs/reports/comparison.md is of all situations.')
/** After this a situation counts as failed, in ms. */
const DEADLINE = 12_000
/** So many at once: they do little but wait. */
const LANES = 8

const ownVersion = JSON.parse(
  await readFile(new URL('../../package.json', import.meta.url)),
).version

/** `cannot`: what it does not claim to do. `options`: other than its own, where there are two of one. */
const rivals = [
  { file: 'vue-auth-refresh', name: `vue-auth-refresh ${ownVersion}`, cannot: [] },
  {
    file: 'axios-auth-refresh',
    name: `axios-auth-refresh ${await versionOf('axios-auth-refresh')}`,
    cannot: ['ahead', 'redirect'],
  },
  // Its default loses requests: https://github.com/Flyrell/axios-auth-refresh/issues/307
  {
    file: 'axios-auth-refresh',
    name: 'the same, deduplicateRefresh: false',
    options: { deduplicateRefresh: false },
    cannot: ['ahead', 'redirect'],
  },
  {
    file: 'axios-jwt',
    name: `axios-jwt ${await versionOf('axios-jwt')}`,
    cannot: ['refusal', 'redirect', 'dispose', 'two users'],
  },
  { file: 'article', name: "the article's code", cannot: ['ahead', 'dispose'] },
  { file: 'typical-project', name: 'a typical project', cannot: ['ahead', 'dispose'] },
]

/** The console of the situation that prints. */
const consoles = new AsyncLocalStorage()
for (const level of ['debug', 'error', 'info', 'log', 'warn']) {
  const print = console[level]
  console[level] = (...args) => {
    const printed = consoles.getStore()
    if (printed) printed.push(args)
    else print(...args)
  }
}
// A library's unhandled rejections do not end the run: only what the server and the callers see counts.
process.on('unhandledRejection', () => {})

const vite = await openSource()

/** Resolves with null where all was as it must be, else with the complaint. */
async function meet(situation, rival, { AuthServer, findLeaks }) {
  const servers = []
  const startServer = async () => {
    const server = await new AuthServer().start()
    servers.push(server)
    return server
  }
  const printed = []
  const candidates = []
  try {
    const server = await startServer()
    const token = situation.token ?? 'stale'
    const claims = { age: token === 'stale' ? 7_200 : 0 }
    const { setUp } = await import(`./rivals/${rival.file}.mjs`)
    server.accessTokenOf = (user, number) =>
      accessToken(user, number, { ...claims, lifetime: server.expiresIn ?? undefined })

    return await consoles.run(printed, async () => {
      const setUpOne = async () => {
        const one = await setUp({
          origin: server.origin,
          patience: situation.patience ?? null,
          prepare: situation.prepare ?? (() => {}),
          options: rival.options,
        })
        candidates.push(one)
        return one
      }
      const candidate = await setUpOne()
      if (token === 'brief') server.expiresIn = 1
      if (token !== 'nobody') await candidate.signIn('ada')
      if (token === 'brief') {
        await pause(1_100)
        server.expiresIn = 3_600
      }
      if (token === 'brief' || token === 'stale') server.expireAccessTokens()
      claims.age = 0
      const world = {
        ...candidate,
        server,
        claims,
        printed,
        startForeign: startServer,
        setUpAnother: setUpOne,
        findSecrets: (thing) => findLeaks(thing, secret),
      }
      await Promise.race([
        situation.run(world),
        pause(DEADLINE).then(() => {
          throw new Complaint(`not over after ${DEADLINE} ms`)
        }),
      ])
      return null
    })
  } catch (error) {
    return error instanceof Complaint ? error.message : `broken by ${String(error)}`
  } finally {
    for (const one of candidates) one.dispose()
    await Promise.all(servers.map((server) => server.stop()))
  }
}

try {
  const tools = {
    ...(await vite.ssrLoadModule('/tests/fixtures/auth-server.ts')),
    ...(await vite.ssrLoadModule('/tests/support/find-leaks.ts')),
  }
  const begun = performance.now()
  const chosen = sections
    .map(({ title, situations }) => ({
      title,
      rows: situations
        .filter((situation) => situation.title.includes(flags.only))
        .map((situation) => ({ situation, cells: [] })),
    }))
    .filter(({ rows }) => rows.length > 0)
  const rows = chosen.flatMap((section) => section.rows)
  const jobsOf = ({ situation, cells }) =>
    rivals.map((rival, index) => async () => {
      cells[index] = rival.cannot.includes(situation.needs)
        ? { mark: '–', complaint: null }
        : await meet(situation, rival, tools).then((complaint) => ({
            mark: complaint === null ? '✓' : '✗',
            complaint,
          }))
    })
  const isAlone = ({ situation }) => situation.isAlone === true
  await inLanes(1, rows.filter(isAlone).flatMap(jobsOf))
  await inLanes(LANES, rows.filter((row) => !isAlone(row)).flatMap(jobsOf))
  const seconds = Math.round((performance.now() - begun) / 1_000)

  for (const { title, rows } of chosen) {
    printTable(
      [title, ...rivals.map(({ name }) => name)],
      rows.map(({ situation, cells }) => [
        `${situation.invariant}: ${situation.title}`,
        ...cells.map(({ mark }) => mark),
      ]),
    )
  }
  const count = (index, mark) => rows.filter(({ cells }) => cells[index].mark === mark).length
  const totals = rivals.map(({ name, file }, index) => ({
    name,
    file,
    passed: count(index, '✓'),
    failed: count(index, '✗'),
    notOffered: count(index, '–'),
  }))
  printTable(
    ['', 'passed', 'failed', 'not offered'],
    totals.map(({ name, passed, failed, notOffered }) => [
      name,
      `${passed}`,
      `${failed}`,
      `${notOffered}`,
    ]),
  )
  console.log('')
  for (const { situation, cells } of rows) {
    for (const [index, { mark, complaint }] of cells.entries()) {
      if (mark === '✗') console.log(mark, `${rivals[index].name}: ${situation.title}:`, complaint)
    }
  }
  console.log(
    `\n${rows.length} situations, ${seconds} s. – is what a library does not claim to do.`,
  )

  if (flags.write) {
    const sizes = await Promise.all(totals.map(({ file }) => sizeOf(file)))
    const page = comparisonPage({
      sections: chosen,
      totals: totals.map((total, index) => ({ ...total, size: sizes[index] })),
      cheaper: await cheaperBursts(),
      axios: await versionOf('axios'),
      node: process.version,
      date: new Date().toISOString().slice(0, 10),
    })
    await writeFile(
      fileURLToPath(new URL('../../docs/reports/comparison.md', import.meta.url)),
      page,
    )
  }
  process.exitCode = totals[0].failed ? 1 : 0
} finally {
  await vite.close()
}
