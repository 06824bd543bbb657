import type { AuthUser } from '../options'

declare module 'vue-router' {
  interface RouteMeta {
    /**
     * Admits signed-in users only; a function decides by the user. Holds for child routes too, until one says `false`.
     * If `fetchUser` has failed, it is called again first; without a user, a function is not called, and the user is
     * refused.
     */
    requiresAuth?: boolean | ((user: AuthUser) => boolean)
    /** Admits signed-out users only, as the login page does. Signed-in users go to the return path, or to `home`. */
    guestOnly?: boolean
    /**
     * Names the session that `requiresAuth` and `guestOnly` mean, here and in child routes. Default: the session of the
     * plugin that was installed first.
     */
    authSession?: string
  }
}
