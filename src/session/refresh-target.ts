import { isSameAuthentication, isSameSubject } from './jwt'
import { isSession, nobody } from './record'
import type { RefreshTarget } from './refresher'
import { toSession, type Session } from './session'
import { canRefresh, hasCookie, type SessionMode } from './session-mode'
import { asLongAs, commit, isVacant, lapse, remove, settle, settleNobody } from './stored-rules'
import type { AgedTokens } from './token-response'

/** Asks the app whether newer tokens are of the same user, whom it fetches. Undefined where it cannot be asked. */
export type IsSameUser = (
  session: Session,
  tokens: AgedTokens,
  signal: AbortSignal,
) => Promise<boolean | undefined>

/**
 * A session as the target of a refresh.
 *
 * @param mode who carries its tokens
 * @param inUse the session in use. Once it is another one, nothing of this one is stored; once it is a later generation,
 * the refresh token of this one is spent
 * @param willLapse whether its user may sign in again in place, if it is refused now
 */
export const sessionTarget = (
  session: Session,
  mode: SessionMode,
  inUse: () => Session | null,
  isSameUser: IsSameUser,
  willLapse: () => boolean,
): RefreshTarget => ({
  session,
  canAsk: canRefresh(session, mode),
  isOvertaken: (found) =>
    !isSession(found) ||
    found.id !== session.id ||
    Math.max(found.generation, inUse()?.generation ?? 0) > session.generation,
  toSuccessor: (tokens) => toSession(tokens, session),
  async isForeign(tokens, signal) {
    if (!isSameAuthentication(session.idToken, tokens.idToken)) return true
    const isSame = isSameSubject(session.token, tokens.token)
    // An opaque token does not tell, and behind the cookie another user may have signed in.
    if (isSame || (isSame === undefined && !hasCookie(mode))) return false
    return !((await isSameUser(session, tokens, signal)) ?? isSame ?? true)
  },
  commit: (successor) => asLongAs(() => inUse()?.id === session.id, commit(successor)),
  retire(reason) {
    if (reason.code === 'superseded') {
      // The cookie belongs to another user by now. Nothing stays, so that the next start asks for them.
      return remove(session, null)
    }
    return willLapse() ? lapse(session) : remove(session, hasCookie(mode) ? nobody : null)
  },
})

/**
 * The user of a cookie as the target of a refresh: one exchange finds out for all tabs who is signed in.
 *
 * @param id the id of the session that begins if there is one
 * @param hint whether the app has said that a user may be signed in
 * @param isSearching false once a user has signed in or out meanwhile: then nothing is stored
 */
export const cookieTarget = (
  id: string,
  hint: boolean,
  isSearching: () => boolean,
): RefreshTarget => ({
  session: null,
  canAsk: true,
  isOvertaken: (found) => !isVacant(found, hint),
  toSuccessor: (tokens) => toSession(tokens, null, id),
  isForeign: async () => false,
  commit: (successor) => asLongAs(isSearching, settle(successor, hint)),
  retire: () => asLongAs(isSearching, settleNobody),
})
