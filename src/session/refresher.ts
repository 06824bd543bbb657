import { callSafely } from '../utils/call-safely'
import { AuthError } from '../errors'
import type { AuthEventDetail, RefreshReason } from '../events'
import { now } from '../utils/clock'
import { cutting, type Secrets } from '../utils/secrets'
import { has } from '../utils/unknown-data'
import { abortable, countdown, sleep } from '../utils/waiting'
import { responseOf } from './error-response'
import type { FailureClass } from './failure'
import { isSession, type Stored } from './record'
import { redact } from './redact'
import { tokensOf, type Session } from './session'
import type { SharedSession } from './shared-session'
import { backoff, retryAfter, type Spacing } from './spacing'
import type { Rule } from './stored-rules'
import type { AgedTokens } from './token-response'

/** The world as a refresh needs it. */
export interface RefresherPorts {
  readonly shared: SharedSession
  /** Whether there seems to be a network. */
  isOnline(): boolean
  /** Resolves when there seems to be a network, or another try is worth it. */
  online(signal: AbortSignal): Promise<void>
  /** Asks the token endpoint; without a session, for the user of the cookie. */
  exchange(session: Session | null, signal: AbortSignal): Promise<AgedTokens>
  emit(event: AuthEventDetail): void
}

export interface RefresherOptions {
  /** How long requests wait for a refresh, in ms awake. */
  readonly refreshTimeout: number
  /** Retries of an unreachable endpoint meanwhile; none after a refresh that failed. */
  readonly retries: number
  /** The application's word on a failure. */
  classifyFailure(this: void, error: unknown): FailureClass
}

/** The target of a refresh: a session, or the user of a cookie. */
export interface RefreshTarget {
  /** The session whose tokens are exchanged; null for the user of a cookie. */
  readonly session: Session | null
  /** Whether there is a refresh token to ask with. Without one, a session lasts as long as its access token. */
  readonly canAsk: boolean
  /** Whether storage, or this tab, has something else by now: a successor, another session or none. */
  isOvertaken(found: Stored | null): boolean
  /** The session that an answer makes. */
  toSuccessor(tokens: AgedTokens): Session
  /** Whether the answer is for another user: the tabs share a cookie, which was replaced. Rejects where it cannot tell. */
  isForeign(tokens: AgedTokens, signal: AbortSignal): Promise<boolean>
  /** Stores the successor. */
  commit(successor: Session): Rule
  /** Removes a session from storage whose refresh token was refused, or is another user's by now. */
  retire(reason: AuthError): Rule
}

/** The end of a refresh. */
export type RefreshOutcome =
  /** The content of the storage counts: the successor, or what another tab has stored meanwhile (`adopted`). */
  | { readonly stored: Stored | null; readonly adopted: boolean }
  /** The session is over, and out of storage. */
  | { readonly reason: AuthError }

/**
 * Refreshes a target, with retries and pauses, and stores what comes of it. The state is for its caller to change.
 * Rejects with an {@link AuthError} `unreachable` where no usable answer came.
 */
export type Refresher = (
  target: RefreshTarget,
  reason: RefreshReason,
  spacing: Spacing,
  /** Aborted when the session has ended; and by the refresh itself when its turn was lost. */
  controller: AbortController,
) => Promise<RefreshOutcome>

/** An unanswered exchange is aborted after this many timeouts; then its token may be sent again. */
const TIMEOUTS_UNTIL_ABORT = 3

/** How long a refresh may keep the other tabs waiting, in ms. */
export const longestRefresh = (refreshTimeout: number): number =>
  refreshTimeout * TIMEOUTS_UNTIL_ABORT

const secretsOf = ({ session }: RefreshTarget): Secrets => Object.values(tokensOf(session))

export function createRefresher(
  { shared, isOnline, online, exchange, emit }: RefresherPorts,
  { refreshTimeout, retries, classifyFailure }: RefresherOptions,
): Refresher {
  /**
   * Asks the token endpoint, unless another tab has been faster. The other tabs wait meanwhile, so it waits for nothing
   * but the storage and the exchange.
   */
  async function ask(
    target: RefreshTarget,
    canBegin: () => Promise<boolean>,
    signal: AbortSignal,
    event: AuthEventDetail,
  ): Promise<RefreshOutcome> {
    const found = await shared.read()
    if (target.isOvertaken(found)) return { stored: found, adopted: true }
    if (!(await canBegin())) throw new Error('The lock came too late.')
    signal.throwIfAborted()
    // Newer tokens may have come meanwhile, which wait for no turn.
    if (target.isOvertaken(found)) return { stored: found, adopted: true }
    const answer = abortable(exchange(target.session, signal), signal)
    // Tell of the exchange once it is on its way. Otherwise a slow listener would delay the other tabs.
    emit(event)
    let tokens: AgedTokens
    try {
      tokens = await answer
    } catch (error) {
      const classify = (): FailureClass => (signal.aborted ? 'unreachable' : classifyFailure(error))
      const failure = callSafely(
        'classifyFailure',
        classify,
        'unreachable',
        cutting(secretsOf(target)),
      )
      // Any other answer of the application is no reason to end a session.
      if (failure !== 'rejected') throw error
      return retire(target, failureOf(target, error, failure))
    }
    if (await target.isForeign(tokens, signal)) return retire(target, new AuthError('superseded'))
    const successor = target.toSuccessor(tokens)
    const stored = await shared.change(target.commit(successor))
    const isMine =
      isSession(stored) && stored.id === successor.id && stored.token === successor.token
    return { stored, adopted: !isMine }
  }

  /** Stores the end before the next tab has its turn. Otherwise that tab would send the refused token again. */
  async function retire(target: RefreshTarget, reason: AuthError): Promise<RefreshOutcome> {
    const stored = await shared.change(target.retire(reason), target.session?.id ?? null)
    // Another tab may have moved on: then its session counts.
    return isSession(stored) ? { stored, adopted: true } : { reason }
  }

  /** One attempt, when it is this tab's turn. */
  async function attempt(
    target: RefreshTarget,
    controller: AbortController,
    event: AuthEventDetail,
  ): Promise<RefreshOutcome> {
    const { signal } = controller
    const giveUp = (): void => controller.abort(new AuthError('unreachable'))
    let isAsking = false
    try {
      return await shared.exclusively(async (canBegin) => {
        isAsking = true
        const stopCountdown = countdown(longestRefresh(refreshTimeout), giveUp)
        try {
          return await ask(target, canBegin, signal, event)
        } finally {
          isAsking = false
          stopCountdown()
          // Wait until the end of this session is stored. Otherwise the next tab would find it and send its token.
          if (signal.aborted) await shared.read()
        }
      }, signal)
    } catch (error) {
      // The turn was lost in the middle: another tab refreshes now.
      if (isAsking) giveUp()
      throw error
    }
  }

  /** The error of a refresh, with the one that led to it as its cause. */
  const failureOf = (target: RefreshTarget, error: unknown, code: FailureClass): AuthError =>
    new AuthError(code, undefined, {
      cause: redact(error, ...secretsOf(target)),
    })

  const tellFailure = (failure: FailureClass, retryIn: number | null): void =>
    emit({ type: 'refresh-failed', failure, retryIn })

  return async (target, reason, spacing, controller) => {
    const { signal } = controller
    let deadline = now() + refreshTimeout
    const wait = spacing.pause()
    if (!target.canAsk && reason === 'expired') {
      const rejected = new AuthError('rejected')
      // The end need not wait for the storage: no other tab can ask with this session either.
      void shared.change(target.retire(rejected), target.session?.id ?? null)
      return { reason: rejected }
    }
    if (!target.canAsk || wait >= refreshTimeout) throw new AuthError('unreachable')
    if (wait > 0) await sleep(wait, signal)
    for (let count = 1; ; count++) {
      try {
        const event = { type: 'refresh-started', reason, attempt: count } as const
        const outcome = await attempt(target, controller, event)
        if (has(outcome, 'reason') && !signal.aborted) tellFailure('rejected', null)
        return outcome
      } catch (error) {
        if (signal.aborted) throw error
        const asked = retryAfter(error)
        // Without an answer, the browser was right about the network. Until that is back, each attempt counts as the first.
        if (!isOnline() && !responseOf(error).status) {
          tellFailure('unreachable', null)
          await online(signal)
          deadline = now() + refreshTimeout
          count = 0
          continue
        }
        const retryIn = backoff(count, asked)
        // One attempt is enough while refresh after refresh fails; and a retry after the deadline is of no use.
        const isLast = count > retries || spacing.isFailing() || retryIn >= deadline - now()
        if (isLast) {
          if (spacing.failed(asked && retryIn)) tellFailure('unreachable', null)
          throw failureOf(target, error, 'unreachable')
        }
        tellFailure('unreachable', retryIn)
        await sleep(retryIn, signal)
      }
    }
  }
}
