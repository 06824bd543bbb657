import {
  isLapsed,
  isOfUser,
  isSession,
  isUntold,
  nobody,
  nobodyUntold,
  toLapsed,
  type Nobody,
  type Stored,
} from './record'
import type { Session } from './session'

/**
 * Decides what is written to storage from what is found there: the next content, null to remove it, undefined to leave
 * it. A rule runs inside the storage's atomic step, perhaps more than once, and has no effects.
 */
export type Rule = (found: Stored | null) => Stored | null | undefined

/** The content of the storage after a session has ended: nothing, or with a cookie {@link Nobody}. */
export type AfterEnd = Nobody | null

/** Whether a session, or the mark of its lapse, is found in this generation or an older one. */
const isDue = (found: Stored | null, id: string, generation: number): boolean =>
  isOfUser(found) && found.id === id && found.generation <= generation

/**
 * Stores a session that begins in place of any other, but not over itself: it may have been refreshed since.
 *
 * @param isContested whether a lapsed session must stay for now
 */
export const put =
  (session: Session, isContested = (): boolean => false): Rule =>
  (found) =>
    (isSession(found) && found.id === session.id) || (isLapsed(found) && isContested())
      ? undefined
      : session

/**
 * Stores a session whose user has signed in again in place of the lapsed one, and of nothing else. It names that one for a
 * tab that has not seen the lapse.
 */
export const resume =
  (session: Session): Rule =>
  (found) =>
    isLapsed(found) ? { ...session, resumes: found.id } : undefined

/** Newer tokens with the user who is stored beside the older ones: another tab may have stored that user meanwhile. */
const withUserOf = (found: Stored | null, next: Session): Session =>
  isSession(found) && found.user !== undefined ? { ...next, user: found.user } : next

/** Stores a successor over an older generation of its session, and over nothing else. */
export const commit =
  (next: Session): Rule =>
  (found) =>
    isDue(found, next.id, next.generation - 1) ? withUserOf(found, next) : undefined

/**
 * Stores newer tokens over those of the generation that they replace. The tokens of a later one are as new. Of two that
 * came with one refresh token, in two tabs at once, the later counts.
 */
export const update =
  (next: Session, { id, generation, token }: Session): Rule =>
  (found) =>
    isSession(found) &&
    found.id === id &&
    found.generation === generation &&
    (found.token === token || next.generation > generation || found.receivedAt <= next.receivedAt)
      ? withUserOf(found, next)
      : undefined

/**
 * Stores a session whose user has stepped up over every generation of it, and over its lapse. A refresh meanwhile has
 * tokens with less in them.
 */
export const stepUpTo =
  (next: Session): Rule =>
  (found) =>
    isOfUser(found) && found.id === next.id
      ? withUserOf(found, {
          ...next,
          generation: Math.max(next.generation, found.generation + 1),
        })
      : undefined

/** Stores the user of a session beside its tokens, and null for none. */
export const storeUser =
  (id: string, user: string | null): Rule =>
  (found) => {
    if (!isSession(found) || found.id !== id || (found.user ?? null) === user) return undefined
    const { user: _before, ...others } = found
    return user === null ? others : { ...others, user }
  }

/** Removes a session that was refused, unless a successor is there. */
export const remove =
  ({ id, generation }: Session, afterEnd: AfterEnd): Rule =>
  (found) =>
    found === null || isDue(found, id, generation) ? afterEnd : undefined

/** Replaces a refused session by the mark that its user is asked to sign in again, unless a successor is there. */
export const lapse =
  (refused: Session): Rule =>
  (found) =>
    isDue(found, refused.id, refused.generation) ? toLapsed(refused) : undefined

/**
 * Whether storage leaves open who the user of the cookie is. With `hint`, everything does but a session, and a logout that
 * the server has not heard of.
 */
export const isVacant = (found: Stored | null, hint: boolean): boolean =>
  hint ? !isSession(found) && !isUntold(found) : found === null

/** Removes every session that has ended in this tab; during a search with a hint, also the mark of any lapse. */
export const erase =
  (hasEnded: (id: string) => boolean, afterEnd: AfterEnd, hint = false): Rule =>
  (found) =>
    isVacant(found, hint) || (isOfUser(found) && hasEnded(found.id)) ? afterEnd : undefined

/** Stores the session that a search has begun, unless another tab has stored one meanwhile. */
export const settle =
  (session: Session, hint: boolean): Rule =>
  (found) =>
    isVacant(found, hint) ? session : undefined

/**
 * Stores that the cookie belongs to no user. The mark of a lapse stays: a tab may be asking its user. So does a logout that
 * the server has not heard of: the cookie may be a later one.
 */
export const settleNobody: Rule = (found) =>
  isOfUser(found) || isUntold(found) ? undefined : nobody

/** Stores that the server has not heard of a logout, unless a user has signed in since. */
export const oweLogout: Rule = (found) => (isOfUser(found) ? undefined : nobodyUntold)

/** Stores that the server is being told of the logout. */
export const settleLogout: Rule = (found) => (isUntold(found) ? nobody : undefined)

/** A rule that leaves everything once a condition does not hold any more, as when the session has ended here. */
export const asLongAs =
  (holds: () => boolean, rule: Rule): Rule =>
  (found) =>
    holds() ? rule(found) : undefined
