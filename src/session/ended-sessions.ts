/** Limit of the ids. A write of another tab can cross with an end only for moments. */
const MAX_REMEMBERED_SESSIONS = 50

/** The ids of the sessions that have ended in this tab. A write of another tab that crossed must not bring one back. */
export interface EndedSessions {
  add(id: string): void
  has(id: string): boolean
}

export function createEndedSessions(): EndedSessions {
  let ids: string[] = []
  return {
    has: (id) => ids.includes(id),
    add(id) {
      ids = [id, ...ids].slice(0, MAX_REMEMBERED_SESSIONS)
    },
  }
}
