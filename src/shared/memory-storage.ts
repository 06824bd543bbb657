import { createLatch, sleep, within } from '../utils/waiting'
import type { AuthStorage } from './auth-storage'
import { HEARD_WITHIN_MS, openMemoryChannel } from './memory-channel'

/** A record in the memory of a tab. Of two entries the one with the greater revision counts. */
interface Entry {
  readonly revision: number
  readonly record: unknown
}

/** Far later than any clock, and so far from 2⁵³ that each next revision is greater. */
const MAX_REVISION = 2 ** 52
const NONE: Entry = { revision: 0, record: null }

/** Without a revision: a question. With one: the entry, as an answer or an announcement. */
type Message = { readonly key: string } & Partial<Entry>

/**
 * Stores the session in memory, and leaves nothing on the device. The tabs of an origin share it by BroadcastChannel.
 * A reload signs out, unless another tab is open and hands the session over. `indexedDbStorage()` is safer for many
 * tabs: here a tab that does not answer within 100 ms is left out.
 */
export function memoryStorage(): AuthStorage {
  const entries = new Map<string, Entry>()
  /** Opened by the next newer entry of another tab. */
  let news = createLatch()
  let channel: BroadcastChannel | undefined
  /** Whether no other tab has sent anything since the last question. */
  let isAlone = false

  const entryOf = (key: string): Entry => entries.get(key) ?? NONE

  function onMessage(data: unknown): void {
    const { key, revision, record } = Object(data) as { [Name in keyof Message]?: unknown }
    if (typeof key !== 'string') return
    isAlone = false
    if (revision === undefined) return tell(key)
    // The clock is no measure: it may have been set back since. No later write could replace an entry beyond.
    if (!(Number(revision) > entryOf(key).revision && Number(revision) < MAX_REVISION)) return
    entries.set(key, { revision: Number(revision), record })
    news.open()
    news = createLatch()
  }

  function tell(key: string): void {
    // Without an entry, the answer tells only that there is another tab.
    channel?.postMessage({ key, revision: 0, ...entries.get(key) })
  }

  const connect = (): void =>
    void (channel ??= openMemoryChannel('vue-auth-refresh/memory', onMessage))

  /** Asks the other tabs, until one has a newer entry. Does not ask again where there is no other tab. */
  async function ask(key: string): Promise<void> {
    if (!channel || isAlone) return
    isAlone = true
    channel.postMessage({ key })
    await within(news.opened, HEARD_WITHIN_MS, () => {})
  }

  return {
    async read(key) {
      connect()
      await ask(key)
      return entryOf(key).record
    },
    async update(key, change) {
      connect()
      const { revision, record } = entryOf(key)
      const next = change(record)
      if (next !== undefined) {
        entries.set(key, {
          revision: Math.max(Date.now(), revision + 1) + Math.random(),
          record: next,
        })
        tell(key)
        if (channel && !isAlone) await sleep(HEARD_WITHIN_MS)
      }
      return entryOf(key).record
    },
    close() {
      channel?.close()
      channel = undefined
    },
  }
}
