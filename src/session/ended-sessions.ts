/** How many are remembered: what crosses with an end does so within moments. */
const REMEMBERED = 50

/** The sessions that have ended here: nothing brings them back, not even a write of another tab that crossed. */
export interface EndedSessions {
  add(id: string): void
  has(id: string): boolean
}

export function createEndedSessions(): EndedSessions {
  const ids = new Set<string>()
  return {
    has: (id) => ids.has(id),
    add(id) {
      if (ids.size >= REMEMBERED) ids.clear()
      ids.add(id)
    },
  }
}
