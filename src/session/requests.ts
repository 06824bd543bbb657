import { AuthError } from '../errors'
import type { RefreshReason } from '../events'
import { within } from '../utils/waiting'
import type { Evidence, Resource } from './evidence'
import { canRefresh, isExpiring, remaining, type Session } from './session'
import { refusedOf, sessionOf, standingOf, type SessionState } from './session-state'

/** A session with a live token, now or after a refresh. */
export type Live = Session | Promise<Session>

/** The session as requests see it. */
export interface Requests extends Pick<Evidence, 'accepted' | 'replayRefused'> {
  /**
   * The owner of a request that is made now: the id of its session, null for no session, undefined where that is not
   * known yet.
   *
   * @param isFromFetchUser belongs to the session in use, even while its user is unknown
   */
  ownerNow(isFromFetchUser: boolean): string | null | undefined
  /** Settles once it is known who is signed in; undefined if it is known already. Asks the server again if needed. */
  whenKnown(): Promise<unknown> | undefined
  /** The session in use. */
  current(): Session | null
  /**
   * The session for requests of an owner, refreshed where it is about to expire.
   *
   * @throws {@link AuthError} at once where that session is over
   */
  acquire(owner: string): Live
  /**
   * The session for a request that was refused, with a newer token; null when refreshing would not help. Rejects where
   * that session is over.
   *
   * @param waited how long the request has waited for a refresh already, in ms
   */
  recover(used: Session, resource: Resource, waited: number): Live | null
  /** The reason why a session that is no longer in use cannot serve. */
  lost(): AuthError
}

/** The session keeper as requests need it. */
export interface RequestPorts {
  state(): SessionState
  /** Resolves at the next change of the state. */
  whenChanged(): Promise<void>
  /** Settles with the reading of the storage that is under way; undefined while there is none. */
  rereading(): Promise<void> | undefined
  /** Settles once the start is over; asks the server who is signed in, where only it can tell. */
  search(): Promise<unknown>
  /** The reason of the refresh in flight; undefined while there is none. */
  refreshReason(): RefreshReason | undefined
  refresh(reason: RefreshReason): Promise<Session>
  /** Whether a refresh that begins now could not be answered at once. */
  isStalled(): boolean
  /** Notes that a request waits until its user has signed in again. */
  awaitUser(): void
}

export interface RequestOptions {
  /** In ms; false: never refresh ahead. */
  readonly leeway: number | false
  /** How long requests wait for a refresh, in ms awake. */
  readonly refreshTimeout: number
  readonly hasCookie: boolean
}

export function createRequests(
  {
    state,
    whenChanged,
    rereading,
    search,
    refreshReason,
    refresh,
    isStalled,
    awaitUser,
  }: RequestPorts,
  evidence: Evidence,
  { leeway, refreshTimeout, hasCookie }: RequestOptions,
): Requests {
  const current = (): Session | null => sessionOf(state())
  const isUnknown = (): boolean =>
    rereading() !== undefined || state().is === 'restoring' || state().is === 'searching'

  function lost(): AuthError {
    const now = state()
    return now.is === 'anonymous' ? now.reason : new AuthError('superseded')
  }

  function acquire(owner: string): Live {
    const reading = rereading()
    if (!reading) return acquireNow(owner)
    if (standingOf(state(), owner) === 'lost') throw lost()
    return acquireAfter(reading, owner)
  }

  /** Waits until storage was read, or the session is over: a storage may hang, and a logout does not wait for it. */
  async function acquireAfter(reading: Promise<void>, owner: string): Promise<Session> {
    let isRead = false
    const read = reading.then(() => void (isRead = true))
    while (!isRead && standingOf(state(), owner) !== 'lost') {
      await Promise.race([read, whenChanged()])
    }
    return acquireNow(owner)
  }

  const isWaiting = (owner: string): boolean => standingOf(state(), owner) === 'waiting'

  /** @throws {@link AuthError} where the session of that owner is over */
  function acquireNow(owner: string): Live {
    if (isWaiting(owner)) return serveAfterLapse(owner)
    const live = serve(owner)
    return live instanceof Promise ? unlessLapsed(owner, live) : live
  }

  /** @throws {@link AuthError} where the session of that owner is not in use */
  function serve(owner: string): Live {
    const session = current()
    if (standingOf(state(), owner) !== 'served' || !session) throw lost()
    const isAlive = (): boolean => current() === session && remaining(session) > 0
    const reason = refreshReason()
    if (!reason) {
      const isFresh = !isExpiring(session, leeway) || !canRefresh(session, hasCookie)
      if (isFresh || (isStalled() && isAlive())) return session
    }
    return refresh('ahead').catch((failure: unknown) => {
      // A refresh ahead of expiry that fails is no error while the token lives.
      if (reason !== 'expired' && isAlive()) return session
      throw failure
    })
  }

  /** A refused refresh is no answer while the user may sign in again. */
  const unlessLapsed = (owner: string, refreshed: Promise<Session>): Promise<Session> =>
    refreshed.catch((failure: unknown) => {
      if (!isWaiting(owner)) throw failure
      return serveAfterLapse(owner)
    })

  /** Waits until the user has signed in again, and once more if that session lapses, too. */
  async function serveAfterLapse(owner: string): Promise<Session> {
    for (;;) {
      awaitUser()
      while (isWaiting(owner)) await whenChanged()
      try {
        return await serve(owner)
      } catch (failure) {
        if (!isWaiting(owner)) throw failure
      }
    }
  }

  /** Rejects where {@link acquire} throws. */
  const reacquire = async (owner: string): Promise<Session> => acquire(owner)

  return {
    ownerNow(isFromFetchUser) {
      const session = current()
      const refused = refusedOf(state())
      const owner = isFromFetchUser ? (session ?? refused) : (refused ?? session)
      return owner ? owner.id : isUnknown() ? undefined : null
    },
    whenKnown: () => (isUnknown() ? Promise.resolve(rereading()).then(search) : undefined),
    current,
    acquire,
    recover(used, resource, waited) {
      if (current() !== used) return reacquire(used.id)
      if (!refreshReason() && !evidence.refused(used, resource)) return null
      const refreshed = refresh('expired')
      const late = async (): Promise<never> => {
        throw new AuthError('unreachable')
      }
      const inTime = waited
        ? within(refreshed, Math.max(0, refreshTimeout - waited), late)
        : refreshed
      return unlessLapsed(used.id, inTime)
    },
    lost,
    accepted: evidence.accepted,
    replayRefused: evidence.replayRefused,
  }
}
