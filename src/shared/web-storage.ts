import { pause } from '../utils/waiting'
import type { AuthStorage } from './auth-storage'

/** How long a write may take to be seen by the other tabs, in ms. No browser promises it; this is what was measured. */
const SETTLING = 100

/**
 * Keeps the session in `localStorage`, or in `sessionStorage` for one tab only. Second best: a browser does not
 * say when another tab sees a write, so every write waits 100 ms for it, and under great load that may not be
 * enough: two tabs may then refresh with the same token. Prefer `indexedDbStorage()`.
 *
 * @param kind default `local`; with `session` a duplicated tab begins with a copy of the same refresh token, and the
 *   second refresh is reuse
 */
export function webStorage(kind: 'local' | 'session' = 'local'): AuthStorage {
  // Looked up at each use: in a sandboxed frame the mere access throws, and that is for the fallback to see.
  const area = (): Storage => globalThis[`${kind}Storage`]
  const keyOf = (key: string): string => `vue-auth-refresh:${key}`
  const hasSiblings = kind === 'local' && typeof window !== 'undefined'

  function read(key: string): unknown {
    const text = area().getItem(keyOf(key)) ?? 'null'
    try {
      return JSON.parse(text)
    } catch {
      return text
    }
  }

  return {
    read: async (key) => read(key),
    update: async (key, change) => {
      const next = change(read(key))
      if (next === null) area().removeItem(keyOf(key))
      if (next) {
        const text = JSON.stringify(next)
        area().setItem(keyOf(key), text)
        // Some private modes drop writes without a word.
        if (area().getItem(keyOf(key)) !== text) throw new Error('The record was not kept.')
      }
      if (next !== undefined && hasSiblings) await pause(SETTLING)
      return read(key)
    },
  }
}
