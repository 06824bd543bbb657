import type { AuthUser } from '../options'

declare module 'vue-router' {
  interface RouteMeta {
    /**
     * Only for signed-in users; a function decides by the user. Applies to child routes as well, until one says
     * `false`. Where `fetchUser` has failed it is tried again first; without a user a function is not asked, and
     * refuses.
     */
    requiresAuth?: boolean | ((user: AuthUser) => boolean)
    /** Only for who is not signed in: the login page. Signed-in users are taken back to where they were. */
    guestOnly?: boolean
    /**
     * The `name` of the session that `requiresAuth` and `guestOnly` ask for, here and in child routes. Default: the
     * session of the plugin that was installed first.
     */
    authSession?: string
  }
}
