import { AuthError } from '../errors'
import type { RefreshReason } from '../events'
import { createEvidence, type Evidence, type Resource } from './evidence'
import {
  createRefresher,
  type Refresher,
  type RefresherOptions,
  type RefresherPorts,
} from './refresher'
import { isExpiring, remaining, toSession, type Session } from './session'
import { createStoredSession, type StoredSession, type StoredSessionPorts } from './stored-session'
import type { AuthTokens } from './token-response'

/** What keeping a session needs of the world. */
export interface SessionPorts
  extends
    StoredSessionPorts,
    Pick<RefresherPorts, 'hold' | 'exchange' | 'classifyFailure' | 'emit'> {
  /** Another token is in use, or none. */
  onChange(session: Session | null): void
  /** A session that began in another tab is in use. */
  onJoin(session: Session): void
  /** A refresh is in flight, or none any more. */
  onFlight(flight: Promise<Session> | null): void
  /** A refresh failed, or another tab ended the session. It goes on when this is `unreachable`, else it is over. */
  onFailure(error: AuthError): void
}

export interface SessionKeeperOptions extends RefresherOptions {
  /** In ms; false: never refresh ahead. */
  readonly leeway: number | false
}

/** The session in use, and every way in which it begins, is refreshed and ends. */
export interface SessionKeeper
  extends Pick<Evidence, 'accepted' | 'replayRefused'>, Pick<StoredSession, 'forget'> {
  /** Settles once it is known whether there is a session. */
  readonly restored: Promise<void>
  isRestored(): boolean
  current(): Session | null
  /** Why a session that is no longer in use cannot serve. */
  lost(): AuthError
  /** Puts the stored session into use, if there is one and none has begun meanwhile. */
  restore(): Promise<Session | null>
  /**
   * Looks at what is stored, which another tab may have changed, and follows it: to a newer token, to another
   * session, to the end. Requests that are made meanwhile wait for it.
   */
  look(): void
  /** Begins a session in place of the one in use; resolves when it is stored. */
  start(tokens: AuthTokens): Promise<Session>
  /**
   * Lets go of the session at once; who waits for it is rejected with `reason`. It stays stored.
   *
   * @param settle called when it is gone, before anybody is told
   * @param adopted whether another tab has ended it
   */
  end(reason: AuthError, settle?: () => void, adopted?: boolean): Session | null
  /** Ends without a word to the other tabs, and looks no more. */
  dispose(reason: AuthError): void
  /** Refreshes, or joins the refresh in flight. */
  refresh(reason: RefreshReason): Promise<Session>
  /** The session in use with a live token, now or after a refresh. */
  acquire(current: Session): Session | Promise<Session>
  /** After a refusal of this session's token: a newer one, or null when refreshing would not help. */
  recover(used: Session, resource: Resource): Session | Promise<Session> | null
}

export function createSessionKeeper(
  ports: SessionPorts,
  options: SessionKeeperOptions,
): SessionKeeper {
  const { emit, onChange, onJoin, onFlight, onFailure } = ports
  const stored = createStoredSession(ports)
  let session: Session | null = null
  let ending = new AuthError('signed-out')
  let evidence: Evidence
  let refresher: Refresher
  let flight: Promise<Session> | null = null
  let flightReason: RefreshReason
  /** The look at the storage that is under way, and whether there is reason for one more. */
  let looking: Promise<void> | null = null
  let isOutdated = false
  let isDisposed = false
  let isRestored = false
  let settleRestored!: () => void
  const restored = new Promise<void>((resolve) => {
    settleRestored = () => {
      isRestored = true
      resolve()
    }
  })

  function use(next: Session, isUntried: boolean): void {
    session = next
    evidence.renewed(next, isUntried)
    onChange(next)
  }

  /** Each session has refreshes and evidence of its own: nothing of one can reach the next. */
  function open(next: Session): void {
    evidence = createEvidence()
    refresher = createRefresher({ ...ports, ...stored, follow }, options)
    use(next, false)
    settleRestored()
  }

  function follow(found: Session | null, adopted: boolean): void {
    if (found?.id !== session?.id) {
      const reason = new AuthError(found ? 'superseded' : 'signed-out')
      if (session) end(reason, found ? undefined : () => onFailure(reason), true)
      if (found) {
        open(found)
        onJoin(found)
      }
    } else if (found && session && found.generation > session.generation) {
      // Another tab may have tried it.
      use(found, !adopted)
      emit({ type: 'refresh-succeeded', adopted })
    }
  }

  async function lookOnce(): Promise<void> {
    await restored
    isOutdated = false
    const before = session
    const found = await stored.read()
    if (isDisposed) return
    // What was read before a session began or ended here is of no account.
    if (session?.id !== before?.id) isOutdated = true
    // A refresh in flight finds a newer token for itself.
    else if (!flight || found?.id !== session?.id) follow(found, true)
  }

  function look(): void {
    isOutdated = true
    looking ??= lookOnce().finally(() => {
      looking = null
      if (isOutdated) look()
    })
  }

  function setFlight(next: Promise<Session> | null): void {
    flight = next
    onFlight(next)
  }

  const lost = (): AuthError => (session ? new AuthError('superseded') : ending)

  async function restore(): Promise<Session | null> {
    const found = await stored.read()
    if (isRestored) return null
    if (found) open(found)
    settleRestored()
    return found
  }

  async function start(tokens: AuthTokens): Promise<Session> {
    end(new AuthError('superseded'))
    const mine = toSession(tokens)
    open(mine)
    await stored.put(mine, () => session === mine)
    return mine
  }

  function end(reason: AuthError, settle?: () => void, adopted = false): Session | null {
    const ended = session
    session = null
    ending = reason
    setFlight(null)
    settleRestored()
    if (ended) {
      refresher.cancel(reason)
      onChange(null)
    }
    settle?.()
    if (ended) emit({ type: 'session-ended', reason: reason.code, adopted })
    return ended
  }

  function refresh(reason: RefreshReason): Promise<Session> {
    if (flight) return flight
    const current = session
    if (!current) return Promise.reject(new AuthError('unauthenticated'))
    const answer = current.refreshToken
      ? refresher.refresh(current, reason)
      : Promise.reject(new AuthError(reason === 'expired' ? 'rejected' : 'unreachable'))
    const mine = answer
      .catch((failure: AuthError) => {
        if (session?.id === current.id) {
          const tell = (): void => onFailure(failure)
          if (failure.code === 'unreachable') tell()
          else {
            end(failure, tell)
            void stored.forget(current)
          }
        }
        throw failure
      })
      .finally(() => {
        if (flight === mine) setFlight(null)
      })
    flightReason = reason
    setFlight(mine)
    return mine
  }

  function acquire(current: Session): Session | Promise<Session> {
    if (!looking) return acquireNow(current)
    return looking.then(() =>
      session?.id === current.id ? acquireNow(session) : Promise.reject(lost()),
    )
  }

  function acquireNow(current: Session): Session | Promise<Session> {
    const isAlive = (): boolean => session === current && remaining(current) > 0
    if (!flight) {
      const isFresh = !isExpiring(current, options.leeway) || !current.refreshToken
      if (isFresh || (refresher.isStalled() && isAlive())) return current
    }
    const isAhead = !flight || flightReason !== 'expired'
    return refresh('ahead').catch((failure: unknown) => {
      // Refreshing ahead failed, but the token still lives: nobody's error.
      if (isAhead && isAlive()) return current
      throw failure
    })
  }

  function recover(used: Session, resource: Resource): Session | Promise<Session> | null {
    if (session?.id !== used.id) return Promise.reject(lost())
    if (session !== used) return acquire(session)
    return flight || evidence.refused(used, resource) ? refresh('expired') : null
  }

  return {
    restored,
    isRestored: () => isRestored,
    current: () => session,
    lost,
    restore,
    look,
    start,
    end,
    dispose(reason) {
      isDisposed = true
      end(reason)
    },
    forget: stored.forget,
    refresh,
    acquire,
    recover,
    accepted: (used, resource, replay) => evidence.accepted(used, resource, replay),
    replayRefused: (used, resource) => evidence.replayRefused(used, resource),
  }
}
