import type { AuthError } from '../errors'
import type { RefreshReason } from '../events'
import type { Evidence } from './evidence'
import type { Gate, GateOptions } from './gate'
import type { Lapse } from './lapse'
import type { RefresherOptions, RefresherPorts } from './refresher'
import type { Session } from './session'
import type { StoredSessionPorts } from './stored-session'
import type { AuthTokens } from './token-response'

/** What keeping a session needs of the world. */
export interface SessionPorts
  extends
    StoredSessionPorts,
    Pick<RefresherPorts, 'hold' | 'online' | 'exchange' | 'classifyFailure' | 'emit'> {
  /** Another token is in use, or none. */
  onChange(session: Session | null): void
  /** A session that began in another tab is in use. */
  onJoin(session: Session): void
  /** A refresh is in flight, or none any more. */
  onFlight(flight: Promise<Session> | null): void
  /** A refresh failed, or another tab ended the session. It goes on when this is `unreachable`, else it is over. */
  onFailure(error: AuthError): void
  /** The session was refused, and goes on if its user signs in again. */
  onLapse(reason: AuthError): void
  /**
   * A request waits for that.
   *
   * @param over aborted when it is decided, whatever has come of it
   */
  onWanted(reason: AuthError, over: AbortSignal): void
  /** Whether that may happen now; else a session that is refused ends. */
  mayLapse(): boolean
}

export interface SessionKeeperOptions extends RefresherOptions, GateOptions {
  /** Whether the refresh token is in a cookie; or what tells at the start whether that may be somebody's. */
  readonly cookieSession: boolean | (() => boolean)
}

/** The session in use, and every way in which it begins, is refreshed and ends. */
export interface SessionKeeper extends Gate, Pick<Evidence, 'accepted' | 'replayRefused'> {
  /** Settles once it is known whether there is a session, or that only the server can say. */
  readonly restored: Promise<void>
  isRestored(): boolean
  /** Whether it is known who is signed in, as of now. */
  isKnown(): boolean
  /**
   * Settles once it is known who is signed in; undefined where nothing is to be waited for. Where the start could not
   * find out, it is tried again.
   */
  news(): Promise<unknown> | undefined
  current(): Session | null
  /** Whether there is a way to refresh this session. */
  canRefresh(session: Session): boolean
  /** Why a session that is no longer in use cannot serve. */
  lost(): AuthError
  /**
   * Puts the stored session into use, if there is one and none has begun meanwhile; else finds out whose the cookie is.
   */
  restore(): Promise<Session | null>
  /**
   * Looks at what is stored, which another tab may have changed, and follows it: to a newer token, to another
   * session, to the end. Requests that are made meanwhile wait for it.
   */
  look(): void
  /** Settles with the look that is under way; undefined when there is none. */
  looking(): Promise<unknown> | undefined
  /** Begins a session in place of the one in use; resolves when it is stored, or may become that of a lapsed one. */
  start(tokens: AuthTokens): Promise<Session>
  /**
   * Lets go of the session at once; who waits for it is rejected with `reason`. It stays stored
   * until it is forgotten.
   *
   * @param settle called when it is gone, before anybody is told
   * @param adopted whether another tab has ended it
   */
  end(reason: AuthError, settle?: () => void, adopted?: boolean): Session | null
  /** Who began meanwhile may take the place of the session that has lapsed. */
  readonly lapse: Pick<Lapse, 'session' | 'resume' | 'end'>
  /** Stores it in place of the one that has lapsed, whose user is back; of no other, which would be a later one. */
  keep(session: Session): Promise<unknown>
  /** Ends without a word to the other tabs, and looks no more. */
  dispose(reason: AuthError): void
  /** Removes a session that has ended from the storage, whatever its generation is there. */
  forget(ended: Session): Promise<unknown>
  /** Refreshes, or joins the refresh in flight. */
  refresh(reason: RefreshReason): Promise<Session>
}
