import { oauth2 } from 'vue-auth-refresh/oauth2'

/** Where users of `npm run demo:oidc` sign in: an OpenID Provider in the same process. */
export const provider = oauth2({
  issuer: `${location.origin}/api/oidc`,
  clientId: 'vue-auth-refresh-demo',
  postLogoutRedirectUri: '/login',
})
