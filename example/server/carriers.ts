import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { fields } from './fields.ts'
import { sessionLifetime } from './tokens.ts'
import type { TokenResponse } from './tokens.ts'

/** How a refresh token travels between the app and the auth server. */
export interface Carrier {
  /** Where the endpoints are that do it this way. */
  readonly path: string
  /** Whether a request may come from the app. */
  isTrusted(c: Context): boolean
  /** The refresh token of a request. */
  read(c: Context): Promise<string | undefined>
  /** Puts it where it belongs, and returns the rest of the answer. */
  give(c: Context, tokens: TokenResponse): Partial<TokenResponse>
  /** The session is over. */
  take(c: Context): void
}

/** In the body, where the app's scripts see it. */
const body: Carrier = {
  path: '/auth',
  // Whoever knows the token may use it
  isTrusted: () => true,
  read: async (c) => (await fields(c, 'refreshToken')).refreshToken,
  give: (_c, tokens) => tokens,
  take() {},
}

const name = 'refresh'
const optionsOf = (c: Context) => ({
  path: '/api/auth/cookie',
  httpOnly: true,
  sameSite: 'Strict' as const,
  secure: c.req.url.startsWith('https:'),
})

/** In a cookie that only the browser and the server see. The browser adds it by itself, whoever asks. */
const cookie: Carrier = {
  path: '/auth/cookie',
  // Neither a form nor a script of another site can do both
  isTrusted: (c) =>
    c.req.header('X-Requested-With') === 'XMLHttpRequest' &&
    c.req.header('Origin')?.replace(/^https?:\/\//, '') === c.req.header('Host'),
  read: async (c) => getCookie(c, name),
  give(c, { refresh_token, ...others }) {
    setCookie(c, name, refresh_token, { ...optionsOf(c), maxAge: sessionLifetime / 1_000 })
    return others
  },
  take: (c) => void deleteCookie(c, name, optionsOf(c)),
}

/** The admins' sign-in, for a session of its own. */
const admin: Carrier = { ...body, path: '/admin/auth' }

export const carriers: readonly Carrier[] = [body, cookie, admin]
