import type { PageMark } from '../session/shared-session'

/** For a server, whose pages do not come back. */
export const noMark: PageMark = { get: () => null, set() {} }

/**
 * A mark in `localStorage`, which is written before the page can go away. Where there is none, nothing is marked: a reload
 * during a logout may undo it, and a lease runs out.
 */
export const pageMark = (name: string): PageMark =>
  markIn(() => localStorage, `vue-auth-refresh/ending:${name}`)

/** A mark in `sessionStorage`, which the next page of this tab finds, and a duplicate of the tab. */
export const tabMark = (name: string): PageMark =>
  markIn(() => sessionStorage, `vue-auth-refresh/visit:${name}`)

/** @param area accessed at each use: in a sandboxed frame the access throws */
function markIn(area: () => Storage, key: string): PageMark {
  return {
    get() {
      try {
        return area().getItem(key)
      } catch {
        return null
      }
    },
    set(text) {
      try {
        if (text === null) area().removeItem(key)
        else area().setItem(key, text)
      } catch {
        // Nothing is marked.
      }
    },
  }
}
