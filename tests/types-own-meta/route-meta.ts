// An app that has typed its meta as the guide of vue-router does. Checked apart, because it holds for all beside it.
import axios from 'axios'
import { createAuth, type AuthRouteMeta } from 'vue-auth-refresh'
import type { RouteMeta, RouteRecordRaw } from 'vue-router'

declare module 'vue-router' {
  interface RouteMeta {
    isAdmin?: boolean
    requiresAuth?: boolean
    guestOnly?: boolean
    authSession?: 'auth' | 'admin'
  }
}

export const record: RouteRecordRaw = {
  path: '/orders',
  component: {},
  meta: { isAdmin: true, requiresAuth: true, authSession: 'admin' },
}
// @ts-expect-error: the app has no functions there
export const refused: RouteMeta = { requiresAuth: () => true }
// @ts-expect-error: the app has no such session
export const unknown: RouteMeta = { authSession: 'office' }

/** The library reads what the app declares. */
export const meta: AuthRouteMeta = record.meta ?? {}
export const authPlugin = createAuth({
  axios: axios.create(),
  routes: { requiresAuth: ({ meta }) => meta.isAdmin === true },
  login: async () => ({}),
  refresh: async () => ({}),
})
