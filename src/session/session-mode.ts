import type { Session } from './session'

/** Tells who carries the access token and what renews it. `docs/guide/sessions.md` compares the modes. */
export type SessionMode = keyof typeof MODES

/** The rules of a mode. What a mode does differently anywhere follows from them. */
interface ModeRules {
  /** The member of a session that an exchange sends; null where the browser sends a cookie. */
  readonly exchanged: 'refreshToken' | null
}

const MODES = {
  tokens: { exchanged: 'refreshToken' },
  'refresh-cookie': { exchanged: null },
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

/** Whether there is a way to refresh a session. */
export const canRefresh = (session: Session, mode: SessionMode): boolean =>
  hasCookie(mode) || exchangedOf(session, mode) !== null

/** Takes out of tokens what scripts must not keep in this mode. */
export const kept = <Tokens extends Pick<Session, 'refreshToken'>>(
  tokens: Tokens,
  mode: SessionMode,
): Tokens =>
  rulesOf(mode).exchanged === 'refreshToken' ? tokens : { ...tokens, refreshToken: null }
