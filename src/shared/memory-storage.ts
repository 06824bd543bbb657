import { createLatch, sleep, within } from '../utils/waiting'
import type { AuthStorage } from './auth-storage'

/** A record in the memory of a tab. Of two entries the one with the greater revision counts. */
interface Entry {
  readonly revision: number
  readonly record: unknown
}

/** Time in which the other tabs answer, or receive a change. */
const ANSWERED_WITHIN_MS = 100
const DAY_MS = 86_400_000

/** Without a revision: a question. With one: the entry, as an answer or an announcement. */
type Message = { readonly key: string } & Partial<Entry>

/**
 * Stores the session in memory, and leaves nothing on the device. The tabs of an origin share it by BroadcastChannel.
 * A reload signs out, unless another tab is open and hands the session over. `indexedDbStorage()` is safer for many
 * tabs: here a tab that does not answer within 100 ms is left out.
 */
export const memoryStorage = (): AuthStorage => createMemory()

/** A memory that stands in for another storage. */
interface SpareOptions {
  /** The time of what the other storage had. Older entries do not count. */
  readonly since: number
  /** Whether the tabs share nothing. */
  readonly isPerTab: boolean
}

/**
 * @param spare given where it stands in for another storage: nothing is sent until another tab asks, and a key that no
 *   tab has written to has no record, not even null
 */
export function createMemory(spare?: SpareOptions): AuthStorage {
  const none: Entry = spare
    ? { revision: spare.since, record: undefined }
    : { revision: 0, record: null }
  const entries = new Map<string, Entry>()
  /** Opened by the next newer entry of another tab. */
  let news = createLatch()
  let channel: BroadcastChannel | undefined
  /** Whether no other tab has sent anything since the last question. */
  let isAlone = false

  const entryOf = (key: string): Entry => entries.get(key) ?? none

  function onMessage({ data }: MessageEvent<unknown>): void {
    const { key, revision, record } = Object(data) as { [Name in keyof Message]?: unknown }
    if (typeof key !== 'string') return
    isAlone = false
    if (revision === undefined) return tell(key)
    // No later write could replace an entry from the far future.
    if (!(Number(revision) > entryOf(key).revision && Number(revision) < Date.now() + DAY_MS))
      return
    entries.set(key, { revision: Number(revision), record })
    news.open()
    news = createLatch()
  }

  function tell(key: string): void {
    // Without an entry, the answer tells only that there is another tab.
    channel?.postMessage({ key, revision: 0, ...entries.get(key) })
  }

  function connect(): void {
    if (spare?.isPerTab || typeof window === 'undefined') return
    try {
      // Only a page's own channel reaches its tabs alone. That of Node, in jsdom say, reaches the apps of other tests.
      if (!(BroadcastChannel.prototype instanceof EventTarget)) return
      channel ??= new BroadcastChannel('vue-auth-refresh/memory')
      channel.onmessage = onMessage
    } catch {
      // Without a channel, each tab has a memory of its own.
    }
  }

  /** Asks the other tabs, until one has a newer entry. Does not ask again where there is no other tab. */
  async function ask(key: string): Promise<void> {
    if (!channel || isAlone) return
    isAlone = true
    channel.postMessage({ key })
    await within(news.opened, ANSWERED_WITHIN_MS, () => {})
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
          revision: Math.max(Date.now(), revision) + Math.random(),
          record: next,
        })
        if (!spare || !isAlone) tell(key)
        if (channel && !isAlone) await sleep(ANSWERED_WITHIN_MS)
      }
      return entryOf(key).record
    },
    close() {
      channel?.close()
      channel = undefined
    },
  }
}
