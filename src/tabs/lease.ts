import { now } from '../session/clock'
import { sleep, within } from '../session/waiting'
import type { TabLock } from './tab-lock'

/** Who holds the lock, and until when by the wall clock, which all tabs share. */
interface Lease {
  readonly owner: string
  readonly until: number
}

/**
 * Replaces the stored lease in one atomic step. `change` is given the current one and returns the next, null to
 * remove it, or undefined to leave it.
 */
export type UpdateLease = (
  change: (current: unknown) => Lease | null | undefined,
) => Promise<unknown>

/** How long a lease lasts without being renewed, in ms: so long the others wait for a tab that has crashed. */
const DURATION = 5_000
const RENEWAL = DURATION / 5
/** How often the others look whether it is over, in ms. */
const POLL = 20

/**
 * A lock for origins without Web Locks: a record that only one tab at a time can write its name into, and that
 * runs out unless it is renewed.
 */
export const lease = (update: UpdateLease): TabLock => ({
  async hold(work, signal) {
    const owner = `${Date.now()}-${Math.random()}`
    let renewedAt = 0

    const isMine = (current: unknown): boolean => (current as Lease | null)?.owner === owner
    async function write(isFree: (current: unknown) => boolean): Promise<boolean> {
      const at = now()
      const change = (current: unknown): Lease | undefined =>
        isFree(current) ? { owner, until: Date.now() + DURATION } : undefined
      const late = (): Promise<never> => Promise.reject(new Error('The lease was not written.'))
      const isWritten = isMine(await within(update(change), DURATION, late))
      if (isWritten) renewedAt = at
      return isWritten
    }

    let renewing: ReturnType<typeof setInterval> | undefined
    try {
      while (!(await write(isOver))) await sleep(POLL, signal)
      signal.throwIfAborted()
      const lost = new Promise<never>((_, reject) => {
        const renew = async (): Promise<void> => {
          if (!(await write(isMine))) throw new Error('The lease was lost.')
        }
        renewing = setInterval(() => renew().catch(reject), RENEWAL)
      })
      return await Promise.race([work(() => now() - renewedAt < DURATION / 2), lost])
    } finally {
      clearInterval(renewing)
      update((current) => (isMine(current) ? null : undefined)).catch(() => {})
    }
  },
})

/** Also over is what claims to last longer than any lease: the clock was set back, or it is none. */
function isOver(current: unknown): boolean {
  const left = Number((current as Lease | null)?.until) - Date.now()
  return !(left > 0 && left <= DURATION)
}
