import type { AuthError } from '../errors'
import type { AuthUser, ResolvedOptions } from '../options'
import { subjectOf } from '../session/jwt'
import type { RefresherPorts } from '../session/refresher'
import type { Session } from '../session/session'
import type { SessionKeeper } from '../session/session-keeper-types'
import { abortable, within } from '../utils/waiting'

export interface ReauthenticationPorts {
  readonly options: Pick<ResolvedOptions, 'reauthenticate' | 'reauthenticateTimeout' | 'isSameUser'>
  readonly keeper: Pick<SessionKeeper, 'current' | 'lapse' | 'look' | 'news'>
  /** Runs `work` while no other tab asks its user. */
  takeTurn: RefresherPorts['hold']
  /** Resolves when somebody may be looking at this tab. */
  shown(signal: AbortSignal): Promise<void>
  /** The user did not sign in again. */
  giveUp(reason: AuthError): Promise<unknown>
}

/** Asks a user whose session was refused to sign in again, without leaving the page. */
export interface Reauthentication {
  /** The session of this user was refused. */
  expect(user: AuthUser | null): void
  /**
   * Asks that user, in one tab at a time; gives up when the time for it is up.
   *
   * @param reason why the session was refused
   * @param over aborted when it is decided
   */
  ask(reason: AuthError, over: AbortSignal): Promise<void>
  /** Whether the user of this session is the one who was asked. */
  isAnswer(session: Session, user: AuthUser | null): boolean
}

export function createReauthentication({
  options: { reauthenticate, reauthenticateTimeout, isSameUser },
  keeper,
  takeTurn,
  shown,
  giveUp,
}: ReauthenticationPorts): Reauthentication {
  let expected: AuthUser | null = null

  return {
    expect: (user) => void (expected = user),

    async ask(reason, over) {
      /** Who has begun to sign in decides when that is done. */
      const isOver = (): boolean => over.aborted || keeper.current() !== null
      const end = async (): Promise<void> => {
        if (!isOver()) await giveUp(reason)
      }
      let isAsked = false
      /** Whether it was this tab's turn: one that was frozen may get it too late. */
      const inTurn = async (canBegin: () => Promise<boolean>): Promise<boolean> => {
        if (!(await canBegin())) return false
        // Perhaps the answer was given in another tab, while this one waited for its turn.
        keeper.look()
        await keeper.news()
        if (isOver()) return true
        isAsked = true
        const answer = async (): Promise<unknown> =>
          reauthenticate?.({ user: expected, signal: over })
        const answered = abortable(answer(), over)
        // Counted from here: who was not asked yet, or is asked in another tab, takes no time.
        await within(answered, reauthenticateTimeout, () => {}).catch(() => {})
        // Before the next tab has its turn.
        await end()
        return true
      }
      const asking = async (): Promise<void> => {
        do await shown(over)
        while (!(await takeTurn(inTurn, over)))
      }
      // A turn that was lost in the middle goes on all the same, and ends for itself.
      await asking().catch(() => (isAsked ? undefined : end()))
    },

    isAnswer(session, user) {
      const before = keeper.lapse.session()
      if (!before) return false
      if (!isSameUser) {
        const subject = subjectOf(before.token)
        return subject !== null && subject === subjectOf(session.token)
      }
      try {
        return expected !== null && user !== null && isSameUser(expected, user)
      } catch (error) {
        console.error('[vue-auth-refresh] isSameUser threw', error)
        return false
      }
    },
  }
}
