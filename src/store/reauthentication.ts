import { AuthError } from '../errors'
import type { AuthUser, ReauthenticateContext, ResolvedOptions } from '../options'
import { isSameSubject } from '../session/jwt'
import type { Session } from '../session/session'
import type { SessionKeeper } from '../session/session-keeper'
import { refusedOf, sessionOf, type SessionState } from '../session/session-state'
import type { SharedSession } from '../session/shared-session'
import { hasSteppedUp, keyOf, type StepUp } from '../session/step-up'
import { abortable, patiently } from '../utils/waiting'
import { areSame } from './user-loader'

export interface ReauthenticationPorts {
  readonly options: Pick<ResolvedOptions, 'reauthenticate' | 'reauthenticateTimeout' | 'isSameUser'>
  readonly keeper: Pick<SessionKeeper, 'state' | 'reread' | 'rereading' | 'end'>
  /** Runs `work` while no other tab asks its user. */
  takeTurn: SharedSession['exclusively']
  /** Resolves when the user may be looking at this tab. */
  shown(signal: AbortSignal): Promise<void>
  /** Resolves once no login is under way in this tab. */
  whenSignedIn(this: void): Promise<void>
}

/** A step-up that requests wait for. */
export interface AskedStepUp {
  readonly key: string
  /** The session in use when the first request began to wait. */
  readonly session: Session
  /** Aborted when requests wait no longer, with an {@link AuthError} if the user has not stepped up. */
  readonly controller: AbortController
  /** Settles at that time; rejects with that error. */
  readonly decided: Promise<void>
  /** Whether its user is asked in this tab. */
  isShown: boolean
  /** Settles when the tokens of the last login are stored, or another user was turned down. */
  answer?: Promise<void>
}

/** Asks a user whose session was refused to sign in again, or a user to step up, without leaving the page. */
export interface Reauthentication {
  /**
   * Asks when a lapsed session is awaited by a request, and takes the question back when it is over.
   *
   * @param user the user whom the page shows
   */
  onState(state: SessionState, user: AuthUser | null): void
  /**
   * Asks the user of the session in use to step up. Requests that need the same join. Resolves when the user has stepped
   * up, or that session is not in use any more.
   *
   * @param user the user whom the page shows
   */
  askToStepUp(session: Session, stepUp: StepUp, user: AuthUser | null): Promise<void>
  /** The step-up for which this tab asks its user now. */
  shownStepUp(): AskedStepUp | undefined
  /** Whether the user of this session is the one who was asked. */
  isOfAskedUser(session: Session, user: AuthUser | null): boolean
}

export function createReauthentication({
  options: { reauthenticate, reauthenticateTimeout, isSameUser },
  keeper,
  takeTurn,
  shown,
  whenSignedIn,
}: ReauthenticationPorts): Reauthentication {
  /** Aborted when the lapse whose user is asked is decided. */
  let lapseController: AbortController | null = null
  let expected: AuthUser | null = null
  let isAsking = false
  const stepUps = new Map<string, AskedStepUp>()

  /** Asks in one tab at a time, and gives up when the time for it is up. */
  async function ask(
    context: ReauthenticateContext,
    isOver: () => boolean,
    onAsk: () => unknown,
    end: () => Promise<unknown>,
  ): Promise<void> {
    const over = context.signal
    let wasAsked = false
    /** Resolves with whether it was this tab's turn: a tab that was frozen may get it too late. */
    const inTurn = async (canBegin: () => Promise<boolean>): Promise<boolean> => {
      if (!(await canBegin())) return false
      // The answer may have been given in another tab, while this one waited for its turn.
      keeper.reread()
      await keeper.rereading()
      if (isOver()) return true
      wasAsked = true
      onAsk()
      const answer = async (): Promise<unknown> => {
        try {
          return await reauthenticate?.(context)
        } finally {
          // A dialog may close as soon as its form is sent. That login decides.
          await whenSignedIn()
        }
      }
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

  /** Asks the user of a lapsed session. */
  function askLapsed(reason: AuthError, signal: AbortSignal): Promise<void> {
    /** Whether the question is over. A login that has begun decides once it is complete. */
    const isOver = (): boolean => signal.aborted || keeper.state().is !== 'lapsed'
    const end = async (): Promise<unknown> => !isOver() && keeper.end(reason)?.erased
    return ask({ user: expected, stepUp: null, signal }, isOver, () => {}, end)
  }

  /** Ends the waiting for step-ups that the user has made, and for all of a session that is not in use any more. */
  function decideStepUps(session: Session | null): void {
    for (const { key, session: before, controller } of stepUps.values()) {
      const isInUse = session?.id === before.id
      if (!isInUse || hasSteppedUp(session, before, key)) controller.abort()
    }
  }

  return {
    onState(state, user) {
      decideStepUps(sessionOf(state))
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
        void askLapsed(state.reason, lapseController.signal)
      }
    },

    askToStepUp(session, stepUp, user) {
      const key = keyOf(stepUp)
      const found = stepUps.get(key)
      if (found) return found.decided
      const controller = new AbortController()
      const { signal } = controller
      const decided = new Promise<void>((resolve, reject) =>
        signal.addEventListener('abort', () => {
          stepUps.delete(key)
          if (signal.reason instanceof AuthError) reject(signal.reason)
          else resolve()
        }),
      )
      const asked: AskedStepUp = { key, session, controller, decided, isShown: false }
      stepUps.set(key, asked)
      const onAsk = (): unknown => (asked.isShown = true)
      const end = async (): Promise<void> => {
        // A login that has begun decides. Its tokens are stored before the next tab may ask.
        await asked.answer?.catch(() => {})
        controller.abort(new AuthError('rejected'))
      }
      void ask({ user, stepUp, signal }, () => signal.aborted, onAsk, end)
      return decided
    },

    shownStepUp: () => [...stepUps.values()].find(({ isShown }) => isShown),

    isOfAskedUser(session, user) {
      const before = refusedOf(keeper.state())
      if (!before) return false
      if (!isSameUser) return isSameSubject(before.token, session.token) === true
      return areSame(isSameUser, expected, user)
    },
  }
}
