import { AuthError } from '../errors'
import type { AuthEventDetail, RefreshReason } from '../events'
import { createEvidence, type Resource } from './evidence'
import type { FailureClass } from './failure'
import { createRefresher } from './refresher'
import {
  fromRecord,
  isExpiring,
  remaining,
  startSession,
  toRecord,
  type Session,
  type SessionRecord,
} from './session'
import type { AuthTokens } from './token-response'

/** What keeping a session needs of the world. */
export interface SessionPorts {
  /** Asks the token endpoint with the session's refresh token. */
  exchange(session: Session, signal: AbortSignal): Promise<AuthTokens>
  classifyFailure(error: unknown): FailureClass
  read(): Promise<unknown>
  /** Compare-and-set, as in `AuthStorage`. */
  update(change: (current: unknown) => SessionRecord | null | undefined): Promise<unknown>
  emit(event: AuthEventDetail): void
  /** Another token is in use, or none. */
  onChange(session: Session | null): void
  /** A refresh is in flight, or none any more. */
  onFlight(flight: Promise<Session> | null): void
  /** A refresh failed and the session goes on. */
  onUnreachable(error: AuthError): void
  /** The session ended otherwise than by `end()`. */
  onLost(reason: AuthError): void
}

export interface SessionKeeperOptions {
  readonly leeway: number | false
  readonly refreshTimeout: number
  readonly retries: number
}

/** The session in use, and every way in which it begins, is refreshed and ends. */
export interface SessionKeeper {
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
  /** Lets go of the session at once; who waits for it is rejected with `reason`. It stays stored. */
  end(reason: AuthError): Session | null
  /** Removes a session that has ended from the storage; null: whichever is there. */
  forget(ended: Session | null): Promise<unknown>
  /** Refreshes, or joins the refresh in flight. */
  refresh(reason: RefreshReason): Promise<Session>
  /** The session with a live token, now or after a refresh. Call only while there is one. */
  acquire(): Session | Promise<Session>
  /** After a refusal of this session's token: a newer one, or null when refreshing would not help. */
  recover(used: Session, resource: Resource): Session | Promise<Session> | null
  /** A response to this session's token did not say "expired". */
  accepted(session: Session, resource: Resource, replay: boolean): void
  /** A replay with this session's token was refused as well. */
  replayRefused(session: Session, resource: Resource): void
}

export function createSessionKeeper(
  ports: SessionPorts,
  { leeway, refreshTimeout, retries }: SessionKeeperOptions,
): SessionKeeper {
  let session: Session | null = null
  let ending = new AuthError('signed-out', 'Nobody is signed in any more.')
  let flight: { readonly promise: Promise<Session>; readonly reason: RefreshReason } | null = null
  let isRestored = false
  let settleRestored!: () => void
  const restored = new Promise<void>((resolve) => {
    settleRestored = () => {
      isRestored = true
      resolve()
    }
  })

  const evidence = createEvidence()
  const refresher = createRefresher(
    {
      read: async () => fromRecord(await ports.read()),
      exchange: ports.exchange,
      commit,
      adopt: (next) => {
        if (session?.id === next.id) renew(next, true)
      },
      classifyFailure: ports.classifyFailure,
      onAttempt: (attempt) =>
        ports.emit({ type: 'refresh-started', reason: flight?.reason ?? 'ahead', attempt }),
      onFailure: (failure, retryIn) => ports.emit({ type: 'refresh-failed', failure, retryIn }),
    },
    { timeout: refreshTimeout, retries },
  )

  function use(next: Session): void {
    session = next
    evidence.renewed(next)
    ports.onChange(next)
  }

  function renew(next: Session, adopted: boolean): void {
    use(next)
    ports.emit({ type: 'refresh-succeeded', adopted })
  }

  async function commit(previous: Session, next: Session): Promise<boolean> {
    let written = false
    await ports.update((record) => {
      const stored = fromRecord(record)
      written =
        session === previous &&
        stored?.id === previous.id &&
        stored.generation === previous.generation
      return written ? toRecord(next) : undefined
    })
    // The user may have left while it was being written; then it is being removed as well.
    if (!written || session !== previous) return false
    renew(next, false)
    return true
  }

  function setFlight(next: typeof flight): void {
    flight = next
    ports.onFlight(next && next.promise)
  }

  const lost = (): AuthError =>
    session ? new AuthError('superseded', 'Another session has begun since.') : ending

  async function restore(): Promise<Session | null> {
    const stored = fromRecord(await ports.read())
    if (isRestored) return null
    if (stored) use(stored)
    settleRestored()
    return stored
  }

  async function start(tokens: AuthTokens): Promise<Session> {
    end(new AuthError('superseded', 'Another session has begun.'))
    const mine = startSession(tokens)
    use(mine)
    settleRestored()
    await ports.update(() => (session?.id === mine.id ? toRecord(session) : undefined))
    return mine
  }

  function end(reason: AuthError): Session | null {
    const ended = session
    session = null
    ending = reason
    setFlight(null)
    settleRestored()
    refresher.cancel(reason)
    if (ended) {
      ports.onChange(null)
      ports.emit({ type: 'session-ended', reason: reason.code })
    }
    return ended
  }

  const forget = (ended: Session | null): Promise<unknown> =>
    ports.update((record) =>
      !ended || fromRecord(record)?.id === ended.id ? null : undefined,
    )

  function land(current: Session, failure: AuthError): void {
    if (session?.id !== current.id) return
    if (failure.code === 'unreachable') {
      ports.onUnreachable(failure)
    } else {
      end(failure)
      ports.onLost(failure)
      void forget(current)
    }
  }

  function refresh(reason: RefreshReason): Promise<Session> {
    if (flight) return flight.promise
    const current = session
    if (!current) {
      return Promise.reject(new AuthError('unauthenticated', 'Nobody is signed in.'))
    }
    const answer =
      current.refreshToken === null
        ? Promise.reject(new AuthError('rejected', 'There is no refresh token to refresh with.'))
        : refresher.refresh(current)
    const promise = answer
      .catch((failure: AuthError) => {
        land(current, failure)
        throw failure
      })
      .finally(() => {
        if (flight?.promise === promise) setFlight(null)
      })
    setFlight({ promise, reason })
    return promise
  }

  function acquire(): Session | Promise<Session> {
    const current = session!
    if (!flight) {
      if (!isExpiring(current, leeway) || current.refreshToken === null) return current
      if (refresher.isStalled() && remaining(current) > 0) return current
    }
    const isAhead = flight?.reason !== 'expired'
    return refresh('ahead').catch((failure: unknown) => {
      // Refreshing ahead failed, but the token still lives: nobody's error.
      if (isAhead && session === current && remaining(current) > 0) return current
      throw failure
    })
  }

  function recover(used: Session, resource: Resource): Session | Promise<Session> | null {
    if (session?.id !== used.id) return Promise.reject(lost())
    if (session !== used) return acquire()
    return flight || evidence.isConclusive(used, resource) ? refresh('expired') : null
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
    accepted: evidence.accepted,
    replayRefused: evidence.replayRefused,
  }
}
