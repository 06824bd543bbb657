import type { AxiosInstance, AxiosResponse, InternalAxiosRequestConfig } from 'axios'
import type { RouteLocationRaw, Router } from 'vue-router'
import type { AuthEvent } from './events'
import { classifyFailure, type FailureClass } from './session/failure'
import type { AuthStorage } from './shared/auth-storage'

/**
 * Open for module augmentation, so that `user` and the credentials of `login()` are typed once for the whole app:
 *
 * ```ts
 * declare module 'vue-auth-refresh' {
 *   interface AuthTypes {
 *     user: { name: string; roles: string[] }
 *     credentials: { email: string; password: string }
 *   }
 * }
 * ```
 */
export interface AuthTypes {}

/** What `fetchUser` resolves with; `unknown` until {@link AuthTypes} is augmented. */
export type AuthUser = AuthTypes extends { user: infer User } ? User : unknown

/** What `login()` takes; `unknown` until {@link AuthTypes} is augmented. */
export type AuthCredentials = AuthTypes extends { credentials: infer Credentials }
  ? Credentials
  : unknown

/** What every callback is given to talk to the server. */
export interface AuthContext {
  /**
   * An axios instance with the defaults of yours and none of its interceptors, so a refresh can never wait for
   * itself. In `fetchUser` it carries the access token, and refreshes it.
   */
  readonly http: AxiosInstance
  /**
   * Aborted when the answer is of no use any more: another login, a logout, the app unmounted. That of `logout` never
   * is.
   */
  readonly signal: AbortSignal
}

/** The tokens of the session that is refreshed or ended. */
export interface AuthTokenPair {
  /** The access token, perhaps expired; null when a `cookieSession` starts without one. */
  readonly token: string | null
  /** Null with `cookieSession`: the browser sends it, and no script sees it. */
  readonly refreshToken: string | null
}

/** What `reauthenticate` is given. */
export interface ReauthenticateContext {
  /** Who was signed in, as `fetchUser` had it; null where unknown. */
  readonly user: AuthUser | null
  /**
   * Aborted when there is nothing to ask any more: somebody has signed in, here or in another tab, or signed out; or
   * it took too long. Close the dialog then.
   */
  readonly signal: AbortSignal
}

/** Where the router goes. */
export interface AuthRoutes {
  /** Where signed-out users are sent, with `?redirect=` the way back. Default `/login`. Must exist. */
  login?: RouteLocationRaw
  /** Where signed-in users go from a `guestOnly` route without a way back. Default `/`. */
  home?: RouteLocationRaw
  /**
   * Where a signed-in user goes whom `requiresAuth` refuses. Default: nowhere, the page stays; or `home`, where there
   * is none to stay on.
   */
  forbidden?: RouteLocationRaw
}

/** Options of `createAuth()`. Durations are in milliseconds. */
export interface AuthOptions {
  /**
   * The instance whose requests carry the access token, or several of them. Each belongs to one session only. With
   * several, `http` of the callbacks has the defaults of the first.
   */
  axios: AxiosInstance | readonly [AxiosInstance, ...AxiosInstance[]]
  /**
   * Signs in. Resolves with the token response: OAuth's or camel case, see `parseTokenResponse`. What it rejects
   * with is passed to the caller of `login()` as it is.
   */
  login(this: void, credentials: AuthCredentials, context: AuthContext): Promise<unknown>
  /**
   * Exchanges the refresh token for a new token response (RFC 6749 §6). Pass `signal` on. A response without a
   * refresh token keeps the old one. To end the session yourself, throw `new AuthError('rejected', …)`.
   */
  refresh(this: void, tokens: AuthTokenPair, context: AuthContext): Promise<unknown>
  /**
   * Tells the server that the session is over. The user is signed out whether it succeeds or not, and does not
   * wait for it. Default: nobody is told. `refreshToken` is null where the server gave none, or a
   * cookie; with `cookieSession`, `token` is empty where it is not known whose that is.
   */
  logout?(this: void, tokens: AuthTokenPair, context: AuthContext): Promise<unknown>
  /**
   * Fetches the signed-in user, after a login and after a restored session. Send with `http`, or pass `signal` on: with
   * `reauthenticate`, other requests wait until it is known who has signed in, and so does `getAccessToken()` where it
   * is not called before the first `await`. Default: `user` stays null.
   */
  fetchUser?(this: void, context: AuthContext): Promise<AuthUser>
  /**
   * Asks a user whose session was refused to sign in again in place, instead of leaving the page: shows the app's own
   * login, which calls `login()`. When the same user is back, the requests that waited are sent; the callers never
   * know. Called when a request waits for it, in one tab, one that is looked at, whatever their number. Settles when
   * the dialog is closed; without a login in between it was cancelled, and the user is taken to the login page. So is
   * another user, who is not signed in. Default: nobody is asked.
   */
  reauthenticate?(this: void, context: ReauthenticateContext): Promise<unknown>
  /** How long a user may take to sign in again once asked, in ms awake. Default 300 000, five minutes. */
  reauthenticateTimeout?: number
  /**
   * Whether who has signed in again is who was asked; needs `fetchUser`. Not called where that failed for one of them;
   * then it is somebody else. Default: both access tokens are JWTs with the same `sub` (RFC 7519 §4.1.2).
   */
  isSameUser?(this: void, before: AuthUser, after: AuthUser): boolean
  /** The router to guard. Default: none; nothing is guarded and nothing redirects. */
  router?: Router
  /** Where the router goes. */
  routes?: AuthRoutes
  /**
   * What says "the access token has expired". Sees every response, fulfilled or rejected, with its body decoded.
   * Default: `response.status === 401` (RFC 6750 §3.1).
   */
  isExpired?(this: void, response: AxiosResponse): boolean
  /**
   * Refresh ahead of a known expiry when less than this is left, in ms; at most a quarter of the lifetime is used.
   * `false` turns it off: requests use a token until a response says "expired". Default 30 000.
   */
  leeway?: number | false
  /**
   * Refresh before a known expiry even when no request asks for it, so that none has to wait; only while the page is
   * visible and online. Spread by chance over a quarter of the lifetime, so that users who signed in together do not
   * refresh together. Default false.
   */
  keepFresh?: boolean
  /** How long a request waits for a refresh with all its retries, in ms awake. Default 10 000. */
  refreshTimeout?: number
  /**
   * How often an unreachable token endpoint is asked again within `refreshTimeout`; not at all while refresh after
   * refresh fails. Default 2.
   */
  retries?: number
  /**
   * Whether a failed refresh ends the session (`rejected`) or not (`unreachable`). Default: 400, 401 and 403 of
   * the token endpoint end it (RFC 6749 §5.2), unless the body is an HTML page or names a passing error, such as
   * `temporarily_unavailable`; nothing else does.
   */
  classifyFailure?(this: void, error: unknown): FailureClass
  /**
   * Puts the access token into a request, by changing `config`, a copy made for this send. Of what is in it only
   * `headers` is copied too: replace `params` or `data`, or the token stays in the caller's.
   * Default: `Authorization: Bearer <token>` (RFC 6750 §2.1).
   */
  attach?(this: void, config: InternalAxiosRequestConfig, token: string): void
  /**
   * The origins that may receive the access token, judged on the final URL, e.g. `https://api.example.com`.
   * Default: the origin of the instance's `baseURL`, or the page's; with several instances each has its own.
   */
  allowedOrigins?: readonly string[]
  /**
   * The refresh token is an HttpOnly cookie that the server sets, and the token responses have none. `http` of `login`,
   * `refresh` and `logout` then is made of `fetch` with `keepalive`, so that a cookie arrives even when the page is
   * gone: it sends cookies, also to another origin (`withCredentials`), and the header `X-Requested-With:
   * XMLHttpRequest`, follows no redirect, and takes bodies of at most 64 KiB. `signal` of `refresh` is never aborted.
   * An instance whose adapter is a function of your own keeps that one.
   *
   * Without a stored session, one exchange at the start finds out who is signed in; a server that does not answer is
   * asked again by later requests. It is skipped where this library has stored that nobody is: after a logout or a
   * definite refusal. Where the server signs users in by itself, pass a function that says at the start whether
   * somebody may be, e.g. by a second cookie that scripts can read; that counts instead. Default false.
   */
  cookieSession?: boolean | (() => boolean)
  /**
   * Where the session is kept; the tabs of an origin share it. Default `indexedDbStorage()`; on a server
   * `memoryStorage()`.
   */
  storage?: AuthStorage
  /** Told of every transition, synchronously. Not waited for; what it throws is printed and changes nothing. */
  onEvent?(this: void, event: AuthEvent): unknown
  /**
   * Separates several sessions in one origin: apps of the same name share one. In an app with several sessions it
   * is what `useAuth()` and the route meta `authSession` ask for. Default `auth`.
   */
  name?: string
}

/** The defaults of all options that have a value as default. */
export const defaultOptions = {
  leeway: 30_000,
  keepFresh: false,
  refreshTimeout: 10_000,
  reauthenticateTimeout: 300_000,
  retries: 2,
  cookieSession: false,
  classifyFailure,
  name: 'auth',
}

export const defaultRoutes = { login: '/login', home: '/' }

export type ResolvedOptions = AuthOptions & Required<Pick<AuthOptions, keyof typeof defaultOptions>>
