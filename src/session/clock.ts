/** A moment, by both clocks: one may be set by hand or by the network, the other starts anew with each page. */
export interface Moment {
  readonly wall: number
  readonly monotonic: number
}

export const now = (): Moment => ({ wall: Date.now(), monotonic: performance.now() })

/** A moment that another page load recorded: only the wall clock means something here. */
export const recordedAt = (wall: number): Moment => ({
  wall,
  monotonic: performance.now() - Math.max(0, Date.now() - wall),
})

/**
 * Milliseconds since a moment: the larger of both clocks' differences. A clock set back does not make a token
 * look younger, and sleep, which stops some monotonic clocks, still counts.
 */
export const elapsedSince = (moment: Moment): number =>
  Math.max(performance.now() - moment.monotonic, Date.now() - moment.wall, 0)

const LONGEST_TIMER = 2 ** 31 - 1
const SLICE = 1_000

/** `setTimeout` with a delay it can hold: beyond 2³¹ ms browsers fire at once. Returns what cancels it. */
export function after(delay: number, callback: () => void): () => void {
  const timer = setTimeout(callback, Math.min(Math.max(delay, 0), LONGEST_TIMER))
  return () => clearTimeout(timer)
}

/** A timer that can be stopped and asked how much is left, in ms. */
export interface Countdown {
  left(): number
  cancel(): void
}

/**
 * Calls back after that many milliseconds awake. It counts in slices, so a machine that slept has spent at most
 * one of them, whatever its clocks say.
 */
export function countdown(delay: number, callback: () => void): Countdown {
  let cancel: () => void
  let later: number
  let slice: number
  let begun: number
  const next = (left: number): void => {
    slice = Math.min(left, SLICE)
    later = left - slice
    begun = performance.now()
    cancel = after(slice, () => (later > 0 ? next(later) : callback()))
  }
  next(delay)
  return {
    left: () => later + Math.max(0, slice - (performance.now() - begun)),
    cancel: () => cancel(),
  }
}
