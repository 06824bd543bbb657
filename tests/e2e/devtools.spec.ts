import { readdirSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Frame, Page } from 'playwright'
import { expect, inject, test } from 'vitest'
import { smallPng } from '../../scripts/small-png.mjs'
import { root } from '../support/readme-samples.ts'
import { expireToken, outcome, send, signIn, useDemo } from './demo.ts'

/** The largest picture for the documents, in bytes. */
const LARGEST_PICTURE = 150_000

// The devtools of vite-plugin-vue-devtools, as `npm run demo:devtools`
const demo = useDemo({ mode: 'devtools' })

const fonts = join(root, 'node_modules/vitepress/dist/client/theme-default/fonts')
const font = readdirSync(fonts)
  .filter((name) => name.startsWith('inter-roman-latin.'))
  .map((name) => join(fonts, name))[0]!

/** Opens the devtools of a page, and in them the inspector of this library. */
async function openInspector(page: Page): Promise<Frame> {
  // Their page asks for a font from elsewhere
  await page.context().route(
    ({ hostname }) => hostname !== 'localhost',
    (route) => route.fulfill({ path: font }),
  )
  const opened = page.waitForEvent('framenavigated', (frame) =>
    frame.url().includes('__devtools__'),
  )
  // The button moves into the page when the mouse is near
  await page.getByLabel('Toggle devtools panel').dispatchEvent('click')
  const frame = await opened
  await frame.locator('a[href$="/vue-auth-refresh"]').click()
  await frame.getByText('auth', { exact: true }).waitFor()
  return frame
}

/** The value that the inspector shows beside a key. */
const lineOf = (frame: Frame, key: string) =>
  frame.getByText(key, { exact: true }).locator('xpath=ancestor::*[contains(., ":")][1]')

test('the devtools of Vue show the session, and their buttons act on it', async () => {
  const page = await demo.open('/login', { viewport: { width: 1280, height: 1080 } })
  await signIn(page)
  const frame = await openInspector(page)
  await frame.getByText('anonymous', { exact: true }).waitFor()
  await lineOf(frame, 'state').filter({ hasText: 'active' }).waitFor()
  await lineOf(frame, 'generation').filter({ hasText: '0' }).waitFor()
  await lineOf(frame, 'why was I signed out?')
    .filter({ hasText: 'No session has ended.' })
    .waitFor()

  await expireToken(page)
  await send(page, '20 at once')
  await outcome(page, '20 requests')
  await lineOf(frame, 'generation').filter({ hasText: '1' }).waitFor()
  await frame.getByText('is evidence that the token died: refreshed').first().waitFor()
  const picture = smallPng(await page.locator('iframe').screenshot({ animations: 'disabled' }))
  expect(picture.length).toBeLessThan(LARGEST_PICTURE)
  if (process.env['SCREENSHOT']) await writeFile(join(root, 'docs/devtools.png'), picture)

  // The last button but one ends the session
  await frame.locator('.v-popper--has-tooltip > [cursor-pointer]').nth(-2).click()
  await page.getByText('Your session was ended').waitFor()
  await frame.getByText('it was refused without a request to the server').waitFor()
})

test('the devtools of Vue have a layer, with the events of a request and of a refresh in groups', async () => {
  const page = await demo.open('/login')
  await signIn(page)
  const frame = await openInspector(page)
  await frame.getByText('Timeline', { exact: true }).click()
  await frame.locator('.recording-btn').click()
  await expireToken(page)
  await send(page, '1')
  await frame.getByText('request-replayed').first().waitFor()
  await frame.getByText('refresh-succeeded').first().click()
  await lineOf(frame, 'session').filter({ hasText: 'auth' }).waitFor()
  await frame.getByText('Group Info').waitFor()
})

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
