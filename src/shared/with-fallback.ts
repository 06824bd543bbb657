import { fromRecord, isSameRecord, type StoredRecord } from '../session/record'
import { once } from '../utils/once'
import { createLatch, inTime, sleep, TOO_LATE, within } from '../utils/waiting'
import type { AuthStorage } from './auth-storage'
import { createMemory } from './memory-storage'
import { catchUp, miss, type Change, type Missed } from './missed-changes'

/** Time that a storage may take for one operation before it counts as broken. */
const BROKEN_AFTER_MS = 3_000
/** Pause before a broken storage is first tried again without being needed; it doubles. */
const TRY_AFTER_MS = 1_000
/** Longest of these pauses. Afterwards each operation tries. */
const LAST_PAUSE_MS = 32_000
/** Limit of the changes that a broken storage misses. Beyond it, their result replaces what the storage has. */
const MAX_MISSED = 20

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
  let missed: Missed = []
  /** Whether what is missed replaces what the storage has: that was never read, or too much is missed. */
  let overrides = true
  let outage = createLatch()
  /** The attempt to use the storage again. */
  let recovering: Promise<void> | undefined

  /** Stores the result of all changes: in place of any record, or of one that was removed. */
  const refill = {
    before: null,
    change: (current: unknown) =>
      !overrides && fromRecord(current) ? undefined : ((known ?? null) as StoredRecord | null),
  }

  const openMemory = (): AuthStorage =>
    (memory = createMemory({ since: knownSince, isPerTab: storage.isPerTab === true }))

  function learn(record: unknown): unknown {
    if (!isSameRecord(record, known)) knownSince = Date.now()
    return (known = record)
  }

  // The transitions.

  const isOut = (): boolean => state !== 'working'

  function breakDown(to: State, first: Missed = []): void {
    state = to
    missed = first
    outage = createLatch()
  }

  const turn = (from: State, to: State): void => void (state === from && (state = to))
  const unhang = (): void => turn('hung', 'broken')
  const hang = (): void => void (isOut() && (state = 'hung'))

  function mend(): void {
    // An operation that waits for this reads what there is.
    const isNews = state !== 'awaited'
    state = 'working'
    overrides = false
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
      return isOut() ? catchUp(missed)(current) : undefined
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
      if (isRemoved) missed = [refill, ...(missed === told ? [] : missed)]
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
    let before: unknown
    const found = await mine.update(spareKey, (current) => {
      before = current === undefined ? known : current
      return change?.(before)
    })
    if (!isOut()) {
      // The storage is used again, without this change.
      mine.close?.()
      return attempt(change)
    }
    if (found !== undefined) learn(found)
    if (change) {
      overrides ||= missed.length === MAX_MISSED
      missed = overrides ? [refill] : miss(missed, change, before)
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
    else breakDown('broken', [refill])
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
      overrides = false
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
