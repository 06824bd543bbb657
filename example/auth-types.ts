import type { OAuth2Login } from 'vue-auth-refresh/oauth2'
import type { User } from './protocol'

// Said once: `user`, `login()` and every `requiresAuth` of the app are typed by it
declare module 'vue-auth-refresh' {
  interface AuthTypes {
    user: User
    /** Or where to go on the way back from the provider, with `npm run demo:oidc` */
    credentials: { email: string; password: string } | OAuth2Login
  }
}
