import type { User } from './protocol'

// Said once: `user`, `login()` and every `requiresAuth` of the app are typed by it
declare module 'vue-auth-refresh' {
  interface AuthTypes {
    user: User
    credentials: { email: string; password: string }
  }
}
