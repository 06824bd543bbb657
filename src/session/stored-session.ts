import { fromRecord, toRecord, type NobodyRecord, type Session, type StoredRecord } from './session'

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
  read(): Promise<Session | null>
  /** Stores a session in place of any other, if `isCurrent` still says so when its turn has come. */
  put(session: Session, isCurrent: () => boolean): Promise<unknown>
  /**
   * Stores a successor over what came before it, not over its like, another session or none. Resolves with what
   * is stored then: `next`, or what has come in between.
   */
  commit(next: Session): Promise<Session | null>
  /**
   * Removes this session, but none of a greater generation. Resolves with what is stored then.
   *
   * @param isOpen whether somebody else may be signed in by now
   */
  forget(ended: Pick<Session, 'id' | 'generation'>, isOpen?: boolean): Promise<Session | null>
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
    change: (found: Session | null) => Session | null | undefined,
    removed: NobodyRecord | null = null,
  ): Promise<Session | null> {
    let next: Session | null | undefined
    const record = await update((current) => {
      next = change(parse(current))
      return next === null ? removed : next && toRecord(next)
    })
    if (next === undefined) return parse(record)
    announce()
    return next
  }

  return {
    read: async () => parse(await read()),
    put: (session, isCurrent) => save(() => (isCurrent() ? session : undefined)),
    commit: (next) =>
      save((found) =>
        found?.id === next.id && found.generation < next.generation ? next : undefined,
      ),
    forget: (ended, isOpen) =>
      save(
        (found) =>
          found?.id === ended.id && found.generation <= ended.generation ? null : undefined,
        isOpen ? null : gone,
      ),
  }
}
