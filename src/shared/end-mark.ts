import type { EndMark } from '../session/shared-session'

/** For a server, whose pages do not come back. */
export const noMark: EndMark = { get: () => null, set() {} }

/** A mark in `localStorage`, which is written before the page can go away. Where there is none, nothing is marked. */
export function endMark(name: string): EndMark {
  const key = `vue-auth-refresh/ending:${name}`
  return {
    get() {
      try {
        return localStorage.getItem(key)
      } catch {
        return null
      }
    },
    set(id) {
      try {
        if (id === null) localStorage.removeItem(key)
        else localStorage.setItem(key, id)
      } catch {
        // A reload during the logout may undo it.
      }
    },
  }
}
