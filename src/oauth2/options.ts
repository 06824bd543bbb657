import type { AuthActions } from 'vue-auth-refresh'

/** Where the provider listens, for one that publishes no discovery document. */
export interface OAuth2Endpoints {
  /** The token endpoint (RFC 6749 §3.2). Where it is given nothing is discovered. */
  tokenEndpoint: string
  /** The authorization endpoint (RFC 6749 §3.1); `login()` needs it. */
  authorizationEndpoint?: string
  /** The revocation endpoint (RFC 7009). Default: a logout is told to nobody. */
  revocationEndpoint?: string
  /** What answers must name as their issuer, where they name one (RFC 9207). */
  issuer?: string
}

/** Options of `oauth2()`. Those that are URLs may be paths of this origin where they lead back to the app. */
export type OAuth2Options = {
  /** The identifier of the app at the provider, as a public client: one without a secret (RFC 6749 §2.1). */
  clientId: string
  /** What is asked for, separated by spaces. Default `openid` with an issuer alone; else what the provider decides. */
  scope?: string
  /** Where the provider sends the user after a login, as registered there. Default `/callback`. */
  redirectUri?: string
  /** Where it sends the user after a logout, as registered there. Default: it shows a page of its own. */
  postLogoutRedirectUri?: string
  /** More parameters of the authorization request, e.g. `{ audience: 'https://api.example.com' }`. */
  authorizationParams?: Record<string, string>
} & (
  | {
      /** The issuer identifier; its endpoints are discovered (OpenID Connect Discovery §4). */
      issuer: string
      tokenEndpoint?: never
    }
  | OAuth2Endpoints
)

/** What `login()` takes. */
export interface LoginOptions {
  /** Where to go afterwards, a path of the router. Default: the `redirect` in the query of the page that is shown. */
  returnTo?: string
  /** More parameters of this authorization request, e.g. `{ prompt: 'create' }`. */
  params?: Record<string, string>
}

/** For `credentials` of `AuthTypes`: `login()` may be called without an argument. */
export type OAuth2Login = LoginOptions | undefined

/** What takes the tokens: the store of the session. */
export type SessionTaker = Pick<AuthActions, 'setSession'>
