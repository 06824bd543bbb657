import {
  fromRecord,
  isLapsed,
  toLapsed,
  toRecord,
  type Session,
  type SessionRecord,
  type Stored,
} from './session'

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
  read(): Promise<Stored | null>
  /** Stores a session in place of any other, if `isCurrent` still says so when its turn has come. */
  put(session: Session, isCurrent: () => boolean): Promise<unknown>
  /**
   * Stores a successor over what came before it, not over its like, another session or none. Resolves with what
   * is stored then: `next`, or what has come in between.
   */
  commit(next: Session): Promise<Stored | null>
  /** Removes this session, but none of a greater generation. Resolves with what is stored then. */
  forget(ended: Pick<Session, 'id' | 'generation'>): Promise<Stored | null>
  /** The same, but leaves word that its user is asked to sign in again. */
  lapse(ended: Session): Promise<Stored | null>
}

export function createStoredSession({ read, update, announce }: StoredSessionPorts): StoredSession {
  async function save(
    change: (found: Stored | null) => Stored | null | undefined,
  ): Promise<Stored | null> {
    let next: Stored | null | undefined
    const record = await update((current) => {
      next = change(fromRecord(current))
      return next && toRecord(next)
    })
    if (next === undefined) return fromRecord(record)
    announce()
    return next
  }

  const replace = (
    ended: Pick<Session, 'id' | 'generation'>,
    next: Stored | null,
  ): Promise<Stored | null> =>
    save((found) =>
      found?.id === ended.id && found.generation <= ended.generation ? next : undefined,
    )

  return {
    read: async () => fromRecord(await read()),
    put: (session, isCurrent) => save(() => (isCurrent() ? session : undefined)),
    commit: (next) =>
      save((found) =>
        found?.id === next.id && found.generation < next.generation ? next : undefined,
      ),
    forget: (ended) => replace(ended, null),
    async lapse(ended) {
      const stored = await replace(ended, toLapsed(ended))
      return isLapsed(stored) ? null : stored
    },
  }
}
