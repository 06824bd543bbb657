import { beforeEach, expect, test, vi } from 'vitest'
import { createPush } from '../../src/devtools/push'

beforeEach(() => {
  vi.useFakeTimers()
  return () => void vi.useRealTimers()
})

test('a push that has arrived is not sent again', () => {
  const tell = vi.fn()
  const { send, arrived } = createPush(tell)
  send()
  arrived()
  vi.advanceTimersByTime(60_000)
  expect(tell).toHaveBeenCalledTimes(1)
})

test('a push that another plugin has taken the place of is sent again, until it arrives', () => {
  const tell = vi.fn()
  const { send, arrived } = createPush(tell)
  send()
  vi.advanceTimersByTime(250)
  expect(tell).toHaveBeenCalledTimes(2)
  arrived()
  vi.advanceTimersByTime(60_000)
  expect(tell).toHaveBeenCalledTimes(2)
})

test('a later push takes the place of an earlier one', () => {
  const tell = vi.fn()
  const { send } = createPush(tell)
  send()
  vi.advanceTimersByTime(200)
  send()
  vi.advanceTimersByTime(200)
  expect(tell).toHaveBeenCalledTimes(2)
})

test('devtools that never ask are told of a change a few times', () => {
  const tell = vi.fn()
  createPush(tell).send()
  vi.advanceTimersByTime(600_000)
  expect(tell).toHaveBeenCalledTimes(8)
})
