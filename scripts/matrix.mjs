// Packs the library and uses it with the oldest and newest versions of its peers, and each of these with several
// versions of TypeScript: npm run matrix. Prints the table, writes it to docs/versions.md, fails where a cell does.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'matrix-'))
const compilers = ['5.6', '5.9', '6.0']
/** With Vue 3.5.0 npm must be told not to look: Pinia itself asks for 3.5.11. */
const FORCED = '3.5.0'
const peerSets = [
  { vue: '3.5.0', pinia: '3.0.4', 'vue-router': '4.5.0', axios: '1.15.2' },
  { vue: '3.5.11', pinia: '3.0.4', 'vue-router': '4', axios: 'latest' },
  { vue: 'latest', pinia: '3', 'vue-router': '5.0.0', axios: '1.15.2' },
  { vue: 'latest', pinia: '4.0.0', 'vue-router': '4', axios: 'latest' },
  { vue: 'latest', pinia: '4', 'vue-router': '5', axios: 'latest' },
]

try {
  const tarball = run(root, 'npm pack --silent --pack-destination', folder)
    .trim()
    .split('\n')
    .at(-1)
  const tools = project('tools', {
    ...Object.fromEntries(
      compilers.map((version) => [`ts-${version}`, `npm:typescript@~${version}`]),
    ),
    'expect-type': 'latest',
  })
  const rows = peerSets.map((peers, index) => {
    const app = project(`app-${index}`, {
      ...peers,
      'vue-auth-refresh': `file:../${tarball}`,
      'expect-type': 'latest',
    })
    prepare(app)
    const cells = [
      check(app, `"${process.execPath}" smoke.mjs`),
      ...compilers.map((version) =>
        check(app, `"${process.execPath}" "${join(tools, `node_modules/ts-${version}/bin/tsc`)}"`),
      ),
    ]
    return { versions: Object.keys(peers).map((name) => versionOf(app, name)), cells }
  })
  const compilerVersions = compilers.map((version) => versionOf(tools, `ts-${version}`))
  const table = tableOf(Object.keys(peerSets[0]), compilerVersions, rows)
  console.log(table)
  writeFileSync(join(root, 'docs/versions.md'), pageOf(table))
  const failures = rows.flatMap(({ cells }) => cells.flatMap(({ output }) => output ?? []))
  for (const output of failures) console.log(output)
  process.exitCode = failures.length ? 1 : 0
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** A folder in which these are installed. */
function project(name, dependencies) {
  const path = join(folder, name)
  mkdirSync(path)
  const manifest = { name, private: true, type: 'module', dependencies }
  writeFileSync(join(path, 'package.json'), JSON.stringify(manifest))
  const flags = dependencies.vue === FORCED ? ' --legacy-peer-deps' : ''
  const install = 'npm install --prefer-offline --no-audit --no-fund --no-package-lock'
  run(path, `${install} --ignore-scripts${flags}`)
  return path
}

/** Puts in what is to be checked: the type tests, an app in TypeScript, and the smoke test with its server. */
function prepare(app) {
  cpSync(join(root, 'tests/fixtures/matrix'), app, { recursive: true })
  const typeTests = readFileSync(join(root, 'tests/types/public-types.test-d.ts'), 'utf8')
  // The application and the tests would declare the same types; and these need no test runner.
  const declared = typeTests.replace(
    "import { expectTypeOf, it } from 'vitest'",
    "import { expectTypeOf } from 'expect-type'\nconst it = (_name: string, run: () => void): void => run()",
  )
  writeFileSync(join(app, 'public-types.test-d.ts'), declared)
  const server = readFileSync(join(root, 'tests/fixtures/auth-server.ts'), 'utf8')
  const { outputText } = ts.transpileModule(server, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  })
  writeFileSync(join(app, 'auth-server.mjs'), outputText)
}

function versionOf(app, name) {
  return JSON.parse(readFileSync(join(app, 'node_modules', name, 'package.json'), 'utf8')).version
}

/** `output` is null where it went well. */
function check(cwd, command) {
  const { status, stdout, stderr } = spawnSync(command, {
    cwd,
    shell: true,
    encoding: 'utf8',
    timeout: 120_000,
  })
  const isGood = status === 0
  return { text: isGood ? stdout.trim() || '✓' : '✗', output: isGood ? null : stdout + stderr }
}

function run(cwd, command, path) {
  // A shell, because npm is a batch file on Windows.
  const line = path === undefined ? command : `${command} "${path}"`
  const { status, stdout, stderr } = spawnSync(line, { cwd, shell: true, encoding: 'utf8' })
  if (status !== 0) throw new Error(`failed: ${line}\n${stdout}${stderr}`)
  return stdout
}

function tableOf(peers, compilerVersions, rows) {
  const head = [
    ...peers,
    'invariants',
    ...compilerVersions.map((version) => `TypeScript ${version}`),
  ]
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [
    line(head),
    line(head.map(() => '---')),
    ...rows.map(({ versions, cells }) => line([...versions, ...cells.map(({ text }) => text)])),
  ].join('\n')
}

function pageOf(table) {
  const date = new Date().toISOString().slice(0, 10)
  return [
    '# Versions it was tested with',
    '',
    `The packed library, installed with these; written by \`npm run matrix\` on ${date}, Node ${process.version}.`,
    '',
    table,
    '',
    'Invariants: how many of those that depend on a peer held, against a real server. TypeScript: the type tests and an',
    'application as in the README, with `strict` and `exactOptionalPropertyTypes`.',
    '',
  ].join('\n')
}
