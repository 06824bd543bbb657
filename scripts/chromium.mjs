// The browser of the tests and the screenshots: whatever Chromium this machine has, else the one that comes inside
// the registry package @sparticuz/chromium, so that nothing has to be installed or downloaded beside `npm ci`.
// CHROMIUM names another: a path, or `packaged` for that of the package.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const nodeModules = fileURLToPath(new URL('../node_modules', import.meta.url))

/**
 * The options that launch the browser, for Playwright's `chromium.launch()` and Vitest's browser mode.
 *
 * @returns {Promise<import('playwright').LaunchOptions>}
 * @throws when there is no browser, saying how to get one
 */
export async function chromiumLaunchOptions() {
  // A container gives root no sandbox and little shared memory.
  const isRoot = process.getuid?.() === 0
  const args = isRoot ? ['--no-sandbox', '--disable-dev-shm-usage'] : []
  const installed = await findInstalled()
  if (installed) return { executablePath: installed, args }
  return { ...(await unpackBundled()), args }
}

/**
 * The browser that this machine has.
 *
 * @returns {Promise<string | undefined>} its path; undefined where there is none, or the packaged one was chosen
 * @throws when there is none at the path that CHROMIUM names
 */
export async function findInstalled() {
  const chosen = process.env.CHROMIUM
  if (chosen === 'packaged') return undefined
  if (chosen) {
    if (existsSync(chosen)) return chosen
    throw new Error(`There is no browser at ${chosen}, the value of CHROMIUM.`)
  }
  const { chromium } = await import('playwright')
  return [chromium.executablePath(), ...usualPaths()].find((path) => existsSync(path))
}

function usualPaths() {
  switch (process.platform) {
    case 'darwin': {
      const apps = ['Google Chrome', 'Chromium', 'Microsoft Edge']
      return ['/Applications', join(homedir(), 'Applications')].flatMap((folder) =>
        apps.map((app) => `${folder}/${app}.app/Contents/MacOS/${app}`),
      )
    }
    case 'win32': {
      const { LOCALAPPDATA, PROGRAMFILES, 'PROGRAMFILES(X86)': programs32 } = process.env
      return [PROGRAMFILES, programs32, LOCALAPPDATA]
        .filter(Boolean)
        .flatMap((folder) => [
          join(folder, 'Google/Chrome/Application/chrome.exe'),
          join(folder, 'Chromium/Application/chrome.exe'),
          join(folder, 'Microsoft/Edge/Application/msedge.exe'),
        ])
    }
    default: {
      const names = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser']
      const folders = [
        '/opt/google/chrome',
        '/snap/bin',
        ...(process.env.PATH ?? '').split(delimiter),
      ]
      return folders.flatMap((folder) => [...names, 'chrome'].map((name) => join(folder, name)))
    }
  }
}

/** Unpacks the Chromium of @sparticuz/chromium once per installation; later calls find it in place. */
async function unpackBundled() {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(noBrowser())
  const { version } = JSON.parse(
    await readFile(join(nodeModules, '@sparticuz/chromium/package.json'), 'utf8'),
  )
  const cache = join(nodeModules, '.cache')
  const folder = join(cache, `chromium-${version}`)
  if (!existsSync(folder)) await unpackInto(cache, folder)
  return launchable(folder)
}

async function unpackInto(cache, folder) {
  await mkdir(cache, { recursive: true })
  const scratch = await mkdtemp(join(cache, 'unpacking-'))
  try {
    // The package unpacks into the temporary folder, whatever stands half-written there; a process of its own gets
    // a temporary folder of its own. The Lambda variable makes it unpack the shared libraries too.
    const script = `import('@sparticuz/chromium').then(({ default: chromium }) => chromium.executablePath())`
    const env = { ...process.env, TMPDIR: scratch, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' }
    await run(process.execPath, ['--eval', script], { cwd: nodeModules, env })
    await writeFile(join(scratch, 'fonts', 'fonts.conf'), fontsConf)
    // Renaming is atomic: of two processes that unpack together one wins, and neither sees half a browser.
    await rename(scratch, folder).catch((error) => {
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

// The package's own names folders that only exist on AWS; without fonts no text is drawn.
const fontsConf = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`

/** The first environment in which the unpacked browser starts: this machine's, else with the shared libraries. */
async function launchable(folder) {
  const executablePath = join(folder, 'chromium')
  const hasFonts = existsSync('/usr/share/fonts')
  const fonts = hasFonts ? {} : { FONTCONFIG_PATH: join(folder, 'fonts') }
  let failure
  for (const extra of [fonts, { ...fonts, LD_LIBRARY_PATH: join(folder, 'al2023', 'lib') }]) {
    const env = { ...process.env, ...extra }
    try {
      await run(executablePath, ['--version'], { env })
      return { executablePath, env }
    } catch (error) {
      failure = error
    }
  }
  throw new Error(noBrowser(), { cause: failure })
}

function noBrowser() {
  return [
    'No Chrome or Chromium was found, and the one in the package @sparticuz/chromium does not run here.',
    'Install Chrome or Chromium, or run `npx playwright install chromium`, or set CHROMIUM to the path of one.',
  ].join('\n')
}
