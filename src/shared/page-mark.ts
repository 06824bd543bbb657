import type { PageMark } from '../session/shared-session'

/** For a server, whose pages do not come back. */
export const noMark: PageMark = { get: () => null, set() {} }

/**
 * A mark in `localStorage`, which is written before the page can go away. Where there is none, nothing is marked: a reload
 * during a logout may undo it, and a lease runs out.
 */
export function pageMark(name: string): PageMark {
  const key = `vue-auth-refresh/ending:${name}`
  return {
    get() {
      try {
        return localStorage.getItem(key)
      } catch {
        return null
      }
    },
    set(text) {
      try {
        if (text === null) localStorage.removeItem(key)
        else localStorage.setItem(key, text)
      } catch {
        // Nothing is marked.
      }
    },
  }
}
