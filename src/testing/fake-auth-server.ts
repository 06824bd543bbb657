import type { AxiosAdapter } from 'axios'
import type { AuthCredentials, AuthUser, SessionMode, TokenResponse } from 'vue-auth-refresh'
import { createLatch } from '../utils/waiting'
import { isObject } from '../utils/unknown-data'
import { adapterOf, fetchOf, handlerOf, routeOf, type InterceptedRoute } from './shells'

/** An account of a fake server. */
export interface FakeUser<Name extends string = string> {
  /** A login with these members signs in; others that it has are not looked at. Default: every login does. */
  readonly credentials?: AuthCredentials<Name>
  /** The answer of `/me`. */
  readonly user: AuthUser<Name>
}

/** The ends of the paths that a fake server knows. */
export interface FakePaths {
  readonly login: string
  readonly refresh: string
  readonly logout: string
  readonly me: string
}

/** Options of `createFakeAuthServer()`. */
export interface FakeAuthServerOptions<Name extends string = string> {
  /** The accounts. Default: one, `{ name: 'ada' }`, for any credentials. */
  users?: readonly FakeUser<Name>[]
  /**
   * The option `session` of the app. The server keeps cookies itself, so it stands for one browser. With `access-token`,
   * a refresh exchanges the token in `Authorization`. Default `tokens`.
   */
  mode?: SessionMode
  /** Whether each refresh brings a new refresh token, and spends the one before. Default true. */
  rotate?: boolean
  /** Whether a refresh token that is sent again ends its session (RFC 9700 §4.14.2). Default true. */
  detectReuse?: boolean
  /** How long an access token lives, in ms of `Date.now()`. Default 3 600 000, an hour. */
  lifetime?: number
  /** The ends of the paths. Default `/auth/login`, `/auth/refresh`, `/auth/logout` and `/me`. */
  paths?: Partial<FakePaths>
  /**
   * Answers all other requests that have a live token: `() => Response.json([])`. Default: JSON of the user, the method
   * and the path.
   */
  answer?(this: void, request: Request, user: AuthUser<Name>): Response | Promise<Response>
}

/** A request as a fake server saw it, without a token. */
export interface LoggedRequest<Name extends string = string> {
  readonly method: string
  /** The path, without its query. */
  readonly path: string
  /** The status of the answer; null while there is none. */
  readonly status: number | null
  /** The user whose session it belongs to; null for none. */
  readonly user: AuthUser<Name> | null
}

/** A fault of the server, and the requests that meet it. */
export interface Trouble {
  /** The end of the path of these requests. Default: all requests. */
  readonly path?: string
  /** The status that they get. Default: none, as without a network. */
  readonly status?: number
}

/** A server that signs in, refreshes and answers, in the process of a test. Each has sessions of its own. */
export interface FakeAuthServer<Name extends string = string> {
  /** Answers a request. The others below are ways to get here. */
  readonly serve: (request: Request) => Promise<Response>
  /** The option `adapter` of an axios instance. */
  readonly adapter: AxiosAdapter
  /** In place of the global `fetch`. */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>
  /** For `setupServer()` or `setupWorker()`: `server.handlers({ http })` of `msw`, or with another URL than `*`. */
  readonly handlers: <Handler>(msw: MswLike<Handler>, url?: string) => Handler[]
  /** For `page.route('/api/**', server.route)` of Playwright. */
  readonly route: (route: InterceptedRoute) => Promise<void>
  /** Begins a session without a login, of the first user or the one given. Resolves with what a login would. */
  issue(user?: AuthUser<Name>): TokenResponse
  /** Refuses every access token that was given until now. */
  expireAll(): void
  /** Ends every session: refresh tokens are refused, too. */
  revoke(): void
  /** Fails requests from now on. Returns what ends it. */
  goDown(trouble?: Trouble): () => void
  /** Holds back answers from now on; what was asked is done. Returns what lets them go. */
  hang(path?: string): () => void
  /** Resolves once requests to paths with this end have come that often. */
  sees(path: string, times?: number): Promise<void>
  /** How often a refresh was asked for. */
  readonly exchanges: number
  /** How often a refresh token came that was spent. */
  readonly reused: number
  /** Every request, in the order of arrival. */
  readonly log: readonly LoggedRequest<Name>[]
}

/** The part of `msw` that {@link FakeAuthServer.handlers} needs. */
export interface MswLike<Handler> {
  readonly http: {
    all(url: string, answer: (info: { request: Request }) => Promise<Response>): Handler
  }
}

interface Session {
  readonly user: AuthUser
  readonly spent: Set<unknown>
  refreshToken: string
  /** When each access token expires. */
  readonly accessTokens: Map<string, number>
}

type Mutable<Value> = { -readonly [Member in keyof Value]: Value[Member] }

/** An answer, and the session that the request belongs to. */
type Judged = [answer: Response, session?: Session | undefined]

const DEFAULT_PATHS: FakePaths = {
  login: '/auth/login',
  refresh: '/auth/refresh',
  logout: '/auth/logout',
  me: '/me',
}

/** Signs in with any credentials, whatever the types of the app say. */
const anybody: unknown = { user: { name: 'ada' } }

const json = (status: number, data: unknown): Response =>
  new Response(JSON.stringify(data), { status, headers: { 'content-type': 'application/json' } })

/** The members of a body, JSON or a form. */
async function bodyOf(request: Request): Promise<Record<string, unknown>> {
  const text = await request.text()
  try {
    const data: unknown = JSON.parse(text)
    return isObject(data) ? data : {}
  } catch {
    return Object.fromEntries(new URLSearchParams(text))
  }
}

const bearerOf = ({ headers }: Request): string =>
  headers.get('authorization')?.replace(/^Bearer /i, '') ?? ''

const isLoginOf = (credentials: unknown, body: Record<string, unknown>): boolean =>
  Object.entries(Object(credentials) as object).every(([name, value]) => body[name] === value)

/**
 * Makes a server that signs in, refreshes and answers in the process of a test: an adapter of axios, a `fetch`, handlers
 * of msw, or a route of Playwright. It rotates refresh tokens and detects their reuse, as a good server does.
 */
export function createFakeAuthServer<Name extends string = string>(
  options?: FakeAuthServerOptions<Name>,
): FakeAuthServer<Name>
export function createFakeAuthServer({
  users = [anybody as FakeUser],
  mode = 'tokens',
  rotate = true,
  detectReuse = true,
  lifetime = 3_600_000,
  paths: given = {},
  answer = ({ method, url }, user) => json(200, { user, method, path: new URL(url).pathname }),
}: FakeAuthServerOptions = {}): FakeAuthServer {
  const paths = { ...DEFAULT_PATHS, ...given }
  const sessions: Session[] = []
  const log: Mutable<LoggedRequest>[] = []
  const troubles = new Set<Trouble>()
  const holds = new Set<{ readonly path: string; readonly opened: Promise<void> }>()
  const isWithoutToken = mode === 'cookies'
  const isByCookie = isWithoutToken || mode === 'refresh-cookie'
  const isExchanged = mode === 'access-token'
  /** The refresh token and the access token in cookies. */
  let cookie = ''
  let accessCookie = ''
  let issued = 0
  let exchanges = 0
  let reused = 0
  let news = createLatch()

  function grant(session: Session): TokenResponse {
    const number = ++issued
    const accessToken = `access-${number}`
    session.accessTokens.set(accessToken, Date.now() + lifetime)
    const isNew = rotate || isExchanged || !session.refreshToken
    if (isNew) {
      if (session.refreshToken && rotate) session.spent.add(session.refreshToken)
      session.refreshToken = isExchanged ? accessToken : `refresh-${number}`
    }
    if (isByCookie) cookie = session.refreshToken
    if (isWithoutToken) accessCookie = accessToken
    return {
      access_token: accessToken,
      expires_in: lifetime / 1_000,
      ...(isNew && !isByCookie && !isExchanged && { refresh_token: session.refreshToken }),
    }
  }

  const answerOf = (tokens: TokenResponse): Response =>
    json(200, isWithoutToken ? { expires_in: lifetime / 1_000 } : tokens)

  function begin(user: AuthUser): TokenResponse {
    const session = { user, spent: new Set(), refreshToken: '', accessTokens: new Map() }
    sessions.push(session)
    return grant(session)
  }

  const end = (session: Session): void => void sessions.splice(sessions.indexOf(session), 1)

  /** The session of the access token of a request. */
  function sessionOf(request: Request): Session | undefined {
    const token = isWithoutToken ? accessCookie : bearerOf(request)
    return sessions.find(({ accessTokens }) => (accessTokens.get(token) ?? 0) > Date.now())
  }

  function refresh(token: unknown): Judged {
    exchanges++
    const session = sessions.find(({ refreshToken }) => refreshToken === token)
    if (session) return [answerOf(grant(session)), session]
    const robbed = sessions.find(({ spent }) => spent.has(token))
    if (robbed) {
      reused++
      if (detectReuse) end(robbed)
    }
    return [json(400, { error: 'invalid_grant' })]
  }

  async function judge(request: Request, path: string): Promise<Judged> {
    if (path.endsWith(paths.login)) {
      const body = await bodyOf(request)
      const account = users.find(({ credentials }) => isLoginOf(credentials, body))
      if (!account) return [json(401, { error: 'invalid_credentials' })]
      const tokens = begin(account.user)
      return [answerOf(tokens), sessions.at(-1)]
    }
    const isRefresh = path.endsWith(paths.refresh)
    if (isRefresh || path.endsWith(paths.logout)) {
      const body = await bodyOf(request)
      const inBody = isExchanged
        ? bearerOf(request)
        : (body['refreshToken'] ?? body['refresh_token'])
      const token = isByCookie ? cookie : inBody
      if (isRefresh) return refresh(token)
      const session = sessions.find(({ refreshToken }) => refreshToken === token)
      if (session) end(session)
      cookie = accessCookie = ''
      return [new Response(null, { status: 204 }), session]
    }
    const session = sessionOf(request)
    if (!session) {
      const refusal = json(401, { error: 'invalid_token' })
      refusal.headers.set('www-authenticate', 'Bearer error="invalid_token"')
      return [refusal]
    }
    if (path.endsWith(paths.me)) return [json(200, session.user), session]
    return [await answer(request, session.user), session]
  }

  async function serve(request: Request): Promise<Response> {
    const { method, url } = request
    const path = new URL(url).pathname
    const entry: Mutable<LoggedRequest> = { method, path, status: null, user: null }
    log.push(entry)
    news.open()
    news = createLatch()
    const trouble = [...troubles].find((one) => path.endsWith(one.path ?? ''))
    const [response, session] = trouble ? [fail(trouble)] : await judge(request, path)
    entry.user = session?.user ?? null
    for (const hold of holds) if (path.endsWith(hold.path)) await hold.opened
    entry.status = response.status
    return response
  }

  function fail({ status }: Trouble): Response {
    // The words by which axios knows that there is no network.
    if (status === undefined) throw new TypeError('Failed to fetch')
    return json(status, { error: 'temporarily_unavailable' })
  }

  const fetch = fetchOf(serve)
  return {
    serve,
    fetch,
    adapter: adapterOf(fetch),
    handlers: ({ http }, url = '*') => [http.all(url, handlerOf(serve))],
    route: routeOf(serve),
    issue: (user = (users[0] ?? (anybody as FakeUser)).user) => begin(user),
    expireAll() {
      for (const { accessTokens } of sessions) accessTokens.clear()
    },
    revoke: () => void sessions.splice(0),
    goDown(trouble = {}) {
      const own = { ...trouble }
      troubles.add(own)
      return () => void troubles.delete(own)
    },
    hang(path = '') {
      const { opened, open } = createLatch()
      const hold = { path, opened }
      holds.add(hold)
      return () => {
        holds.delete(hold)
        open()
      }
    },
    async sees(path, times = 1) {
      while (log.filter((seen) => seen.path.endsWith(path)).length < times) await news.opened
    },
    get exchanges() {
      return exchanges
    },
    get reused() {
      return reused
    },
    log,
  }
}
