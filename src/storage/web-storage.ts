import type { AuthStorage } from './auth-storage'

/**
 * Keeps the session in `localStorage`, or in `sessionStorage` for one tab only. Second best: a browser does not
 * promise that another tab sees a write at once, so two tabs may refresh with the same token.
 *
 * @param kind default `local`
 */
export function webStorage(kind: 'local' | 'session' = 'local'): AuthStorage {
  // Looked up at each use: in a sandboxed frame the mere access throws, and that is for the fallback to see.
  const area = (): Storage => globalThis[`${kind}Storage`]
  const keyOf = (key: string): string => `vue-auth-refresh:${key}`

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
      return read(key)
    },
  }
}
