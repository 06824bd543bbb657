import { now } from './clock'
import { isToken, type AuthTokens } from './token-response'
import { isRecord } from './unknown-data'

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

/** What is stored: plain data, readable by other tabs and by later page loads. */
export interface SessionRecord extends Session {
  readonly version: 1
  /** In ms since the epoch. */
  readonly receivedAt: number
}

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

export const toRecord = (session: Session): SessionRecord => ({
  ...session,
  version: 1,
  receivedAt: Date.now() - now() + session.receivedAt,
})

/** A stored session, or null for anything that is not exactly one. Never throws. */
export function fromRecord(record: unknown): Session | null {
  const { version, id, generation, token, refreshToken, lifetime, receivedAt } = isRecord(record)
    ? record
    : {}
  return version === 1 &&
    typeof id === 'string' &&
    isCount(generation) &&
    isToken(token) &&
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
