// Run before `npm start` and `npm test`: installs the dependencies when they are missing or not those of the lock
// file, and says how far that is. Needs nothing but Node, and takes a few milliseconds when all is in place.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const PROGRESS_EVERY_MS = 3_000

/** The packages a lock file lists, by path. npm keeps one of the same form inside node_modules. */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(`${root}/${file}`, 'utf8')).packages
  } catch {
    return null
  }
}

function isInstalled() {
  const installed = readPackages('node_modules/.package-lock.json')
  if (!installed) return false
  const locked = Object.entries(readPackages('package-lock.json'))
  return locked.every(([path, { version, optional, extraneous }]) => {
    if (installed[path]) return installed[path].version === version
    // Other platforms' binaries and npm's leftovers are listed but not installed; '' is this project itself.
    return optional || extraneous || path === ''
  })
}

/** How far npm is. It downloads everything before it writes the first package. */
function describeProgress() {
  const paths = Object.entries(readPackages('package-lock.json') ?? {})
    .filter(([path, { optional }]) => path !== '' && !optional)
    .map(([path]) => path)
  const there = paths.filter((path) => existsSync(`${root}/${path}/package.json`))
  return there.length > 0 ? `${there.length} of ${paths.length} packages` : 'downloading'
}

if (!isInstalled()) {
  console.log('Installing the dependencies of the lock file (npm ci), which takes about a minute')
  const start = performance.now()
  const progress = setInterval(() => {
    const seconds = Math.round((performance.now() - start) / 1_000)
    console.log(`  ${seconds} s: ${describeProgress()}`)
  }, PROGRESS_EVERY_MS)
  // A shell, because npm is a batch file on Windows.
  const npm = spawn('npm ci --no-audit --no-fund', { cwd: root, shell: true, stdio: 'inherit' })
  npm.on('close', (status) => {
    clearInterval(progress)
    process.exitCode = status ?? 1
  })
}
