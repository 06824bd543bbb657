import { setTimeout as delay } from 'node:timers/promises'
import type { FaultMode } from '../protocol.ts'

/** Misbehaviour of the token endpoint on demand, for one browser at a time. */
export interface Faults {
  mode(browser: string): FaultMode
  /** Leaving `hanging` lets go of the requests that hang: they are treated as the new mode says. */
  setMode(browser: string, mode: FaultMode): void
  /**
   * Resolves when a request to the token endpoint may go on, or with the reason why it may not.
   *
   * @param signal aborted when the client goes away; nothing is exchanged without a client
   */
  pass(browser: string, signal: AbortSignal): Promise<'ok' | 'unavailable' | 'gone'>
}

/** How long `slow` takes, in ms. */
const slowness = 3_000

export function createFaults(): Faults {
  const modes = new Map<string, FaultMode>()
  const hanging = new Map<string, Set<() => void>>()

  function hang(browser: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiting = hanging.get(browser) ?? new Set()
      hanging.set(browser, waiting)
      const release = () => {
        waiting.delete(release)
        signal.removeEventListener('abort', release)
        resolve()
      }
      waiting.add(release)
      signal.addEventListener('abort', release)
    })
  }

  return {
    mode: (browser) => modes.get(browser) ?? 'normal',
    setMode(browser, mode) {
      if (mode === 'normal') modes.delete(browser)
      else modes.set(browser, mode)
      if (mode === 'hanging') return
      for (const release of hanging.get(browser) ?? []) release()
      hanging.delete(browser)
    },
    async pass(browser, signal) {
      // A request that is let go meets the server as it is then
      while (modes.get(browser) === 'hanging' && !signal.aborted) await hang(browser, signal)
      const mode = modes.get(browser) ?? 'normal'
      if (mode === 'slow') await delay(slowness, undefined, { signal }).catch(() => {})
      if (signal.aborted) return 'gone'
      return mode === 'failing' ? 'unavailable' : 'ok'
    },
  }
}
