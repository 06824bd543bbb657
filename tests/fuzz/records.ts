import type { SessionRecord } from '../../src/session/record'
import type { Session } from '../../src/session/session'
import type { FuzzTab } from './fuzz-tab'
import type { Family } from './oracle'

/** One call of the application, and what became of it. */
export interface Call {
  readonly tab: FuzzTab
  readonly path: string
  /** The family of its session; undefined while that is not known, null when it went out without a token. */
  owner: Family | null | undefined
  /** The tokens it was sent with. */
  readonly sends: (string | null)[]
  readonly startedAt: number
  readonly awakeAt: number
  readonly freezes: number
  readonly lapses: number
  readonly lapsedMs: number
  /** Ms on the wire. */
  onWire: number
  isOnWire: boolean
  isAborted: boolean
  /** Whether its last answer was 401. */
  wasRefused: boolean
  /** The status, or the error. */
  result: unknown
}

/** A login as its user has asked for it, with two clicks perhaps. */
export interface Login {
  readonly user: string
  /** Whether the server has been asked, and its answer has come. */
  isAsked: boolean
  isAnswered: boolean
  /** Whether the promise of the login is still to settle. */
  isOut: boolean
  /** Whether its user has signed in as another one, or out, before the answer came. */
  isOvertaken: boolean
}

/** One refresh token on its way to the server and back. */
export interface Exchange {
  readonly tab: FuzzTab
  readonly session: Session
  /** In which turn. */
  readonly hold: Hold | null
  /** When it was sent, as the lock counts, and by the server's clock. */
  readonly begunAt: number
  readonly sentAt: number
  /** When it was settled, in ms awake. */
  endedAt: number | null
  /** Whether it was begun for a refusal although the server accepts the token. */
  isNeedless: boolean
  state: 'out' | 'answered' | 'failed' | 'aborted'
  /** Whether the server gave a successor, and whether its answer was lost on the way. */
  isRotated: boolean
  isLost: boolean
}

/** A tab's turn with the lock. */
export interface Hold {
  readonly since: number
  /** How often the wall clock had been moved by then. */
  readonly moves: number
  exchange: Exchange | null
  /** When it ended, as the lock counts, and how often the wall clock had been moved by then. */
  end: { readonly at: number; readonly moves: number } | null
}

export const idOf = (record: unknown): string | null => (record as SessionRecord | null)?.id ?? null
/** Why a call was not served, by its code; undefined where the library has said nothing. */
export const causeOf = ({ cause }: Error): string | undefined =>
  (cause as { code?: string } | undefined)?.code
export const generationOf = (record: unknown): number =>
  (record as SessionRecord | null)?.generation ?? -1
