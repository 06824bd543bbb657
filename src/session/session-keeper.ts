import { AuthError } from '../errors'
import type { RefreshReason } from '../events'
import { createEvidence, type Evidence, type Resource } from './evidence'
import { createRefresher, type Refresher } from './refresher'
import { isExpiring, remaining, toSession, type Session } from './session'
import type {
  Live,
  SessionKeeper,
  SessionKeeperOptions,
  SessionPorts,
} from './session-keeper-types'
import { createStoredSession } from './stored-session'
import type { AuthTokens } from './token-response'
import { within } from './waiting'

/** How many sessions that have ended here are remembered; what crosses with an end does so within moments. */
const REMEMBERED_ENDS = 50

/** Keeps the session in use, and knows every way in which it begins, is refreshed and ends. */
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
  /** The look at the storage that is under way, and the one after it if it has been asked for meanwhile. */
  const looks: Promise<void>[] = []
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
    refresher = createRefresher({ ...ports, ...stored, follow, end: fail }, options)
    use(next, false)
    settleRestored()
  }

  const fail = (reason: AuthError, adopted = false): Session | null =>
    end(reason, () => onFailure(reason), adopted)

  function follow(found: Session | null, adopted: boolean): void {
    if (found && endedIds.has(found.id)) {
      const current = session
      void (current ? stored.put(current, () => session === current) : forget(found))
    } else if (found?.id !== session?.id) {
      if (session && found) end(new AuthError('superseded'), undefined, true)
      else if (session) fail(new AuthError('signed-out'), true)
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
    const before = session
    const found = await stored.read()
    if (isDisposed) return
    // What was read before a session began or ended here is of no account.
    if (session?.id !== before?.id) look()
    // A refresh in flight finds a newer token for itself.
    else if (!flight || found?.id !== session?.id) follow(found, true)
  }

  function look(): void {
    if (looks.length > 1) return
    const before = looks[0] ?? Promise.resolve()
    looks.push(before.then(lookOnce).finally(() => void looks.shift()))
  }

  /** What there is to wait for before it is known who is signed in, as of now. */
  const news = (): Promise<void> | undefined => looks.at(-1) ?? (isRestored ? undefined : restored)

  function setFlight(next: Promise<Session> | null): void {
    flight = next
    onFlight(next)
  }

  const forget = ({ id }: Session): Promise<unknown> => stored.forget({ id, generation: Infinity })

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
      if (endedIds.size >= REMEMBERED_ENDS) endedIds.clear()
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
    if (!current) return Promise.reject(new AuthError('unauthenticated'))
    const answer = current.refreshToken
      ? refresher.refresh(current, reason)
      : Promise.reject(new AuthError(reason === 'expired' ? 'rejected' : 'unreachable'))
    const mine = answer
      .catch((failure: AuthError) => {
        if (session?.id === current.id) {
          if (failure.code === 'unreachable') onFailure(failure)
          else {
            fail(failure)
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

  function acquire(current: Session): Live {
    const looking = looks.at(-1)
    if (!looking) return acquireNow(current)
    return looking.then(() =>
      session?.id === current.id ? acquireNow(session) : Promise.reject(lost()),
    )
  }

  function acquireNow(current: Session): Live {
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

  function recover(used: Session, resource: Resource, waited: number): Live | null {
    if (session?.id !== used.id) return Promise.reject(lost())
    if (session !== used) return acquire(session)
    if (!flight && !evidence.refused(used, resource)) return null
    const refreshed = refresh('expired')
    if (!waited) return refreshed
    const late = (): Promise<never> => Promise.reject(new AuthError('unreachable'))
    return within(refreshed, Math.max(0, options.refreshTimeout - waited), late)
  }

  return {
    restored,
    isRestored: () => isRestored,
    news,
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
    forget,
    refresh,
    acquire,
    recover,
    accepted: (used, resource, replay) => evidence.accepted(used, resource, replay),
    replayRefused: (used, resource) => evidence.replayRefused(used, resource),
  }
}
