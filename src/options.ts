import type { AxiosError, AxiosInstance, AxiosResponse, InternalAxiosRequestConfig } from 'axios'
import type { RouteLocationNormalized, RouteLocationRaw, Router } from 'vue-router'
import type { AuthEvent } from './events'
import { attachBearer } from './http/bearer'
import { isUnauthorized } from './http/verdict'
import { classifyFailure, type FailureClass } from './session/failure'
import type { Prove } from './session/proof'
import type { SessionMode } from './session/session-mode'
import type { StepUp } from './session/step-up'
import type { AuthStorage } from './shared/auth-storage'

/**
 * Types `user` and the credentials of `login()` for the whole app, by module augmentation:
 * `declare module 'vue-auth-refresh' { interface AuthTypes { user: User; credentials: Credentials } }`.
 * `sessions: { admin: { user: Admin } }` types a session apart, by its name.
 */
export interface AuthTypes {}

/** The types of sessions that {@link AuthTypes} types apart, by name. */
type SessionTypes = AuthTypes extends { sessions: infer Sessions } ? Sessions : Record<never, never>

/** The types of one session. Where it says nothing, those of the app hold. */
type TypesOf<Name extends string> = Name extends keyof SessionTypes
  ? Omit<AuthTypes, keyof SessionTypes[Name]> & SessionTypes[Name]
  : AuthTypes

/** The user that `fetchUser` resolves with; `unknown` until {@link AuthTypes} is augmented. */
export type AuthUser<Name extends string = string> =
  TypesOf<Name> extends { user: infer User } ? User : unknown

/** The names of all sessions; `''` stands for those that are not typed apart. */
type SessionName = '' | (keyof SessionTypes & string)

/** The user in the meta of a route, of whichever session it is. A function there may name the type that it takes. */
export type AnyAuthUser = {
  [Name in SessionName]: (user: AuthUser<Name>) => void
}[SessionName] extends (user: infer User) => void
  ? User
  : never

/** The argument of `login()`; `unknown` until {@link AuthTypes} is augmented. */
export type AuthCredentials<Name extends string = string> =
  TypesOf<Name> extends { credentials: infer Credentials } ? Credentials : unknown

/** The means by which a callback talks to the server. */
export interface AuthContext {
  /**
   * An axios instance with the defaults of the protected one and none of its interceptors, so that a refresh cannot
   * wait for itself. In `fetchUser` and `logout` it carries the access token, and in `fetchUser` refreshes it. With
   * `session: 'access-token'`, it carries the token in `refresh`, too.
   */
  readonly http: AxiosInstance
  /**
   * Aborted when the answer has become useless: after another login, a logout, or unmounting the app.
   * Never aborted in `logout`, nor in `refresh` where a cookie renews the session.
   */
  readonly signal: AbortSignal
}

/** The second argument of `login`. */
export interface LoginContext extends AuthContext {
  /** Whether the session outlasts the last tab of the app. Without it, a server should set cookies that end with the browser. */
  readonly remember: boolean
}

/** The tokens of the session that is refreshed or ended. */
export interface AuthTokenPair {
  /** The access token, perhaps expired; null where it is a cookie, and while only a cookie tells who is signed in. */
  readonly token: string | null
  /** The refresh token; null where the browser sends it as a cookie, and where the server gave none. */
  readonly refreshToken: string | null
  /** The newest ID token, for `id_token_hint` say (OpenID Connect Core §2); missing where the server gave none. */
  readonly idToken?: string
}

/**
 * The claims of an ID token (OpenID Connect Core §2), as it says them. `oauth2()` has checked those that are named here,
 * `auth_time` only where `maxAge` was asked for. From another source they are unchecked, like all others.
 */
export interface IdTokenClaims {
  /** The issuer. */
  readonly iss?: string
  /** The user, by a name that only this issuer gives. */
  readonly sub?: string
  /** The client, or several. */
  readonly aud?: string | readonly string[]
  /** When it expires, in seconds since 1970. */
  readonly exp?: number
  /** When it was issued, in seconds since 1970. */
  readonly iat?: number
  /** When the user was last asked to sign in, in seconds since 1970. */
  readonly auth_time?: number
  readonly [claim: string]: unknown
}

/** The argument of `fetchUser`. */
export interface FetchUserContext extends AuthContext {
  /** The claims of the session's newest ID token; empty without one. */
  readonly claims: IdTokenClaims
  /**
   * The answer that the session began with, as `login` resolved or `setSession()` was given it; for servers that put the
   * user beside the tokens. Null at any later fetching: after a reload, in another tab, for `reloadUser()`.
   */
  readonly tokenResponse: unknown
}

/** The argument of `reauthenticate`. */
export interface ReauthenticateContext<Name extends string = string> {
  /** The user who is asked, as `fetchUser` resolved; null where there is none. */
  readonly user: AuthUser<Name> | null
  /**
   * The sign-in that a server asks for, by its 401 for a request (RFC 9470 §3); the session goes on meanwhile. Null if the
   * session was refused.
   */
  readonly stepUp: StepUp | null
  /**
   * Aborted when there is nothing to ask any more; close the dialog then. A login or a logout in any tab aborts it, and
   * so does `reauthenticateTimeout`.
   */
  readonly signal: AbortSignal
}

/** A location of the router, or a function of where the user is going. Missing required params are those of `to`. */
export type AuthLocation = RouteLocationRaw | ((to: RouteLocationNormalized) => RouteLocationRaw)

/** The pages that the router takes users to, found when they are needed, and the routes that are guarded. */
export interface AuthRoutes {
  /** The login page. Its query parameter `redirect` is the return path. Default `/login`. */
  login?: AuthLocation
  /** Where a signed-in user goes from a `guestOnly` route without a return path. Default `/`. */
  home?: AuthLocation
  /**
   * Where a signed-in user goes when `requiresAuth` refuses them. Default: the navigation is cancelled; without a page
   * to stay on, it goes to `home`.
   */
  forbidden?: AuthLocation
  /**
   * The meaning of `requiresAuth` on a route that does not say. Default false. The pages `login` and `forbidden`,
   * `guestOnly` pages, and the page to which a login by `oauth2()` leads back are open all the same.
   */
  requiresAuth?: boolean | ((to: RouteLocationNormalized) => boolean)
}

/** One axios instance or several. */
export type ProtectedAxios = AxiosInstance | readonly [AxiosInstance, ...AxiosInstance[]]

/** Options of `createAuth()`. Durations are in milliseconds; "awake" leaves out the time that the machine sleeps. */
export interface AuthOptions<Name extends string = string> {
  /**
   * The axios instance whose requests carry the access token, or a list of instances. Each belongs to one session.
   * The `http` of the callbacks has the defaults of the first. A function makes them anew for each app: needed where a
   * server renders. Components find the instance in `useAuth().axios`.
   */
  axios: ProtectedAxios | ((this: void) => ProtectedAxios)
  /**
   * Signs the user in. Resolves with the token response: OAuth's or camel case, see `parseTokenResponse`.
   * Errors go to the caller of `login()`; those of axios without what was sent, which has the password.
   */
  login(this: void, credentials: AuthCredentials<Name>, context: LoginContext): Promise<unknown>
  /**
   * Exchanges the refresh token, or what `session` says, for a new token response (RFC 6749 §6). Pass `signal` on. Where the response has no
   * refresh token, the previous one stays in use. Throw `new AuthError('rejected', …)` to end the session.
   */
  refresh(this: void, tokens: AuthTokenPair, context: AuthContext): Promise<unknown>
  /**
   * Tells the server that the session is over. `http` carries its access token. Where the callback fails because that
   * has expired, it is refreshed once, and the callback called again. The user is signed out at once in any case; the
   * event `logout-failed` tells of a failure. Default: the server is not told.
   */
  logout?(this: void, tokens: AuthTokenPair, context: AuthContext): Promise<unknown>
  /**
   * Fetches the signed-in user, after a login and after a restored session. Send with `http`, or pass `signal` on.
   * With `reauthenticate` or `isSameUser`, a request sent otherwise may wait for this very callback. Default: `user` stays null.
   */
  fetchUser?(this: void, context: FetchUserContext): Promise<AuthUser<Name>>
  /**
   * Stores the user with the session, so that a reload shows them at once, also offline; then `fetchUser` fetches them
   * anew. A function returns what is stored, without secrets say; null for nothing. Plain JSON of at most 100 000
   * characters. Default false.
   */
  storeUser?: boolean | ((this: void, user: AuthUser<Name>) => AuthUser<Name> | null)
  /**
   * Asks a user to sign in again in place: shows the app's login, which calls `login()`. Called once, in one visible tab,
   * when the first request waits: for a refused session, or for a step-up. Settle when the dialog is closed; a login that
   * is under way then decides, else a refused session ends. Default: the login page, and a step-up is the caller's answer.
   */
  reauthenticate?(this: void, context: ReauthenticateContext<Name>): Promise<unknown>
  /** The time that a user has to sign in again once asked, in ms awake. Default 300 000, five minutes. */
  reauthenticateTimeout?: number
  /**
   * Decides whether two users are one: after a refused session, for a step-up, and where a refresh brings another `sub` or
   * `iss`, or may do so: with a cookie and opaque tokens it is asked at each. Needs `fetchUser`; a user who could
   * not be fetched is another one. Default: both JWTs have the same `sub` and `iss` (RFC 7519 §4.1).
   */
  isSameUser?(this: void, before: AuthUser<Name>, after: AuthUser<Name>): boolean
  /** The router to guard. Default: none; no route is guarded, and nothing redirects. */
  router?: Router
  /** The pages that the router takes users to. Default: those of {@link AuthRoutes}. */
  routes?: AuthRoutes
  /**
   * Tells whether a provider has sent the user to this page with the answer to a login. Such a page is open without a
   * user, whatever `routes.requiresAuth` says. `oauth2()` brings it; write `requiresAuth: false` for a page of your own.
   */
  isCallback?(this: void, to: RouteLocationNormalized): boolean
  /**
   * Decides whether a response says that the access token has expired. Sees every response, fulfilled or rejected, with
   * its body decoded; where none came, `status` is 0, and `error` says why: a browser hides a 401 without CORS headers.
   * An error is printed and counts as false. A step-up (RFC 9470) counts before it. Default: `status === 401`.
   */
  isExpired?(this: void, response: AxiosResponse, error?: AxiosError): boolean
  /**
   * Refreshes at the first request that finds less than this left of a known lifetime, in ms; a quarter of it at most.
   * Requests go on with the old token meanwhile. `false`: only once a response says that it has expired. Default 30 000.
   */
  leeway?: number | false
  /**
   * The lifetime that a token needs to reach the server alive, in ms. With less left, requests wait for the next token.
   * Half of the effective leeway at most; no effect with `leeway: false`. Default 2 000.
   */
  minValidity?: number
  /**
   * Refreshes before a known expiry without a request, so that none has to wait; while the page is visible and online.
   * Spread by chance over a quarter of the lifetime, so that clients do not refresh together. Default false.
   */
  keepFresh?: boolean
  /**
   * Ends the session, as `idle`, once its user has not acted for so long in any tab, in ms; time asleep counts. Keys, pointer,
   * touch, focus and `keepAlive()` are acts, requests are not. A hidden page ends it when it is shown or sends. Default: never.
   */
  idleTimeout?: number
  /**
   * Ends the session, as `expired-age`, so long after its login, in ms, whatever its user does. Neither refreshes nor
   * `updateTokens()` nor a step-up renew it; a new login does. Default: never.
   */
  maxAge?: number
  /**
   * How long before such an end the event `session-ending` tells of it, in ms; half of the shorter limit at most.
   * Default 60 000.
   */
  endingLead?: number
  /** The longest time that a request waits for a refresh with all its retries, in ms awake. Default 10 000. */
  refreshTimeout?: number
  /**
   * The number of times that a refresh asks an unreachable token endpoint again, within `refreshTimeout`. After a
   * refresh that failed it is 0 until one succeeds. Default 2.
   */
  retries?: number
  /**
   * Decides whether a failed refresh ends the session (`rejected`) or not (`unreachable`). Default: 400, 401, 403, 440
   * and 498 end it (RFC 6749 §5.2), and 404, 409, 410, 419 and 422 if their JSON says that the refresh token is gone.
   * An HTML page, `invalid_client` and passing errors, e.g. `temporarily_unavailable`, never do.
   */
  classifyFailure?(this: void, error: unknown): FailureClass
  /**
   * Puts the access token into a request by changing `config`, a shallow copy whose `headers` are copied as well.
   * Replace `params` or `data`; a change inside them would leave the token in the caller's object. Called for each send;
   * a promise is awaited, for `refreshTimeout` at most. Default: `Authorization: Bearer <token>` (RFC 6750 §2.1).
   */
  attach?(this: void, config: InternalAxiosRequestConfig, token: string): unknown
  /**
   * Makes what proves the access token to an API, for each send by axios and `authFetch`; it takes the place of `attach`.
   * `oauth2({ dpop: true })` brings it. Waited for, for `refreshTimeout` at most. Errors go to the caller of the request.
   */
  prove?: Prove
  /**
   * The origins that may receive the access token, judged on the final URL, e.g. `['https://api.example.com']`.
   * Default: for each instance the origin of its `baseURL`, or the page's.
   */
  allowedOrigins?: readonly string[]
  /**
   * The carriers of the tokens. `tokens`: scripts have both tokens. `refresh-cookie`: the refresh token is an HttpOnly cookie.
   * `cookies`: both are, and no script sees a token. `access-token`: without a refresh token, the access token is
   * exchanged, also when it has expired. Default `tokens`. `docs/guide/sessions.md` compares them.
   */
  session?: SessionMode
  /**
   * Tells at the start whether the cookie may belong to a user, by a second cookie that scripts see, say:
   * `() => document.cookie.includes('signed_in=')`. Default: only what was stored counts. An error is printed, and
   * counts as no answer.
   */
  mayBeSignedIn?(this: void): boolean
  /** Stores the session for the tabs of an origin. Default `indexedDbStorage()`; on a server `memoryStorage()`. */
  storage?: AuthStorage
  /** Receives every transition, synchronously. A promise is not awaited; errors are printed and change nothing. */
  onEvent?(this: void, event: AuthEvent): unknown
  /**
   * The name of the session; apps of one origin share the session if they have the same name and the same `api`.
   * `useAuth()` and the route meta `authSession` pick a session by it. Default `auth`.
   */
  name?: Name
  /**
   * The API that the session is for: an app of another one does not find it. Any text will do. Default: the `baseURL`
   * of the first instance when the app starts, which makes it the `name` alone if there is none.
   */
  api?: string
}

/** The defaults of the options that have one. `storage` and `allowedOrigins` depend on the place and the instance. */
export const defaultOptions = {
  leeway: 30_000,
  minValidity: 2_000,
  keepFresh: false,
  endingLead: 60_000,
  refreshTimeout: 10_000,
  reauthenticateTimeout: 300_000,
  retries: 2,
  session: 'tokens' as SessionMode,
  isExpired: isUnauthorized,
  classifyFailure,
  attach: attachBearer,
  name: 'auth',
}

/** The defaults of {@link AuthRoutes}. */
export const defaultRoutes = { login: '/login', home: '/' }

/** The query parameter of the login page that is the return path: `route.query[returnUrlParameter]`. */
export const returnUrlParameter = 'redirect'

export type ResolvedOptions = AuthOptions & Required<Pick<AuthOptions, keyof typeof defaultOptions>>
