// The clock of tests with a real server: fake timers of Vitest beside real sockets. Simulations, in which the network is
// virtual too, have virtual-time.ts.

import { onTestFinished, vi } from 'vitest'

export interface DrivenClock {
  /** Moves both clocks and the timers on; what the timers start may settle in between. */
  advance(ms: number): Promise<void>
  /** Moves them on, so many ms at a time, until the promise is settled; with its outcome. */
  until<T>(promise: Promise<T>, step?: number): Promise<T>
  /** Moves the wall clock alone, as a user or the network does; negative: back. */
  moveWall(ms: number): void
}

/** Clocks and timers under the test's control. Sockets are real and keep working. */
export function driveClock(): DrivenClock {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const advance = async (ms: number): Promise<void> => {
    await vi.advanceTimersByTimeAsync(ms)
  }
  return {
    advance,
    async until(promise, step = 10) {
      let isSettled = false
      const settled = promise.finally(() => (isSettled = true))
      settled.catch(() => {})
      while (!isSettled) await advance(step)
      return settled
    },
    moveWall: (ms) => {
      vi.setSystemTime(Date.now() + ms)
    },
  }
}

/** Fixes `Math.random()` to this number, from 0 to less than 1, until it is fixed anew or the test is over. */
export function fixChance(chance: number): void {
  const random = vi.spyOn(Math, 'random').mockReturnValue(chance)
  onTestFinished(() => {
    random.mockRestore()
  })
}
