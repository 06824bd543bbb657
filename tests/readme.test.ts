import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  findGuides,
  makeFolder,
  readBlocks,
  readSamples,
  root,
  writeApp,
} from './support/readme-samples'

type App = Parameters<typeof writeApp>[1]

/** Type-checks apps beside each other. Returns what the compiler says. */
async function typeCheck(apps: readonly App[]): Promise<string> {
  const [folder, remove] = await makeFolder()
  onTestFinished(remove)
  for (const [index, files] of apps.entries()) await writeApp(join(folder, String(index)), files)
  const compilerOptions = { types: ['vite/client'] }
  const config = {
    extends: '../../tsconfig.base.json',
    compilerOptions,
    include: ['.', '../../src/process.d.ts'],
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))

  const check = ['node_modules/vue-tsc/bin/vue-tsc.js', '-p', folder]
  const { status, stdout, stderr } = spawnSync(process.execPath, check, {
    cwd: root,
    encoding: 'utf8',
  })
  // A compiler that crashes says nothing.
  return status === 0 ? stdout : `${stdout}${stderr}status ${status}`
}

/** The augmentations of an app. Apps with other ones contradict each other in one program. */
const augmentationsOf = (files: App): string =>
  [...files.values()].flatMap((code) => code.match(/^declare module.+?^\}/gms) ?? []).join('\n')

/** The page whose samples are tests; tests/testing/guide.test.ts checks them where create-vue has tests. */
const OF_TESTS = 'docs/guide/testing.md'

/** The apps of README and guide: each section pasted over the quick start. Sections with equal types come together. */
async function readApps(): Promise<App[][]> {
  const documents = ['README.md', ...(await findGuides())].filter((name) => name !== OF_TESTS)
  const samples = await Promise.all(documents.map((document) => readSamples(document)))
  const apps = samples.flatMap((sections) => [...sections.values()])
  const groups = new Map<string, App[]>()
  for (const app of apps) {
    const key = augmentationsOf(app)
    groups.set(key, [...(groups.get(key) ?? []), app])
  }
  return [...groups.values()]
}

test('the samples of README and guide type-check, each section pasted over the quick start', async () => {
  const apps = await readApps()
  const names = new Set(apps.flat().flatMap((app) => [...app.keys()]))
  expect([...names]).toEqual(
    expect.arrayContaining(['src/main.ts', 'src/admin.ts', 'src/render.ts', 'src/SignInAgain.vue']),
  )
  for (const group of apps) expect(await typeCheck(group)).toBe('')
}, 240_000)

test('the samples of docs/adopting.md type-check as one app', async () => {
  const samples = await readSamples('docs/adopting.md')
  const app = new Map([...samples.values()].flatMap((files) => [...files]))
  expect([...app.keys()]).toEqual(expect.arrayContaining(['auth.ts', 'main.ts', 'old-session.ts']))
  expect(await typeCheck([app])).toBe('')
}, 120_000)

test('every block of TypeScript and Vue in README and guide names its file, so it is checked', async () => {
  const documents = ['README.md', 'docs/adopting.md', ...(await findGuides())]
  const unchecked = await Promise.all(
    documents.map(async (document) => {
      const sections = await readBlocks(document)
      return sections.flatMap(([title, blocks]) =>
        blocks.filter(({ name }) => !name).map(({ code }) => `${document}, ${title}: ${code}`),
      )
    }),
  )
  expect(unchecked.flat()).toEqual([])
})
