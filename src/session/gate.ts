import { AuthError } from '../errors'
import type { RefreshReason } from '../events'
import type { Resource } from './evidence'
import type { Lapse } from './lapse'
import { isExpiring, remaining, type Session } from './session'
import { abortable, within } from '../utils/waiting'

/** A session with a live token, now or after a refresh. */
export type Live = Session | Promise<Session>

/** What requests ask of the session. */
export interface Gate {
  /**
   * Whose the requests are that are made now: the id of the session in use; or of the one that has lapsed, until it is
   * known whether its user is back.
   */
  owner(): string | null
  /** Whose those are that are to find that out: the id of the session in use; else of the one that has lapsed. */
  newcomer(): string | null
  /** Whether requests of this session can still be sent, now or when its user has signed in again. */
  serves(owner: string): boolean
  /** The session in use for requests of this one, refreshed where it is about to expire. */
  acquire(owner: string): Live
  /**
   * After a refusal of this session's token: a newer one, or null when refreshing would not help.
   *
   * @param waited how long the request has waited for a refresh already, in ms
   */
  recover(used: Session, resource: Resource, waited: number): Live | null
}

export interface GatePorts {
  readonly lapse: Lapse
  current(): Session | null
  /** Settles with the look at the storage that is under way; undefined when there is none. */
  looking(): Promise<unknown> | undefined
  /** Aborted when the session in use ends. */
  ended(): AbortSignal
  /** Why the refresh in flight was begun; undefined when there is none. */
  inFlight(): RefreshReason | undefined
  refresh(reason: RefreshReason): Promise<Session>
  canRefresh(session: Session): boolean
  /** Whether a refresh begun now could not be answered at once. */
  isStalled(): boolean
  /** Whether this refusal is a reason to refresh. */
  refused(used: Session, resource: Resource): boolean
  lost(): AuthError
}

export interface GateOptions {
  /** In ms; false: never refresh ahead. */
  readonly leeway: number | false
  /** How long anybody waits for a refresh, in ms awake. */
  readonly refreshTimeout: number
}

export function createGate(
  {
    lapse,
    current,
    looking,
    ended,
    inFlight,
    refresh,
    canRefresh,
    isStalled,
    refused,
    lost,
  }: GatePorts,
  { leeway, refreshTimeout }: GateOptions,
): Gate {
  function acquire(owner: string): Live {
    const look = looking()
    if (!look) return acquireNow(owner)
    // Where a look hangs with the storage, logging out does not wait for it.
    return abortable(look, ended()).then(() => acquireNow(owner))
  }

  function acquireNow(owner: string): Live {
    if (lapse.holds(owner)) return lapse.wait().then(() => acquireNow(owner))
    const session = current()
    if (!session || session.id !== lapse.heirOf(owner)) return Promise.reject(lost())
    const isAlive = (): boolean => current() === session && remaining(session) > 0
    const reason = inFlight()
    if (!reason) {
      const isFresh = !isExpiring(session, leeway) || !canRefresh(session)
      if (isFresh || (isStalled() && isAlive())) return session
    }
    const refreshed = refresh('ahead').catch((failure: unknown) => {
      // Refreshing ahead failed, but the token still lives: nobody's error.
      if (reason !== 'expired' && isAlive()) return session
      throw failure
    })
    return unlessLapsed(refreshed, owner)
  }

  /** A refusal is nobody's answer as long as the user may sign in again. */
  const unlessLapsed = (refreshed: Promise<Session>, owner: string): Promise<Session> =>
    refreshed.catch((failure: unknown) => {
      if (!lapse.holds(owner)) throw failure
      return acquireNow(owner)
    })

  return {
    owner: () => (lapse.session() ?? current())?.id ?? null,
    newcomer: () => (current() ?? lapse.session())?.id ?? null,
    serves: (owner) => lapse.holds(owner) || current()?.id === lapse.heirOf(owner),
    acquire,
    recover(used, resource, waited) {
      if (current() !== used) return acquire(used.id)
      if (!inFlight() && !refused(used, resource)) return null
      const refreshed = refresh('expired')
      const late = (): Promise<never> => Promise.reject(new AuthError('unreachable'))
      const inTime = waited
        ? within(refreshed, Math.max(0, refreshTimeout - waited), late)
        : refreshed
      return unlessLapsed(inTime, used.id)
    },
  }
}
