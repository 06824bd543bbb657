import type { Visit } from '../session/shared-session'
import { createLatch, within } from '../utils/waiting'
import { listen } from './listen'
import { openMemoryChannel } from './memory-channel'
import { tabMark } from './page-mark'

/** Time in which tabs without Web Locks tell that they take part, in ms. A tab that is busy for longer is left out. */
const TOLD_WITHIN_MS = 1_000
/** End of the mark of a page that was left by a reload or a link. A crash leaves none. */
const LEFT = ' left'

/** For a server, which has no tabs. */
export const noVisit: Visit = { join: async () => {}, isOn: async () => true }

/** Whether the browser has dropped this page to save memory, and now loads it again. */
const wasDiscarded = (): boolean => (document as { wasDiscarded?: boolean }).wasDiscarded === true

/**
 * The visit of this tab. Each tab holds a shared Web Lock while it takes part, which ends with the tab in any case. A page
 * that is left marks that in `sessionStorage`, which only the same tab reads. Without Web Locks, tabs ask each other.
 */
export function openVisit(name: string): Visit & { close(): void } {
  const topic = `vue-auth-refresh/visit:${name}`
  const mark = tabMark(name)
  // TypeScript's types say that every browser has locks.
  const locks = navigator.locks as LockManager | undefined
  let joined: string | null = null
  let joining: Promise<void> | undefined
  let release = (): void => {}
  let channel: BroadcastChannel | undefined
  /** The visit that this tab asks for, and what the first answer opens. */
  let asked: string | undefined
  let heard = createLatch()

  const connect = (): void =>
    void (channel ??= openMemoryChannel(topic, (data) => {
      const { ask, on } = Object(data) as { ask?: unknown; on?: unknown }
      if (joined !== null && ask === joined) channel?.postMessage({ on: joined })
      if (on !== undefined && on === asked) heard.open()
    }))

  async function enter(id: string): Promise<void> {
    const held = createLatch()
    const left = createLatch()
    release = left.open
    const granted = (): Promise<void> => {
      held.open()
      return left.opened
    }
    const goWithout = (): void => {
      connect()
      held.open()
    }
    if (locks) locks.request(`${topic}:${id}`, { mode: 'shared' }, granted).catch(goWithout)
    else goWithout()
    await held.opened
    // The lock comes first: another app of this page may read the mark in between.
    if (joined === id) mark.set(id)
  }

  function leave(): void {
    if (joined !== null) mark.set(joined + LEFT)
    release()
    channel?.close()
    channel = undefined
  }

  const stops = [
    // Also into the back/forward cache, which no page with a lock or a channel enters.
    listen(globalThis, 'pagehide', leave),
    listen(globalThis, 'pageshow', (event) => {
      if ((event as PageTransitionEvent).persisted && joined !== null) joining = enter(joined)
    }),
  ]

  return {
    async join(id) {
      if (id !== joined) {
        joined = id
        release()
        if (id === null) mark.set(null)
        joining = id === null ? undefined : enter(id)
      }
      await joining
    },
    async isOn(id) {
      const text = mark.get()
      if (text === id + LEFT || (text === id && wasDiscarded())) return true
      try {
        const { held = [] } = await navigator.locks.query()
        return held.some((lock) => lock.name === `${topic}:${id}`)
      } catch {
        connect()
        asked = id
        heard = createLatch()
        channel?.postMessage({ ask: id })
        const isHeard = heard.opened.then(() => true)
        return channel ? within(isHeard, TOLD_WITHIN_MS, () => false) : false
      }
    },
    close() {
      leave()
      stops.forEach((stop) => stop())
    },
  }
}
