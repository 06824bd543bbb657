import type { AuthActions, StepUp } from 'vue-auth-refresh'

/** The endpoints of a provider that publishes no discovery document. */
export interface OAuth2Endpoints {
  /** The token endpoint (RFC 6749 §3.2). With it, nothing is discovered. */
  tokenEndpoint: string
  /** The authorization endpoint (RFC 6749 §3.1); `login()` needs it. */
  authorizationEndpoint?: string
  /** The revocation endpoint (RFC 7009). Default: a logout revokes nothing. */
  revocationEndpoint?: string
  /** The logout page (OpenID Connect RP-Initiated Logout §2). Default: a logout stays in the app. */
  endSessionEndpoint?: string
  /** The issuer that answers must name, if they name one (RFC 9207). Default: `tokenEndpoint`. */
  issuer?: string
}

/** The pages that a provider shows (OpenID Connect Core §3.1.2.1, Initiating User Registration §4). */
export type Prompt = 'none' | 'login' | 'consent' | 'select_account' | 'create'

/** Parameters of the authorization request: of each login as options of `oauth2()`, of one as those of `login()`. */
export interface AuthorizationOptions {
  /**
   * The pages that the provider must show: one or several. `none` shows none, and is refused with `login_required` or its
   * like where the user would have to do something. Default: the provider decides.
   */
  prompt?: Prompt | readonly Prompt[]
  /** The name of the user at the provider, for its form to begin with (`login_hint`). Default: the form is empty. */
  loginHint?: string
  /** The languages of the provider's pages, the preferred one first, separated by spaces (`ui_locales`). Default: its own. */
  uiLocales?: string
}

/** Options of `oauth2()`. URLs that lead back to the app may be paths of this origin. */
export type OAuth2Options = {
  /** The identifier of the app at the provider, as a public client, without a secret (RFC 6749 §2.1). */
  clientId: string
  /** The scopes to ask for, separated by spaces. Default `openid`; with `tokenEndpoint`, the provider decides. */
  scope?: string
  /** The page that the provider sends the user to after a login, as registered there. Default `/callback`. */
  redirectUri?: string
  /** The page after a logout, as registered at the provider. Default: the provider shows one of its own. */
  postLogoutRedirectUri?: string
  /**
   * More parameters of the authorization request, e.g. `{ audience: 'https://api.example.com' }`. An `acr_values` is a
   * wish, which the provider may leave unmet (OpenID Connect Core §3.1.2.1).
   */
  authorizationParams?: Record<string, string>
  /**
   * More parameters of the refresh request (RFC 6749 §6). Microsoft Entra ID needs the `scope` there, e.g.
   * `{ scope: 'openid offline_access api://my-api/orders' }`. Default: none; the granted scope stays as it is.
   */
  refreshParams?: Record<string, string>
  /**
   * The APIs that access tokens are for: absolute URIs without a fragment (RFC 8707 §2). Sent with the login and with each
   * exchange for tokens. Default: the provider decides.
   */
  resource?: string | readonly string[]
  /**
   * Binds tokens to a key of this browser (RFC 9449): each request proves that it has the key. All tabs share it; no script
   * can read it. `authFetch` and the axios instances send such proofs. A provider that binds no tokens is refused. Default false.
   */
  dpop?: boolean
} & AuthorizationOptions &
  (
    | {
        /** The issuer identifier; its endpoints are discovered (OpenID Connect Discovery §4). */
        issuer: string
        tokenEndpoint?: never
      }
    | OAuth2Endpoints
  )

/** The argument of `login()`. */
export interface LoginOptions extends AuthorizationOptions {
  /** The path of the router to go to afterwards. Default: the query parameter `redirect` of the page that is shown. */
  returnTo?: string
  /**
   * The greatest age of the user's last sign-in at the provider, in seconds; 0 asks again. Needs the scope `openid`.
   * An older one is `rejected`, with the `cause` `unmet_authentication_requirements`. Default: it may be as old as the provider allows.
   */
  maxAge?: number
  /** The ways to sign in, one of which the ID token must name as `acr`, separated by spaces. Errors as for `maxAge`. */
  acr?: string
  /** The step-up that `reauthenticate` was given: its values are the defaults of `maxAge` and `acr`. */
  stepUp?: StepUp | null
  /**
   * Signs in in a popup, while the page stays; `login()` resolves once the session has begun. Call it in a click. Rejects
   * with `rejected` and the `cause` `popup_blocked` where the browser opens none, and with `unauthenticated` when the user
   * has closed it. Default false: the page goes to the provider.
   */
  popup?: boolean
  /** More parameters of this authorization request, e.g. `{ kc_idp_hint: 'github' }`. */
  params?: Record<string, string>
}

/** The type for `credentials` of `AuthTypes`: `login()` may be called without an argument. */
export type OAuth2Login = LoginOptions | undefined

/** The part of the store that receives the tokens. */
export type SessionTaker = Pick<AuthActions, 'setSession'>
