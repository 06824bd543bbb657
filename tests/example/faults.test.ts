import { expect, test } from 'vitest'
import { createFaults } from '../../example/server/faults.ts'

const browser = 'a-browser'
const here = () => new AbortController().signal

test('a request that hung is treated as the new mode says', async () => {
  const faults = createFaults()
  for (const [next, expected] of [
    ['normal', 'ok'],
    ['failing', 'unavailable'],
  ] as const) {
    faults.setMode(browser, 'hanging')
    const passed = faults.pass(browser, here())
    faults.setMode(browser, next)
    expect(await passed).toBe(expected)
  }
})

test('a request whose client went away while it hung is answered for nobody', async () => {
  const faults = createFaults()
  faults.setMode(browser, 'hanging')
  const client = new AbortController()
  const passed = faults.pass(browser, client.signal)
  client.abort()
  expect(await passed).toBe('gone')
  faults.setMode(browser, 'normal')
  expect(await faults.pass(browser, client.signal)).toBe('gone')
})

test('the mode of one browser is nothing to another', async () => {
  const faults = createFaults()
  faults.setMode(browser, 'failing')
  expect(await faults.pass('another', here())).toBe('ok')
  expect(await faults.pass(browser, here())).toBe('unavailable')
})
