// Packs the library and uses it with the oldest and newest versions of its peers, and each of these with several
// versions of TypeScript: npm run matrix. Prints the table and writes it to docs/reports/versions.md. Fails where a
// cell does.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'matrix-'))
const compilers = ['5.6', '5.9', '6.0']
const columns = ['vue', 'pinia', 'axios', 'vue-router', 'oauth4webapi', '@vue/devtools-api']
/** In the order of the columns; the last three are optional. */
const peerSets = [
  ['3.5.0', '3.0.4', '1.15.2', '4.5.0', '3.0.0', '7.7.0'],
  ['3.5.11', '3.0.4', 'latest', '4', '3', '7'],
  ['latest', '3', '1.15.2', '5.0.0', '3.0.0', '7.7.0'],
  ['latest', '4.0.2', 'latest', '4.5.0', '3', '8'],
  ['latest', '4', 'latest', '5', '3', '8'],
  ['3.5.0', '3.0.4', '1.15.2', null, null, null],
  ['latest', '4', 'latest', null, null, null],
]
/** With Vue 3.5.0 npm must be told not to look: Pinia itself asks for 3.5.11. */
const FORCED = '3.5.0'
const RED = '✗'
const SPAWN = { encoding: 'utf8', timeout: 120_000 }
const QUICK = '--prefer-offline --no-audit --no-fund --no-package-lock --ignore-scripts'.split(' ')

try {
  const packed = npm(root, `pack --silent --pack-destination "${folder}"`)
  if (packed.error !== undefined) throw new Error(packed.error)
  const tarball = packed.output.trim().split('\n').at(-1)
  const tools = join(folder, 'tools')
  // Where this fails the compilers are missing, and their cells are red.
  const installed = install(tools, {
    ...Object.fromEntries(
      compilers.map((version) => [aliasOf(version), `npm:typescript@~${version}`]),
    ),
    'expect-type': 'latest',
  })
  const rows = peerSets.map((versions, index) => rowOf(versions, index, tools, tarball))
  const table = tableOf(tools, rows)
  console.log(table)
  writeFileSync(join(root, 'docs/reports/versions.md'), pageOf(table))
  const errors = rows.flatMap(({ versions, cells }) =>
    cells.flatMap(({ error }) => (error === undefined ? [] : `${versions.join(', ')}:\n${error}`)),
  )
  if (installed.error !== undefined) errors.push(installed.error)
  for (const error of errors) console.log(error)
  process.exitCode = errors.length ? 1 : 0
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** One application: the versions that it has, and what each check says. */
function rowOf(asked, index, tools, tarball) {
  const app = join(folder, `app-${index}`)
  const peers = Object.fromEntries(
    columns.map((name, at) => [name, asked[at]]).filter(([, version]) => version),
  )
  const dependencies = {
    ...peers,
    'vue-auth-refresh': `file:../${tarball}`,
    'expect-type': 'latest',
  }
  const installed = install(app, dependencies, peers.vue === FORCED)
  const versions = columns.map((name) => versionOf(app, name, peers[name] ?? '–'))
  if (installed.error !== undefined) {
    return { versions, cells: [installed, ...compilers.map(() => ({ output: RED }))] }
  }
  prepare(app, 'vue-router' in peers)
  const cells = [
    check(app, ['smoke.mjs']),
    ...compilers.map((version) =>
      check(app, [join(tools, `node_modules/${aliasOf(version)}/bin/tsc`)]),
    ),
  ]
  return { versions, cells }
}

/** Copies the checks into the app: the smoke test with its server, an application in TypeScript, and the type tests. */
function prepare(app, hasOptionalPeers) {
  cpSync(join(root, 'tests/packed/matrix'), app, { recursive: true })
  const server = readFileSync(join(root, 'tests/fixtures/auth-server.ts'), 'utf8')
  const { outputText } = ts.transpileModule(server, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  })
  writeFileSync(join(app, 'auth-server.mjs'), outputText)
  if (!hasOptionalPeers) {
    rmSync(join(app, 'app.ts'))
    return
  }
  // The type tests need no test runner: compiling them runs them.
  for (const name of ['public-types.test-d.ts', 'testing-types.test-d.ts']) {
    const typeTests = readFileSync(join(root, 'tests/types', name), 'utf8').replace(
      "import { expectTypeOf, it } from 'vitest'",
      "import { expectTypeOf } from 'expect-type'\nconst it = (_name: string, run: () => void): void => run()",
    )
    writeFileSync(join(app, name), typeTests)
  }
}

function aliasOf(version) {
  return `typescript-${version}`
}

function versionOf(app, name, asked) {
  try {
    return JSON.parse(readFileSync(join(app, 'node_modules', name, 'package.json'), 'utf8')).version
  } catch {
    return asked
  }
}

function install(path, dependencies, isForced = false) {
  mkdirSync(path)
  const manifest = { name: 'app', private: true, type: 'module', dependencies }
  writeFileSync(join(path, 'package.json'), JSON.stringify(manifest))
  // Not as strict as this project, whose npm hands its settings on: vue-router 5 has build tools for a newer Node.
  const flags = ['--engine-strict=false', ...(isForced ? ['--legacy-peer-deps'] : []), ...QUICK]
  return npm(path, `install ${flags.join(' ')}`)
}

/** Through a shell, because npm is a batch file on Windows. */
function npm(cwd, line) {
  return resultOf(spawnSync(`npm ${line}`, { ...SPAWN, cwd, shell: true }))
}

function check(cwd, args) {
  return resultOf(spawnSync(process.execPath, args, { ...SPAWN, cwd }))
}

/** The text of a cell; where it is red, also the error. */
function resultOf({ status, stdout, stderr, error }) {
  return status === 0
    ? { output: stdout.trim() || '✓' }
    : { output: RED, error: error ? String(error) : stdout + stderr }
}

function tableOf(tools, rows) {
  const found = compilers.map((version) => versionOf(tools, aliasOf(version), version))
  const head = [...columns, 'invariants', ...found.map((version) => `TypeScript ${version}`)]
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [
    line(head),
    line(head.map(() => '---')),
    ...rows.map(({ versions, cells }) => line([...versions, ...cells.map(({ output }) => output)])),
  ].join('\n')
}

function pageOf(table) {
  const date = new Date().toISOString().slice(0, 10)
  return `# Versions it was tested with

The packed library, installed with these; written by \`npm run matrix\` on ${date}, Node ${process.version}.

${table}

Invariants: how many checks of those that depend on a peer held, against a real server. TypeScript: the type tests and
an application as in the README, with \`strict\` and \`exactOptionalPropertyTypes\`. A dash: not installed; there is then
less to check. ${RED}: it failed.

With Vue 3.5.0 to 3.5.10 npm must be told \`--legacy-peer-deps\`, because Pinia asks for 3.5.11. Pinia 4.0.0 and 4.0.1 are
left out: TypeScript does not find their types.
`
}
