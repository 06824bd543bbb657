import { elapsedSince, now, recordedAt, type Moment } from './clock'
import { isRecord, isToken, type AuthTokens } from './token-response'

/** One user's stay, from login to its end. Immutable: a refresh makes a successor with the same id. */
export interface Session {
  /** Made anew by every login; requests are stamped with it. */
  readonly id: string
  /** Raised by every refresh; 0 is what the login gave. */
  readonly generation: number
  readonly token: string
  readonly refreshToken: string | null
  /** In ms, counted from `receivedAt`; null when unknown. */
  readonly lifetime: number | null
  readonly receivedAt: Moment
}

/** What is stored: plain data, readable by other tabs and by later page loads. */
export interface SessionRecord {
  readonly version: 1
  readonly id: string
  readonly generation: number
  readonly token: string
  readonly refreshToken: string | null
  /** In ms; null when unknown. */
  readonly lifetime: number | null
  /** In ms since the epoch. */
  readonly receivedAt: number
}

const withTokens = (
  id: string,
  generation: number,
  { token, refreshToken, expiresIn }: AuthTokens,
): Session => ({
  id,
  generation,
  token,
  refreshToken,
  lifetime: expiresIn === null ? null : expiresIn * 1_000,
  receivedAt: now(),
})

export const startSession = (tokens: AuthTokens): Session => withTokens(newId(), 0, tokens)

/** The session after a refresh. Without a new refresh token the old one stays valid (RFC 6749 §6). */
export const succeed = ({ id, generation, refreshToken }: Session, tokens: AuthTokens): Session =>
  withTokens(id, generation + 1, {
    ...tokens,
    refreshToken: tokens.refreshToken ?? refreshToken,
  })

/** How much of its lifetime the token has left, in ms; Infinity when the lifetime is unknown. */
export const remaining = (session: Session): number =>
  session.lifetime === null ? Infinity : session.lifetime - elapsedSince(session.receivedAt)

/**
 * Whether the token should be refreshed before it is used.
 *
 * @param leeway in ms, at most a quarter of the lifetime counts; `false`: never ahead
 */
export const isExpiring = (session: Session, leeway: number | false): boolean =>
  session.lifetime !== null &&
  leeway !== false &&
  remaining(session) <= Math.min(leeway, session.lifetime / 4)

export const toRecord = (session: Session): SessionRecord => ({
  ...session,
  version: 1,
  receivedAt: session.receivedAt.wall,
})

/** A stored session, or null for anything that is not exactly one. Never throws. */
export function fromRecord(record: unknown): Session | null {
  if (!isRecord(record) || record['version'] !== 1) return null
  const { id, generation, token, refreshToken, lifetime, receivedAt } = record
  if (typeof id !== 'string' || id === '' || !isToken(token)) return null
  if (refreshToken !== null && !isToken(refreshToken)) return null
  if (!isCount(generation) || !isCount(receivedAt)) return null
  if (lifetime !== null && !(isCount(lifetime) && lifetime > 0)) return null
  return { id, generation, token, refreshToken, lifetime, receivedAt: recordedAt(receivedAt) }
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0

/** `crypto.randomUUID` is missing on plain-HTTP origins; the id is no secret, it only has to differ. */
const newId = (): string =>
  globalThis.crypto?.randomUUID?.() ??
  `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`
