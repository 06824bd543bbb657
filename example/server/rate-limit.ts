/** Counts attempts by key in a sliding window. In memory: a restart forgets them. */
export interface RateLimit {
  /** Counts one attempt. Returns the seconds to wait when it is one too many, otherwise 0. */
  attempt(key: string): number
  /**
   * Takes one attempt back, because it succeeded. The others stay: otherwise a login of one's own would buy new
   * guesses at the passwords of others.
   */
  takeBack(key: string): void
}

/**
 * @param limit attempts allowed within the window
 * @param window in ms
 */
export function createRateLimit(limit: number, window: number): RateLimit {
  const attempts = new Map<string, number[]>()

  const sweep = (since: number) => {
    for (const [key, times] of attempts) {
      if ((times.at(-1) ?? 0) <= since) attempts.delete(key)
    }
  }

  return {
    attempt(key) {
      const now = Date.now()
      if (attempts.size > 1_000) sweep(now - window)
      const recent = (attempts.get(key) ?? []).filter((at) => at > now - window)
      const [first] = recent
      if (first !== undefined && recent.length >= limit) {
        attempts.set(key, recent)
        return Math.max(1, Math.ceil((first + window - now) / 1_000))
      }
      attempts.set(key, [...recent, now])
      return 0
    },
    takeBack: (key) => void attempts.get(key)?.pop(),
  }
}
