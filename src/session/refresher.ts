import { AuthError, isAuthError } from '../errors'
import type { AuthEventDetail, RefreshReason } from '../events'
import { now } from './clock'
import { backoff, coolDown, redact, retryAfter, type FailureClass } from './failure'
import { toSession, type Session } from './session'
import type { AuthTokens } from './token-response'
import { abortable, countdown, within } from './waiting'

/** What refreshing needs of the world. */
export interface RefresherPorts {
  /** The stored session as it is now; null when it is gone. */
  read(): Promise<Session | null>
  /** Asks the token endpoint. */
  exchange(session: Session, signal: AbortSignal): Promise<AuthTokens>
  /** Puts a successor into use, durably; false when `session` is no longer the one in use. */
  commit(session: Session, next: Session): Promise<boolean>
  /** Puts into use what was found in storage. */
  adopt(next: Session): void
  classifyFailure(error: unknown): FailureClass
  emit(event: AuthEventDetail): void
}

export interface RefresherOptions {
  /** How long anybody waits for a refresh, in ms awake. */
  readonly refreshTimeout: number
  /** How often an unreachable endpoint is asked again meanwhile. */
  readonly retries: number
}

/** Refreshes one session for as long as it lasts. */
export interface Refresher {
  /** Refreshes the session; one call at a time. Rejects with an {@link AuthError}. */
  refresh(session: Session, reason: RefreshReason): Promise<Session>
  /** Whether a refresh begun now could not be answered at once: the last ones failed. */
  isStalled(): boolean
  /** The session is over: rejects who waits, at once, and aborts the exchange. */
  cancel(reason: AuthError): void
}

/** After this many times the timeout an unanswered exchange is given up, and its token may be sent again. */
const PATIENCE = 3

/** A refresh with a timeout, retries and a cool-down, that never sends a refresh token twice at a time. */
export function createRefresher(
  { read, exchange, commit, adopt, classifyFailure, emit }: RefresherPorts,
  { refreshTimeout, retries }: RefresherOptions,
): Refresher {
  /** The refresh that is under way. It may outlive those who waited for it: its answer still counts. */
  let work: Promise<Session> | null = null
  let controller = new AbortController()
  let isLate = false
  let failures = 0
  let pausedUntil = 0

  /** Nobody asks for a while. */
  function fail(cause?: Error, atLeast = 0): AuthError {
    pausedUntil = now() + Math.max(atLeast, coolDown(++failures, refreshTimeout / 2))
    emit({ type: 'refresh-failed', failure: 'unreachable', retryIn: null })
    return new AuthError('unreachable', undefined, { cause })
  }

  function isRejected(error: unknown): boolean {
    try {
      return classifyFailure(error) === 'rejected'
    } catch (thrown) {
      console.error('[vue-auth-refresh] classifyFailure threw', thrown)
      return false
    }
  }

  async function sleep(delay: number, signal: AbortSignal): Promise<void> {
    let cancel: (() => void) | undefined
    const slept = new Promise<void>((resolve) => (cancel = countdown(delay, resolve)))
    await abortable(slept, signal).finally(cancel)
  }

  /** What a sibling left in storage since: a newer session to adopt, or none at all. */
  async function catchUp(session: Session): Promise<Session | null> {
    const stored = await read()
    if (stored?.id !== session.id) throw new AuthError(stored ? 'superseded' : 'signed-out')
    if (stored.generation <= session.generation) return null
    adopt(stored)
    return stored
  }

  /** One attempt, unless a sibling has been faster. */
  async function attempt(
    session: Session,
    signal: AbortSignal,
    event: AuthEventDetail,
  ): Promise<Session> {
    const found = await catchUp(session)
    if (found) return found
    signal.throwIfAborted()
    emit(event)
    const next = toSession(await abortable(exchange(session, signal), signal), session)
    const inUse = (await commit(session, next)) ? next : await catchUp(session)
    if (!inUse) throw new AuthError('superseded')
    failures = 0
    return inUse
  }

  async function run(
    session: Session,
    reason: RefreshReason,
    signal: AbortSignal,
  ): Promise<Session> {
    const pause = pausedUntil - now()
    if (pause >= refreshTimeout) throw new AuthError('unreachable')
    if (pause > 0) await sleep(pause, signal)
    for (let count = 1; ; count++) {
      try {
        return await attempt(session, signal, { type: 'refresh-started', reason, attempt: count })
      } catch (error) {
        const isOver = isAuthError(error, 'superseded') || isAuthError(error, 'signed-out')
        if (signal.aborted || isOver) throw error
        const cause = redact(error, session.token, session.refreshToken)
        if (isRejected(error)) {
          const found = await catchUp(session)
          if (found) return found
          emit({ type: 'refresh-failed', failure: 'rejected', retryIn: null })
          throw new AuthError('rejected', undefined, { cause })
        }
        const asked = retryAfter(error)
        const retryIn = asked + backoff(count)
        if (count > retries || isLate || retryIn >= refreshTimeout) {
          throw fail(cause, asked && retryIn)
        }
        emit({ type: 'refresh-failed', failure: 'unreachable', retryIn })
        await sleep(retryIn, signal)
      }
    }
  }

  function start(session: Session, reason: RefreshReason): Promise<Session> {
    const mine = (controller = new AbortController())
    const giveUp = countdown(refreshTimeout * PATIENCE, () =>
      mine.abort(new AuthError('unreachable')),
    )
    isLate = false
    return abortable(run(session, reason, mine.signal), mine.signal).finally(() => {
      giveUp()
      work = null
    })
  }

  return {
    refresh: (session, reason) =>
      within((work ??= start(session, reason)), refreshTimeout, () => {
        isLate = true
        return Promise.reject(fail())
      }),
    isStalled: () => failures > 0 && (work !== null || now() < pausedUntil),
    cancel: (reason) => controller.abort(reason),
  }
}
