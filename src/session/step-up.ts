import { newId } from '../utils/new-id'
import type { Session } from './session'

/** The sign-in that a server asks for before it serves a request (RFC 9470 §3). */
export interface StepUp {
  /** The ways to sign in that will do, the preferred one first (`acr_values`); empty if the server names none. */
  readonly acrValues: readonly string[]
  /** The greatest age of the sign-in, in seconds (`max_age`); null if the server names none. */
  readonly maxAge: number | null
}

/** A server decides how long a challenge is, and the answered one is stored. */
const MAX_KEY_CHARACTERS = 1_000

/** The key of a step-up. Requests with equal keys share one asking. */
export const keyOf = ({ acrValues, maxAge }: StepUp): string =>
  JSON.stringify([acrValues, maxAge]).slice(0, MAX_KEY_CHARACTERS)

/** The mark of a session whose user has just stepped up. No two are equal. */
export const markOf = (key: string): string => newId() + key

/** Whether the user of a session has stepped up in this way since the session was `before`. */
export const hasSteppedUp = (session: Session, before: Session, key: string): boolean =>
  session.stepUp !== before.stepUp && session.stepUp?.endsWith(key) === true
