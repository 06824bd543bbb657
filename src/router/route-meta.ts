import type { RouteLocationNormalized, RouteMeta } from 'vue-router'
import type { AnyAuthUser } from '../options'
import { ownMembers } from '../utils/unknown-data'

/**
 * The meta that the guard reads. `RouteMeta` of vue-router extends it, so an app may declare narrower members of its
 * own, `requiresAuth?: boolean` say.
 */
export interface AuthRouteMeta {
  /**
   * Admits signed-in users only; a function decides by the user, and admits by `true` alone. Holds for child routes too,
   * until one says `false`. If `fetchUser` has failed, it is called again first; without a user, a function is not
   * called, and the user is refused.
   */
  requiresAuth?: boolean | ((user: AnyAuthUser) => boolean)
  /**
   * Admits signed-out users only, as the login page does. Signed-in users go to the return path, or to `home`. Holds for
   * child routes too, until one says `false`.
   */
  guestOnly?: boolean
  /**
   * Names the session that `requiresAuth` and `guestOnly` mean, here and in child routes. Default: the session of the
   * plugin that was installed first.
   */
  authSession?: string
}

declare module 'vue-router' {
  interface RouteMeta extends AuthRouteMeta {}
}

/** Tells whether a route belongs to this session, by the name in its meta. */
export type IsMine = (name: string | undefined) => boolean

/** The part of a route that says what it asks for. */
type Meta = Pick<RouteLocationNormalized, 'matched' | 'meta'>

/**
 * The meta that names this session, from the outermost route in; children inherit the name. The last holds the members
 * of `to.meta` that an earlier guard has set. The router merges the others, also from routes of another session.
 */
export function metaOf({ matched, meta }: Meta, isMine: IsMine = () => true): RouteMeta[] {
  const own = matched.map((record) => ownMembers(record.meta))
  const merged: Readonly<Record<string, unknown>> = Object.assign({}, ...own)
  const set = ownMembers(meta)
  for (const member of Object.keys(meta)) if (meta[member] === merged[member]) delete set[member]
  let name: string | undefined
  return [...own, set].filter(({ authSession }) => isMine((name = authSession ?? name)))
}

/** Tells whether a route is for signed-out users: of this session, or of any. `false` takes back a `true` before it. */
export function isGuestOnly(route: Meta, isMine?: IsMine): boolean {
  const all = metaOf(route, isMine).map(({ guestOnly }) => guestOnly)
  return all.lastIndexOf(true) > all.lastIndexOf(false)
}

/** Reads the requirements of a route, from the outermost in; `false` takes back those before it. */
export const requirementsOf = (route: Meta, isMine?: IsMine): unknown[] =>
  metaOf(route, isMine).flatMap(({ requiresAuth }) => requiresAuth ?? [])
