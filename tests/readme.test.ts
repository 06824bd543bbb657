import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeFolder, readSamples, root, writeApp } from './support/readme-samples'

test('the samples of the README type-check, each section pasted over the quick start', async () => {
  const samples = await readSamples()
  expect([...samples.keys()]).toEqual(
    expect.arrayContaining(['Quick start', 'Several APIs', 'Several sessions']),
  )
  const [folder, remove] = await makeFolder()
  onTestFinished(remove)
  for (const [index, files] of [...samples.values()].entries()) {
    await writeApp(join(folder, String(index)), files)
  }
  const compilerOptions = { types: ['vite/client'] }
  const config = { extends: '../../tsconfig.base.json', compilerOptions, include: ['.'] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))

  const check = ['node_modules/vue-tsc/bin/vue-tsc.js', '-p', folder]
  const { stdout } = spawnSync(process.execPath, check, { cwd: root, encoding: 'utf8' })
  expect(stdout).toBe('')
}, 120_000)
