// Run before `npm start` and `npm test`: installs the dependencies when they are missing or not those of the lock
// file. Needs nothing but Node, and takes a few milliseconds when all is in place.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

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

if (!isInstalled()) {
  console.log('Installing the dependencies of the lock file (npm ci)')
  // A shell, because npm is a batch file on Windows.
  const options = { cwd: root, shell: true, stdio: 'inherit' }
  const { status } = spawnSync('npm ci --no-audit --no-fund', options)
  process.exit(status ?? 1)
}
