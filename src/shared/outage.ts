import { fromRecord, type StoredRecord } from '../session/record'
import { createLatch, sleep, within } from '../utils/waiting'
import type { AuthStorage } from './auth-storage'
import { catchUp, miss, type Change, type Missed } from './missed-changes'

/** Time that a storage may take for one operation before it counts as broken. */
export const BROKEN_AFTER_MS = 3_000
/** Pause before a broken storage is first tried again without being needed; it doubles. */
const TRY_AFTER_MS = 1_000
/** Longest of these pauses. Afterwards each operation tries. */
const LAST_PAUSE_MS = 32_000

/** The state of a storage while memory stands in for it, and afterwards. */
type OutageState =
  /** The storage has failed. */
  | 'broken'
  /** An operation tries the storage again, and waits for the outcome. */
  | 'awaited'
  /** The storage has not answered in time. No operation waits for it. */
  | 'hung'
  /** The storage has all that it has missed, and is used again. */
  | 'over'

export interface OutagePorts {
  readonly storage: AuthStorage
  readonly key: string
  /** The memory that stands in. The tabs share it, under a key that is not that of any `memoryStorage()`. */
  readonly memory: AuthStorage
  readonly spareKey: string
  /** The record that was last known. */
  readonly known: unknown
  /** The beginning: the storage has failed, does not answer, or was emptied by a tab that could not replace the record. */
  readonly cause: 'failed' | 'hung' | 'emptied'
  /** Whether the storage was ever read. */
  readonly isRead: boolean
  /**
   * Called once, when the storage is used again.
   *
   * @param isNews whether no operation waits for the record that is there
   */
  onOver(found: unknown, isNews: boolean): void
}

export interface Outage {
  /**
   * Reads or changes the record in memory, and tries the storage again. Resolves with the record; with undefined where
   * the storage was used again before the change was made.
   */
  attempt(change?: Change): Promise<unknown>
  /** Notes that an operation from before the outage has settled, so that the storage does not hang any more. */
  answered(): void
  /** Resolves when the storage is used again. */
  readonly over: Promise<void>
  /** Stops trying. */
  close(): void
}

export function beginOutage({
  storage,
  key,
  memory,
  spareKey,
  known,
  cause,
  isRead,
  onOver,
}: OutagePorts): Outage {
  const { opened: over, open: end } = createLatch()
  let record = known
  let isClosed = false
  /** The attempt to use the storage again. */
  let recovering: Promise<void> | undefined

  /** Stores what was removed, unless another tab has stored a record since. */
  const refill = {
    before: null,
    change: (current: unknown) =>
      fromRecord(current) ? undefined : (record as StoredRecord | null),
  }
  let missed: Missed = { isBaseKnown: isRead, changes: cause === 'emptied' ? [refill] : [] }
  let is: OutageState = cause === 'hung' ? 'hung' : 'broken'

  /** Goes from one state to another, and leaves any other as it is. */
  const turn = (from: OutageState, to: OutageState): void => void (is === from && (is = to))
  const answered = (): void => turn('hung', 'broken')
  const hang = (): void => void (is === 'over' || (is = 'hung'))

  /** Gives the storage what it has missed. Where it cannot be written to, removes what is out of date. */
  async function restore(): Promise<void> {
    let told = missed
    const pay: Change = (current) => {
      // This may run late, when the storage is in use again.
      if (is === 'over') return undefined
      told = missed
      return catchUp(missed, record)(current)
    }
    try {
      const found = await storage.update(key, pay)
      if (is === 'over' || missed !== told) return
      const isNews = is !== 'awaited'
      is = 'over'
      record = found
      memory.close?.()
      end()
      onOver(found, isNews)
    } catch {
      let isRemoved = false
      await storage.update(key, (current) => {
        isRemoved = current != null && pay(current) !== undefined
        return isRemoved ? null : undefined
      })
      if (!isRemoved) return
      const later = missed === told ? [] : missed.changes
      missed = { ...missed, changes: [refill, ...later] }
    }
  }

  const recover = (): Promise<void> =>
    (recovering ??= within(restore().finally(answered), BROKEN_AFTER_MS, hang)
      .catch(() => {})
      .finally(() => (recovering = undefined)))

  async function keepTrying(): Promise<void> {
    for (let pause = TRY_AFTER_MS; pause <= LAST_PAUSE_MS; pause *= 2) {
      await sleep(pause)
      if (is === 'over' || isClosed) return
      await recover()
    }
  }
  if (cause !== 'emptied') void keepTrying()

  return {
    over,
    answered,
    async attempt(change) {
      await memory.read(spareKey)
      let before: unknown
      const found = await memory.update(spareKey, (current) => {
        before = current === undefined ? record : current
        return change?.(before)
      })
      if (is === 'over') {
        memory.close?.()
        return undefined
      }
      if (found !== undefined) record = found
      if (change) missed = miss(missed, change, before)
      turn('broken', 'awaited')
      const recovery = recover()
      if (is === 'awaited') await recovery
      turn('awaited', 'broken')
      return record ?? null
    },
    close() {
      isClosed = true
      memory.close?.()
    },
  }
}
