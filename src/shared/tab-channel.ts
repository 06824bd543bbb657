import { listen } from './listen'

/** Announcements between the tabs of an origin. */
export interface TabChannel {
  /**
   * Tells the other tabs that the stored session has changed. They read for themselves what it is now.
   *
   * @param ended the id of a session that has ended
   */
  announce(ended?: string): void
  close(): void
}

/**
 * Announces by BroadcastChannel; where that is missing, by an entry in `localStorage`, without an id. Announcements have
 * nothing to leak: an id is no token.
 *
 * @param onAnnounced called when another tab has announced a change, or other code has changed `localStorage`
 * @param onEnded called before, with the id of a session that has ended
 */
export function createTabChannel(
  name: string,
  onAnnounced: () => void,
  onEnded: (id: string) => void = () => {},
): TabChannel {
  const topic = `vue-auth-refresh:${name}`
  const knock = `vue-auth-refresh/changed:${name}`
  let channel: BroadcastChannel | undefined

  function open(): void {
    try {
      channel ??= new BroadcastChannel(topic)
      channel.onmessage = (event) => {
        const { data } = Object(event) as { data?: unknown }
        if (typeof data === 'string') onEnded(data)
        onAnnounced()
      }
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
    announce(ended) {
      try {
        if (channel) channel.postMessage(ended ?? null)
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
