/** Limit of the ids. A write of another tab can cross with an end only for moments. */
const MAX_REMEMBERED_SESSIONS = 50

/** The ids of the sessions that have ended in this tab. A write of another tab that crossed must not bring one back. */
export interface EndedSessions {
  add(id: string): void
  has(id: string): boolean
}

export function createEndedSessions(): EndedSessions {
  const ids = new Set<string>()
  return {
    has: (id) => ids.has(id),
    add(id) {
      ids.add(id)
      // A set is read in the order of its entries: the oldest goes.
      for (const oldest of ids) if (ids.size > MAX_REMEMBERED_SESSIONS) ids.delete(oldest)
    },
  }
}
