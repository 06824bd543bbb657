import { now } from '../utils/clock'
import { newId } from '../utils/new-id'
import { idTokenIn, type AgedTokens } from './token-response'

/** A user's stay, from login to its end. Immutable: a refresh makes a successor with the same id. */
export interface Session {
  /** Made anew by every login; requests are stamped with it. */
  readonly id: string
  /** Raised by every refresh and step-up, and by newer tokens with a refresh token of their own; 0 after the login. */
  readonly generation: number
  /** The access token; null where it is a cookie. */
  readonly token: string | null
  readonly refreshToken: string | null
  /** The newest ID token (OpenID Connect Core §2); missing where the server gave none. */
  readonly idToken?: string
  /** The mark of the last step-up of its user, which `markOf` made; missing where there was none. */
  readonly stepUp?: string
  /** The id of the lapsed session to which its user came back; missing for any other. */
  readonly resumes?: string
  /** False for a session that ends with its last tab; missing for others. */
  readonly remember?: false
  /** The user as JSON, as the option `storeUser` has it; in what is read from storage alone, and missing without one. */
  readonly user?: string
  /** In ms, counted from `receivedAt`; null when unknown. */
  readonly lifetime: number | null
  /** By this page's own clock. Earlier, where the token was old when it arrived. */
  readonly receivedAt: number
  /** When its user signed in, by this page's own clock; missing without a limit, and where that is unknown. */
  readonly begunAt?: number
  /** When its user was known to act last, by the same clock; missing as `begunAt` is. */
  readonly activeAt?: number
}

/** The times of a session: of its login, and of the last activity of its user. */
export type Life = Required<Pick<Session, 'id' | 'begunAt' | 'activeAt'>>

/** Whether the times of a session are known. */
export const hasLife = <Value extends object>(value: Value): value is Value & Life =>
  Object.hasOwn(value, 'activeAt')

export const rememberIn = (value: unknown): Pick<Session, 'remember'> =>
  value === false ? { remember: false } : {}

/**
 * The session that a token response begins, or the successor of `previous`. Without a new refresh token the old
 * one stays valid (RFC 6749 §6).
 */
export const toSession = (
  { token, refreshToken, expiresIn, age = 0, idToken }: AgedTokens,
  previous?: Session | null,
  id = previous?.id ?? newId(),
): Session => ({
  id,
  generation: previous ? previous.generation + 1 : 0,
  token,
  refreshToken: refreshToken ?? previous?.refreshToken ?? null,
  lifetime: expiresIn === null ? null : expiresIn * 1_000,
  receivedAt: now() - age * 1_000,
  ...idTokenIn(idToken ?? previous?.idToken),
  ...(previous?.stepUp && { stepUp: previous.stepUp }),
  ...(previous?.resumes && { resumes: previous.resumes }),
  ...rememberIn(previous?.remember),
})

/** The tokens of a session, as callbacks get them; null or missing for none. */
export const tokensOf = (
  session: Session | null,
): Pick<AgedTokens, 'refreshToken' | 'idToken'> & { readonly token: string | null } => ({
  token: session && session.token,
  refreshToken: session && session.refreshToken,
  ...idTokenIn(session?.idToken),
})

/** The rest of the token's lifetime, in ms; Infinity when the lifetime is unknown. */
export const remaining = ({ lifetime, receivedAt }: Session): number =>
  (lifetime ?? Infinity) - now() + receivedAt

/** How long before its expiry a token is refreshed, in ms: the leeway, but at most a quarter of the lifetime. */
export const earliness = ({ lifetime }: Session, leeway: number): number =>
  Math.min(leeway, (lifetime ?? 0) / 4)
