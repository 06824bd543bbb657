import { fromRecord, type StoredRecord } from '../session/record'
import { once } from '../utils/once'
import { inTime, sleep, within } from '../utils/waiting'
import type { AuthStorage } from './auth-storage'
import { createMemory } from './memory-storage'

/** Time that a storage may take for one operation before it counts as broken. */
const BROKEN_AFTER_MS = 3_000
/** Pause before a broken storage is first tried again without being needed; it doubles. */
const TRY_AFTER_MS = 1_000
/** Longest of these pauses. Afterwards each operation tries. */
const LAST_PAUSE_MS = 32_000
/** Limit of the changes that a broken storage misses. The last one replaces what comes before, but for a login. */
const MAX_MISSED = 20

type Change = (current: unknown) => StoredRecord | null | undefined

/** The record of one session, in a storage that cannot fail. */
export interface RecordStorage {
  read(): Promise<unknown>
  /** Compare-and-set, as in `AuthStorage`. */
  update(change: Change): Promise<unknown>
  close(): void
}

/**
 * The record under a key, read and written one operation after the other. When the storage throws, refuses or hangs,
 * memory takes over with the record that was last known, and `warn` is called once. The tabs share this memory.
 *
 * Every operation tries the storage again, with the changes that it has missed. A record that cannot be replaced is
 * removed: its refresh token is spent. The other tabs then find nothing, and ask for the memory of this one.
 *
 * @param onRecovered called when the storage works again, and what is in it may be news
 */
export function withFallback(
  storage: AuthStorage,
  key: string,
  warn: (cause: unknown) => void,
  onRecovered: () => void,
): RecordStorage {
  const warnOnce = once(warn)
  /** The name of the record in the memory that the tabs share: not that of any `memoryStorage()`. */
  const spareKey = `spare:${key}`
  /** The record; undefined until the storage or a change has told of one. */
  let known: unknown
  let isBroken = false
  let isClosed = false
  /** Whether the storage has never answered. */
  let isUnread = true
  /** Whether the record was removed because it could not be replaced. */
  let isEmptied = false
  let missed: readonly Change[] = []
  let memory = createMemory({ isSpare: true, isPerTab: storage.isPerTab === true })
  /** The attempt to use a broken storage again. */
  let recovering: Promise<void> | undefined
  /** Whether the storage hangs, so that no operation waits for it. */
  let isHung = false
  /** Whether an operation waits for the recovery, and will read what there is. */
  let isAwaited = false
  let last: Promise<unknown> = Promise.resolve()

  /** The changes that a broken storage has missed, as one. */
  const catchUp: Change = (current) => {
    // This change may run late, when the storage is in use again.
    if (!isBroken) return undefined
    // A session that has begun or ended here counts more than one that was never read.
    if (isUnread) return missed.length > 0 ? ((known ?? null) as StoredRecord | null) : undefined
    let next: StoredRecord | null | undefined
    for (const change of missed) {
      const changed = change(next === undefined ? current : next)
      if (changed !== undefined) next = changed
    }
    return next === undefined && isEmptied && !fromRecord(current)
      ? (known as StoredRecord | null)
      : next
  }

  async function restore(): Promise<void> {
    let told = missed
    let found: unknown
    try {
      found = await storage.update(key, (current) => {
        told = missed
        return catchUp(current)
      })
    } catch {
      let isRemoved = false
      await storage.update(key, (current) => {
        isRemoved = current != null && catchUp(current) !== undefined
        return isRemoved ? null : undefined
      })
      if (isRemoved) {
        isEmptied = true
        if (missed === told) missed = []
      }
      return
    }
    if (!isBroken || missed !== told) return
    isBroken = isEmptied = isUnread = false
    missed = []
    known = found
    memory.close?.()
    memory = createMemory({ isSpare: true, isPerTab: storage.isPerTab === true })
    if (!isAwaited) onRecovered()
  }

  const recover = (): Promise<void> =>
    (recovering ??= within(answered(restore()), BROKEN_AFTER_MS, () => void (isHung = true))
      .catch(() => {})
      .finally(() => (recovering = undefined)))

  const answered = <T>(work: Promise<T>): Promise<T> => work.finally(() => (isHung = false))

  async function keepTrying(): Promise<void> {
    for (let pause = TRY_AFTER_MS; pause <= LAST_PAUSE_MS; pause *= 2) {
      await sleep(pause)
      if (!isBroken || isClosed) return
      await recover()
    }
  }

  /** Asks the other tabs for the record that one of them could not store. */
  async function askOthers(): Promise<unknown> {
    const found = await memory.read(spareKey)
    if (found == null) memory.close?.()
    else isBroken = isEmptied = true
    return found
  }

  async function attempt(change?: Change): Promise<unknown> {
    if (!isBroken) {
      // A storage that answers after memory took over must not bring back a session that has ended since.
      let isLate = false
      const begin = async (): Promise<unknown> =>
        change
          ? storage.update(key, (current) => (isLate ? undefined : change(current)))
          : storage.read(key)
      isHung = true
      try {
        // Try twice: a browser in the background may have lost the connection, and not the database.
        const found = await inTime(answered(begin().catch(begin)), BROKEN_AFTER_MS)
        isUnread = false
        const isGone = !change && known != null && !fromRecord(found)
        return (known = (isGone && (await askOthers())) || found)
      } catch (error) {
        isLate = isBroken = true
        warnOnce(error)
        void keepTrying()
      }
    }
    await memory.read(spareKey)
    const found = await memory.update(spareKey, (current) =>
      change?.(current === undefined ? known : current),
    )
    if (found !== undefined) known = found
    if (change) missed = [...missed, change].slice(-MAX_MISSED)
    isAwaited = !isHung
    const recovery = recover()
    if (isAwaited) await recovery
    isAwaited = false
    return known ?? null
  }

  function enqueue(change?: Change): Promise<unknown> {
    const result = last.then(() => attempt(change))
    // A closed storage that is used once more may have opened something again.
    const settle = (): void => void (isClosed && close())
    last = result.finally(settle).catch(() => {})
    return result
  }

  function close(): void {
    isClosed = true
    memory.close?.()
    storage.close?.()
  }

  return { read: () => enqueue(), update: enqueue, close }
}
