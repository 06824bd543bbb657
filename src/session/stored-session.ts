import { fromRecord, toRecord, type Session, type SessionRecord } from './session'

/** Where the session is stored, and who is to know. */
export interface StoredSessionPorts {
  read(): Promise<unknown>
  /** Compare-and-set, as in `AuthStorage`. */
  update(change: (current: unknown) => SessionRecord | null | undefined): Promise<unknown>
  /** Tells the other tabs that what is stored has changed. */
  announce(): void
}

/** The session that all tabs share. Each of its changes is one atomic step, and is announced. */
export interface StoredSession {
  /** As it is now; null when there is none. */
  read(): Promise<Session | null>
  /** Stores a session in place of any other, if `isCurrent` still says so when its turn has come. */
  put(session: Session, isCurrent: () => boolean): Promise<unknown>
  /**
   * Stores a successor over what came before it, not over its like, another session or none. Resolves with what
   * is stored then: `next`, or what has come in between.
   *
   * @param isCurrent as for `put`: false when the session has ended here
   */
  commit(next: Session, isCurrent: () => boolean): Promise<Session | null>
  /**
   * Removes this session, but none of a greater generation, and tells the others in any case. Resolves with what is
   * stored then.
   */
  forget(ended: Pick<Session, 'id' | 'generation'>): Promise<Session | null>
}

export function createStoredSession({ read, update, announce }: StoredSessionPorts): StoredSession {
  async function save(
    change: (found: Session | null) => Session | null | undefined,
    isNews = false,
  ): Promise<Session | null> {
    let next: Session | null | undefined
    const record = await update((current) => {
      next = change(fromRecord(current))
      return next && toRecord(next)
    })
    if (isNews || next !== undefined) announce()
    return next === undefined ? fromRecord(record) : next
  }

  return {
    read: async () => fromRecord(await read()),
    put: (session, isCurrent) => save(() => (isCurrent() ? session : undefined)),
    commit: (next, isCurrent) =>
      save((found) =>
        isCurrent() && found?.id === next.id && found.generation < next.generation
          ? next
          : undefined,
      ),
    forget: (ended) =>
      save(
        (found) =>
          found?.id === ended.id && found.generation <= ended.generation ? null : undefined,
        // Also where nothing is left: somebody may have cleared the storage under the other tabs.
        true,
      ),
  }
}
