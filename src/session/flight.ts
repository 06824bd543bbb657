import type { RefreshReason } from '../events'
import type { Session } from './session'

/** The single refresh in flight, which everybody joins. */
export interface Flight {
  /** Why it was begun; undefined while there is none. */
  reason(): RefreshReason | undefined
  /** Joins it, or begins one. */
  join(reason: RefreshReason, begin: () => Promise<Session>): Promise<Session>
  /** Nobody joins it any more; who has done so is answered all the same. */
  drop(): void
}

/** @param onChange told of the refresh that is in flight now, or null */
export function createFlight(onChange: (flight: Promise<Session> | null) => void): Flight {
  let current: Promise<Session> | null = null
  let begun: RefreshReason

  function change(next: Promise<Session> | null): void {
    current = next
    onChange(next)
  }

  return {
    reason: () => (current ? begun : undefined),
    drop: () => change(null),
    join(reason, begin) {
      if (current) return current
      const mine = begin().finally(() => {
        if (current === mine) change(null)
      })
      begun = reason
      change(mine)
      return mine
    },
  }
}
