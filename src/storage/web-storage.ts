import type { AuthStorage } from './auth-storage'

/** A record under a key that other code of the origin will not hit by chance. */
const PREFIX = 'vue-auth-refresh:'

function parse(text: string | null): unknown {
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/**
 * Keeps the session in `localStorage`, or in `sessionStorage` for one tab only. Second best: a browser does not
 * promise that another tab sees a write at once, so two tabs may refresh with the same token.
 *
 * @param kind default `local`
 */
export function webStorage(kind: 'local' | 'session' = 'local'): AuthStorage {
  // Read at each use: in a sandboxed frame the mere access throws, and that must reach the caller's fallback.
  const area = (): Storage => (kind === 'local' ? localStorage : sessionStorage)
  return {
    read: async (key) => parse(area().getItem(PREFIX + key)),
    update: async (key, change) => {
      const storage = area()
      const current = storage.getItem(PREFIX + key)
      const next = change(parse(current))
      if (next === null) storage.removeItem(PREFIX + key)
      if (!next) return next === null ? null : parse(current)
      const text = JSON.stringify(next)
      storage.setItem(PREFIX + key, text)
      // Some private modes drop writes without a word.
      if (storage.getItem(PREFIX + key) !== text) throw new Error('The storage did not keep the record.')
      return next
    },
  }
}
