import { clearCookie, readCookie, writeCookie } from './cookies.ts'
import type { DemoContext } from './context.ts'
import { fields } from './fields.ts'
import { sessionLifetime } from './tokens.ts'
import type { TokenResponse } from './tokens.ts'

/** How tokens travel between the app and the auth server. */
export interface Carrier {
  /** Where the endpoints are that do it this way. */
  readonly path: string
  /** Whether a request may come from the app. */
  isTrusted(c: DemoContext): boolean
  /** Whether the access token is what a refresh exchanges. */
  readonly isExchanged?: true
  /** The token that a refresh exchanges, as a request brings it. */
  read(c: DemoContext): Promise<string | undefined>
  /** Puts tokens where they belong, and returns the rest of the answer. */
  give(c: DemoContext, tokens: TokenResponse): Partial<TokenResponse>
  /** The session is over. */
  take(c: DemoContext): void
}

/** In the body, where the app's scripts see it. */
const body: Carrier = {
  path: '/auth',
  // Any client that knows the token may use it
  isTrusted: () => true,
  read: async (c) => (await fields(c, 'refreshToken')).refreshToken,
  give: (_c, tokens) => tokens,
  take() {},
}

const name = 'refresh-token'

/** In a cookie that only the browser and the server see. The browser adds it by itself to every request. */
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

const accessName = 'access-token'

/** Both tokens in cookies. */
const cookies: Carrier = {
  ...cookie,
  path: '/auth/cookies',
  give(c, tokens) {
    const { access_token, expires_in } = tokens
    cookie.give(c, tokens)
    writeCookie(c, accessName, access_token, expires_in)
    return { expires_in }
  },
  take(c) {
    cookie.take(c)
    clearCookie(c, accessName)
  },
}

/** Without a refresh token: the access token comes where it always comes, perhaps expired. */
const access: Carrier = {
  ...body,
  path: '/auth/token',
  isExchanged: true,
  read: async (c) => bearerIn(c),
  give: (_c, { refresh_token: _unused, ...others }) => others,
}

const bearerIn = (c: DemoContext): string | undefined =>
  /^bearer (\S+)$/i.exec(c.req.header('Authorization') ?? '')?.[1]

/**
 * The access token of a request: in its header, or in a cookie of the customers. The cookie counts only beside a header
 * that no form of another site can send.
 */
export const accessTokenOf = (c: DemoContext): string | undefined => {
  const isByScript = c.req.header('X-Requested-With') === 'XMLHttpRequest'
  const isOfAdmin = c.req.path.startsWith('/api/admin/')
  return bearerIn(c) ?? (isByScript && !isOfAdmin ? readCookie(c, accessName) : undefined)
}

/** The admins' sign-in, for a session of its own. */
const admin: Carrier = { ...body, path: '/admin/auth' }

export const carriers: readonly Carrier[] = [body, cookie, cookies, access, admin]
