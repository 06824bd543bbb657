import { beforeEach, vi } from 'vitest'

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
    return () => vi.unstubAllGlobals()
  })
}
