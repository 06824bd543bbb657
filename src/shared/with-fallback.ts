import {
  fromRecord,
  isOfUser,
  isUntold,
  type SessionRecord,
  type Stored,
  type StoredRecord,
} from '../session/record'
import { once } from '../utils/once'
import { createLatch, inTime, sleep, TOO_LATE, within } from '../utils/waiting'
import type { AuthStorage } from './auth-storage'
import { openSpareChannel, type Spare } from './spare-channel'

/** Time that a storage may take for one operation before it counts as broken. */
const BROKEN_AFTER_MS = 3_000
/** Pause before a broken storage is first tried again without being needed; it doubles. */
const TRY_AFTER_MS = 1_000
/** Longest of these pauses. Afterwards each operation tries. */
const LAST_PAUSE_MS = 32_000
/** Limit of the changes that are kept for a broken storage. Beyond it, their result stands for all. */
const MAX_MISSED = 20

export type Change = (current: unknown) => StoredRecord | null | undefined

/** Reads a record, of a session with an access token or without. */
const storedIn = (record: unknown): Stored | null => fromRecord(record) ?? fromRecord(record, false)
const fieldsOf = (record: unknown): Partial<SessionRecord & { receivedAt: number }> =>
  Object(record) as Partial<SessionRecord>
const idOf = (record: unknown): unknown => fieldsOf(record).id
/** Tells a generation of a session from all others. */
const nameOf = (record: unknown): string => `${String(idOf(record))} ${fieldsOf(record).generation}`

const timeOf = (record: unknown): number => fieldsOf(record).receivedAt ?? 0

/** Whether a record has later tokens than another one of its session. */
function isLater(record: unknown, other: unknown): boolean {
  const [next, before] = [fieldsOf(record).generation ?? 0, fieldsOf(other).generation ?? 0]
  return next === before ? timeOf(record) > timeOf(other) : next > before
}

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
 * removed: its refresh token is spent. A tab that then finds nothing asks the others for its successor.
 *
 * @param onNews called when what is stored may be news: the storage works again, or another tab could not store it
 * @param onStored called when the storage was given what it had missed
 */
export function withFallback(
  storage: AuthStorage,
  key: string,
  warn: (cause: unknown) => void,
  onNews: () => void,
  onStored: () => void = () => {},
): RecordStorage {
  const warnOnce = once(warn)
  let state: State = 'working'
  /** The record; undefined until the storage, a change or another tab has told of one. */
  let known: unknown
  /** The time at which this record was first seen. What another tab could not store before is older. */
  let knownSince = 0
  let isClosed = false
  let last: Promise<unknown> = Promise.resolve()
  /** The number of operations that have not begun. */
  let waiting = 0

  /** The changes since the storage is out, in a new list after each. Once it was read, `summary` stands for them. */
  let missed: readonly Change[] = []
  /** The record that the storage had. */
  let base: unknown
  let hasAnswered = false
  let outage = createLatch()
  /** The attempt to use the storage again. */
  let recovering: Promise<void> | undefined

  /** Stores the result of all changes. */
  const result = (): StoredRecord | null => (known ?? null) as StoredRecord | null
  /** Stores the result in place of what it comes from, of nothing, or of a session that has begun before. */
  const summary: Change = (current) => {
    const found = storedIn(current)
    if (!found) return result() ?? undefined
    const [id, mine, before] = [idOf(current), idOf(known), idOf(base)]
    const hasBegun = mine !== before && timeOf(known) >= timeOf(current)
    let isDue = id === before || hasBegun
    // The server must still be told of a logout, even once too often.
    if (id === undefined) isDue = mine !== undefined || !isUntold(found)
    else if (id === mine) isDue = isLater(known, current)
    return isDue ? result() : undefined
  }
  /** Makes one change of all that was missed. */
  const catchUp: Change = (current) => {
    let next: StoredRecord | null | undefined
    for (const change of missed) {
      const changed = change(next === undefined ? current : next)
      if (changed !== undefined) next = changed
    }
    return next
  }

  /** Notes the record that counts, and a time for it: no two tabs have the same, and it never goes back. */
  function learn(record: unknown, since?: number): unknown {
    if (nameOf(record) !== nameOf(known))
      knownSince = since ?? Math.max(Date.now(), knownSince + 1) + Math.random()
    return (known = record)
  }

  // The transitions.

  const isOut = (): boolean => state !== 'working'

  function breakDown(to: State): void {
    if (!isOut()) {
      missed = []
      base = known
      outage = createLatch()
      void keepTrying()
    }
    state = to
  }

  const turn = (from: State, to: State): void => void (state === from && (state = to))
  const unhang = (): void => turn('hung', 'broken')
  const hang = (): void => void (isOut() && (state = 'hung'))

  function mend(isStored: boolean): void {
    // An operation that waits for this reads what there is.
    const isNews = state !== 'awaited'
    state = 'working'
    hasAnswered = true
    outage.open()
    if (isStored) onStored()
    if (isNews) onNews()
  }

  // While the storage is out.

  async function restore(): Promise<void> {
    let told = missed
    let isStored = false
    const pay: Change = (current) => {
      told = missed
      // This may run late, when the storage is in use again.
      const next = isOut() ? catchUp(current ?? null) : undefined
      isStored = next !== undefined
      return next
    }
    try {
      const found = await storage.update(key, pay)
      if (!isOut()) return
      base = found
      if (missed !== told) return
      learn(found ?? null)
      mend(isStored)
    } catch {
      let isRemoved = false
      await storage.update(key, (current) => {
        isRemoved = current != null && pay(current) !== undefined
        return isRemoved ? null : undefined
      })
      if (isRemoved) missed = [summary]
    }
  }

  async function recover(): Promise<void> {
    // The next operation tries it. It may end what there is.
    if (waiting > 0) return
    recovering ??= within(restore().finally(unhang), BROKEN_AFTER_MS, hang)
      .catch(() => {})
      .finally(() => (recovering = undefined))
    await recovering
  }

  async function keepTrying(): Promise<void> {
    for (let pause = TRY_AFTER_MS; pause <= LAST_PAUSE_MS; pause *= 2) {
      await sleep(pause)
      if (!isOut() || isClosed) return
      await recover()
    }
  }

  async function useMemory(change?: Change): Promise<unknown> {
    if (change) {
      const next = change(known)
      if (!hasAnswered) missed = missed.length < MAX_MISSED ? [...missed, change] : [result]
      if (next !== undefined) {
        // Another tab may store the result, and then a login over it. The change itself would undo that.
        if (hasAnswered) missed = [summary]
        learn(next)
        // The storage may lose what this replaces. Of an end, tabs are told by its announcement.
        if (isOfUser(storedIn(next))) await spares.tell(toSpare())
      }
    }
    turn('broken', 'awaited')
    const recovery = isOut() && recover()
    if (state === 'awaited') await recovery
    turn('awaited', 'broken')
    return known ?? null
  }

  // Other tabs.

  const toSpare = (): Spare => ({
    record: known,
    over: idOf(base),
    since: knownSince,
    isGuess: !hasAnswered,
  })

  /** Takes over what another tab could not store, and stores it if this one can. */
  function hear({ record, over, since, isGuess }: Spare): void {
    const id = idOf(known)
    const isNext = (id !== undefined && id === over) || since > knownSince
    const isNewer = idOf(record) === id ? isLater(record, known) : isNext
    const isOwnBetter = isGuess && (hasAnswered || !isOut())
    if (isClosed || !isOfUser(storedIn(record)) || !isNewer || isOwnBetter) return
    breakDown(isOut() ? state : 'broken')
    learn(record, since)
    // A record that began here counts more than one of the storage that no tab has read.
    missed = [isGuess ? result : summary]
    onNews()
  }

  const untold = (): Spare | undefined =>
    isOut() && missed.length > 0 && isOfUser(storedIn(known)) ? toSpare() : undefined
  const spares = openSpareChannel(key, storage.isPerTab, hear, untold)

  // While the storage is used.

  async function attempt(change?: Change): Promise<unknown> {
    if (isOut()) return useMemory(change)
    // A storage that answers after memory took over must not bring back a session that has ended since.
    let isLate = false
    const begin = async (): Promise<unknown> =>
      change
        ? storage.update(key, (current) => (isLate ? undefined : change(current ?? null)))
        : storage.read(key)
    // Try twice: a browser in the background may have lost the connection, and not the database.
    const operation = begin().catch(begin)
    try {
      const found = await inTime(operation, BROKEN_AFTER_MS)
      hasAnswered = true
      if (!change && storedIn(known) && !storedIn(found)) await spares.ask()
      // Another tab has told meanwhile of what it could not store.
      return isOut() ? useMemory(change) : learn(found ?? null)
    } catch (error) {
      isLate = true
      breakDown(error === TOO_LATE ? 'hung' : 'broken')
      operation.catch(() => {}).finally(unhang)
      warnOnce(error)
      if (!hasAnswered) await spares.ask()
      return attempt(change)
    }
  }

  function enqueue(change?: Change): Promise<unknown> {
    waiting++
    const done = last.then(() => {
      waiting--
      return attempt(change)
    })
    // A closed storage that is used once more may have opened something again.
    const settle = (): void => void (isClosed && close())
    last = done.finally(settle).catch(() => {})
    return done
  }

  function close(): void {
    isClosed = true
    spares.close()
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
