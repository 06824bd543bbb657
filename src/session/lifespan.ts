import { AuthError } from '../errors'
import type { AuthEventDetail } from '../events'
import { now } from '../utils/clock'
import { MAX_TIMER_MS } from '../utils/waiting'
import type { Stored } from './record'
import { hasLife, type Life, type Session } from './session'

/** The limits of a session's time, in ms. */
export interface LifespanOptions {
  /** Ends a session whose user has not acted for so long. */
  readonly idleTimeout?: number | undefined
  /** Ends a session that began so long ago. */
  readonly maxAge?: number | undefined
  /** How long before its end a session is told to be ending. */
  readonly endingLead?: number
}

export interface LifespanPorts {
  /** Whether the page is visible. Otherwise no timer is set. */
  isShown(): boolean
  /** Calls back when the user acts in this tab. Returns a function that stops it. */
  onActivity(callback: () => void): () => void
  /** Stores the times, so that the other tabs know them. */
  share(id: string): unknown
  /** Reads the storage again, as another tab's user may have acted, and ends the session where its time is up. */
  reread(): void
  /** @param endsAt in ms since the epoch, as all tabs know it; null where there is no end */
  onEndsAt(endsAt: number | null): void
  emit(event: AuthEventDetail): void
}

/** The times of the session in use, and its end by them. */
export interface Lifespan {
  /** Follows the session in use, takes over what it tells of its times, and sets the timer anew. */
  follow(session: Session | null): void
  /** Completes a session that is stored by the latest times that are known of it. */
  stamp(next: Session, found: Stored | null): Session
  /** Notes that the user has acted, unless the time is up. */
  act(): void
  /** The reason to end the session in use; null while it has more than `margin` ms left. */
  over(margin?: number): AuthError | null
}

/** Longest and shortest pause between two activities that are stored, in ms; between them a 20th of the idle time. */
const LONGEST_PAUSE_MS = 30_000
const SHORTEST_PAUSE_MS = 1_000

/** The times of a session, by all that tell of it. Where none does, they begin now. */
export function lifeOf(session: Session, ...others: readonly (Stored | Life | null)[]): Life {
  const { id } = session
  const known = [session, ...others].flatMap((one) =>
    one && hasLife(one) && one.id === id ? one : [],
  )
  const begunAt = Math.min(now(), ...known.map((life) => life.begunAt))
  const activeAt = known.length ? Math.max(...known.map((life) => life.activeAt)) : begunAt
  return { id, begunAt, activeAt }
}

/** Keeps the times of the session in use, with one timer, which is set while the page is visible. */
export function createLifespan(
  { isShown, onActivity, share, reread, onEndsAt, emit }: LifespanPorts,
  { idleTimeout = Infinity, maxAge = Infinity, endingLead = 0 }: LifespanOptions,
): Lifespan {
  const shortest = Math.min(idleTimeout, maxAge)
  const lead = Math.min(endingLead, shortest / 2)
  const pause = Math.min(Math.max(idleTimeout / 20, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS)
  /** Null where no session is in use, or there is no limit. */
  let life: Life | null = null
  /** When the last activity was stored that the other tabs know of. */
  let sharedAt = 0
  /** Whether the timer is set to store a later one. */
  let isQueued = false
  let isTold = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopListening = (): void => {}

  const end = (): number =>
    life ? Math.min(life.activeAt + idleTimeout, life.begunAt + maxAge) : Infinity
  const left = (): number => end() - now()
  const endsAt = (): number => Math.round(Date.now() + left())
  const reason = (): 'idle' | 'expired-age' =>
    life && end() < life.activeAt + idleTimeout ? 'expired-age' : 'idle'
  const isPending = (): boolean => !!life && life.activeAt > sharedAt

  /** Sets the timer to the first of these: an activity is stored, the end is told, the session ends. */
  function setTimer(): void {
    clearTimeout(timer)
    if (!life) return onEndsAt(null)
    const isVisible = isShown()
    if (isPending() && (now() >= sharedAt + pause || (isQueued && !isVisible))) {
      sharedAt = now()
      share(life.id)
    }
    isQueued = isPending()
    if (!isQueued) onEndsAt(endsAt())
    isTold &&= left() <= lead
    if (!isVisible) return
    const wait = left() - (isTold ? 0 : lead)
    const next = isQueued ? Math.min(wait, sharedAt + pause - now()) : wait
    timer = setTimeout(ring, Math.min(next, MAX_TIMER_MS))
  }

  function ring(): void {
    if (left() <= 0) return reread()
    if (left() <= lead && !isTold) {
      isTold = true
      emit({ type: 'session-ending', reason: reason(), endsAt: endsAt() })
    }
    setTimer()
  }

  function act(): void {
    if (!life) return
    if (left() <= 0) return reread()
    life = { ...life, activeAt: now() }
    if (!isQueued || now() >= sharedAt + pause) setTimer()
  }

  return {
    follow(session) {
      if (shortest === Infinity) return
      const isSame = session?.id === life?.id
      life = session && lifeOf(session, life)
      if (isSame) sharedAt = Math.max(sharedAt, session?.activeAt ?? sharedAt)
      else {
        isQueued = isTold = false
        // Times that were unknown are stored at once. Otherwise they would begin anew at each start.
        sharedAt = session && hasLife(session) ? now() : -Infinity
        stopListening()
        stopListening = life && idleTimeout < Infinity ? onActivity(act) : () => {}
      }
      setTimer()
    },
    stamp: (next, found) =>
      shortest < Infinity ? { ...next, ...lifeOf(next, life, found) } : next,
    act,
    over: (margin = 0) => (left() <= margin ? new AuthError(reason()) : null),
  }
}
