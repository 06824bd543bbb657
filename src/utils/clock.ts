let wall = Date.now()
let monotonic = performance.now()
let elapsed = 0

/**
 * Milliseconds on a clock of this page's own, which only runs forward: by what the wall clock or the monotonic
 * clock has moved, whichever is more. So a wall clock set back makes no token look younger, and sleep, which
 * stops some monotonic clocks, still counts.
 */
export function now(): number {
  const before = [wall, monotonic] as const
  wall = Date.now()
  monotonic = performance.now()
  return (elapsed += Math.max(wall - before[0], monotonic - before[1], 0))
}
