import { beforeEach, vi } from 'vitest'

const { BroadcastChannel } = globalThis

/** The channel of Node as a page has one: with the EventTarget of the page. Without it, each memory is alone. */
export class PageChannel extends EventTarget {
  private readonly channel: BroadcastChannel

  constructor(name: string) {
    super()
    this.channel = new BroadcastChannel(name)
  }

  set onmessage(listener: BroadcastChannel['onmessage']) {
    this.channel.onmessage = listener
  }

  postMessage(message: unknown): void {
    this.channel.postMessage(message)
  }

  close(): void {
    this.channel.close()
  }
}

/**
 * Makes jsdom a browser with one tab: it has no Web Locks, and the BroadcastChannel of Node that shines through
 * reaches the apps of other tests.
 */
export function useSingleTab(): void {
  beforeEach(() => {
    vi.stubGlobal('BroadcastChannel', undefined)
    const request = async (_name: string, _options: LockOptions, granted: () => unknown) =>
      granted()
    const locks = { request, query: () => Promise.resolve({ held: [], pending: [] }) }
    Object.defineProperty(navigator, 'locks', { value: locks, configurable: true })
    return () => {
      vi.unstubAllGlobals()
      vi.restoreAllMocks()
    }
  })
}

/** Shows or hides the page, until the test is over. */
export function showPage(isShown: boolean): void {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(isShown ? 'visible' : 'hidden')
  document.dispatchEvent(new Event('visibilitychange'))
}

/** Takes the network away or brings it back, until the test is over. Sockets keep working all the same. */
export function setOnline(isOnline: boolean): void {
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(isOnline)
  dispatchEvent(new Event(isOnline ? 'online' : 'offline'))
}
