import { AuthError } from '../errors'
import type { RefreshReason } from '../events'
import { createEndedSessions } from './ended-sessions'
import { createEvidence, type Evidence } from './evidence'
import { createFlight } from './flight'
import { createGate } from './gate'
import { createLapse } from './lapse'
import { createOwnerSearch } from './owner-search'
import { createRefresher, type Refresher, type RefresherPorts } from './refresher'
import { createRepeater } from './repeater'
import { isLapsed, nobody, remaining, toSession, type Session, type Stored } from './session'
import type { SessionKeeper, SessionKeeperOptions, SessionPorts } from './session-keeper-types'
import { createStoredSession } from './stored-session'
import type { AuthTokens } from './token-response'
import { createLatch } from '../utils/waiting'

/** Keeps the session in use, and knows every way in which it begins, is refreshed and ends. */
export function createSessionKeeper(
  ports: SessionPorts,
  options: SessionKeeperOptions,
): SessionKeeper {
  const { emit, onChange, onJoin, onFlight, onFailure, onLapse, onWanted, mayLapse } = ports
  const { cookieSession } = options
  const stored = createStoredSession(ports, cookieSession ? nobody : null)
  const lapse = createLapse()
  let session: Session | null = null
  let ending = new AuthError('signed-out')
  let evidence: Evidence
  let refresher: Refresher
  let stay: AbortController
  const flight = createFlight(onFlight)
  const endedSessions = createEndedSessions()
  let isDisposed = false
  let isSearchingAtStart = false
  const restored = createLatch()

  function use(next: Session, isUntried: boolean): void {
    session = next
    evidence.renewed(next, isUntried)
    refresher.recovered()
    onChange(next)
  }

  const canRefresh = ({ refreshToken }: Session): boolean => !!cookieSession || !!refreshToken
  const owner = createOwnerSearch(ports, options, {
    follow(next, adopted) {
      if (!next || isLapsed(next)) return findNobody()
      follow(next, adopted)
      emit({ type: 'refresh-succeeded', adopted })
    },
    end: findNobody,
  })

  /** Each session has refreshes and evidence of its own: nothing of one can reach the next. */
  function open(next: Session): void {
    owner.settle(new AuthError('unauthenticated'))
    stay = new AbortController()
    evidence = createEvidence()
    const commit: RefresherPorts['commit'] = (successor) =>
      stored.commit(successor, () => session?.id === successor.id)
    refresher = createRefresher({ ...ports, ...stored, commit, retire, follow, end: fail }, options)
    use(next, false)
    restored.open()
  }

  const retire: RefresherPorts['retire'] = (refused, isForeign) =>
    mayLapse() && !isForeign ? stored.lapse(refused) : stored.forget(refused, isForeign)

  function fail(reason: AuthError, adopted = false): void {
    if (!session || lapse.session() || reason.code !== 'rejected' || !mayLapse()) {
      return void end(reason, () => onFailure(reason), adopted)
    }
    lapse.begin(session, (over) => onWanted(reason, over))
    if (!adopted) endedSessions.add(session.id)
    session = null
    flight.drop()
    refresher.cancel(reason)
    emit({ type: 'session-lapsed', adopted })
    onLapse(reason)
  }

  function follow(next: Stored | null, adopted: boolean): void {
    const found = isLapsed(next) ? null : next
    const asked = lapse.session()
    if (isLapsed(next) && next.id === asked?.id) return
    if (isLapsed(next) && next.id === session?.id && mayLapse()) {
      fail(new AuthError('rejected'), true)
    } else if (next && endedSessions.has(next.id)) {
      void (session ? keep(session) : forget(next))
    } else if (found?.id !== session?.id) {
      if (session && found) supersede(true)
      else if (session) fail(new AuthError('signed-out'), true)
      if (found) {
        const isStarting = !restored.isOpen() || isSearchingAtStart
        open(found)
        // Of what is found at the start, the start tells.
        if (!isStarting) onJoin(found)
      }
    } else if (found && session && found.generation > session.generation) {
      // Another tab may have tried it.
      use(found, !adopted)
      emit({ type: 'refresh-succeeded', adopted })
    } else if (!found && asked) fail(new AuthError('signed-out'), true)
  }

  async function lookOnce(): Promise<void> {
    await restored.opened
    const before = session
    const found = await stored.read()
    if (isDisposed) return
    // What was read before a session began or ended here is of no account.
    if (session?.id !== before?.id) looks.ask()
    // A refresh in flight finds a newer token for itself.
    else if (!flight.reason() || found?.id !== session?.id) follow(found, true)
    void searchOwner()
  }

  const looks = createRepeater(lookOnce)
  const isKnown = (): boolean => !looks.pending() && restored.isOpen() && !owner.sought()
  /** What there is to wait for before it is known who is signed in, as of now. */
  const news = (): Promise<unknown> | undefined =>
    isKnown() ? undefined : (looks.pending() ?? restored.opened).then(searchOwner)

  const forget = (ended: Pick<Session, 'id'>): Promise<unknown> =>
    ended === owner.unknown ? owner.forget() : stored.erase(ended.id, endedSessions.has)

  /** Not yet in place of one that has lapsed, unless its user is back: the other tabs would serve somebody else. */
  const keep = (mine: Session): Promise<unknown> =>
    stored.put(mine, (found) => session === mine && !(lapse.session() && isLapsed(found)))
  const lost = (): AuthError => (session ? new AuthError('superseded') : ending)
  /** Asks whose the cookie is, or whether it is still good. */
  const search = (): Promise<unknown> => refresh('start').catch(() => {})
  const searchOwner = (): Promise<unknown> | undefined => (owner.sought() ? search() : undefined)

  function findNobody(): void {
    owner.settle(new AuthError('unauthenticated'))
    onChange(null)
  }

  async function restore(): Promise<Session | null> {
    const found = await owner.read()
    if (restored.isOpen()) return null
    if (found === owner.unknown) {
      owner.begin()
      refresher = owner.refresher
      isSearchingAtStart = true
    } else if (found) open(found)
    restored.open()
    if (cookieSession && found && remaining(found) <= 0) await search()
    isSearchingAtStart = false
    return session
  }

  /** Makes room for another session. Whether a lapsed one ends by it is for its user's name to decide. */
  function supersede(adopted: boolean): void {
    const reason = new AuthError('superseded')
    if (!lapse.session()) return void end(reason, undefined, adopted)
    flight.drop()
    refresher.cancel(reason)
  }

  async function start(tokens: AuthTokens): Promise<Session> {
    supersede(false)
    const mine = toSession(tokens)
    open(mine)
    await keep(mine)
    return mine
  }

  function end(reason: AuthError, settle?: () => void, adopted = false): Session | null {
    const asked = lapse.session()
    const ended = session ?? asked
    // Of a cookie nobody can tell whether it is there; a search may just be storing what it found.
    const left = ended ?? (cookieSession ? owner.unknown : null)
    // It may still be what is stored.
    if (session && asked && !adopted && !isDisposed) void forget(asked)
    if (left && !adopted) endedSessions.add(left.id)
    owner.settle(reason)
    session = null
    ending = reason
    lapse.end(reason)
    flight.drop()
    restored.open()
    if (ended) {
      stay.abort(reason)
      refresher.cancel(reason)
      onChange(null)
    }
    settle?.()
    if (ended) emit({ type: 'session-ended', reason: reason.code, adopted })
    return left
  }

  function beginRefresh(reason: RefreshReason): Promise<Session> {
    const isSearch = !!owner.sought()
    const current = owner.sought() ?? session
    if (!current) {
      return Promise.reject(new AuthError(lapse.session() ? 'rejected' : 'unauthenticated'))
    }
    const answer = canRefresh(current)
      ? refresher.refresh(current, reason)
      : Promise.reject(new AuthError(reason === 'expired' ? 'rejected' : 'unreachable'))
    return answer.catch((failure: AuthError) => {
      if (isSearch && session) return session
      if ((owner.sought() ?? session)?.id === current.id) {
        if (failure.code === 'unreachable') onFailure(failure)
        else {
          fail(failure)
          void retire(current)
        }
      }
      throw failure
    })
  }

  const refresh = (reason: RefreshReason): Promise<Session> =>
    flight.join(reason, () => beginRefresh(reason))

  const gate = createGate(
    {
      lapse,
      current: () => session,
      looking: looks.pending,
      ended: () => stay.signal,
      inFlight: flight.reason,
      refresh,
      canRefresh,
      isStalled: () => refresher.isStalled(),
      refused: (used, resource) => evidence.refused(used, resource),
      lost,
    },
    options,
  )

  return {
    ...gate,
    restored: restored.opened,
    isRestored: restored.isOpen,
    isKnown,
    news,
    current: () => session,
    lapse,
    canRefresh,
    lost,
    restore,
    look: looks.ask,
    looking: looks.pending,
    start,
    end,
    dispose(reason) {
      isDisposed = true
      end(reason)
    },
    keep: (mine) => stored.put(mine, (found) => session === mine && isLapsed(found)),
    forget,
    refresh,
    accepted: (used, resource, replay) => evidence.accepted(used, resource, replay),
    replayRefused: (used, resource) => evidence.replayRefused(used, resource),
  }
}
