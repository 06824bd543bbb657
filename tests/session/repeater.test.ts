import { expect, test, vi } from 'vitest'
import { createRepeater } from '../../src/session/repeater'

/** Work whose runs a test ends one by one. */
function createWorld() {
  const ends: (() => void)[] = []
  const work = vi.fn(() => new Promise<void>((resolve) => ends.push(resolve)))
  const repeater = createRepeater(work)
  return {
    work,
    repeater,
    end: async () => {
      ends.shift()?.()
      await settled()
    },
  }
}
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('nothing runs until it is asked for', () => {
  const { work, repeater } = createWorld()
  expect(repeater.pending()).toBeUndefined()
  expect(work).not.toHaveBeenCalled()
})

test('a run is pending until it has ended', async () => {
  const { work, repeater, end } = createWorld()
  repeater.ask()
  await settled()
  expect(work).toHaveBeenCalledTimes(1)
  expect(repeater.pending()).toBeInstanceOf(Promise)
  await end()
  expect(repeater.pending()).toBeUndefined()
})

test('what is asked during a run is one more, after it, however often', async () => {
  const { work, repeater, end } = createWorld()
  repeater.ask()
  const first = repeater.pending()
  await settled()
  repeater.ask()
  const second = repeater.pending()
  expect(second).not.toBe(first)
  repeater.ask()
  expect(repeater.pending()).toBe(second)
  await settled()
  expect(work).toHaveBeenCalledTimes(1)
  await end()
  expect(work).toHaveBeenCalledTimes(2)
  expect(repeater.pending()).toBe(second)
  await end()
  expect(repeater.pending()).toBeUndefined()
  expect(work).toHaveBeenCalledTimes(2)
})
