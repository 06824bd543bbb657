import type { Role } from './accounts.ts'

/** What `GET /api/me` answers. */
export interface User {
  readonly id: number
  readonly email: string
  readonly name: string
  readonly roles: readonly Role[]
}

/** What `GET /api/profile` answers and `PUT /api/profile` takes. */
export interface Profile {
  readonly about: string
  readonly city: string
  /** Empty, or an address that begins with `http:` or `https:`. */
  readonly website: string
}

/** How long each may be, in UTF-16 units, as `maxlength` counts. */
export const profileLimits = { about: 280, city: 60, website: 200 } as const

/** How the token endpoint behaves for one browser. */
export const faultModes = ['normal', 'slow', 'failing', 'hanging'] as const
export type FaultMode = (typeof faultModes)[number]

/** What `GET /api/demo/stats` answers: what the server has seen from this browser since it started. */
export interface DemoStats {
  readonly mode: FaultMode
  /** The lifetime of the access tokens, in seconds. */
  readonly accessTokenLifetime: number
  /** Calls of protected resources, replays included. */
  readonly requests: number
  /** How many of them were answered 401. */
  readonly unauthorized: number
  /** Refresh tokens exchanged for new ones. */
  readonly refreshes: number
  /** Refresh tokens that came a second time. Each revoked its session. */
  readonly reused: number
}

/** What `GET /api/admin/stats` answers. */
export interface AdminStats {
  readonly users: number
  readonly sessions: readonly AdminSession[]
}

export interface AdminSession {
  readonly id: string
  readonly user: string
  /** Where they have signed in. */
  readonly area: 'customer' | 'admin'
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly refreshedAt: number
  readonly refreshes: number
  readonly state: 'live' | 'ended' | 'expired'
}
