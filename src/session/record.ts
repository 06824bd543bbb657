import { now } from '../utils/clock'
import { has, isObject, ownMembers } from '../utils/unknown-data'
import { hasLife, rememberIn, type Session } from './session'
import { idTokenIn, isToken } from './token-response'

/** A session that was refused, while its user is asked to sign in again. Its tokens are gone. */
export interface LapsedSession {
  readonly id: string
  /** One more than the generation of the refused session, so that nothing late is stored over the mark. */
  readonly generation: number
  readonly isLapsed: true
}

/** Stored where a cookie is known to belong to no user, so that the next start need not ask. */
export interface Nobody {
  readonly nobody: true
  /** Whether the server has not heard of the logout yet, so that the cookie may still sign in. */
  readonly isUntold?: true
}

/** The content of the storage, as the tabs share it. */
export type Stored = Session | LapsedSession | Nobody

export const nobody: Nobody = { nobody: true }
/** Stored by a logout until the server has heard of it. */
export const nobodyUntold: Nobody = { nobody: true, isUntold: true }

/** The mark that a session leaves when it is refused and its user is asked. */
export const toLapsed = ({ id, generation }: Session): LapsedSession => ({
  id,
  generation: generation + 1,
  isLapsed: true,
})

export const isLapsed = (stored: Stored | null): stored is LapsedSession =>
  stored !== null && has(stored, 'isLapsed')

/** Whether a session is stored, or the mark that one has lapsed. */
export const isOfUser = (stored: Stored | null): stored is Session | LapsedSession =>
  stored !== null && has(stored, 'id')

export const isUntold = (stored: Stored | null): boolean =>
  stored !== null && has(stored, 'isUntold')

export const isSession = (stored: Stored | null): stored is Session =>
  stored !== null && has(stored, 'token')

/** The record of a session or a lapsed one: plain data, readable by other tabs and by later page loads. */
export type SessionRecord = { readonly version: 1 } & (
  | (Omit<Session, 'receivedAt' | 'begunAt' | 'activeAt'> & {
      /** In ms since the epoch. */
      readonly receivedAt: number
      /** When its user signed in, in ms since the epoch; with `idleTimeout` or `maxAge`. */
      readonly begunAt?: number
      /** When its user acted last, in ms since the epoch; with `idleTimeout` or `maxAge`. */
      readonly activeAt?: number
    })
  | LapsedSession
)

/** The record that stands for {@link Nobody}. */
export interface NobodyRecord extends Nobody {
  readonly version: 1
}

/** A record as a storage is given it. */
export type StoredRecord = SessionRecord | NobodyRecord

export const toRecord = (stored: Stored): StoredRecord => ({
  ...stored,
  version: 1,
  ...(isSession(stored) && {
    receivedAt: toWall(stored.receivedAt),
    ...(hasLife(stored) && {
      begunAt: toWall(stored.begunAt),
      activeAt: toWall(stored.activeAt),
    }),
  }),
})

/** A time by this page's own clock, by the wall clock. */
const toWall = (at: number): number => Date.now() - now() + at
/** A time by the wall clock, by this page's own clock. It is never in the future: the wall clock was set back then. */
const fromWall = (at: number): number => now() - Math.max(0, Date.now() - at)

/** Clocks that one tab writes by and another reads by are apart by less than this. */
const CLOCKS_APART_MS = 1_000

/** Far more than refreshes can make, and so far from 2⁵³ that each next one is greater. */
const MAX_GENERATION = 2 ** 52

/**
 * Reads a record, without fields that it does not know; null for anything else. Never throws.
 *
 * @param hasToken whether a session has an access token; one of another mode is not understood
 */
export function fromRecord(record: unknown, hasToken = true): Stored | null {
  const fields = ownMembers(isObject(record) ? record : {})
  const { version, id, generation, token, refreshToken, idToken, stepUp, resumes } = fields
  const { lifetime, receivedAt, user, begunAt, activeAt } = fields
  if (version !== 1) return null
  if (fields['nobody'] === true) return fields['isUntold'] === true ? nobodyUntold : nobody
  if (typeof id !== 'string' || !isCount(generation) || generation > MAX_GENERATION) return null
  if (fields['isLapsed'] === true) return { id, generation, isLapsed: true }
  return isTokenOf(token, hasToken) &&
    (refreshToken === null || isToken(refreshToken)) &&
    (lifetime === null || isCount(lifetime)) &&
    isCount(receivedAt)
    ? {
        id,
        generation,
        token,
        refreshToken,
        lifetime,
        receivedAt: fromWall(receivedAt),
        ...idTokenIn(idToken),
        ...(typeof stepUp === 'string' && { stepUp }),
        ...(typeof resumes === 'string' && { resumes }),
        ...(typeof user === 'string' && { user }),
        // The clock was set back since, if it acted in the future. Read as now at each start, that would never pass.
        ...(isCount(begunAt) &&
          isCount(activeAt) &&
          activeAt <= Date.now() + CLOCKS_APART_MS && {
            begunAt: fromWall(begunAt),
            activeAt: fromWall(activeAt),
          }),
        ...rememberIn(fields['remember']),
      }
    : null
}

const isTokenOf = (value: unknown, hasToken: boolean): value is string | null =>
  hasToken ? isToken(value) : value === null

const isCount = (value: unknown): value is number => Number.isFinite(value) && Number(value) >= 0
