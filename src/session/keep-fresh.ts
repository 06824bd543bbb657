import { MAX_TIMER_MS } from '../utils/waiting'
import { earliness, remaining, type Session } from './session'

export interface FreshKeeperPorts {
  /** Whether a refresh now is useful: the page is visible and there seems to be a network. */
  isActive(): boolean
  refresh(): Promise<unknown>
}

/** Refreshes before the expiry without waiting for a request. */
export interface FreshKeeper {
  /** Sets the timer for the token of this session, which can be refreshed; null sets none. */
  schedule(session: Session | null): void
  /** Sets the timer again by the clock, which may have moved while the page was hidden, frozen or offline. */
  reschedule(): void
}

/** Shortest time from a new token to its refresh: some give tokens hardly any lifetime. `reschedule` ignores it. */
const MIN_INTERVAL_MS = 5_000
/** Pause after a failed refresh, ±50 % by chance. Requests refresh meanwhile. */
const PAUSE_AFTER_FAILURE_MS = 60_000

/**
 * Makes a keeper with one timer, aligned to the expiry. It sets none while no user is signed in, nor while the page is
 * hidden or offline.
 *
 * @param leeway the option of that name; `false` counts as Infinity
 */
export function createFreshKeeper(
  { isActive, refresh }: FreshKeeperPorts,
  leeway: number | false,
): FreshKeeper {
  let session: Session | null = null
  /** The lifetime that the token has left when it is refreshed, in ms. */
  let margin = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  function setTimer(delay: number): void {
    clearTimeout(timer)
    if (!session || session.lifetime === null || !isActive()) return
    timer = setTimeout(ring, Math.min(Math.max(delay, 0), MAX_TIMER_MS))
  }

  const timeLeft = (): number => (session ? remaining(session) - margin : Infinity)
  const reschedule = (): void => setTimer(timeLeft())

  function ring(): void {
    if (timeLeft() > 0) return reschedule()
    refresh().catch(() => setTimer(PAUSE_AFTER_FAILURE_MS * (0.5 + Math.random())))
  }

  return {
    reschedule,
    schedule(next) {
      session = next
      if (next) {
        // Spread over a quarter of the lifetime. Otherwise clients that signed in together would refresh together.
        const spread = earliness(next, Infinity) * Math.random()
        margin = earliness(next, leeway === false ? Infinity : leeway) + spread
      }
      setTimer(Math.max(timeLeft(), MIN_INTERVAL_MS))
    },
  }
}
