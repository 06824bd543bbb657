// Packs the library as it would be published and uses it as a stranger would: installs the tarball into an app
// outside this folder (tests/packed/scratch-app), type-checks the app strictly and builds it. Tests with it in Jest, as
// docs/browsers.md has it (tests/packed/jest-app). The package holds all that its documents link to, and stays small.
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The largest tarball, in bytes. A third of it is the picture of the demo. */
const LARGEST_TARBALL = 400_000
/** The ways in which TypeScript finds packages, besides `bundler`, which is the app's. */
const RESOLUTIONS = [
  '--module node16 --moduleResolution node16',
  '--moduleResolution node10 --ignoreDeprecations 6.0',
]
const QUICK = '--prefer-offline --no-audit --no-fund --no-package-lock --ignore-scripts'
const JEST = 'jest@30 jest-environment-jsdom@30'

const root = fileURLToPath(new URL('..', import.meta.url))
const app = mkdtempSync(join(tmpdir(), 'scratch-app-'))
const jestApp = mkdtempSync(join(tmpdir(), 'jest-app-'))
const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

try {
  cpSync(join(root, 'tests/packed/scratch-app'), app, { recursive: true })
  run(root, `npm pack --silent --pack-destination "${app}"`)
  writeFileSync(join(app, 'package.json'), JSON.stringify(manifest()))
  const { size } = statSync(join(app, tarball()))
  if (size > LARGEST_TARBALL) throw new Error(`the tarball has ${size} bytes`)
  run(app, `npm install ${QUICK}`)
  const missing = brokenLinks(join(app, 'node_modules/vue-auth-refresh'))
  if (missing.length > 0) throw new Error(`links to what is not packed:\n${missing.join('\n')}`)
  run(app, 'npx --no-install vue-tsc')
  // The declarations too; without the one option that vue-router's own do not pass.
  run(app, 'npx --no-install vue-tsc --skipLibCheck false --exactOptionalPropertyTypes false')
  for (const resolution of RESOLUTIONS) run(app, `npx --no-install vue-tsc ${resolution}`)
  run(app, 'npx --no-install vite build --logLevel warn')
  cpSync(join(root, 'tests/packed/jest-app'), jestApp, { recursive: true })
  const libraries = ['vue', 'pinia', 'axios'].map((name) => `${name}@${devDependencies[name]}`)
  run(jestApp, `npm install ${QUICK} "${join(app, tarball())}" ${libraries.join(' ')} ${JEST}`)
  run(jestApp, 'npm test --silent')
  console.log(
    `The packed library (${size} bytes) installs, type-checks, builds and runs in Jest, in apps of its own.`,
  )
} finally {
  for (const folder of [app, jestApp]) rmSync(folder, { recursive: true, force: true })
}

/** The app's package.json: the tarball, and everything else in the versions of this project. */
function manifest() {
  const names = ['vue', '@vue/devtools-api', 'pinia', 'axios', 'vue-router', 'oauth4webapi', 'vite']
  const tools = ['@vitejs/plugin-vue', 'typescript', 'vue-tsc']
  const pinned = [...names, ...tools].map((name) => [name, devDependencies[name]])
  const dependencies = { 'vue-auth-refresh': `file:${tarball()}`, ...Object.fromEntries(pinned) }
  return { name: 'scratch-app', private: true, type: 'module', dependencies }
}

function tarball() {
  return readdirSync(app).find((name) => name.endsWith('.tgz'))
}

/**
 * The relative links and pictures in the documents of a folder that lead to no file, with their documents. The
 * README is the one packed translation: its links may lead to a translation whose original is there.
 */
function brokenLinks(folder) {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const documents = names.filter((name) => name.endsWith('.md'))
  return documents.flatMap((name) => {
    const text = readFileSync(join(folder, name), 'utf8')
    const targets = [...text.matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)].map(([, target]) => target)
    return targets
      .filter((target) => !isPacked(folder, join(dirname(name), target)))
      .map((target) => `${name}: ${target}`)
  })
}

function isPacked(folder, path) {
  const original = path.replace(/^docs[\\/]zh[\\/]/, 'docs/')
  return [path, original].some((file) => existsSync(join(folder, file)))
}

function run(cwd, command) {
  // A shell, because npm is a batch file on Windows.
  const { status } = spawnSync(command, { cwd, shell: true, stdio: 'inherit' })
  if (status !== 0) throw new Error(`failed: ${command}`)
}
