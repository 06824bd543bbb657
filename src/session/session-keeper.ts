import { AuthError } from '../errors'
import type { RefreshReason } from '../events'
import { createEvidence, type Evidence, type Resource } from './evidence'
import {
  createRefresher,
  type Refresher,
  type RefresherOptions,
  type RefresherPorts,
} from './refresher'
import {
  fromRecord,
  isExpiring,
  remaining,
  toRecord,
  toSession,
  type Session,
  type SessionRecord,
} from './session'
import type { AuthTokens } from './token-response'

/** What keeping a session needs of the world. */
export interface SessionPorts extends Pick<
  RefresherPorts,
  'exchange' | 'classifyFailure' | 'emit'
> {
  read(): Promise<unknown>
  /** Compare-and-set, as in `AuthStorage`. */
  update(change: (current: unknown) => SessionRecord | null | undefined): Promise<unknown>
  /** Another token is in use, or none. */
  onChange(session: Session | null): void
  /** A refresh is in flight, or none any more. */
  onFlight(flight: Promise<Session> | null): void
  /** A refresh failed; the session goes on when it was `unreachable`, else it has ended. */
  onFailure(error: AuthError): void
}

export interface SessionKeeperOptions extends RefresherOptions {
  /** In ms; false: never refresh ahead. */
  readonly leeway: number | false
}

/** The session in use, and every way in which it begins, is refreshed and ends. */
export interface SessionKeeper extends Pick<Evidence, 'accepted' | 'replayRefused'> {
  /** Settles once it is known whether there is a session. */
  readonly restored: Promise<void>
  isRestored(): boolean
  current(): Session | null
  /** Why a session that is no longer in use cannot serve. */
  lost(): AuthError
  /** Puts the stored session into use, if there is one and none has begun meanwhile. */
  restore(): Promise<Session | null>
  /** Begins a session in place of the one in use; resolves when it is stored. */
  start(tokens: AuthTokens): Promise<Session>
  /**
   * Lets go of the session at once; who waits for it is rejected with `reason`. It stays stored.
   *
   * @param settle called when it is gone, before anybody is told
   */
  end(reason: AuthError, settle?: () => void): Session | null
  /** Removes a session that has ended from the storage. */
  forget(ended: Session): Promise<unknown>
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
  const { read, update, emit, onChange, onFlight, onFailure } = ports
  let session: Session | null = null
  let ending = new AuthError('signed-out')
  let evidence: Evidence
  let refresher: Refresher
  let flight: Promise<Session> | null = null
  let flightReason: RefreshReason
  let isRestored = false
  let settleRestored!: () => void
  const restored = new Promise<void>((resolve) => {
    settleRestored = () => {
      isRestored = true
      resolve()
    }
  })

  const stored = async (): Promise<Session | null> => fromRecord(await read())

  function use(next: Session, isUntried: boolean): void {
    session = next
    evidence.renewed(next, isUntried)
    onChange(next)
  }

  /** Each session has refreshes and evidence of its own: nothing of one can reach the next. */
  function open(next: Session): void {
    evidence = createEvidence()
    refresher = createRefresher({ ...ports, read: stored, commit, adopt }, options)
    use(next, false)
    settleRestored()
  }

  function adopt(next: Session, adopted = true): void {
    if (session?.id !== next.id) return
    use(next, true)
    emit({ type: 'refresh-succeeded', adopted })
  }

  async function commit(previous: Session, next: Session): Promise<boolean> {
    let isMine = false
    await update((record) => {
      const found = fromRecord(record)
      isMine =
        session === previous &&
        found?.id === previous.id &&
        found.generation === previous.generation
      return isMine ? toRecord(next) : undefined
    })
    // The user may have left while it was being written; then it is being removed as well.
    isMine &&= session === previous
    if (isMine) adopt(next, false)
    return isMine
  }

  function setFlight(next: Promise<Session> | null): void {
    flight = next
    onFlight(next)
  }

  const lost = (): AuthError => (session ? new AuthError('superseded') : ending)

  async function restore(): Promise<Session | null> {
    const found = await stored()
    if (isRestored) return null
    if (found) open(found)
    settleRestored()
    return found
  }

  async function start(tokens: AuthTokens): Promise<Session> {
    end(new AuthError('superseded'))
    const mine = toSession(tokens)
    open(mine)
    await update(() => (session?.id === mine.id ? toRecord(session) : undefined))
    return mine
  }

  function end(reason: AuthError, settle?: () => void): Session | null {
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
    if (ended) emit({ type: 'session-ended', reason: reason.code })
    return ended
  }

  const forget = ({ id }: Session): Promise<unknown> =>
    update((record) => (fromRecord(record)?.id === id ? null : undefined))

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
            void forget(current)
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
    start,
    end,
    forget,
    refresh,
    acquire,
    recover,
    accepted: (used, resource, replay) => evidence.accepted(used, resource, replay),
    replayRefused: (used, resource) => evidence.replayRefused(used, resource),
  }
}
