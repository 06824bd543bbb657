import type { AuthActions, AuthSecrets, AuthStore, AuthView } from './auth-store-types'
import type { AuthEventDetail } from '../events'
import type { AuthContext, ResolvedOptions } from '../options'
import type { ReauthenticationPorts } from './reauthentication'
import type { Session } from '../session/session'
import type { SessionKeeper, SessionPorts } from '../session/session-keeper-types'

/** What a session needs of the world; `createAuth` makes it of the options. */
export interface AuthServices {
  readonly options: ResolvedOptions
  /** What the tabs share: the stored session, the lock and the announcements. */
  readonly shared: Pick<SessionPorts, 'read' | 'update' | 'hold' | 'announce' | 'online'>
  /** In which tab and when a user may be asked to sign in again. */
  readonly turns: Pick<ReauthenticationPorts, 'takeTurn' | 'shown'>
  /** For callbacks: an instance without interceptors; or, `authenticated`, one that carries the access token. */
  http(authenticated: boolean): AuthContext['http']
  /** Runs a callback that requests may be waiting for, and whose signal nothing else has. */
  runCallback<T>(callback: () => T, signal?: AbortSignal): T
  /** Runs `fetchUser`: it is to tell who has signed in, so it does not wait until that is known. */
  runLookUp<T>(callback: () => T, signal: AbortSignal): T
  /** Whether it is running now, synchronously. */
  isLookingUp(): boolean
  emit(event: AuthEventDetail): void
  /** Another token is in use, or none. */
  onSession(session: Session | null): void
  /**
   * Somebody has signed in or out, or it has become known that nobody is signed in.
   *
   * @param byUser whether this is what the user has just asked for in this tab
   */
  onStatus(byUser: boolean): void
}

/** The session of one app: what its store shows, and what only `createAuth` needs of it. */
export interface AuthSession {
  readonly view: AuthView
  readonly hidden: AuthActions & AuthSecrets & Pick<AuthStore, 'name'>
  readonly keeper: SessionKeeper
  /** Reads the stored session and fetches its user. */
  restore(): Promise<void>
  /** Fetches the user; waits for as long as a refresh may take. Never rejects. */
  loadUser(): Promise<unknown>
  dispose(): void
}
