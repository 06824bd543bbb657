import type { Role } from './accounts.ts'

/** The answer to `GET /api/me`. */
export interface User {
  readonly id: number
  readonly email: string
  readonly name: string
  readonly roles: readonly Role[]
}

/** The answer to `GET /api/profile`, and the body of `PUT /api/profile`. */
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

/** The answer to `GET /api/demo/stats`: counts of this browser since the server started. */
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

/** The answer to `GET /api/admin/stats`. */
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
