import { AuthError, isAuthError } from '../errors'
import type { RefreshReason } from '../events'
import { callSafely } from '../utils/call-safely'
import { newId } from '../utils/new-id'
import { has } from '../utils/unknown-data'
import { abortable, createLatch, within } from '../utils/waiting'
import { createEndedSessions } from './ended-sessions'
import { createEvidence } from './evidence'
import { createLifespan, type LifespanOptions, type LifespanPorts } from './lifespan'
import { isOfUser, isSession, isUntold, nobody, type Stored } from './record'
import { isSameAuthentication, isSameSubject } from './jwt'
import { cookieTarget, sessionTarget, type IsSameUser } from './refresh-target'
import {
  createRefresher,
  type RefresherOptions,
  type RefresherPorts,
  type RefreshTarget,
} from './refresher'
import { createRepeater } from './repeater'
import { createRequests, type RequestOptions, type RequestPorts, type Requests } from './requests'
import { remaining, rememberIn, toSession, type Session } from './session'
import { hasCookie, toUpdated } from './session-mode'
import {
  ends,
  lapses,
  leftBy,
  observe,
  refusedOf,
  sessionOf,
  targetIdOf,
  transition,
  type SessionInput,
  type SessionState,
} from './session-state'
import type { SharedSession } from './shared-session'
import { createSpacing } from './spacing'
import { markUntilStored, textsOf, unmark, UNTOLD } from './end-mark'
import { markOf } from './step-up'
import {
  asLongAs,
  erase,
  put,
  resume,
  stepUpTo,
  storeUser,
  update,
  type Rule,
} from './stored-rules'
import type { AgedTokens } from './token-response'

/** The world as the session keeper needs it. */
export interface SessionKeeperPorts
  extends RefresherPorts, Pick<LifespanPorts, 'isShown' | 'onActivity' | 'onEndsAt'> {
  readonly isSameUser: IsSameUser
  /**
   * Called for a change of the state. Two equal states: the refresh in flight has begun, ended or failed.
   *
   * @param adopted whether another tab brought it about
   * @param failure the reason why a refresh failed that leaves the session as it is
   */
  onState(state: SessionState, before: SessionState, adopted: boolean, failure?: AuthError): void
  /**
   * Called for a session whose time was up, in the tab that has removed it; at the start also for a logout that the server
   * may not have heard of.
   *
   * @param ended the session, if its page went away; null where the server could not be reached
   */
  onUntold(ended: Ended | null): void
  /** Asks the user to step up, as requests need it. Called while the app shows a user. */
  askToStepUp: RequestPorts['askToStepUp']
}

export interface SessionKeeperOptions extends RefresherOptions, RequestOptions, LifespanOptions {
  /** Tells at the start whether the cookie may belong to a user: no, by a value that counts as false. */
  mayBeSignedIn?(this: void): unknown
}

/** A session that was ended here. */
export interface Ended {
  /** Null where only a cookie may be left. */
  readonly session: Session | null
  /** Settles when it is out of storage, with whether it was there: otherwise another tab has ended it, too. */
  readonly erased: Promise<unknown>
}

/** Keeps the session of this tab: its state, and every consequence of a change. */
export interface SessionKeeper {
  state(): SessionState
  /** The refresh in flight, which everything joins; null while there is none. */
  refreshing(): Promise<Session> | null
  /** Refreshes, or joins the refresh in flight. Rejects with an {@link AuthError}. */
  refresh(reason: RefreshReason): Promise<Session>
  /** Settles at the first change of the state: the storage was read, or a session has begun. */
  readonly restored: Promise<void>
  /**
   * Uses the stored session, or asks the server who the user of the cookie is. Resolves with false where a session has begun or
   * ended before the storage was read.
   */
  restore(): Promise<boolean>
  /** Reads the storage again, which another tab may have changed, and adopts what is there. Requests wait for it. */
  reread(): void
  /** Notes that a session has ended in another tab. What is stored of it does not count any more. */
  hearEnd(id: string): void
  /** Settles with the reading that is under way; undefined while there is none. */
  rereading(): Promise<void> | undefined
  /**
   * Begins a session in place of the one in use. Resolves when it is stored; a contested one is not stored yet.
   *
   * @param id of the session; default: a new one
   * @param remember whether it outlasts its last tab; default true
   * @throws TypeError where the storage does not keep `remember`
   */
  begin(tokens: AgedTokens, id?: string, remember?: boolean): Promise<Session>
  /**
   * Takes over newer tokens of the session in use. Resolves when they are stored.
   *
   * @throws {@link AuthError} where no session is in use, or they are another user's
   */
  update(tokens: AgedTokens): Promise<void>
  /**
   * Takes over the tokens with which the user of the session in use has stepped up. Resolves when they are stored.
   *
   * @param key of the step-up, as `keyOf` makes it
   * @throws {@link AuthError} where no session is in use
   */
  stepUp(tokens: AgedTokens, key: string): Promise<void>
  /** Stores a contested session, whose user is the same, in place of the lapsed one. */
  storeHeir(heir: Session): Promise<unknown>
  /** Stores the user of the session in use as JSON; null for none. */
  storeUser(user: string | null): void
  /** The user of the session in use was fetched, or could not be. */
  identify(isSameUser: boolean, adopted: boolean): void
  /** Ends the session here and in storage; null where there is none. Its requests reject with `reason`. */
  end(reason: AuthError): Ended | null
  /** Notes that the user of the session in use has acted. */
  keepAlive(): void
  /** Ends the session without a change to storage, and stops reading it. */
  dispose(reason: AuthError): void
  /** Why there is no session in use. */
  withoutSession(): AuthError
  readonly requests: Requests
}

/** How often a refresh begins anew because another tab has changed the storage. More often means a broken storage. */
const MOST_OVERTAKINGS = 10

/** How often a reading is repeated that finds one session after another which another tab has ended. */
const MOST_READINGS = 5

/** Another tab ends a session as its time is up, by a clock that is apart from this tab's by less than this. */
const CLOCKS_APART_MS = 1_000

/** The reason why an exchange is aborted whose refresh is over. */
const OUTLIVED = new AuthError('unreachable')

export function createSessionKeeper(
  ports: SessionKeeperPorts,
  options: SessionKeeperOptions,
): SessionKeeper {
  const { emit, isSameUser, onState, onUntold } = ports
  const { session: mode, mayBeSignedIn, canLapse, refreshTimeout } = options
  /** The app's answer to: may the cookie belong to a user? Undefined where the app was not asked. */
  const hint = mayBeSignedIn && callSafely('mayBeSignedIn', () => !!mayBeSignedIn())
  const isByCookie = hasCookie(mode)
  const afterEnd = isByCookie ? nobody : null
  /** Opened when another refresh is asked for while one waits for a network: the browser may be wrong about that. */
  let asked = createLatch()
  let connecting: Promise<void> | undefined
  const online = (signal: AbortSignal): Promise<void> => {
    connecting ??= ports.online(signal).finally(() => (connecting = undefined))
    return Promise.race([connecting, asked.opened])
  }
  const shared: SharedSession = {
    ...ports.shared,
    change: (rule, ended) =>
      ports.shared.change((found) => {
        const next = rule(found)
        return next && isSession(next) ? lifespan.stamp(next, found) : next
      }, ended),
  }
  /** Sends no token whose session may be over. Where it is, the signal is aborted. */
  const exchange: typeof ports.exchange = (...asked) => {
    const judged = lifespan.over() && rereading()
    return judged ? judged.then(() => ports.exchange(...asked)) : ports.exchange(...asked)
  }
  const askEndpoint = createRefresher({ ...ports, shared, online, exchange }, options)
  const evidence = createEvidence()
  const endedHere = createEndedSessions()
  /** The sessions of which other tabs have told that they have ended: the storage of this tab may not know it. */
  const endedElsewhere = createEndedSessions()
  const hasEnded = (id: string): boolean => endedHere.has(id) || endedElsewhere.has(id)
  let state: SessionState = { is: 'restoring' }
  /** Opened at the first change of the state. */
  const { opened: restored, open: openRestored } = createLatch()
  /** Called after each change. */
  const watchers = new Set<() => unknown>()
  let spacing = createSpacing(refreshTimeout)
  /** The sessions that turn up in storage, and those that come back: ten at once, and one every five seconds. */
  const surprises = createSpacing(refreshTimeout)
  /** The refresh under way. It may outlive those who wait for it: its answer still counts. */
  let work: { readonly session: Promise<Session>; readonly controller: AbortController } | null =
    null
  /** The refresh as requests join it: it gives up after `refreshTimeout`. */
  let flight: { readonly session: Promise<Session>; isDead: boolean } | null = null
  /** Changes that are still to be told; the first one is being told. */
  const untold: (() => void)[] = []
  let isDisposed = false

  // The state, and every consequence of a change.

  function apply(input: SessionInput, adopted = false): void {
    const before = state
    const after = (state = transition(before, input))
    if (after === before) return
    const reason = has(input, 'reason') ? input.reason : undefined
    const session = sessionOf(after)
    if (!adopted) leftBy(before, after).forEach(endedHere.add)
    const isOther = targetIdOf(after) !== targetIdOf(before)
    let left: typeof work = null
    if (isOther) {
      left = work
      work = flight = null
      spacing = createSpacing(refreshTimeout)
    }
    const previous = sessionOf(before)
    if (session && session !== previous) {
      evidence.renewed(session, input.type === 'renewed' && !adopted)
      if (!isOther) spacing.recovered(session.generation - (previous?.generation ?? 0))
    }
    // The page may go on with the session after a remount.
    if (!isDisposed) void shared.visit.join(session?.remember === false ? session.id : null)
    openRestored()
    watchers.forEach((look) => look())
    // From here on listeners are called, which may change the state again.
    if (session !== previous) lifespan.follow(session)
    left?.controller.abort(reason ?? new AuthError('superseded'))
    tellInOrder(() => {
      onState(after, before, adopted)
      const code = reason?.code ?? 'superseded'
      if (ends(before, after)) emit({ type: 'session-ended', reason: code, adopted })
      if (after.is === 'lapsed' && before.is === 'active') emit({ type: 'session-lapsed', adopted })
    })
  }

  /** Tells of a change after all earlier ones: a listener may have caused it while it was told of another. */
  function tellInOrder(tell: () => void): void {
    if (untold.push(tell) > 1) return
    try {
      for (const next of untold) next()
    } finally {
      untold.length = 0
    }
  }

  /** Ends the session in use, then begins this one. A listener of the end must not meet the next session. */
  function begin(session: Session, adopted = false): void {
    apply({ type: 'replaced' }, adopted)
    // A listener may have begun a later session.
    if (!sessionOf(state) || refusedOf(state)) apply({ type: 'began', session }, adopted)
  }

  const refuse = (reason: AuthError, adopted = false): void =>
    apply({ type: 'refused', reason, canLapse: canLapse && reason.code === 'rejected' }, adopted)

  /** Whether other tabs may have done this. A storage that keeps nothing, or makes sessions up, does it on and on. */
  function isPlausible(): boolean {
    if (surprises.refused()) return false
    surprises.recovered(1)
    return true
  }

  const endWithoutUser = (): void =>
    apply({ type: 'ended', reason: new AuthError('unauthenticated') })

  /** Does here what was done to the stored session: in another tab, or by a refresh of this one. */
  function reconcile(found: Stored | null, adopted: boolean): void {
    const seen = observe(state, found, canLapse, endedHere.has)
    const mine = sessionOf(state)
    if (seen === 'lapsed') {
      refuse(new AuthError('rejected'), true)
    } else if (seen === 'gone') {
      apply(
        { type: 'ended', reason: lifespan.over(CLOCKS_APART_MS) ?? new AuthError('signed-out') },
        true,
      )
    } else if (seen === 'ended-here') {
      if (isPlausible()) void (mine ? store(mine) : eraseEnded())
    } else if (isSession(found) && (seen === 'began' || seen === 'resumed') && isPlausible()) {
      // This tab catches up with a lapse that was over before it could be seen here.
      if (seen === 'resumed') refuse(new AuthError('rejected'), true)
      // In the eyes of this tab, a session that a search has found is another tab's.
      begin(found, true)
    } else if (isSession(found) && seen === 'renewed') {
      apply({ type: 'renewed', session: found }, adopted)
      emit({ type: 'refresh-succeeded', adopted })
    }
  }

  // Storage.

  /** A rule for the session in use, if that is still this one: it may have newer tokens by then. */
  const whileInUse =
    (id: string, ruleOf: (session: Session) => Rule): Rule =>
    (found) => {
      const session = sessionOf(state)
      return session?.id === id ? ruleOf(session)(found) : undefined
    }
  const isContested = (): boolean => state.is === 'contested'
  /** The other tabs would serve a contested session, so it is not stored in place of the lapsed one yet. */
  const store = ({ id }: Session): Promise<unknown> =>
    shared.change(whileInUse(id, (mine) => put(mine, isContested)))
  /** Resolves with whether it was there. */
  async function eraseEnded(ended: string | null = null, isHinted = false): Promise<boolean> {
    const rule = erase(hasEnded, afterEnd, isHinted)
    let wasThere = false
    await shared.change((found) => {
      wasThere = isOfUser(found) && found.id === ended
      return rule(found)
    }, ended)
    return wasThere
  }

  /** Erases a session that a user has ended, also if the page goes away meanwhile. */
  function eraseForGood(session: Session | null, isHinted = false): Ended {
    const texts = session ? [UNTOLD, session.id] : [UNTOLD]
    const erased = markUntilStored(shared, () => eraseEnded(session?.id, isHinted), ...texts)
    // The callback may leave the page: it would be called at every start.
    return { session, erased: erased.finally(() => unmark(shared.endMark, UNTOLD)) }
  }

  const inStorage =
    (id: string) =>
    (found: Stored | null): Session | undefined =>
      isSession(found) && found.id === id ? found : undefined

  /** Ends the session in use where its time is up, also by what was just found in storage. One tab tells the server. */
  async function judgeAge(found: Stored | null): Promise<void> {
    const session = sessionOf(state)
    lifespan.follow(session && (inStorage(session.id)(found) ?? session))
    const reason = lifespan.over()
    if (!session || !reason) return
    apply({ type: 'ended', reason })
    const ended = eraseForGood(session)
    if (await ended.erased) onUntold(ended)
  }

  /** The id of a session that another tab has ended; null for any other record. */
  const endedIn = (found: Stored | null): string | null =>
    isOfUser(found) && endedElsewhere.has(found.id) ? found.id : null

  /**
   * Reads again where another tab has ended what was found: its end may be newer than the first reading. A storage that
   * shows two ended sessions by turns would be read for ever.
   */
  async function readLatest(last?: string, left = MOST_READINGS): Promise<Stored | null> {
    const found = await shared.read()
    const ended = endedIn(found)
    return ended && ended !== last && left > 1 ? readLatest(ended, left - 1) : found
  }

  /** The session that is found, where it is not remembered and its last tab is gone. */
  async function leftIn(found: Stored | null): Promise<Session | null> {
    const isForgotten =
      isSession(found) &&
      found.remember === false &&
      found.id !== sessionOf(state)?.id &&
      !hasEnded(found.id)
    return isForgotten && !(await shared.visit.isOn(found.id)) ? found : null
  }

  /** Ends a session whose last tab is gone. Its cookie would sign in again, so the server is told. */
  function endLeft(left: Session): void {
    endedHere.add(left.id)
    if (isByCookie) onUntold(eraseForGood(left))
    else void markUntilStored(shared, () => eraseEnded(left.id), left.id)
  }

  async function rereadOnce(): Promise<void> {
    await restored
    const before = sessionOf(state)
    let found = await readLatest()
    const left = await leftIn(found)
    if (isDisposed) return
    if (left) {
      endLeft(left)
      found = null
    }
    if (endedIn(found)) {
      if (isPlausible()) void eraseEnded()
      found = null
    }
    const session = sessionOf(state)
    // A session began or ended here meanwhile: what was read may be older than that.
    if (session?.id !== before?.id) rereads.ask()
    // A refresh in flight finds a newer token for itself.
    else if (!flight || !isOfUser(found) || found.id !== session?.id) reconcile(found, true)
    void judgeAge(found)
    void search()
  }
  const rereads = createRepeater(rereadOnce)
  const lifespan = createLifespan(
    {
      ...ports,
      reread: rereads.ask,
      share: (id) => shared.change(inStorage(id)),
    },
    options,
  )

  /** The reading under way. It begins where the time of the session is up: nothing is sent until that is judged. */
  function rereading(): Promise<void> | undefined {
    if (lifespan.over()) rereads.ask()
    return rereads.pending()
  }

  async function restore(): Promise<boolean> {
    const texts = textsOf(shared.endMark)
    const found = await readLatest()
    const left = await leftIn(found)
    if (state.is !== 'restoring') return false
    // A storage that is late may still bring them back.
    texts.forEach(endedHere.add)
    const isOver = isOfUser(found) && hasEnded(found.id)
    // A mark that does not match is that of an earlier session.
    if (isOfUser(found) && !isOver) shared.endMark.set(null)
    if (left) {
      endWithoutUser()
      endLeft(left)
    } else if (isUntold(found)) {
      endWithoutUser()
      onUntold(null)
    } else if (texts.includes(UNTOLD) && (isOfUser(found) ? isOver : isByCookie)) {
      endWithoutUser()
      onUntold(eraseForGood(isSession(found) ? found : null))
    } else if (isOver) {
      endWithoutUser()
      void markUntilStored(shared, () => eraseEnded(found.id), found.id)
    } else if (isSession(found)) {
      const { user: _user, ...others } = found
      lifespan.follow(found)
      // A session that ends at once shows no user.
      begin(lifespan.over() ? others : found)
    } else if (isByCookie && (hint ?? found === null)) apply({ type: 'searched', id: newId() })
    else endWithoutUser()
    void judgeAge(found)
    const session = sessionOf(state)
    if (isByCookie && session && remaining(session) <= 0) await refresh('start').catch(() => {})
    else await search()
    return true
  }

  async function search(): Promise<void> {
    await restored
    if (state.is === 'searching') await refresh('start').catch(() => {})
  }

  // Refreshing.

  function targetNow(): RefreshTarget | null {
    if (state.is === 'searching') {
      return cookieTarget(state.id, hint === true, () => state.is === 'searching')
    }
    const inUse = (): Session | null => sessionOf(state)
    const session = inUse()
    const willLapse = (): boolean => lapses(state, canLapse)
    return session && sessionTarget(session, mode, inUse, isSameUser, willLapse)
  }

  async function run(reason: RefreshReason, controller: AbortController): Promise<Session> {
    const { signal } = controller
    for (let count = 0; count < MOST_OVERTAKINGS; count++) {
      const target = targetNow()
      if (!target) throw new AuthError('unreachable')
      const outcome = await askEndpoint(target, reason, spacing, controller)
      signal.throwIfAborted()
      const isSearch = target.session === null
      if (has(outcome, 'reason')) {
        if (isSearch) endWithoutUser()
        else refuse(outcome.reason)
        throw outcome.reason
      }
      const { stored, adopted } = outcome
      reconcile(stored, adopted)
      void judgeAge(stored)
      if (isSearch && isSession(stored)) emit({ type: 'refresh-succeeded', adopted })
      else if (isSearch) endWithoutUser()
      // Another session may be in the place of this one by now.
      signal.throwIfAborted()
      if (!isSession(stored)) throw new AuthError('unreachable')
      const session = sessionOf(state)
      // Another tab's token may have expired since, while this tab was asleep.
      if (session?.id === stored.id && (!adopted || remaining(session) > 0)) return session
      // A storage that still has what was exchanged would have it exchanged again.
      if (stored.id === target.session?.id && stored.generation <= target.session.generation) break
    }
    return giveUp()
  }

  function startWork(reason: RefreshReason): NonNullable<typeof work> {
    const controller = new AbortController()
    spacing.begin()
    const session = abortable(run(reason, controller), controller.signal).finally(() => {
      // An exchange that outlived its turn is of no use any more. A reason of its own costs less than the default one.
      controller.abort(OUTLIVED)
      if (work?.controller === controller) work = null
    })
    return { session, controller }
  }

  async function giveUp(): Promise<never> {
    if (spacing.failed()) emit({ type: 'refresh-failed', failure: 'unreachable', retryIn: null })
    throw new AuthError('unreachable')
  }

  const withoutSession = (): AuthError =>
    new AuthError(state.is === 'lapsed' ? 'rejected' : 'unauthenticated')

  async function join(reason: RefreshReason): Promise<Session> {
    const { is } = state
    const target = targetIdOf(state)
    if (target === undefined) throw withoutSession()
    asked.open()
    asked = createLatch()
    try {
      work ??= startWork(reason)
      return await within(work.session, refreshTimeout, giveUp)
    } catch (error) {
      const session = sessionOf(state)
      // A user has signed in during the search.
      if (is === 'searching' && session) return session
      const isNews = targetIdOf(state) === target && isAuthError(error, 'unreachable')
      if (isNews) tellOfFlight(error as AuthError)
      throw error
    }
  }

  function refresh(reason: RefreshReason): Promise<Session> {
    // From here on the token counts as dead, unless refusals are too many to be believed at once.
    const isDead = reason === 'expired' && !spacing.refused()
    if (flight) {
      flight.isDead ||= isDead
      return flight.session
    }
    const session = join(reason).finally(() => {
      if (flight?.session !== session) return
      flight = null
      tellOfFlight()
    })
    flight = { session, isDead }
    tellOfFlight()
    return session
  }

  /** Uses newer tokens of the session in use at once, and stores them. */
  async function takeOver(next: Session, rule: Rule): Promise<void> {
    apply({ type: 'renewed', session: next }, true)
    // The dead token was the one before.
    if (flight) flight.isDead = false
    const isStillMine = (): boolean => sessionOf(state)?.id === next.id
    const found = await shared.change(asLongAs(isStillMine, rule))
    // For a session that has begun meanwhile, this may be too old.
    if (isStillMine()) reconcile(found, true)
  }

  const tellOfFlight = (failure?: AuthError): void => onState(state, state, false, failure)

  const requests = createRequests(
    {
      state: () => state,
      watch(look) {
        watchers.add(look)
        return () => watchers.delete(look)
      },
      rereading,
      search,
      flight: () => flight,
      refresh,
      isStalled: () => spacing.pause() > 0 || (work !== null && spacing.isFailing()),
      awaitUser: () => apply({ type: 'awaited' }),
      askToStepUp: ports.askToStepUp,
      isDisposed: () => isDisposed,
    },
    evidence,
    options,
  )

  return {
    withoutSession,
    state: () => state,
    refreshing: () => flight?.session ?? null,
    refresh,
    restored,
    restore,
    reread: rereads.ask,
    hearEnd: endedElsewhere.add,
    rereading,
    async begin(tokens, id, remember) {
      const mine = {
        ...lifespan.stamp(toSession(tokens, null, id), null),
        ...rememberIn(remember),
      }
      // The cookie is that of this session by now.
      unmark(shared.endMark, UNTOLD)
      begin(mine)
      const isForgotten = mine.remember === false
      // Join before storing. Otherwise another tab would find the session without any tab.
      if (isForgotten) await shared.visit.join(mine.id)
      await store(mine)
      const kept = isForgotten ? await shared.read() : null
      if (isSession(kept) && kept.id === mine.id && kept.remember !== false) {
        throw new TypeError('`remember: false` needs a `storage` that keeps all of a record.')
      }
      return mine
    },
    async storeHeir({ id }) {
      const found = await shared.change(whileInUse(id, resume))
      // Its successors name the lapsed session, too.
      if (isSession(found) && found.id === sessionOf(state)?.id) {
        apply({ type: 'renewed', session: found }, true)
      }
    },
    async update(tokens) {
      await restored
      const before = sessionOf(state)
      if (!before) throw withoutSession()
      const isOther =
        isSameSubject(before.token, tokens.token) === false ||
        !isSameAuthentication(before.idToken, tokens.idToken)
      if (isOther) throw new AuthError('superseded')
      const next = toUpdated(tokens, before, mode)
      await takeOver(next, update(next, before))
    },
    async stepUp(tokens, key) {
      const before = sessionOf(state)
      if (!before) throw withoutSession()
      const next = { ...toSession(tokens, before), stepUp: markOf(key) }
      await takeOver(next, stepUpTo(next))
    },
    storeUser(user) {
      const id = sessionOf(state)?.id
      if (id) void shared.change(whileInUse(id, () => storeUser(id, user)))
    },
    identify: (isSameUser, adopted) => apply({ type: 'identified', isSameUser }, adopted),
    end(reason) {
      const session = sessionOf(state) ?? refusedOf(state)
      const isHinted = state.is === 'searching' && hint === true
      apply({ type: 'ended', reason })
      if (session || isByCookie) return eraseForGood(session, isHinted)
      // A storage that was too slow to be read must not bring a session back.
      void eraseEnded()
      return null
    },
    keepAlive: lifespan.act,
    dispose(reason) {
      isDisposed = true
      apply({ type: 'ended', reason })
    },
    requests,
  }
}
