// Changes one thing after another in src, and sees whether a test notices: npm run mutate [-- room or file …]
//   --quick    each module's own tests only; without it, what they let live is tried on all unit tests
//   --report   runs nothing; writes the figures and the survivors of the runs so far into docs/reports/mutation.md
// Fails where a survivor has no reason, and below 90 % in the rooms that mutation-report.mjs names.
// Results are kept in .cache/mutation; only code that has changed since is tried again.
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { Stryker } from '@stryker-mutator/core'
import { cache, resultsOf, rooms, writeReport } from './mutation-report.mjs'

const args = process.argv.slice(2)
const names = args.filter((arg) => !arg.startsWith('--'))

mkdirSync(cache, { recursive: true })
if (!args.includes('--report')) {
  for (const name of names.length > 0 ? names : Object.keys(rooms)) {
    const room = name in rooms ? name : roomOf(name)
    const files = rooms[name]?.() ?? [name]
    for (const file of files) await run(room, [file], ownTests(file))
    if (!args.includes('--quick')) await run(room, files, 'tests/**/*.test.ts')
  }
}
process.exitCode = writeReport() ? 0 : 1

function roomOf(file) {
  const room = file.split('/').at(-2)
  if (!(room in rooms))
    throw new Error(`${file} is in none of the rooms: ${Object.keys(rooms).join(', ')}.`)
  return room
}

/** The tests of modules that are tested under another name. */
function testsElsewhere(file) {
  switch (file) {
    case 'src/router/guard.ts':
      return '{router/guard,router/session-changes}'
    case 'src/store/token-exchange.ts':
      return '{app/cookie-session,app/callbacks,store/auth-session}'
    case 'src/store/auth-store.ts':
    case 'src/store/use-auth-store.ts':
      return '{app/store,app/several-sessions,options,app/pinia-neighbours,app/devtools}'
    case 'src/store/reauthentication.ts':
      return '{app/reauthenticate,store/reauthentication}'
    case 'src/calls/dispatcher.ts':
    case 'src/calls/sender.ts':
    case 'src/http/authenticate.ts':
    case 'src/http/axios-transport.ts':
      return '{http/authenticate,app/own-calls}'
    case 'src/calls/credential.ts':
      return 'http/{authenticate,bearer}'
    case 'src/calls/own-calls.ts':
      return '{app/own-calls,calls/own-calls}'
    case 'src/http/installation.ts':
      return '{http/authenticate,app/several-apis,app/neighbours}'
    case 'src/session/session.ts':
      return '{app/cookie-session,session/session,session/requests,session/session-keeper}'
    case 'src/session/record.ts':
      return '{session/record,session/corpus-stored-sessions}'
    case 'src/session/session-keeper.ts':
      return '{app/cookie-session,app/reauthenticate,session/{session-keeper,refreshing},store/auth-session}'
    case 'src/session/requests.ts':
      return 'session/{requests,session-keeper,refreshing}'
    case 'src/session/error-response.ts':
      return 'session/{failure,redact,spacing}'
    case 'src/shared/best-lock.ts':
      return 'shared/{best-lock-choice,best-lock-afterlife}'
    case 'src/shared/open-shared-session.ts':
      return 'shared/{open-shared-session,open-shared-session-server}'
    case 'src/shared/memory-storage.ts':
      return 'shared/{memory-storage-alone,memory-storage-tabs}'
    default:
      return undefined
  }
}

/** The tests of a module, which are quick and in which most of its mutants die. */
function ownTests(file) {
  const elsewhere = testsElsewhere(file)
  if (elsewhere) return `tests/${elsewhere}.test.ts`
  const test = file.replace('src/', 'tests/').replace(/\.ts$/, '.test.ts')
  return existsSync(test) ? test : `${dirname(test)}/*.test.ts`
}

async function run(room, mutate, tests) {
  // For tests/setup/mutation.config.ts.
  process.env.MUTATION_TESTS = tests
  await new Stryker({
    mutate,
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'tests/setup/mutation.config.ts', related: false },
    coverageAnalysis: 'perTest',
    concurrency: 1,
    incremental: true,
    incrementalFile: resultsOf(room),
    tempDirName: `${cache}/sandbox`,
    ignorePatterns: ['.*', 'bench', 'coverage', 'dist*', 'docs', 'example', '*.tgz'],
    timeoutMS: 10_000,
    reporters: ['clear-text', 'progress-append-only'],
    clearTextReporter: {
      allowColor: false,
      allowEmojis: false,
      logTests: false,
      reportTests: false,
    },
    allowConsoleColors: false,
  }).runMutationTest()
}
