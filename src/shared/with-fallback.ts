import { fromRecord, type SessionRecord, type StoredRecord } from '../session/record'
import { once } from '../utils/once'
import { createLatch, inTime, sleep, TOO_LATE, within } from '../utils/waiting'
import type { AuthStorage } from './auth-storage'
import { createMemory } from './memory-storage'

/** Time that a storage may take for one operation before it counts as broken. */
const BROKEN_AFTER_MS = 3_000
/** Pause before a broken storage is first tried again without being needed; it doubles. */
const TRY_AFTER_MS = 1_000
/** Longest of these pauses. Afterwards each operation tries. */
const LAST_PAUSE_MS = 32_000
/** Limit of the changes that are kept for a broken storage. Beyond it, one stands for all: their result. */
const MAX_MISSED = 20

export type Change = (current: unknown) => StoredRecord | null | undefined

const idOf = (record: unknown): unknown => (Object(record) as Partial<SessionRecord>).id
/** Tells a generation of a session from all others. */
const nameOf = (record: unknown): string =>
  `${String(idOf(record))} ${(Object(record) as Partial<SessionRecord>).generation}`

/** The record of one session, in a storage that cannot fail. */
export interface RecordStorage {
  read(): Promise<unknown>
  /** Compare-and-set, as in `AuthStorage`. */
  update(change: Change): Promise<unknown>
  /** Resolves once the storage itself has every change so far. Until then, a reload may undo some. */
  whenStored(): Promise<void>
  close(): void
}

type State =
  /** The storage is used. */
  | 'working'
  /** The storage has failed. Memory stands in for it, as in all that follow. */
  | 'broken'
  /** An operation tries the storage again, and waits for the outcome. */
  | 'awaited'
  /** The storage has not answered in time. No operation waits for it. */
  | 'hung'

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
  let state: State = 'working'
  /** The record; undefined until the storage or a change has told of one. */
  let known: unknown
  /** The time at which this record was first seen. What another tab has had in memory since before is older. */
  let knownSince = 0
  let isClosed = false
  let last: Promise<unknown> = Promise.resolve()

  /** Stands in while the storage is out. */
  let memory: AuthStorage | undefined
  let missed: readonly Change[] = []
  /** The record that the storage had. */
  let base: unknown
  let hasAnswered = false
  let outage = createLatch()
  /** The attempt to use the storage again. */
  let recovering: Promise<void> | undefined

  /** Stores the result of all changes. */
  const result = (): StoredRecord | null => (known ?? null) as StoredRecord | null
  /** Stores it where the storage still has the session that it had, or none. Any other has begun in another tab. */
  const summary: Change = (current) => (idOf(current) === idOf(base) ? result() : undefined)
  /** Stores a record that was removed. */
  const refill: Change = (current) => (fromRecord(current) ? undefined : result())
  /** Makes one change of all that was missed. */
  const catchUp: Change = (current) => {
    let next: StoredRecord | null | undefined
    for (const change of missed) {
      const changed = change(next === undefined ? current : next)
      if (changed !== undefined) next = changed
    }
    return next
  }

  const openMemory = (): AuthStorage =>
    (memory = createMemory({ since: knownSince, isPerTab: storage.isPerTab === true }))

  function learn(record: unknown): unknown {
    if (nameOf(record) !== nameOf(known)) knownSince = Date.now()
    return (known = record)
  }

  // The transitions.

  const isOut = (): boolean => state !== 'working'

  function breakDown(to: State): void {
    state = to
    missed = []
    base = known
    outage = createLatch()
  }

  /** Notes that the record was removed: by this tab or another one, which could not replace it. */
  function empty(later: readonly Change[] = []): void {
    base = null
    missed = [refill, ...later]
  }

  const turn = (from: State, to: State): void => void (state === from && (state = to))
  const unhang = (): void => turn('hung', 'broken')
  const hang = (): void => void (isOut() && (state = 'hung'))

  function mend(): void {
    // An operation that waits for this reads what there is.
    const isNews = state !== 'awaited'
    state = 'working'
    hasAnswered = true
    memory?.close?.()
    outage.open()
    if (isNews) onRecovered()
  }

  // While the storage is out.

  async function restore(): Promise<void> {
    let told = missed
    const pay: Change = (current) => {
      told = missed
      // This may run late, when the storage is in use again.
      return isOut() ? catchUp(current) : undefined
    }
    try {
      const found = await storage.update(key, pay)
      if (!isOut() || missed !== told) return
      learn(found)
      mend()
    } catch {
      let isRemoved = false
      await storage.update(key, (current) => {
        isRemoved = current != null && pay(current) !== undefined
        return isRemoved ? null : undefined
      })
      if (isRemoved) empty(missed === told ? [] : missed)
    }
  }

  const recover = (): Promise<void> =>
    (recovering ??= within(restore().finally(unhang), BROKEN_AFTER_MS, hang)
      .catch(() => {})
      .finally(() => (recovering = undefined)))

  async function keepTrying(): Promise<void> {
    for (let pause = TRY_AFTER_MS; pause <= LAST_PAUSE_MS; pause *= 2) {
      await sleep(pause)
      if (!isOut() || isClosed) return
      await recover()
    }
  }

  async function useMemory(change?: Change): Promise<unknown> {
    const mine = memory ?? openMemory()
    await mine.read(spareKey)
    const found = await mine.update(spareKey, (current) =>
      change?.(current === undefined ? known : current),
    )
    if (!isOut()) {
      // The storage is used again, without this change.
      mine.close?.()
      return attempt(change)
    }
    if (found !== undefined) learn(found)
    if (change) {
      // A storage that was never read counts less than what begins or ends here.
      if (!hasAnswered) missed = [result]
      else if (missed.length < MAX_MISSED && !missed.includes(summary)) missed = [...missed, change]
      else missed = [summary]
    }
    turn('broken', 'awaited')
    const recovery = recover()
    if (state === 'awaited') await recovery
    turn('awaited', 'broken')
    return known ?? null
  }

  // While the storage is used.

  /** Asks the other tabs for the record that one of them could not store. */
  async function askOthers(): Promise<unknown> {
    const asked = openMemory()
    const found = await asked.read(spareKey)
    if (found == null) asked.close?.()
    else {
      breakDown('broken')
      empty()
    }
    return found
  }

  async function attempt(change?: Change): Promise<unknown> {
    if (isOut()) return useMemory(change)
    // A storage that answers after memory took over must not bring back a session that has ended since.
    let isLate = false
    const begin = async (): Promise<unknown> =>
      change
        ? storage.update(key, (current) => (isLate ? undefined : change(current)))
        : storage.read(key)
    // Try twice: a browser in the background may have lost the connection, and not the database.
    const operation = begin().catch(begin)
    try {
      const found = await inTime(operation, BROKEN_AFTER_MS)
      hasAnswered = true
      const isGone = !change && known != null && !fromRecord(found)
      return learn((isGone && (await askOthers())) || found)
    } catch (error) {
      isLate = true
      openMemory()
      breakDown(error === TOO_LATE ? 'hung' : 'broken')
      operation.catch(() => {}).finally(unhang)
      warnOnce(error)
      void keepTrying()
      return useMemory(change)
    }
  }

  function enqueue(change?: Change): Promise<unknown> {
    const done = last.then(() => attempt(change))
    // A closed storage that is used once more may have opened something again.
    const settle = (): void => void (isClosed && close())
    last = done.finally(settle).catch(() => {})
    return done
  }

  function close(): void {
    isClosed = true
    memory?.close?.()
    storage.close?.()
  }

  return {
    read: () => enqueue(),
    update: enqueue,
    async whenStored() {
      await last
      if (isOut()) await outage.opened
    },
    close,
  }
}
