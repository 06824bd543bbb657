import type { AuthError } from '../errors'
import type { AuthUser, ResolvedOptions } from '../options'
import { isSameSubject } from '../session/jwt'
import type { Session } from '../session/session'
import type { SessionKeeper } from '../session/session-keeper'
import { refusedOf, type SessionState } from '../session/session-state'
import type { SharedSession } from '../session/shared-session'
import { abortable, patiently } from '../utils/waiting'
import { areSame } from './user-loader'

export interface ReauthenticationPorts {
  readonly options: Pick<ResolvedOptions, 'reauthenticate' | 'reauthenticateTimeout' | 'isSameUser'>
  readonly keeper: Pick<SessionKeeper, 'state' | 'reread' | 'rereading' | 'end'>
  /** Runs `work` while no other tab asks its user. */
  takeTurn: SharedSession['exclusively']
  /** Resolves when the user may be looking at this tab. */
  shown(signal: AbortSignal): Promise<void>
}

/** Asks a user whose session was refused to sign in again, without leaving the page. */
export interface Reauthentication {
  /**
   * Asks when a lapsed session is awaited by a request, and takes the question back when it is over.
   *
   * @param user the user whom the page shows
   */
  onState(state: SessionState, user: AuthUser | null): void
  /** Whether the user of this session is the one who was asked. */
  isOfAskedUser(session: Session, user: AuthUser | null): boolean
}

export function createReauthentication({
  options: { reauthenticate, reauthenticateTimeout, isSameUser },
  keeper,
  takeTurn,
  shown,
}: ReauthenticationPorts): Reauthentication {
  /** Aborted when the lapse whose user is asked is decided. */
  let lapseController: AbortController | null = null
  let expected: AuthUser | null = null
  let isAsking = false

  /** Asks in one tab at a time, and gives up when the time for it is up. */
  async function ask(reason: AuthError, over: AbortSignal): Promise<void> {
    /** Whether the question is over. A login that has begun decides once it is complete. */
    const isOver = (): boolean => over.aborted || keeper.state().is !== 'lapsed'
    const end = async (): Promise<void> => {
      if (!isOver()) await keeper.end(reason)?.erased
    }
    let wasAsked = false
    /** Resolves with whether it was this tab's turn: a tab that was frozen may get it too late. */
    const inTurn = async (canBegin: () => Promise<boolean>): Promise<boolean> => {
      if (!(await canBegin())) return false
      // The answer may have been given in another tab, while this one waited for its turn.
      keeper.reread()
      await keeper.rereading()
      if (isOver()) return true
      wasAsked = true
      const answer = async (): Promise<unknown> =>
        reauthenticate?.({ user: expected, signal: over })
      // Count from here: a user who is asked in another tab, or not yet, takes no time.
      await patiently(() => abortable(answer(), over), reauthenticateTimeout)
      // End before the turn is released. Otherwise the next tab would ask again.
      await end()
      return true
    }
    const asking = async (): Promise<void> => {
      do await shown(over)
      while (!(await takeTurn(inTurn, over)))
    }
    // A turn that was lost in the middle goes on all the same, and ends by itself.
    await asking().catch(() => (wasAsked ? undefined : end()))
  }

  return {
    onState(state, user) {
      if (!refusedOf(state)) {
        lapseController?.abort()
        lapseController = null
      } else if (!lapseController) {
        lapseController = new AbortController()
        expected = user
        isAsking = false
      }
      if (lapseController && state.is === 'lapsed' && state.isAwaited && !isAsking) {
        isAsking = true
        void ask(state.reason, lapseController.signal)
      }
    },

    isOfAskedUser(session, user) {
      const before = refusedOf(keeper.state())
      if (!before) return false
      if (!isSameUser) return isSameSubject(before.token, session.token) === true
      return areSame(isSameUser, expected, user)
    },
  }
}
