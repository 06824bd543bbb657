import { fromRecord, isSameRecord } from '../session/record'
import { once } from '../utils/once'
import { inTime, TOO_LATE } from '../utils/waiting'
import type { AuthStorage } from './auth-storage'
import { createMemory } from './memory-storage'
import type { Change } from './missed-changes'
import { beginOutage, BROKEN_AFTER_MS, type Outage, type OutagePorts } from './outage'

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
  /** The storage is used, and has not answered yet. */
  | { readonly is: 'untried' }
  /** The storage is used. */
  | { readonly is: 'working' }
  /** Memory stands in for the storage. */
  | { readonly is: 'out'; readonly outage: Outage }

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
  const isPerTab = storage.isPerTab === true
  const spareKey = `spare:${key}`
  let state: State = { is: 'untried' }
  /** The record; undefined until the storage or a change has told of one. */
  let known: unknown
  /** The time at which this record was first seen. What another tab has had in memory since before is older. */
  let knownSince = 0
  let isClosed = false
  let last: Promise<unknown> = Promise.resolve()

  function learn(record: unknown): unknown {
    if (!isSameRecord(record, known)) knownSince = Date.now()
    return (known = record)
  }

  const openMemory = (): AuthStorage => createMemory({ since: knownSince, isPerTab })

  function standIn(cause: OutagePorts['cause'], memory = openMemory()): Outage {
    const isRead = state.is === 'working'
    const onOver = (found: unknown, isNews: boolean): void => {
      state = { is: 'working' }
      learn(found)
      if (isNews) onRecovered()
    }
    const outage = beginOutage({ storage, key, memory, spareKey, known, cause, isRead, onOver })
    state = { is: 'out', outage }
    return outage
  }

  /** Asks the other tabs for the record that one of them could not store. */
  async function askOthers(): Promise<unknown> {
    const memory = openMemory()
    const found = await memory.read(spareKey)
    if (found == null) memory.close?.()
    else standIn('emptied', memory)
    return found
  }

  async function useStorage(change?: Change): Promise<unknown> {
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
      state = { is: 'working' }
      const isGone = !change && known != null && !fromRecord(found)
      return (isGone && (await askOthers())) || found
    } catch (error) {
      isLate = true
      const { answered } = standIn(error === TOO_LATE ? 'hung' : 'failed')
      operation.catch(() => {}).finally(answered)
      throw error
    }
  }

  async function attempt(change?: Change): Promise<unknown> {
    if (state.is !== 'out') {
      try {
        return learn(await useStorage(change))
      } catch (error) {
        warnOnce(error)
      }
    }
    const found = state.is === 'out' ? await state.outage.attempt(change) : undefined
    return found === undefined ? attempt(change) : learn(found)
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
    if (state.is === 'out') state.outage.close()
    storage.close?.()
  }

  return {
    read: () => enqueue(),
    update: enqueue,
    async whenStored() {
      await last
      if (state.is === 'out') await state.outage.over
    },
    close,
  }
}
