import type { Store } from 'pinia'
import type { ComputedRef } from 'vue'
import type { AuthError } from '../errors'
import type { AuthContext, AuthCredentials, AuthUser } from '../options'
import type { TokenResponse } from '../session/token-response'

/**
 * - `restoring`: the stored session is being read, and its user fetched
 * - `anonymous`: no user is signed in
 * - `authenticated`: a user is signed in
 * - `expired`: a user was signed in, until the refresh was refused or the time was up (`idleTimeout`, `maxAge`)
 */
export type AuthStatus = 'restoring' | 'anonymous' | 'authenticated' | 'expired'

/** A session as components see it: readonly, and without tokens, because devtools show it. */
export interface AuthView<Name extends string = string> {
  readonly status: ComputedRef<AuthStatus>
  readonly isAuthenticated: ComputedRef<boolean>
  readonly isRefreshing: ComputedRef<boolean>
  /** The user as `fetchUser` resolved; null while no user is signed in, and where `fetchUser` failed. */
  readonly user: ComputedRef<AuthUser<Name> | null>
  /**
   * The reason why the last refresh failed, `idle` or `expired-age` when the time was up, or `signed-out` when another tab
   * ended the session. Null again once a refresh succeeds or a session begins.
   */
  readonly error: ComputedRef<AuthError | null>
  /** When the access token expires, in ms since the epoch by the local clock; null when unknown. */
  readonly expiresAt: ComputedRef<number | null>
  /**
   * When the session ends by `idleTimeout` or `maxAge`, whichever is first, in ms since the epoch by the local clock; the
   * same in all tabs. Null without a limit, and while no session is in use.
   */
  readonly endsAt: ComputedRef<number | null>
  /** The single refresh in flight, resolving as `refresh()` does; null when there is none. */
  readonly refreshing: ComputedRef<Promise<string | null> | null>
}

/** How a session begins. */
export interface SessionOptions {
  /**
   * Whether the session outlasts the last tab of the app. With `false` it goes on in a reload, a second tab and a duplicated
   * one, and nothing of it is used after the last tab, or a crash. Default true; where a user is asked again, as before.
   */
  readonly remember?: boolean | undefined
}

export interface AuthActions<Name extends string = string> {
  /**
   * Signs in. Resolves when the session has begun and its user was fetched, or could not be. While it goes on, a call
   * with the same arguments joins it; with others, the later one counts.
   *
   * @throws what the `login` option rejects with; {@link AuthError} `malformed` for an answer that is no token
   *   response, `superseded` or `signed-out` when another login or a logout came in between
   */
  login(
    ...credentials: undefined extends AuthCredentials<Name>
      ? [credentials?: AuthCredentials<Name>, options?: SessionOptions]
      : [credentials: AuthCredentials<Name>, options?: SessionOptions]
  ): Promise<void>
  /**
   * Signs out: here at once, then at the server. Never rejects. Resolves when the server was told, or did not answer
   * within `refreshTimeout`. Await it before you leave the page by other means than the router.
   */
  logout(): Promise<void>
  /**
   * Refreshes now, or joins the refresh in flight. Resolves with the new access token; null with `session: 'cookies'`.
   *
   * @throws {@link AuthError} `unauthenticated`, `rejected`, `unreachable`, `superseded` or `signed-out`
   */
  refresh(): Promise<string | null>
  /**
   * Resolves with a live access token, for other clients than axios, a WebSocket say. With `minValidity`, in ms, one
   * with less left is refreshed first. Default: the option of that name, as for requests.
   *
   * @throws {@link AuthError} as `refresh()` does; RangeError for a `minValidity` longer than new tokens live; TypeError
   *   with `session: 'cookies'`, where no script has a token
   */
  getAccessToken(options?: { readonly minValidity?: number }): Promise<string>
  /**
   * Begins a session with tokens from elsewhere, an OAuth callback say; with null where they are cookies
   * (`session: 'cookies'`).
   *
   * @throws {@link AuthError} `malformed` for anything `parseTokenResponse` does not accept, `superseded` or
   *   `signed-out` when a login or a logout came in between
   */
  setSession(tokens: TokenResponse | null, options?: SessionOptions): Promise<void>
  /**
   * Fetches the user anew, after a change of their name or roles say, and has the router judge its page again. Until it
   * resolves, and where it fails, `user` stays.
   *
   * @throws what `fetchUser` rejects with; {@link AuthError} where no session is in use, or it ends meanwhile
   */
  reloadUser(): Promise<void>
  /**
   * Counts as an act of the user, so that `idleTimeout` begins anew in all tabs. Does nothing against `maxAge`, nor once
   * the time is up.
   */
  keepAlive(): void
  /**
   * Takes over newer tokens of the same session, from a header of a response say. They are used at once, in all tabs;
   * nothing ends, and no user is fetched. Without a refresh token, the one before stays. Null stands for cookies.
   * Resolves when they are stored.
   *
   * @throws {@link AuthError} `malformed` as `setSession` does; `superseded` for another user's; `unauthenticated` or
   *   `rejected` where no session is in use
   */
  updateTokens(tokens: TokenResponse | null): Promise<void>
}

/** The tokens: readable, but neither serialised with Pinia's state nor shown by devtools. */
export interface AuthSecrets {
  /** The access token; null while no user is signed in, and with `session: 'cookies'`. */
  readonly token: string | null
  /** The refresh token; null while no user is signed in, and where the server gave none. */
  readonly refreshToken: string | null
}

/** The Pinia store: the view as getters; actions and tokens beside them, out of reach of devtools and SSR state. */
export type AuthStore<Name extends string = string> = Store<
  string,
  Record<never, never>,
  AuthView<Name>,
  Record<never, never>
> &
  AuthActions<Name> &
  AuthSecrets & {
    /** The name of the session: the `name` option of its plugin. */
    readonly name: string
    /** The axios instance of this app whose requests carry the access token; the first where there are several. */
    readonly axios: AuthContext['http']
  }
