import { AuthError } from '../errors'
import type { RefreshReason } from '../events'
import { createEvidence, type Evidence, type Resource } from './evidence'
import { createRefresher, type Refresher, type RefresherPorts } from './refresher'
import { createRepeater } from './repeater'
import { createLapse } from './lapse'
import { isExpiring, isLapsed, remaining, toSession, type Session, type Stored } from './session'
import type {
  Live,
  SessionKeeper,
  SessionKeeperOptions,
  SessionPorts,
} from './session-keeper-types'
import { createStoredSession } from './stored-session'
import type { AuthTokens } from './token-response'
import { within } from './waiting'

/** Keeps the session in use, and knows every way in which it begins, is refreshed and ends. */
export function createSessionKeeper(
  ports: SessionPorts,
  options: SessionKeeperOptions,
): SessionKeeper {
  const { emit, onChange, onJoin, onFlight, onFailure, onLapse, onWanted, mayLapse } = ports
  const stored = createStoredSession(ports)
  const lapse = createLapse()
  let session: Session | null = null
  let ending = new AuthError('signed-out')
  let evidence: Evidence
  let refresher: Refresher
  let flight: Promise<Session> | null = null
  let flightReason: RefreshReason
  /** The sessions that have ended here: nothing brings them back, not even a write of another tab that crossed. */
  const endedIds = new Set<string>()
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
    refresher = createRefresher({ ...ports, ...stored, retire, follow, end: fail }, options)
    use(next, false)
    settleRestored()
  }

  const retire: RefresherPorts['retire'] = (refused) =>
    mayLapse() ? stored.lapse(refused) : stored.forget(refused)

  function fail(reason: AuthError, adopted = false): void {
    if (!session || lapse.session() || reason.code !== 'rejected' || !mayLapse()) {
      end(reason, () => onFailure(reason), adopted)
      return
    }
    lapse.begin(session, (over) => onWanted(reason, over))
    if (!adopted) endedIds.add(session.id)
    session = null
    setFlight(null)
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
    } else if (found && endedIds.has(found.id)) {
      const current = session
      void (current ? stored.put(current, () => session === current) : forget(found))
    } else if (found?.id !== session?.id) {
      if (session && found) supersede(true)
      else if (session) fail(new AuthError('signed-out'), true)
      if (found) {
        open(found)
        onJoin(found)
      }
    } else if (found && session && found.generation > session.generation) {
      // Another tab may have tried it.
      use(found, !adopted)
      emit({ type: 'refresh-succeeded', adopted })
    } else if (!found && asked) fail(new AuthError('signed-out'), true)
  }

  async function lookOnce(): Promise<void> {
    await restored
    const before = session
    const found = await stored.read()
    if (isDisposed) return
    // What was read before a session began or ended here is of no account.
    if (session?.id !== before?.id) looks.ask()
    // A refresh in flight finds a newer token for itself.
    else if (!flight || found?.id !== session?.id) follow(found, true)
  }

  const looks = createRepeater(lookOnce)

  /** What there is to wait for before it is known who is signed in, as of now. */
  const news = (): Promise<void> | undefined =>
    looks.pending() ?? (isRestored ? undefined : restored)

  function setFlight(next: Promise<Session> | null): void {
    flight = next
    onFlight(next)
  }

  const forget = ({ id }: Session): Promise<unknown> => stored.forget({ id, generation: Infinity })

  const lost = (): AuthError => (session ? new AuthError('superseded') : ending)

  async function restore(): Promise<Session | null> {
    const left = await stored.read()
    const found = isLapsed(left) ? null : left
    if (isRestored) return null
    if (found) open(found)
    settleRestored()
    return found
  }

  /** Makes room for another session. Whether a lapsed one ends by it is for its user's name to decide. */
  function supersede(adopted: boolean): void {
    const reason = new AuthError('superseded')
    if (!lapse.session()) return void end(reason, undefined, adopted)
    setFlight(null)
    refresher.cancel(reason)
  }

  async function start(tokens: AuthTokens): Promise<Session> {
    supersede(false)
    const mine = toSession(tokens)
    open(mine)
    await stored.put(mine, () => session === mine)
    return mine
  }

  function end(reason: AuthError, settle?: () => void, adopted = false): Session | null {
    const ended = session ?? lapse.session()
    session = null
    ending = reason
    lapse.end(reason)
    setFlight(null)
    settleRestored()
    if (ended) {
      if (!adopted) endedIds.add(ended.id)
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
    if (!current) {
      return Promise.reject(new AuthError(lapse.session() ? 'rejected' : 'unauthenticated'))
    }
    const answer = current.refreshToken
      ? refresher.refresh(current, reason)
      : Promise.reject(new AuthError(reason === 'expired' ? 'rejected' : 'unreachable'))
    const mine = answer
      .catch((failure: AuthError) => {
        if (session?.id === current.id) {
          if (failure.code === 'unreachable') onFailure(failure)
          else {
            fail(failure)
            void retire(current)
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

  function acquire(owner: string): Live {
    const looking = looks.pending()
    return looking ? looking.then(() => acquireNow(owner)) : acquireNow(owner)
  }

  /** A refusal is nobody's answer as long as the user may sign in again. */
  const unlessLapsed = (refreshed: Promise<Session>, owner: string): Promise<Session> =>
    refreshed.catch((failure: unknown) => {
      if (!lapse.holds(owner)) throw failure
      return acquireNow(owner)
    })

  function acquireNow(owner: string): Live {
    if (lapse.holds(owner)) return lapse.wait().then(() => acquireNow(owner))
    const current = session
    if (!current || current.id !== lapse.heirOf(owner)) return Promise.reject(lost())
    const isAlive = (): boolean => session === current && remaining(current) > 0
    if (!flight) {
      const isFresh = !isExpiring(current, options.leeway) || !current.refreshToken
      if (isFresh || (refresher.isStalled() && isAlive())) return current
    }
    const isAhead = !flight || flightReason !== 'expired'
    const refreshed = refresh('ahead').catch((failure: unknown) => {
      // Refreshing ahead failed, but the token still lives: nobody's error.
      if (isAhead && isAlive()) return current
      throw failure
    })
    return unlessLapsed(refreshed, owner)
  }

  function recover(used: Session, resource: Resource, waited: number): Live | null {
    if (session !== used) return acquire(used.id)
    if (!flight && !evidence.refused(used, resource)) return null
    const refreshed = refresh('expired')
    const late = (): Promise<never> => Promise.reject(new AuthError('unreachable'))
    const inTime = waited
      ? within(refreshed, Math.max(0, options.refreshTimeout - waited), late)
      : refreshed
    return unlessLapsed(inTime, used.id)
  }

  return {
    restored,
    isRestored: () => isRestored,
    news,
    current: () => session,
    owner: () => (session ?? lapse.session())?.id ?? null,
    serves: (owner) => lapse.holds(owner) || session?.id === lapse.heirOf(owner),
    lapse,
    lost,
    restore,
    look: looks.ask,
    start,
    end,
    dispose(reason) {
      isDisposed = true
      end(reason)
    },
    forget,
    refresh,
    acquire,
    recover,
    accepted: (used, resource, replay) => evidence.accepted(used, resource, replay),
    replayRefused: (used, resource) => evidence.replayRefused(used, resource),
  }
}
