import type { AuthError } from '../errors'
import type { Session } from './session'

/**
 * The time between the refusal of a session and its user's signing in again. Its requests wait meanwhile; then they
 * are those of the session that takes its place.
 */
export interface Lapse {
  /** The session that was refused, while its user is asked; else null. */
  session(): Session | null
  /** Whether requests of this session have to wait. */
  holds(owner: string): boolean
  /** What they wait for. The first of them has the user asked. */
  wait(): Promise<void>
  /** The session whose requests these are by now. */
  heirOf(owner: string): string
  /**
   * The session was refused.
   *
   * @param ask called when a request waits; `over` is aborted when it is decided, whatever has come of it
   */
  begin(session: Session, ask: (over: AbortSignal) => void): void
  /** The same user has signed in again. */
  resume(heir: Session): void
  /** The user has not: rejects who waits. */
  end(reason: AuthError): void
}

export function createLapse(): Lapse {
  let lapsed: Session | null = null
  let resumed: Promise<void>
  let resume!: () => void
  let reject!: (reason: AuthError) => void
  let controller: AbortController
  let ask: ((over: AbortSignal) => void) | undefined
  const heirs = new Map<string, string>()

  function heirOf(owner: string): string {
    const heir = heirs.get(owner)
    return heir === undefined ? owner : heirOf(heir)
  }

  return {
    heirOf,
    session: () => lapsed,
    holds: (owner) => lapsed?.id === heirOf(owner),

    wait() {
      const first = ask
      ask = undefined
      first?.(controller.signal)
      return resumed
    },

    begin(session, onWaiting) {
      lapsed = session
      ask = onWaiting
      controller = new AbortController()
      resumed = new Promise((...settle) => ([resume, reject] = settle))
      // Perhaps nobody waits.
      resumed.catch(() => {})
    },

    resume(heir) {
      if (!lapsed) return
      heirs.set(lapsed.id, heir.id)
      lapsed = null
      resume()
      controller.abort()
    },

    end(reason) {
      if (!lapsed) return
      lapsed = null
      reject(reason)
      controller.abort()
    },
  }
}
