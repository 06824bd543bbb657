import { AuthError } from '../errors'
import type { AuthEventDetail, RefreshReason } from '../events'
import { now } from '../utils/clock'
import type { FailureClass } from './failure'
import { redact } from './redact'
import { backoff, coolDown, retryAfter } from './spacing'
import { subjectOf } from './jwt'
import { isLapsed, remaining, toSession, type Session, type Stored } from './session'
import type { AuthTokens } from './token-response'
import { abortable, countdown, sleep, within } from '../utils/waiting'

/** What refreshing needs of the world. */
export interface RefresherPorts {
  /** The stored session as it is now; null when it is gone. */
  read(): Promise<Stored | null>
  /**
   * Runs `work` while no other tab refreshes; waits for its turn.
   *
   * @param work asks by `canBegin()` whether enough time is left for an exchange
   */
  hold<T>(work: (canBegin: () => Promise<boolean>) => Promise<T>, signal: AbortSignal): Promise<T>
  /** Resolves when there is a network. */
  online(signal: AbortSignal): Promise<void>
  /** Asks the token endpoint. */
  exchange(session: Session, signal: AbortSignal): Promise<AuthTokens>
  /** Stores a successor, durably. Resolves with what is stored then: it, or what has come in between. */
  commit(next: Session): Promise<Stored | null>
  /**
   * Takes a refused session out of storage, unless a successor is there. Resolves with that, or null.
   *
   * @param isForeign whether the refusal is that the tokens are somebody else's by now
   */
  retire(session: Session, isForeign?: boolean): Promise<Stored | null>
  /** Puts into use what is stored; `adopted`: another tab has put it there. */
  follow(stored: Stored | null, adopted: boolean): void
  /** The session is over: its refresh token was refused, or is somebody else's by now. */
  end(reason: AuthError): void
  classifyFailure(error: unknown): FailureClass
  emit(event: AuthEventDetail): void
}

export interface RefresherOptions {
  /** How long anybody waits for a refresh, in ms awake. */
  readonly refreshTimeout: number
  /** How often an unreachable endpoint is asked again meanwhile; not at all where the last refresh has failed. */
  readonly retries: number
}

/** What an attempt has come to: a session to follow, no session any more, or the definite end of this one. */
type Outcome =
  | { readonly stored: Stored | null; readonly adopted: boolean }
  | { readonly rejected: AuthError }

/** Refreshes one session for as long as it lasts. */
export interface Refresher {
  /** Refreshes the session; one call at a time. Rejects with an {@link AuthError}. */
  refresh(session: Session, reason: RefreshReason): Promise<Session>
  /** Whether a refresh begun now could not be answered at once: the last ones failed. */
  isStalled(): boolean
  /** Another token is in use, whoever has got it: the endpoint is well again. */
  recovered(): void
  /** The session is over: rejects who waits, at once, and aborts the exchange. */
  cancel(reason: AuthError): void
}

/** After this many times the timeout an unanswered exchange is given up, and its token may be sent again. */
const PATIENCE = 3

/** How long a refresh may keep the other tabs waiting, in ms. */
export const longestHold = (refreshTimeout: number): number => refreshTimeout * PATIENCE

/** Whether storage holds something else by now: a successor, another session or none. */
const isOther = (stored: Stored | null, session: Session): boolean =>
  stored?.id !== session.id || stored.generation > session.generation

/** Whether the tokens are for somebody else: the cookie that the tabs share was replaced. Opaque tokens do not say. */
function isForeign({ token }: AuthTokens, session: Session): boolean {
  const subject = subjectOf(session.token)
  return subject !== null && (subjectOf(token) ?? subject) !== subject
}

/** A refresh with a timeout, retries and a cool-down, that never sends a refresh token twice at a time. */
export function createRefresher(
  {
    read,
    hold,
    online,
    exchange,
    commit,
    retire,
    follow,
    end,
    classifyFailure,
    emit,
  }: RefresherPorts,
  { refreshTimeout, retries }: RefresherOptions,
): Refresher {
  /** The refresh that is under way. It may outlive those who waited for it: its answer still counts. */
  let work: Promise<Session> | null = null
  let controller = new AbortController()
  /** Whether it has failed in the eyes of those who waited. What comes of it later is no further failure. */
  let hasFailed = false
  let failures = 0
  let pausedUntil = 0
  /** Until when the endpoint has asked to be left alone: that holds even if it is well again. */
  let notBefore = 0

  /** Nobody asks for a while, but who meets it can wait for its end and for an answer. */
  function fail(cause?: Error, atLeast = 0): AuthError {
    if (!hasFailed) {
      hasFailed = true
      failures++
      emit({ type: 'refresh-failed', failure: 'unreachable', retryIn: null })
    }
    notBefore = Math.max(notBefore, now() + atLeast)
    pausedUntil = Math.max(notBefore, now() + coolDown(failures, refreshTimeout / 2))
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

  /**
   * Asks the token endpoint, unless another tab has been faster. It runs while the other tabs wait, so it waits for
   * nobody but the storage and the exchange.
   */
  async function ask(
    session: Session,
    canBegin: () => Promise<boolean>,
    signal: AbortSignal,
    event: AuthEventDetail,
  ): Promise<Outcome> {
    const before = await read()
    if (isOther(before, session)) return { stored: before, adopted: true }
    if (!(await canBegin())) throw new Error('The lock came too late.')
    signal.throwIfAborted()
    let tokens: AuthTokens
    let superseded: AuthError | undefined
    try {
      const answer = abortable(exchange(session, signal), signal)
      // Once it is under way: whatever the handler does, the others do not wait for it.
      emit(event)
      tokens = await answer
      if (isForeign(tokens, session)) throw (superseded = new AuthError('superseded'))
    } catch (error) {
      if (signal.aborted || !(superseded ?? isRejected(error))) throw error
      // Before the others have their turn: they would only send it again. But one of them may have moved on.
      const stored = await retire(session, !!superseded)
      if (stored) return { stored, adopted: true }
      if (superseded) return { rejected: superseded }
      const cause = redact(error, session.token, session.refreshToken)
      return { rejected: new AuthError('rejected', undefined, { cause }) }
    }
    const next = toSession(tokens, session)
    const stored = await commit(next)
    return { stored, adopted: stored !== next }
  }

  /** One attempt, when it is this tab's turn. */
  async function attempt(
    session: Session,
    mine: AbortController,
    event: AuthEventDetail,
  ): Promise<Outcome> {
    const { signal } = mine
    await online(signal)
    const giveUp = (): void => mine.abort(new AuthError('unreachable'))
    let isAsking = false
    try {
      return await hold(async (canBegin) => {
        isAsking = true
        const done = countdown(longestHold(refreshTimeout), giveUp)
        try {
          return await ask(session, canBegin, signal, event)
        } finally {
          isAsking = false
          done()
          // If it has ended here, that is being written; the next tab must not find it and send its token again.
          if (signal.aborted) await read()
        }
      }, signal)
    } catch (error) {
      // The lock was lost in the middle: it is for another tab now.
      if (isAsking) giveUp()
      throw error
    }
  }

  async function run(
    session: Session,
    reason: RefreshReason,
    mine: AbortController,
  ): Promise<Session> {
    const { signal } = mine
    const deadline = now() + refreshTimeout
    const wait = pausedUntil - now()
    if (wait >= refreshTimeout) throw new AuthError('unreachable')
    if (wait > 0) await sleep(wait, signal)
    for (let count = 1; ; count++) {
      let outcome: Outcome
      try {
        outcome = await attempt(session, mine, { type: 'refresh-started', reason, attempt: count })
      } catch (error) {
        if (signal.aborted) throw error
        const asked = retryAfter(error)
        const retryIn = backoff(count, asked)
        // While it keeps failing, asking once is enough to know when that is over; nor is it of use too late.
        if (count > retries || failures > 0 || retryIn >= deadline - now()) {
          throw fail(redact(error, session.token, session.refreshToken), asked && retryIn)
        }
        emit({ type: 'refresh-failed', failure: 'unreachable', retryIn })
        await sleep(retryIn, signal)
        continue
      }
      signal.throwIfAborted()
      if ('rejected' in outcome) {
        emit({ type: 'refresh-failed', failure: 'rejected', retryIn: null })
        // Also when nobody waits for it any more.
        end(outcome.rejected)
        throw outcome.rejected
      }
      const { stored, adopted } = outcome
      follow(stored, adopted)
      // Nothing to follow but the end.
      if (!stored || isLapsed(stored) || signal.aborted)
        // Or it is not known yet whether this session may take the place of a lapsed one.
        throw signal.reason ?? new AuthError('unreachable')
      // One that has ended here stood in its place, and makes room for it again.
      if (stored.id !== session.id) continue
      if (remaining(stored) > 0 || !adopted) return stored
      // Another tab's token that has expired since, while this one was asleep.
      session = stored
    }
  }

  function start(session: Session, reason: RefreshReason): Promise<Session> {
    const mine = (controller = new AbortController())
    hasFailed = false
    return abortable(run(session, reason, mine), mine.signal).finally(() => {
      // An exchange that outlived its lock is of no use any more.
      mine.abort()
      work = null
    })
  }

  return {
    refresh: (session, reason) =>
      within((work ??= start(session, reason)), refreshTimeout, () => Promise.reject(fail())),
    isStalled: () => now() < pausedUntil || (failures > 0 && work !== null),
    recovered() {
      failures = 0
      pausedUntil = notBefore
    },
    cancel: (reason) => controller.abort(reason),
  }
}
