import type { AuthError } from '../errors'
import { isLapsed, isOfUser, isSession, type Stored } from './record'
import type { Session } from './session'
import { has } from '../utils/unknown-data'

/** The state of this tab's session: one of these at any time. {@link transition} is the only way between them. */
export type SessionState =
  /** The storage has not been read yet. */
  | { readonly is: 'restoring' }
  /** Nothing is stored, but a cookie may belong to a user. Only the server can tell; `id` is for that user's session. */
  | { readonly is: 'searching'; readonly id: string }
  /** No user is signed in; `reason` tells why. */
  | { readonly is: 'anonymous'; readonly reason: AuthError }
  /** The session has ended because another one begins at once. The page goes on to show what it showed. */
  | { readonly is: 'replacing'; readonly showsUser: boolean }
  /** A user is signed in. */
  | {
      readonly is: 'active'
      readonly session: Session
      /** Whether the app shows a user. While the new user is fetched, it is still the one before. */
      readonly showsUser: boolean
      /** Ids of refused sessions of the same user: their requests are this session's by now. */
      readonly heirTo: readonly string[]
    }
  /** The session was refused. Its user may sign in again in place, and its requests wait for that. */
  | {
      readonly is: 'lapsed'
      readonly refused: Session
      readonly reason: AuthError
      /** Whether a request waits, so that the user is asked. */
      readonly isAwaited: boolean
      readonly heirTo: readonly string[]
    }
  /** A user has signed in while the session was lapsed. Until it is known whether they are the same, requests wait. */
  | {
      readonly is: 'contested'
      readonly refused: Session
      readonly session: Session
      readonly heirTo: readonly string[]
    }

/** Everything that can happen to a session. */
export type SessionInput =
  /** Nothing is stored, and a cookie may belong to a user. */
  | { readonly type: 'searched'; readonly id: string }
  /** A session began: by a login, in another tab, or found in storage or by its cookie. */
  | { readonly type: 'began'; readonly session: Session }
  /** Another session is about to begin in place of this one. */
  | { readonly type: 'replaced' }
  /** A newer token of the same session. */
  | { readonly type: 'renewed'; readonly session: Session }
  /** The user was fetched, or could not be; `isSameUser` tells whether the refused session was theirs. */
  | { readonly type: 'identified'; readonly isSameUser: boolean }
  /** The refresh token was refused. With `canLapse` the user may sign in again in place. */
  | { readonly type: 'refused'; readonly reason: AuthError; readonly canLapse: boolean }
  /** A request waits until its user has signed in again. */
  | { readonly type: 'awaited' }
  /** The session is over, or there is none. */
  | { readonly type: 'ended'; readonly reason: AuthError }

/** The whole life of a session. An input that means nothing in a state leaves it as it is. */
export function transition(state: SessionState, input: SessionInput): SessionState {
  switch (input.type) {
    case 'searched':
      return state.is === 'restoring' ? { is: 'searching', id: input.id } : state
    case 'began':
      return has(state, 'refused')
        ? { is: 'contested', refused: state.refused, session: input.session, heirTo: state.heirTo }
        : { is: 'active', session: input.session, showsUser: showsUser(state), heirTo: [] }
    case 'replaced':
      return state.is === 'active' ? { is: 'replacing', showsUser: state.showsUser } : state
    case 'renewed':
      return has(state, 'session') ? { ...state, session: input.session } : state
    case 'identified':
      return has(state, 'session') ? identify(state, input.isSameUser) : state
    case 'refused':
      return lapses(state, input.canLapse)
        ? {
            is: 'lapsed',
            refused: state.session,
            reason: input.reason,
            isAwaited: false,
            heirTo: state.heirTo,
          }
        : { is: 'anonymous', reason: input.reason }
    case 'awaited':
      return state.is === 'lapsed' && !state.isAwaited ? { ...state, isAwaited: true } : state
    case 'ended':
      return { is: 'anonymous', reason: input.reason }
  }
}

const showsUser = (state: SessionState): boolean => has(state, 'showsUser') && state.showsUser

function identify(
  state: Extract<SessionState, { session: Session }>,
  isSameUser: boolean,
): SessionState {
  const { session } = state
  let { heirTo } = state
  if (state.is === 'contested') heirTo = isSameUser ? [...heirTo, state.refused.id] : []
  return { is: 'active', session, showsUser: true, heirTo }
}

/** Whether a session that is refused now lapses. While the app does not show a user, there is no page to keep. */
export const lapses = (
  state: SessionState,
  canLapse: boolean,
): state is Extract<SessionState, { is: 'active' }> =>
  canLapse && state.is === 'active' && state.showsUser

/** The session in use. */
export const sessionOf = (state: SessionState): Session | null =>
  has(state, 'session') ? state.session : null

/** The session whose user may sign in again. */
export const refusedOf = (state: SessionState): Session | null =>
  has(state, 'refused') ? state.refused : null

/** The id of the session that a refresh would be for; undefined where there is nothing to refresh. */
export const targetIdOf = (state: SessionState): string | undefined =>
  state.is === 'searching' ? state.id : sessionOf(state)?.id

/** Whether a change of the state ends a session. It is told by one event. */
export function ends(before: SessionState, after: SessionState): boolean {
  const refused = refusedOf(before)
  const last = refused ?? sessionOf(before)
  if (!last || after.is !== 'active') {
    return last !== null && (after.is === 'anonymous' || after.is === 'replacing')
  }
  return refused ? !after.heirTo.includes(last.id) : last.id !== after.session.id
}

/** The ids of all sessions that a change of the state puts out of use. */
export function leftBy(before: SessionState, after: SessionState): string[] {
  const target = targetIdOf(before)
  const refused = refusedOf(after) ? undefined : refusedOf(before)?.id
  return [target, refused].filter((id) => id !== undefined && id !== targetIdOf(after)) as string[]
}

/** Whether requests of a session are sent in this state: now, after its user has signed in again, or never. */
export function standingOf(state: SessionState, id: string): 'served' | 'waiting' | 'lost' {
  // Nearly every request comes through here, several times.
  if (state.is === 'active' && state.session.id === id) return 'served'
  const refused = refusedOf(state)
  const isHeir = has(state, 'heirTo') && state.heirTo.includes(id)
  if (refused && (refused.id === id || isHeir)) return 'waiting'
  return sessionOf(state)?.id === id || isHeir ? 'served' : 'lost'
}

/** A time is off by less than this after it was stored by one clock and read by another. */
const CLOCK_JITTER_MS = 2

/** The meaning of a stored record, which another tab may have written, for this tab. */
export type Observation =
  | 'same'
  | 'lapsed'
  | 'ended-here'
  | 'began'
  | 'resumed'
  | 'renewed'
  | 'gone'

/** Compares what is stored with the state of this tab. `hasEnded` knows the sessions that ended here. */
export function observe(
  state: SessionState,
  stored: Stored | null,
  canLapse: boolean,
  hasEnded: (id: string) => boolean,
): Observation {
  const session = sessionOf(state)
  const refused = refusedOf(state)
  if (isLapsed(stored)) {
    if (stored.id === refused?.id) return 'same'
    if (stored.id === session?.id && lapses(state, canLapse)) return 'lapsed'
  }
  if (isOfUser(stored) && hasEnded(stored.id)) return 'ended-here'
  if (!isSession(stored)) return session || refused ? 'gone' : 'same'
  if (stored.id !== session?.id) {
    return session && stored.resumes === session.id && lapses(state, canLapse) ? 'resumed' : 'began'
  }
  const isUpdate =
    stored.generation === session.generation &&
    stored.token !== session.token &&
    stored.receivedAt > session.receivedAt + CLOCK_JITTER_MS
  return isUpdate || stored.generation > session.generation ? 'renewed' : 'same'
}
