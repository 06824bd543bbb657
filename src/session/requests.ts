import { AuthError } from '../errors'
import type { RefreshReason } from '../events'
import { createLatch, inTime } from '../utils/waiting'
import type { Evidence } from './evidence'
import type { OperationRequest } from './operation'
import { earliness, remaining, type Session } from './session'
import { canRefresh, type SessionMode } from './session-mode'
import { lapses, refusedOf, sessionOf, standingOf, type SessionState } from './session-state'
import { hasSteppedUp, keyOf, type StepUp } from './step-up'

/** A session with a live token, now or after a refresh. */
export type Live = Session | Promise<Session>

/** Demands on a token, beyond being alive. */
export interface TokenNeeds {
  /** The request cannot be sent twice: it does not go out with a token that is about to be replaced. */
  readonly isOneShot: boolean
  /**
   * The lifetime that must be left, in ms. A token with less is never returned, even if there is no other. Where new
   * tokens are known to live for less, none is asked for.
   */
  readonly minValidity: number | undefined
}

const NO_NEEDS: TokenNeeds = { isOneShot: false, minValidity: undefined }

/** The session as requests see it. */
export interface Requests extends Pick<Evidence, 'accepted' | 'replayDenied'> {
  /**
   * The owner of a request that is made now: the id of its session, null for no session, undefined where that is not
   * known yet.
   *
   * @param isFromFetchUser belongs to the session in use, even while its user is unknown
   */
  ownerNow(isFromFetchUser: boolean): string | null | undefined
  /** Resolves once the storage was read, if it is being read. Rejects where that takes longer than `refreshTimeout`. */
  whenRead(): Promise<unknown>
  /**
   * Settles once it was asked who is signed in; undefined if that is known. The server may not have answered. Rejects
   * as {@link Requests.whenRead} does.
   */
  whenKnown(): Promise<unknown> | undefined
  /** The session in use. */
  current(): Session | null
  /**
   * The session for requests of an owner. While its token lives, it is there at once, and refreshed in the background
   * where it is about to expire.
   *
   * @throws {@link AuthError} at once where that session is over
   */
  acquire(owner: string, needs?: TokenNeeds): Live
  /**
   * The session for a request that was denied, with a newer token; null when refreshing would not help. Rejects where
   * that session is over.
   *
   * @param waited how long the request has waited for a refresh already, in ms
   */
  recover(used: Session, request: OperationRequest, waited: number): Live | null
  /**
   * The session for a request that was refused until its user steps up, once the user has; null where the user cannot be
   * asked. Rejects where the user does not, or that session is over.
   */
  stepUp(used: Session, asked: StepUp): Live | null
  /**
   * Waits for what a request of a session needs before it is sent. Resolves early once that session is not in use any
   * more. Rejects after `refreshTimeout`.
   */
  whileInUse(session: Session, work: unknown): Promise<unknown>
  /** Whether a refresh is in flight. */
  isRefreshing(): boolean
  /** Whether the user of an owner has signed out, or another one in. Then no answer is for the user of the page. */
  hasLeft(owner: string): boolean
  /** The reason why a session that is no longer in use cannot serve. */
  lossReason(): AuthError
}

/** The session keeper as requests need it. */
export interface RequestPorts {
  state(): SessionState
  /** Calls back after each change of the state. Returns what stops that. */
  watch(look: () => unknown): () => void
  /** Settles with the reading of the storage that is under way; undefined while there is none. */
  rereading(): Promise<void> | undefined
  /** Settles once the start is over; asks the server who is signed in, where only it can tell. */
  search(): Promise<unknown>
  /** The refresh in flight, and whether a response has called the token expired; null while there is none. */
  flight(): { readonly isDead: boolean } | null
  refresh(reason: RefreshReason): Promise<Session>
  /** Whether a refresh that begins now would wait for a cool-down, or join one that keeps failing. */
  isStalled(): boolean
  /** Notes that a request waits until its user has signed in again. */
  awaitUser(): void
  /** Asks the user of the session in use to step up. Settles when the session changes by that or otherwise; rejects where the user does not. */
  askToStepUp(session: Session, asked: StepUp): Promise<unknown>
  /** Whether the app is gone. Its user has not signed out by that. */
  isDisposed(): boolean
}

export interface RequestOptions {
  /** In ms; false: never refresh ahead. */
  readonly leeway: number | false
  /** The lifetime that a token needs to reach the server alive, in ms. With less left, requests wait for the next one. */
  readonly minValidity: number
  /** How long requests wait for a refresh, in ms awake. */
  readonly refreshTimeout: number
  /** The mode of the session: the carriers of its tokens. */
  readonly session: SessionMode
  /** Whether a user may sign in again in place. */
  readonly canLapse: boolean
}

/** A new token has lost this much of its lifetime, in ms, until its caller gets it: asking for more asks in vain. */
const DELIVERY_MS = 1_000

/** Whether a session's next token will be too short-lived as well. Only a refresh tells how long its tokens live. */
const isTooShort = ({ generation, lifetime }: Session, minValidity: number): boolean =>
  generation > 0 && (lifetime ?? Infinity) < minValidity + DELIVERY_MS

export function createRequests(
  {
    state,
    watch,
    rereading,
    search,
    flight,
    refresh,
    isStalled,
    awaitUser,
    askToStepUp,
    isDisposed,
  }: RequestPorts,
  evidence: Evidence,
  { leeway, minValidity, refreshTimeout, session: mode, canLapse }: RequestOptions,
): Requests {
  const current = (): Session | null => sessionOf(state())
  const isUnknown = (): boolean =>
    rereading() !== undefined || state().is === 'restoring' || state().is === 'searching'

  function lossReason(): AuthError {
    const now = state()
    return now.is === 'anonymous' ? now.reason : new AuthError('superseded')
  }

  /** Waits for a change of the state after which this holds. */
  function until(holds: () => boolean): { reached: Promise<void>; stop(): void } {
    const { opened, open } = createLatch()
    const stop = watch(() => holds() && open())
    return { reached: opened.finally(stop), stop }
  }
  const whenChanged = (): Promise<void> => until(() => true).reached

  const inRefreshTime = <T>(work: Promise<T>, waited = 0): Promise<T> =>
    inTime(work, Math.max(0, refreshTimeout - waited), new AuthError('unreachable'))
  const whenRead = async (): Promise<unknown> => {
    const reading = rereading() ?? (state().is === 'restoring' ? whenChanged() : undefined)
    return reading && inRefreshTime(reading)
  }

  const isWaiting = (owner: string): boolean => standingOf(state(), owner) === 'waiting'

  function acquire(owner: string, needs = NO_NEEDS): Live {
    if (standingOf(state(), owner) === 'lost') throw lossReason()
    if (rereading() || isWaiting(owner)) return acquireLater(owner, needs)
    const live = serve(owner, needs)
    return live instanceof Promise ? unlessLapsed(owner, live, needs) : live
  }

  /** Waits for the reading that has been asked for by now, not for later ones: announcements may never end. */
  async function waitFor(reading: Promise<void>, owner: string): Promise<void> {
    let isPending = true
    const read = reading.then(() => (isPending = false))
    while (isPending && standingOf(state(), owner) !== 'lost') {
      await Promise.race([read, whenChanged()])
    }
  }

  /**
   * Waits until storage is read and, in a lapse, until the user has signed in again; repeats for a further lapse.
   * Throws as soon as the session ends: a storage may hang, and a logout does not wait for it.
   */
  async function acquireLater(owner: string, needs: TokenNeeds): Promise<Session> {
    for (;;) {
      const reading = rereading()
      if (reading) await waitFor(reading, owner)
      if (isWaiting(owner)) {
        awaitUser()
        await whenChanged()
      } else {
        try {
          return await serve(owner, needs)
        } catch (failure) {
          if (!isWaiting(owner)) throw failure
        }
      }
    }
  }

  /** A refused refresh is no answer while the user may sign in again. */
  const unlessLapsed = (
    owner: string,
    refreshed: Promise<Session>,
    needs = NO_NEEDS,
  ): Promise<Session> =>
    refreshed.catch((failure: unknown) => {
      if (!isWaiting(owner)) throw failure
      return acquireLater(owner, needs)
    })

  /** @throws {@link AuthError} where the session of that owner is not in use */
  function serve(owner: string, needs: TokenNeeds): Live {
    const session = current()
    const { minValidity: needed, isOneShot } = needs
    if (standingOf(state(), owner) !== 'served' || !session) throw lossReason()
    const ahead = earliness(session, leeway === false ? -Infinity : leeway)
    const least = isOneShot ? ahead : Math.min(minValidity, ahead / 2)
    const isAlive = (): boolean => current() === session && remaining(session) > 0
    const isDead = flight()?.isDead
    if (!isDead) {
      const left = remaining(session)
      const isEnough = left > (needed ?? least)
      if (isEnough && left > ahead) return session
      const canAsk = canRefresh(session, mode) && !(isStalled() && left > 0)
      if (isEnough && canAsk && !flight()) refresh('ahead').catch(() => {})
      if (isEnough || (!canAsk && needed === undefined)) return session
    }
    if (needed !== undefined) return renewFor(needed, session)
    return refresh('ahead').catch((failure: unknown) => {
      // A refresh ahead of expiry that fails is no error while the token lives.
      if (!isDead && isAlive()) return session
      throw failure
    })
  }

  /** Gets a token with that much left: the next one, or the second where the next is another tab's, and older. */
  async function renewFor(minValidity: number, used: Session): Promise<Session> {
    let session = used
    for (let count = 0; count < 2 && !isTooShort(session, minValidity); count++) {
      session = await refresh('ahead')
      if (remaining(session) > minValidity) return session
    }
    throw new RangeError('No token with `minValidity` left was to be had.')
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
    whenRead,
    whenKnown: () => (isUnknown() ? whenRead().then(search) : undefined),
    current,
    acquire,
    recover(used, request, waited) {
      if (current() !== used) return reacquire(used.id)
      const isExpired = evidence.denied(used, request)
      if (!isExpired && !flight()) return null
      const refreshed = refresh(isExpired ? 'expired' : 'ahead')
      const recovered = waited ? inRefreshTime(refreshed, waited) : refreshed
      return unlessLapsed(used.id, recovered)
    },
    stepUp(used, asked) {
      if (!canLapse) return null
      const session = current()
      // It is over, or has lapsed, or its user has signed in again in place since.
      if (session?.id !== used.id) return reacquire(used.id)
      if (hasSteppedUp(session, used, keyOf(asked))) return session
      if (!lapses(state(), canLapse)) return null
      return askToStepUp(session, asked).then(() => acquire(used.id))
    },
    whileInUse({ id }, work) {
      const { reached, stop } = until(() => current()?.id !== id)
      return inRefreshTime(Promise.race([work, reached])).finally(stop)
    },
    isRefreshing: () => flight() !== null,
    hasLeft: (owner) =>
      standingOf(state(), owner) === 'lost' && lossReason().code !== 'rejected' && !isDisposed(),
    lossReason,
    ...evidence,
  }
}
