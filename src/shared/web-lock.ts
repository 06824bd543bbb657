import { now } from '../utils/clock'
import { countdown } from '../utils/waiting'
import { listen } from './listen'
import type { TabLock } from './tab-lock'

/** Interval at which a waiting tab notes that it is not frozen. */
const SEEN_ALIVE_EVERY_MS = 1_000
/** Time without a note after which a waiting tab was frozen. */
const FROZEN_AFTER_MS = 3 * SEEN_ALIVE_EVERY_MS
/** Time that a tab has beyond its limit before the lock is stolen: it may learn of the grant that late. */
const STOLEN_AFTER_LIMIT_MS = 5_000

/**
 * The Web Lock of that name. A tab that closes or crashes gives the lock back at once. From a frozen tab it is stolen,
 * but not before that tab has had its time.
 *
 * @param limit how long the work may take, in ms
 */
export const webLock =
  (locks: LockManager, name: string, limit: number): TabLock =>
  (work, signal) => {
    const queue = new AbortController()
    const stolen = new Error()
    let stopWatching: (() => void) | undefined
    let hasLeft = false
    let seenAlive = now()
    let stopNoting!: () => void

    function noteAlive(): void {
      seenAlive = now()
      stopNoting = countdown(SEEN_ALIVE_EVERY_MS, noteAlive)
    }
    const leave = (): void => queue.abort(signal.reason)
    function settle(): void {
      hasLeft = true
      stopWatching?.()
      stopNoting()
      stopListening()
    }
    function granted(): ReturnType<typeof work> {
      settle()
      const since = now()
      // The lock was granted during the freeze, and the next tab may take it in the middle of the work.
      const wasFrozen = since - seenAlive > FROZEN_AFTER_MS
      return work(async () => {
        // A thawed tab learns of the grant and the loss together; this answer comes after both.
        await locks.query()
        // Work that begins in the first half has the second half to end in.
        return !wasFrozen && now() - since < limit / 2
      })
    }

    if (signal.aborted) leave()
    const stopListening = listen(signal, 'abort', leave)
    noteAlive()
    const result = locks
      .request(name, { signal: queue.signal }, granted)
      .catch((error: unknown) => {
        settle()
        if (error !== stolen || signal.aborted) throw error
        seenAlive = now()
        return locks.request(name, { steal: true }, granted)
      })
    const holder = async (): Promise<string | undefined> =>
      (await locks.query()).held?.find((lock) => lock.name === name)?.clientId
    async function watchHolder(): Promise<void> {
      const before = await holder()
      const steal = async (): Promise<void> => {
        const isSame = (await holder()) === before
        if (!isSame) return watch()
        queue.abort(stolen)
        // Stay until the stolen lock has been requested. Otherwise the next tab would still find the old holder.
        await locks.query()
      }
      // Steal one tab at a time, so that each new holder has its time too.
      const stealNext = (): void => void locks.request(`${name}/steal`, steal).catch(() => {})
      if (!hasLeft) stopWatching = countdown(limit + STOLEN_AFTER_LIMIT_MS, stealNext)
    }
    // A browser that refuses to tell the holder refuses the lock as well, and that rejects the result.
    const watch = (): void => void watchHolder().catch(() => {})
    watch()
    return result
  }
