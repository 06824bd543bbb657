import { pause, within } from '../utils/waiting'
import type { AuthStorage } from './auth-storage'

/** What a tab has in memory; of two entries the one with the greater revision counts. */
interface Entry {
  readonly revision: number
  readonly record: unknown
}

/** How long the other tabs may take to answer, or to hear of a change, in ms. */
const PATIENCE = 100
const DAY = 86_400_000
const NOTHING: Entry = { revision: 0, record: null }

/** A question for what another tab has under a key; or, with a revision, the answer, and the news of a change. */
type Message = { readonly key: string } & Partial<Entry>

/**
 * Keeps the session in memory, and leaves nothing on the device. The tabs of an origin hand it over to each other by
 * BroadcastChannel, so a reload signs out unless another tab is open. Second best to `indexedDbStorage()` for many
 * tabs: a tab that does not answer within 100 ms is not waited for.
 */
export function memoryStorage(): AuthStorage {
  const entries = new Map<string, Entry>()
  const listeners = new Set<() => void>()
  let channel: BroadcastChannel | undefined
  /** Whether no other tab has been heard of since the last question. */
  let isAlone = false

  const entryOf = (key: string): Entry => entries.get(key) ?? NOTHING

  function onMessage({ data }: MessageEvent<unknown>): void {
    const { key, revision, record } = Object(data) as { [Name in keyof Message]?: unknown }
    if (typeof key !== 'string') return
    isAlone = false
    if (revision === undefined) return tell(key)
    // One from the far future could never be outdone.
    if (!(Number(revision) > entryOf(key).revision && Number(revision) < Date.now() + DAY)) return
    entries.set(key, { revision: Number(revision), record })
    listeners.forEach((listener) => listener())
  }

  function tell(key: string): void {
    channel?.postMessage({ key, ...entryOf(key) })
  }

  function connect(): void {
    if (typeof window === 'undefined' || typeof BroadcastChannel === 'undefined') return
    channel ??= new BroadcastChannel('vue-auth-refresh/memory')
    channel.onmessage = onMessage
  }

  /** Asks the other tabs, until one knows better; does not ask again where nobody is. */
  async function ask(key: string): Promise<void> {
    if (!channel || isAlone) return
    isAlone = true
    let listener = (): void => {}
    const answered = new Promise<void>((resolve) => listeners.add((listener = resolve)))
    channel.postMessage({ key })
    await within(answered, PATIENCE, () => {})
    listeners.delete(listener)
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
        tell(key)
        if (channel && !isAlone) await pause(PATIENCE)
      }
      return entryOf(key).record
    },
    close() {
      channel?.close()
      channel = undefined
    },
  }
}
