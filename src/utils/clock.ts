let wall = Date.now()
let monotonic = performance.now()
let elapsed = 0

/**
 * Milliseconds on a clock of this page, which only runs forward: by whatever the wall clock or the monotonic clock has
 * moved, whichever is more. A wall clock that is set back makes no token younger. Sleep counts, although it stops some
 * monotonic clocks.
 */
export function now(): number {
  const [wallNow, monotonicNow] = [Date.now(), performance.now()]
  elapsed += Math.max(wallNow - wall, monotonicNow - monotonic, 0)
  wall = wallNow
  monotonic = monotonicNow
  return elapsed
}
