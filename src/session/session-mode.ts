import { AuthError } from '../errors'
import { isObject } from '../utils/unknown-data'
import { namesFailure } from './failure'
import { toSession, type Session } from './session'
import { readLifetime, readTokens, type AgedTokens } from './token-response'

/** Tells who carries the access token and what renews it. `docs/guide/sessions.md` compares the modes. */
export type SessionMode = keyof typeof MODES

/** The rules of a mode. What a mode does differently anywhere follows from them. */
interface ModeRules {
  /** The member of a session that an exchange sends; null where the browser sends a cookie. */
  readonly exchanged: 'refreshToken' | 'token' | null
  /** Whether scripts have the access token. Otherwise it is a cookie as well. */
  readonly hasToken: boolean
}

const MODES = {
  tokens: { exchanged: 'refreshToken', hasToken: true },
  'refresh-cookie': { exchanged: null, hasToken: true },
  cookies: { exchanged: null, hasToken: false },
  'access-token': { exchanged: 'token', hasToken: true },
} as const satisfies Record<string, ModeRules>

export const sessionModes = Object.keys(MODES) as SessionMode[]

const rulesOf = (mode: SessionMode): ModeRules => MODES[mode]

/**
 * Whether the browser sends what an exchange needs. Then only the server can tell whether a user is signed in, and a
 * logout is over once the server has heard of it.
 */
export const hasCookie = (mode: SessionMode): boolean => rulesOf(mode).exchanged === null

/** Whether a session has an access token that scripts see. */
export const hasToken = (mode: SessionMode): boolean => rulesOf(mode).hasToken

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

/** The tokens of a session whose tokens are all cookies: none that a script sees. */
export const cookieTokens = (expiresIn: number | null = null): AgedTokens => ({
  token: null,
  refreshToken: null,
  expiresIn,
  scope: null,
})

/**
 * Reads the answer to a login or a refresh, without what scripts must not keep in this mode.
 *
 * @param mayBeOld as for {@link readTokens}
 * @param types as for {@link readTokens}
 * @throws {@link AuthError} `malformed` for an answer without tokens; where they are cookies, for one that names a failure
 */
export function readAnswer(
  data: unknown,
  mode: SessionMode,
  mayBeOld?: boolean,
  types?: RegExp,
): AgedTokens {
  const rules = rulesOf(mode)
  if (rules.hasToken) {
    const tokens = readTokens(data, mayBeOld, types)
    return rules.exchanged === 'refreshToken' ? tokens : { ...tokens, refreshToken: null }
  }
  // The page of a proxy is no answer of the server.
  if (isObject(data) ? namesFailure(data) : data !== null && data !== undefined && data !== '') {
    throw new AuthError(
      'malformed',
      'The answer is neither empty nor an object, or it names a failure.',
    )
  }
  return cookieTokens(readLifetime(data))
}

/**
 * The session with newer tokens that no refresh has brought. Only another secret to exchange makes a new generation: a
 * refresh under way with the same one must still store its own. Nothing tells cookies apart, so they count as others.
 */
export function toUpdated(tokens: AgedTokens, session: Session, mode: SessionMode): Session {
  const next = toSession(tokens, session)
  return hasToken(mode) && exchangedOf(next, mode) === exchangedOf(session, mode)
    ? { ...next, generation: session.generation }
    : next
}
