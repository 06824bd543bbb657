// Writes the figures and the survivors of `npm run mutate` into docs/reports/mutation.md, and keeps the reasons that
// are given there.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'

export const cache = '.cache/mutation'

const folder = (path) => () => readdirSync(path).map((name) => `${path}/${name}`)

/** The parts of src whose mutants have to die, and their files. */
export const rooms = {
  session: folder('src/session'),
  calls: folder('src/calls'),
  http: folder('src/http'),
  shared: folder('src/shared'),
  router: folder('src/router'),
  store: folder('src/store'),
  utils: folder('src/utils'),
}

const page = 'docs/reports/mutation.md'
const OPEN = 'to be looked at'
/** Where the share of the killed has a floor, in percent. */
const floored = ['session', 'calls', 'http', 'shared', 'router', 'store', 'utils']
const FLOOR = 90

/**
 * Returns whether each survivor has a reason, and enough were killed. What has not been tried here keeps what the page
 * says of it.
 */
export function writeReport() {
  const tried = Object.keys(rooms).filter((room) => existsSync(resultsOf(room)))
  const before = readFileSync(page, 'utf8')
  const reasons = reasonsIn(before)
  const rows = rowsIn(before)
  const results = tried.map((room) => [room, mutantsOf(room)])
  for (const [room, mutants] of results) rows.set(room, figuresOf(room, mutants))
  const mutants = results.flatMap(([, found]) => found)
  const files = new Set(mutants.map(({ file }) => file))
  const survivors = new Set([
    ...[...reasons.keys()].filter((key) => existsSync(fileIn(key)) && !files.has(fileIn(key))),
    ...mutants.filter(isAlive).map(keyOf),
  ])
  const order = Object.keys(rooms)
  const figures = table(
    HEAD,
    order.filter((room) => rows.has(room)).map((room) => rows.get(room)),
  )
  const listed = [...survivors].toSorted(
    (one, other) => order.indexOf(roomIn(one)) - order.indexOf(roomIn(other)),
  )
  const text = replace(
    replace(before, 'figures', `${figures}\n\n${versions()}`),
    'survivors',
    table(
      ['where', 'change', 'why it lives'],
      listed.map((key) => [key, reasons.get(key) ?? OPEN]),
    ),
  )
  writeFileSync(page, text)
  const open = listed.filter((key) => (reasons.get(key) ?? OPEN) === OPEN)
  console.log(`${figures}\n\n${listed.length} survivors, ${open.length} without a reason`)
  const low = floored.filter((room) => !(shareOf(rows.get(room)) >= FLOOR))
  if (low.length > 0) console.log(`Below ${FLOOR} %, or not tried: ${low.join(', ')}`)
  return open.length === 0 && low.length === 0
}

/** The share in a room's row, in percent; NaN where there is none. */
function shareOf(row = []) {
  return Number.parseFloat(row[HEAD.indexOf('share')])
}

/** The file in which Stryker keeps the results of a room. */
export function resultsOf(room) {
  return `${cache}/${room}.json`
}

function mutantsOf(room) {
  const { files } = JSON.parse(readFileSync(resultsOf(room), 'utf8'))
  // Files that were renamed or removed since are still in the results.
  const present = new Set(rooms[room]())
  return Object.entries(files)
    .filter(([file]) => present.has(file))
    .flatMap(([file, { source, mutants }]) =>
      mutants.map((mutant) => ({ ...mutant, ...inContext(source, mutant), file })),
    )
}

/** The first line that a mutant changes, before and after. */
function inContext(source, { location: { start, end }, replacement }) {
  const lines = source.split('\n')
  const before = lines[start.line - 1].slice(0, start.column - 1).trimStart()
  const rest = lines[end.line - 1].slice(end.column - 1)
  return {
    original: lines[start.line - 1].trim(),
    changed: `${before}${replacement.split('\n')[0]}${start.line === end.line ? rest : ''}`,
  }
}

function isAlive({ status }) {
  return status === 'Survived' || status === 'NoCoverage'
}

function keyOf({ file, original, changed }) {
  return `\`${file.replace('src/', '')}\` | ${code(original)} → ${code(changed)}`
}

function code(text) {
  return `\`${text.replaceAll('|', '\\|').replaceAll('`', '´')}\``
}

const HEAD = [
  'room',
  'files',
  'mutants',
  'killed',
  'by a timeout',
  'survived',
  'failed',
  'share',
  'on',
]

function figuresOf(room, mutants) {
  const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length
  const killed = count('Killed', 'Timeout')
  const alive = count('Survived', 'NoCoverage')
  const share = `${((100 * killed) / (killed + alive)).toFixed(1)} %`
  const files = `${new Set(mutants.map(({ file }) => file)).size} of ${rooms[room]().length}`
  const date = new Date(statSync(resultsOf(room)).mtimeMs).toISOString().slice(0, 10)
  const counts = [killed, count('Timeout'), alive, count('RuntimeError', 'CompileError')]
  return [room, files, mutants.length, ...counts, share, date]
}

function versions() {
  const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  const tools = ['@stryker-mutator/core', 'vitest'].map(
    (name) => `${name} ${devDependencies[name]}`,
  )
  return `${tools.join(', ')}, Node ${process.versions.node}.`
}

function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

/** The rows of the figures, by their room. */
function rowsIn(text) {
  const rows = between(text, 'figures').matchAll(/^\| (.+) \|$/gm)
  const cells = [...rows].map(([, row]) => row.split(' | '))
  return new Map(cells.filter(([room]) => room in rooms).map((row) => [row[0], row]))
}

function fileIn(key) {
  return `src/${key.slice(1, key.indexOf('`', 1))}`
}

function roomIn(key) {
  return fileIn(key).split('/')[1]
}

function reasonsIn(text) {
  const rows = [...text.matchAll(/^\| (`\S+` \| `.+` → `.*`) \| (.+) \|$/gm)]
  return new Map(rows.map(([, key, reason]) => [key, reason]))
}

function between(text, name) {
  return text.split(`<!-- ${name} -->`)[1].split(`<!-- /${name} -->`)[0]
}

function replace(text, name, content) {
  return text.replace(between(text, name), () => `\n\n${content}\n\n`)
}
