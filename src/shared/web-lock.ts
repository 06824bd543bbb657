import { now } from '../utils/clock'
import { countdown } from '../utils/waiting'
import type { TabLock } from './tab-lock'

/** How often a tab that waits makes sure that it is not frozen, in ms. */
const TICK = 1_000
/** What a tab may take longer than its limit before it loses the lock, in ms: it may learn of the grant that late. */
const GRACE = 5 * TICK

/**
 * The Web Lock of that name. A holder that closes or crashes gives it back at once; from one that is frozen it is
 * stolen, but not before it has had its time.
 */
export const webLock = (locks: LockManager, name: string, limit: number): TabLock => ({
  hold(work, signal) {
    const queue = new AbortController()
    const lostPatience = new Error()
    let stopWaiting: (() => void) | undefined
    let hasLeft = false
    let seenAlive = now()
    let stopTicking = (): void => {}

    function tick(): void {
      seenAlive = now()
      stopTicking = countdown(TICK, tick)
    }
    const leave = (): void => queue.abort(signal.reason)
    function settle(): void {
      hasLeft = true
      stopWaiting?.()
      stopTicking()
      signal.removeEventListener('abort', leave)
    }
    function granted(): ReturnType<typeof work> {
      settle()
      const since = now()
      // Then the lock was granted at some time before, and the next tab may take it in the middle.
      const wasFrozen = since - seenAlive > 3 * TICK
      return work(async () => {
        // In a tab that was frozen the grant and the loss arrive together; the answer comes after both.
        await locks.query()
        // What is begun in the first half has the second half to end in.
        return !wasFrozen && now() - since < limit / 2
      })
    }

    if (signal.aborted) leave()
    signal.addEventListener('abort', leave)
    tick()
    const turn = locks.request(name, { signal: queue.signal }, granted).catch((error: unknown) => {
      settle()
      if (error !== lostPatience || signal.aborted) throw error
      seenAlive = now()
      return locks.request(name, { steal: true }, granted)
    })
    const holder = async (): Promise<string | undefined> =>
      (await locks.query()).held?.find((lock) => lock.name === name)?.clientId
    async function losePatience(): Promise<void> {
      const before = await holder()
      const steal = async (): Promise<void> => {
        const isSame = (await holder()) === before
        if (!isSame) return bePatient()
        queue.abort(lostPatience)
        // The lock has been asked for by then.
        await locks.query()
      }
      // One at a time: who has just stolen it has its time too.
      const next = (): void => void locks.request(`${name}/steal`, steal).catch(() => {})
      if (!hasLeft) stopWaiting = countdown(limit + GRACE, next)
    }
    // Where it is refused, so is the request.
    const bePatient = (): void => void losePatience().catch(() => {})
    bePatient()
    return turn
  },
})
