import { now } from '../utils/clock'
import { isToken, type AuthTokens } from './token-response'
import { isRecord } from '../utils/unknown-data'

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
  /** By this page's own clock. */
  readonly receivedAt: number
}

/** What is left of a session that was refused, while its user is asked to sign in again. */
export interface LapsedSession {
  readonly id: string
  /** One more than the last one in use, so that nothing late is stored over it. */
  readonly generation: number
  readonly isLapsed: true
}

/** What the tabs share. */
export type Stored = Session | LapsedSession

export const isLapsed = (stored: Stored | null): stored is LapsedSession =>
  stored !== null && 'isLapsed' in stored

/** What is stored of a session: plain data, readable by other tabs and by later page loads. */
export type SessionRecord = { readonly version: 1 } & (
  | (Session & {
      /** In ms since the epoch. */
      readonly receivedAt: number
    })
  | LapsedSession
)

/** What is stored where the refresh token is a cookie, and is known to be nobody's. */
export interface NobodyRecord {
  readonly version: 1
  readonly nobody: true
}

/** What a storage is given to keep. */
export type StoredRecord = SessionRecord | NobodyRecord

/**
 * The session that a token response begins, or the successor of `previous`. Without a new refresh token the old
 * one stays valid (RFC 6749 §6).
 */
export const toSession = (
  { token, refreshToken, expiresIn }: AuthTokens,
  previous?: Session,
): Session => ({
  id: previous ? previous.id : newId(),
  generation: previous ? previous.generation + 1 : 0,
  token,
  refreshToken: refreshToken ?? previous?.refreshToken ?? null,
  lifetime: expiresIn && expiresIn * 1_000,
  receivedAt: now(),
})

/** How much of its lifetime the token has left, in ms; Infinity when the lifetime is unknown. */
export const remaining = ({ lifetime, receivedAt }: Session): number =>
  (lifetime ?? Infinity) - now() + receivedAt

/** How long before its expiry a token is refreshed, in ms: the leeway, but at most a quarter of the lifetime. */
export const earliness = ({ lifetime }: Session, leeway: number): number =>
  Math.min(leeway, (lifetime ?? 0) / 4)

/** Whether the token should be refreshed before it is used; with a leeway of `false` never. */
export const isExpiring = (session: Session, leeway: number | false): boolean =>
  leeway !== false && remaining(session) <= earliness(session, leeway)

export const toLapsed = ({ id, generation }: Session): LapsedSession => ({
  id,
  generation: generation + 1,
  isLapsed: true,
})

export const toRecord = (stored: Stored): SessionRecord =>
  isLapsed(stored)
    ? { ...stored, version: 1 }
    : { ...stored, version: 1, receivedAt: Date.now() - now() + stored.receivedAt }

/** What is stored of a session, or null for anything that is not exactly that. Never throws. */
export function fromRecord(record: unknown): Stored | null {
  const fields = isRecord(record) ? record : {}
  const { version, id, generation, token, refreshToken, lifetime, receivedAt } = fields
  if (version !== 1 || typeof id !== 'string' || !isCount(generation)) return null
  if (fields['isLapsed'] === true) return { id, generation, isLapsed: true }
  return isToken(token) &&
    (refreshToken === null || isToken(refreshToken)) &&
    (lifetime === null || isCount(lifetime)) &&
    isCount(receivedAt)
    ? {
        id,
        generation,
        token,
        refreshToken,
        lifetime,
        receivedAt: now() - Math.max(0, Date.now() - receivedAt),
      }
    : null
}

export const nobody: NobodyRecord = { version: 1, nobody: true }

export const isNobody = (record: unknown): boolean =>
  isRecord(record) && record['version'] === 1 && record['nobody'] === true

const isCount = (value: unknown): value is number => Number.isFinite(value) && Number(value) >= 0

/** `crypto.randomUUID` is missing on plain-HTTP origins; the id is no secret, it only has to differ. */
const newId = (): string => globalThis.crypto?.randomUUID?.() ?? `${Date.now()}-${Math.random()}`
