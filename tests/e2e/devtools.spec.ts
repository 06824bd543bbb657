import { readdir, readFile, rm } from 'node:fs/promises'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, inject, test } from 'vitest'
import { root } from '../support/readme-samples.ts'

/** The words of the entry `vue-auth-refresh/devtools`, and of the package that it talks to. */
const words = [
  'connectDevtools',
  'Refused by the devtools',
  'The session ended because',
  'why was I signed out?',
  'vue-auth-refresh/devtools',
  'addTimelineLayer',
]

/** The words that are in a built demo. */
async function wordsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true })
  const scripts = names.filter((name) => name.endsWith('.js'))
  expect(scripts.length).toBeGreaterThan(3)
  const texts = await Promise.all(scripts.map((name) => readFile(join(folder, name), 'utf8')))
  return words.filter((word) => texts.some((text) => text.includes(word)))
}

test('the demo that is built for production has not a byte of the devtools, the other has', async () => {
  const outDir = join(root, 'node_modules/.cache/demo-production')
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const env = { ...process.env, NODE_ENV: 'production' }
  const args = [vite, 'build', '--emptyOutDir', '--outDir', outDir]
  await promisify(execFile)(process.execPath, args, { cwd: root, env })
  expect(await wordsIn(outDir)).toEqual([])
  expect(await wordsIn(inject('demo'))).toEqual(words)
  await rm(outDir, { recursive: true })
})
