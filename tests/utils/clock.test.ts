import { expect, test, vi } from 'vitest'
import { now } from '../../src/utils/clock'
import { driveClock } from '../support/clock'

test('28: the clock runs by whichever clock has moved more, and never back', async () => {
  const clock = driveClock()
  const start = now()
  /** The clock keeps fractions of a millisecond. */
  const elapsed = () => Math.round(now() - start)
  await clock.advance(1_000)
  expect(elapsed()).toBe(1_000)
  clock.moveWall(5_000)
  expect(elapsed()).toBe(6_000)
  clock.moveWall(-60_000)
  expect(elapsed()).toBe(6_000)
  const stopped = vi.spyOn(performance, 'now').mockReturnValue(0)
  expect(elapsed()).toBe(6_000)
  clock.moveWall(2_000)
  expect(elapsed()).toBe(8_000)
  stopped.mockRestore()
})
