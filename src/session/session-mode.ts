import { toSession, type Session } from './session'
import type { AgedTokens } from './token-response'

/** Tells who carries the access token and what renews it. `docs/guide/sessions.md` compares the modes. */
export type SessionMode = keyof typeof MODES

/** The rules of a mode. What a mode does differently anywhere follows from them. */
interface ModeRules {
  /** The member of a session that an exchange sends; null where the browser sends a cookie. */
  readonly exchanged: 'refreshToken' | 'token' | null
}

const MODES = {
  tokens: { exchanged: 'refreshToken' },
  'refresh-cookie': { exchanged: null },
  'access-token': { exchanged: 'token' },
} as const satisfies Record<string, ModeRules>

export const sessionModes = Object.keys(MODES) as SessionMode[]

const rulesOf = (mode: SessionMode): ModeRules => MODES[mode]

/**
 * Whether the browser sends what an exchange needs. Then only the server can tell whether a user is signed in, and a
 * logout is over once the server has heard of it.
 */
export const hasCookie = (mode: SessionMode): boolean => rulesOf(mode).exchanged === null

/** The secret that an exchange sends for a session; null where it sends none. */
export function exchangedOf(session: Session, mode: SessionMode): string | null {
  const { exchanged } = rulesOf(mode)
  return exchanged && session[exchanged]
}

/** Whether the requests of an exchange carry the access token, as it is what they exchange. */
export const carriesToken = (mode: SessionMode): boolean => rulesOf(mode).exchanged === 'token'

/** Whether there is a way to refresh a session. */
export const canRefresh = (session: Session, mode: SessionMode): boolean =>
  hasCookie(mode) || exchangedOf(session, mode) !== null

/** Takes out of tokens what scripts must not keep in this mode. */
export const kept = <Tokens extends Pick<Session, 'refreshToken'>>(
  tokens: Tokens,
  mode: SessionMode,
): Tokens =>
  rulesOf(mode).exchanged === 'refreshToken' ? tokens : { ...tokens, refreshToken: null }

/**
 * The session with newer tokens that no refresh has brought. Only another secret to exchange makes a new generation: a
 * refresh under way with the same one must still store its own.
 */
export function toUpdated(tokens: AgedTokens, session: Session, mode: SessionMode): Session {
  const next = toSession(tokens, session)
  return exchangedOf(next, mode) === exchangedOf(session, mode)
    ? { ...next, generation: session.generation }
    : next
}
