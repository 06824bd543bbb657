import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeFolder, readSamples, root, writeApp } from './support/readme-samples'

/** Type-checks apps beside each other. Returns what the compiler says. */
async function typeCheck(apps: readonly Parameters<typeof writeApp>[1][]): Promise<string> {
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
  return spawnSync(process.execPath, check, { cwd: root, encoding: 'utf8' }).stdout
}

test('the samples of the README type-check, each section pasted over the quick start', async () => {
  const samples = await readSamples()
  expect([...samples.keys()]).toEqual(
    expect.arrayContaining(['Quick start', 'Several APIs', 'Several sessions']),
  )
  expect(await typeCheck([...samples.values()])).toBe('')
}, 120_000)

test('the samples of docs/adopting.md type-check as one app', async () => {
  const samples = await readSamples('docs/adopting.md')
  const app = new Map([...samples.values()].flatMap((files) => [...files]))
  expect([...app.keys()]).toEqual(expect.arrayContaining(['auth.ts', 'main.ts', 'old-session.ts']))
  expect(await typeCheck([app])).toBe('')
}, 120_000)
