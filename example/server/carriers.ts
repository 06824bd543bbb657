import { clearCookie, readCookie, writeCookie } from './cookies.ts'
import type { DemoContext } from './context.ts'
import { fields } from './fields.ts'
import { sessionLifetime } from './tokens.ts'
import type { TokenResponse } from './tokens.ts'

/** How a refresh token travels between the app and the auth server. */
export interface Carrier {
  /** Where the endpoints are that do it this way. */
  readonly path: string
  /** Whether a request may come from the app. */
  isTrusted(c: DemoContext): boolean
  /** The refresh token of a request. */
  read(c: DemoContext): Promise<string | undefined>
  /** Puts it where it belongs, and returns the rest of the answer. */
  give(c: DemoContext, tokens: TokenResponse): Partial<TokenResponse>
  /** The session is over. */
  take(c: DemoContext): void
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

const name = 'refresh-token'

/** In a cookie that only the browser and the server see. The browser adds it by itself, whoever asks. */
const cookie: Carrier = {
  path: '/auth/cookie',
  // No form can set the header, and no page of another origin can change `Origin`. The scheme counts: a page that was
  // loaded over plain HTTP, and so perhaps written by the network, is not the app.
  isTrusted: (c) =>
    c.req.header('X-Requested-With') === 'XMLHttpRequest' &&
    c.req.header('Origin') === c.var.origin,
  read: async (c) => readCookie(c, name),
  give(c, { refresh_token, ...others }) {
    writeCookie(c, name, refresh_token, sessionLifetime / 1_000)
    return others
  },
  take: (c) => clearCookie(c, name),
}

/** The admins' sign-in, for a session of its own. */
const admin: Carrier = { ...body, path: '/admin/auth' }

export const carriers: readonly Carrier[] = [body, cookie, admin]
