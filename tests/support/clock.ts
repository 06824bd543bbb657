import { onTestFinished, vi } from 'vitest'

export interface DrivenClock {
  /** Moves both clocks and the timers on; what the timers start may settle in between. */
  advance(ms: number): Promise<void>
  /** Moves the wall clock alone, as a user or the network does; negative: back. */
  moveWall(ms: number): void
}

/** Clocks and timers under the test's control. Sockets are real and keep working. */
export function driveClock(): DrivenClock {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  return {
    advance: async (ms) => {
      await vi.advanceTimersByTimeAsync(ms)
    },
    moveWall: (ms) => {
      vi.setSystemTime(Date.now() + ms)
    },
  }
}
