import { sleep } from '../utils/waiting'
import type { AuthStorage } from './auth-storage'

/** Time after which the other tabs see a write. No browser promises it; it was measured. */
const SEEN_AFTER_MS = 100

/**
 * Stores the session in `localStorage`, or in `sessionStorage` for one tab only. Prefer `indexedDbStorage()`: every
 * write here waits 100 ms until other tabs see it. Under great load two tabs may still refresh with the same token.
 *
 * @param kind default `local`; with `session` a duplicated tab copies the refresh token, and sends it a second time
 */
export function webStorage(kind: 'local' | 'session' = 'local'): AuthStorage {
  // Access it at each use: in a sandboxed frame the access throws, and only errors of a use reach the fallback.
  const area = (): Storage => globalThis[`${kind}Storage`]
  const keyOf = (key: string): string => `vue-auth-refresh:${key}`
  const hasOtherTabs = kind === 'local' && typeof window !== 'undefined'

  function read(key: string): unknown {
    const text = area().getItem(keyOf(key)) ?? 'null'
    try {
      return JSON.parse(text)
    } catch {
      return text
    }
  }

  return {
    isPerTab: kind === 'session',
    read: async (key) => read(key),
    update: async (key, change) => {
      const next = change(read(key))
      if (next === null) area().removeItem(keyOf(key))
      if (next) {
        const text = JSON.stringify(next)
        area().setItem(keyOf(key), text)
        // Some private modes drop writes silently.
        if (area().getItem(keyOf(key)) !== text) throw new Error('The record was not kept.')
      }
      if (next !== undefined && hasOtherTabs) await sleep(SEEN_AFTER_MS)
      return read(key)
    },
  }
}
