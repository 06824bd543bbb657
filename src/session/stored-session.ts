import {
  fromRecord,
  isLapsed,
  toLapsed,
  toRecord,
  type NobodyRecord,
  type Session,
  type Stored,
  type StoredRecord,
} from './session'

/** Where the session is stored, and who is to know. */
export interface StoredSessionPorts {
  read(): Promise<unknown>
  /** Compare-and-set, as in `AuthStorage`. */
  update(change: (current: unknown) => StoredRecord | null | undefined): Promise<unknown>
  /** Tells the other tabs that what is stored has changed. */
  announce(): void
}

/** The session that all tabs share. Each of its changes is one atomic step, and is announced. */
export interface StoredSession {
  /** As it is now; null when there is none. */
  read(): Promise<Stored | null>
  /** Stores a session in place of any other, if `mayReplace` says so of what is stored when its turn has come. */
  put(session: Session, mayReplace: (found: Stored | null) => boolean): Promise<unknown>
  /**
   * Stores a successor over what came before it, not over its like, another session or none. Resolves with what
   * is stored then: `next`, or what has come in between.
   *
   * @param isCurrent false when the session has ended here
   */
  commit(next: Session, isCurrent: () => boolean): Promise<Stored | null>
  /**
   * Removes this session, but none of a greater generation, and tells the others in any case. Resolves with what is
   * stored then.
   *
   * @param isOpen whether somebody else may be signed in by now
   */
  forget(ended: Pick<Session, 'id' | 'generation'>, isOpen?: boolean): Promise<Stored | null>
  /**
   * Removes this session, whatever its generation is, and tells the others in any case.
   *
   * @param isOver which others are removed as well: perhaps it was still to take the place of one
   */
  erase(id: string, isOver: (id: string) => boolean): Promise<Stored | null>
  /** Removes it likewise, but leaves word that its user is asked to sign in again. */
  lapse(ended: Session): Promise<Stored | null>
}

/**
 * @param gone what is stored in place of a session that is over
 * @param parse what a record stands for
 */
export function createStoredSession(
  { read, update, announce }: StoredSessionPorts,
  gone: NobodyRecord | null = null,
  parse = fromRecord,
): StoredSession {
  async function save(
    change: (found: Stored | null) => Stored | null | undefined,
    removed?: NobodyRecord | null,
  ): Promise<Stored | null> {
    let next: Stored | null | undefined
    const record = await update((current) => {
      next = change(parse(current))
      return next === null ? (removed ?? null) : next && toRecord(next)
    })
    // Also where nothing is left to remove: somebody may have cleared the storage under the other tabs.
    if (next !== undefined || removed !== undefined) announce()
    return next === undefined ? parse(record) : next
  }

  const isDue = (
    found: Stored | null,
    { id, generation }: Pick<Session, 'id' | 'generation'>,
  ): boolean => found?.id === id && found.generation <= generation

  return {
    read: async () => parse(await read()),
    put: (session, mayReplace) =>
      save((found) => (found?.id !== session.id && mayReplace(found) ? session : undefined)),
    commit: (next, isCurrent) =>
      save((found) =>
        isCurrent() && isDue(found, { ...next, generation: next.generation - 1 })
          ? next
          : undefined,
      ),
    forget: (ended, isOpen) =>
      save((found) => (isDue(found, ended) ? null : undefined), isOpen ? null : gone),
    erase: (id, isOver) =>
      save((found) => (found && (found.id === id || isOver(found.id)) ? null : undefined), gone),
    async lapse(ended) {
      const stored = await save((found) => (isDue(found, ended) ? toLapsed(ended) : undefined))
      return isLapsed(stored) ? null : stored
    },
  }
}
