import { listen } from './listen'

/** Announcements between the tabs of an origin. */
export interface TabChannel {
  /** Tells the other tabs that the stored session has changed. They read for themselves what it is now. */
  announce(): void
  close(): void
}

/**
 * Announces by BroadcastChannel; where that is missing, by an entry in `localStorage`. Announcements are empty, so
 * there is nothing to forge.
 *
 * @param onAnnounced called when another tab has announced a change, or other code has changed `localStorage`
 */
export function createTabChannel(name: string, onAnnounced: () => void): TabChannel {
  const topic = `vue-auth-refresh:${name}`
  const knock = `vue-auth-refresh/changed:${name}`
  let channel: BroadcastChannel | undefined

  function open(): void {
    try {
      channel ??= new BroadcastChannel(topic)
      channel.onmessage = () => onAnnounced()
    } catch {
      // Without a channel, a tab reads the change when it is shown again.
    }
  }
  function close(): void {
    channel?.close()
    channel = undefined
  }
  function onStorage(event: Event): void {
    const { key } = event as StorageEvent
    // The topic is the key of `webStorage()`, too; without a key everything was cleared.
    if (key === null || key === topic || key === knock) onAnnounced()
  }

  open()
  const stops = [
    listen(globalThis, 'storage', onStorage),
    // An open channel keeps a page out of the back/forward cache.
    listen(globalThis, 'pagehide', close),
    listen(globalThis, 'pageshow', open),
  ]

  return {
    announce() {
      try {
        if (channel) channel.postMessage(null)
        else localStorage.setItem(knock, String(Math.random()))
      } catch {
        // Without either, a tab reads the change when it is shown again.
      }
    },
    close() {
      close()
      stops.forEach((stop) => stop())
    },
  }
}
