// Writes the figures and the survivors of `npm run mutate` into docs/mutation.md, and keeps the reasons given there.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'

export const cache = '.cache/mutation'

const folder = (path) => () =>
  readdirSync(path)
    .filter((name) => !name.endsWith('-types.ts'))
    .map((name) => `${path}/${name}`)

/** The parts of src whose mutants have to die, and their files. */
export const rooms = {
  session: folder('src/session'),
  http: folder('src/http'),
  tabs: folder('src/tabs'),
  router: folder('src/router'),
  storage: folder('src/storage'),
  store: folder('src/store'),
}

const page = 'docs/mutation.md'
const OPEN = 'to be looked at'

/** Resolves with whether each survivor has a reason. */
export function writeReport() {
  const results = Object.keys(rooms)
    .filter((room) => existsSync(`${cache}/${room}.json`))
    .map((room) => [room, mutantsOf(room)])
  const before = readFileSync(page, 'utf8')
  const reasons = reasonsIn(before)
  const survivors = results.flatMap(([, mutants]) => mutants.filter(isAlive))
  const text = replace(
    replace(before, 'figures', `${figures(results)}\n\n${circumstances()}`),
    'survivors',
    table(
      ['where', 'change', 'why it lives'],
      [...new Set(survivors.map(keyOf))].map((key) => [key, reasons.get(key) ?? OPEN]),
    ),
  )
  writeFileSync(page, text)
  const open = survivors.filter((mutant) => (reasons.get(keyOf(mutant)) ?? OPEN) === OPEN)
  console.log(
    `${figures(results)}\n\n${survivors.length} survivors, ${open.length} without a reason`,
  )
  return open.length === 0
}

function mutantsOf(room) {
  const { files } = JSON.parse(readFileSync(`${cache}/${room}.json`, 'utf8'))
  return Object.entries(files).flatMap(([file, { source, mutants }]) =>
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

function figures(results) {
  const rows = results.map(([room, mutants]) => {
    const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length
    const killed = count('Killed', 'Timeout')
    const alive = count('Survived', 'NoCoverage')
    const share = `${((100 * killed) / (killed + alive)).toFixed(1)} %`
    return [room, mutants.length, killed, count('Timeout'), alive, count('RuntimeError'), share]
  })
  const head = ['room', 'mutants', 'killed', 'by a timeout', 'survived', 'runner failed', 'killed']
  return table(head, rows)
}

/** When and with what: of the newest run. */
function circumstances() {
  const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  const versions = ['@stryker-mutator/core', 'vitest'].map(
    (name) => `${name} ${devDependencies[name]}`,
  )
  const times = Object.keys(rooms)
    .map((room) => `${cache}/${room}.json`)
    .filter((file) => existsSync(file))
    .map((file) => statSync(file).mtimeMs)
  const date = new Date(Math.max(...times)).toISOString().slice(0, 10)
  return `${date}, ${versions.join(', ')}, Node ${process.versions.node}.`
}

function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function reasonsIn(text) {
  const rows = [...text.matchAll(/^\| (`\S+` \| `.+` → `.*`) \| (.+) \|$/gm)]
  return new Map(rows.map(([, key, reason]) => [key, reason]))
}

function replace(text, name, content) {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [before, rest] = text.split(start)
  return `${before}${start}\n\n${content}\n\n${end}${rest.split(end)[1]}`
}
