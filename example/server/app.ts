import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { demoAccounts } from '../accounts.ts'
import type { Role } from '../accounts.ts'
import { faultModes, profileLimits } from '../protocol.ts'
import type { AdminSession, AdminStats, DemoStats, Profile, User } from '../protocol.ts'
import { accessTokenOf, carriers } from './carriers.ts'
import type { Env } from './context.ts'
import { readCookie, writeCookie } from './cookies.ts'
import { openDatabase } from './database.ts'
import type { Database, Row } from './database.ts'
import { createFaults } from './faults.ts'
import { fields } from './fields.ts'
import { networkOf } from './network.ts'
import type { createOidcDemo } from './oidc.ts'
import { createPasswords } from './passwords.ts'
import { createRateLimit } from './rate-limit.ts'
import { createTokens } from './tokens.ts'
import type { Bearer } from './tokens.ts'

export interface DemoOptions {
  /** A SQLite file, or `:memory:`. */
  readonly database: string
  /** The lifetime of the access tokens, in seconds. */
  readonly accessTokenLifetime: number
  /** Makes the OpenID Provider that users sign in at, instead of here. Default: they sign in here. */
  readonly createOidc?: typeof createOidcDemo
  /**
   * The origin that browsers reach the demo by, such as `https://demo.example.com`. Name it behind a proxy that ends
   * TLS. Default: the scheme of the connection, and the `Host` header.
   */
  readonly origin?: string
  /**
   * The number of proxies of yours in front, each of which appends to `X-Forwarded-For` the address that it sees. The
   * rate limits count by the entry of the outermost one. Default 0: the header is ignored, because anyone may send it.
   */
  readonly trustedProxies?: number
  /** The logarithm to the base 2 of scrypt's N for passwords. Default 14, as OWASP asks; less is for tests alone. */
  readonly passwordCost?: number
}

/** The requests that the server has seen from one browser. */
interface Counts {
  requests: number
  unauthorized: number
  refreshes: number
  reused: number
}

/** The demo's API and its auth server in one. */
export async function createDemoApp(options: DemoOptions) {
  const db = openDatabase(options.database)
  const passwords = createPasswords(options.passwordCost)
  await addAccounts(db, passwords)
  const tokens = createTokens(db, options.accessTokenLifetime)
  const faults = createFaults()
  const countsOf = createCounts()
  const oidc = options.createOidc?.(
    '/api/oidc',
    options.accessTokenLifetime,
    (browser, isReuse) => {
      countsOf(browser)[isReuse ? 'reused' : 'refreshes'] += 1
    },
  )
  const attemptsByAccount = createRateLimit(5, 60_000)
  const attemptsByNetwork = createRateLimit(60, 60_000)

  const app = new Hono<Env>().basePath('/api')

  app.onError((error, c) => {
    if (error instanceof HTTPException) return c.json({ error: 'too_large' }, error.status)
    console.error(error)
    return c.json({ error: 'server_error' }, 500)
  })
  app.notFound((c) => c.json({ error: 'not_found' }, 404))

  // The demo's controls must work when every token is dead, so they go by a cookie of their own, which stands
  // for this browser. It opens nothing.
  app.use(async (c, next) => {
    const { remoteAddress = '' } = c.env.incoming.socket
    c.set('origin', options.origin ?? new URL(c.req.url).origin)
    c.set(
      'network',
      networkOf(remoteAddress, c.req.header('X-Forwarded-For'), options.trustedProxies),
    )
    let browser = readCookie(c, 'demo')
    if (!browser || !/^[\w-]{22}$/.test(browser)) {
      browser = randomBytes(16).toString('base64url')
      writeCookie(c, 'demo', browser, 365 * 24 * 60 * 60)
    }
    // The admins' area is a client of its own: what is done to one session leaves the other alone
    c.set('browser', c.req.path.startsWith('/api/admin/') ? `${browser} admin` : browser)
    c.header('Cache-Control', 'no-store')
    await next()
  })

  // ── The auth server ─────────────────────────────────────────────────────────────────────────────────────

  for (const { path, isTrusted, isExchanged, read, give, take } of carriers) {
    app.use(`${path}/:what`, (c, next) =>
      isTrusted(c) ? next() : Promise.resolve(c.json({ error: 'forbidden' }, 403)),
    )

    app.post(`${path}/login`, async (c) => {
      const { email, password } = await fields(c, 'email', 'password')
      if (!email || !password) return c.json({ error: 'invalid_request' }, 400)
      const account = email.trim().toLowerCase()
      const { network } = c.var
      // Counted before the password is looked at, so that guesses in parallel count too
      const wait =
        attemptsByNetwork.attempt(network) || attemptsByAccount.attempt(`${network} ${account}`)
      if (wait > 0) {
        return c.json({ error: 'too_many_attempts', retry_after: wait }, 429, {
          'Retry-After': String(wait),
        })
      }
      const user = db.get('SELECT id, password_hash FROM users WHERE email = ?', account)
      const known = user ? String(user['password_hash']) : undefined
      const isRight = await passwords.verify(password, known)
      if (!isRight || !user || known === undefined) {
        return c.json({ error: 'invalid_credentials' }, 401)
      }
      attemptsByAccount.takeBack(`${network} ${account}`)
      attemptsByNetwork.takeBack(network)
      if (passwords.isOutdated(known)) {
        const hash = await passwords.hash(password)
        db.run('UPDATE users SET password_hash = ? WHERE id = ?', hash, Number(user['id']))
      }
      const begun = await tokens.begin(Number(user['id']), c.var.browser)
      if (isExchanged) tokens.exchangeByAccess(begun)
      return c.json(give(c, begun))
    })

    app.post(`${path}/refresh`, async (c) => {
      const refreshToken = await read(c)
      if (!refreshToken) return c.json({ error: 'invalid_request' }, 400)
      await delay(refreshLatency)
      const passed = await faults.pass(c.var.browser, c.req.raw.signal)
      if (passed !== 'ok') return c.json({ error: 'temporarily_unavailable' }, 503)
      const exchange = await tokens.exchange(refreshToken, c.var.browser)
      const counts = countsOf(c.var.browser)
      if (typeof exchange === 'string') {
        if (exchange === 'reused') counts.reused += 1
        return c.json({ error: 'invalid_grant' }, 400)
      }
      counts.refreshes += 1
      if (isExchanged) tokens.exchangeByAccess(exchange)
      return c.json(give(c, exchange))
    })

    app.post(`${path}/logout`, async (c) => {
      const refreshToken = await read(c)
      if (refreshToken) tokens.end(refreshToken)
      take(c)
      return c.body(null, 204)
    })
  }

  if (oidc) {
    app.all('/oidc/*', async (c) => {
      const path = c.req.url.slice(c.req.url.indexOf('/api/oidc') + '/api/oidc'.length)
      if (path === '/token') {
        const passed = await faults.pass(c.var.browser, c.req.raw.signal)
        if (passed !== 'ok') return c.json({ error: 'temporarily_unavailable' }, 503)
      }
      // Its login form, which takes passwords too
      const isGuess = c.req.method === 'POST' && path.startsWith('/interaction/')
      const wait = isGuess ? attemptsByNetwork.attempt(c.var.network) : 0
      if (wait > 0) return c.text('Too many attempts.', 429, { 'Retry-After': String(wait) })
      c.env.outgoing.setHeader('Set-Cookie', c.res.headers.getSetCookie())
      oidc.handle(c.env.incoming, c.env.outgoing, c.var.browser, path)
      return RESPONSE_ALREADY_SENT
    })
  }

  // ── The demo's controls ─────────────────────────────────────────────────────────────────────────────────

  app.get('/demo/stats', (c) => {
    const stats: DemoStats = {
      mode: faults.mode(c.var.browser),
      accessTokenLifetime: options.accessTokenLifetime,
      ...countsOf(c.var.browser),
    }
    return c.json(stats)
  })

  for (const [area, authServer] of [
    ['', oidc ?? tokens],
    ['/admin', tokens],
  ] as const) {
    app.post(`${area}/demo/expire`, async (c) => {
      await authServer.expire(c.var.browser)
      return c.body(null, 204)
    })
    app.post(`${area}/demo/revoke`, async (c) => {
      await authServer.revoke(c.var.browser)
      return c.body(null, 204)
    })
  }

  app.post('/demo/mode', async (c) => {
    const given = (await fields(c, 'mode')).mode
    const mode = faultModes.find((each) => each === given)
    if (!mode) return c.json({ error: 'invalid_request' }, 400)
    faults.setMode(c.var.browser, mode)
    return c.body(null, 204)
  })

  /** @param path of the request: admins always sign in here, customers perhaps at the provider */
  async function verify(accessToken: string, path: string): Promise<Bearer | null> {
    if (!oidc || path.startsWith('/api/admin/')) return tokens.verify(accessToken)
    const found = await oidc.verify(accessToken)
    const user = found && db.get('SELECT id FROM users WHERE email = ?', found.email)
    return user ? { userId: Number(user['id']), family: found.grantId } : null
  }

  // ── Protected resources (RFC 6750) ──────────────────────────────────────────────────────────────────────

  app.use(async (c, next) => {
    const counts = countsOf(c.var.browser)
    counts.requests += 1
    await delay(latency)
    const presented = accessTokenOf(c)
    const bearer = presented === undefined ? null : await verify(presented, c.req.path)
    if (!bearer) {
      counts.unauthorized += 1
      return c.json({ error: 'invalid_token' }, 401, {
        'WWW-Authenticate': presented === undefined ? 'Bearer' : 'Bearer error="invalid_token"',
      })
    }
    c.set('bearer', bearer)
    return next()
  })

  for (const path of ['/me', '/admin/me']) {
    app.get(path, (c) => {
      const user = userOf(db, c.var.bearer)
      return user ? c.json(user) : c.json({ error: 'not_found' }, 404)
    })
  }

  app.get('/profile', (c) => c.json(profileOf(db, c.var.bearer)))

  app.put('/profile', async (c) => {
    const { about, city, website } = await fields(c, 'about', 'city', 'website')
    if (about === undefined || city === undefined || website === undefined) {
      return c.json({ error: 'invalid_request' }, 400)
    }
    const profile: Profile = { about, city, website }
    const field = wrongField(profile)
    if (field) return c.json({ error: 'invalid_profile', field }, 422)
    db.run(
      `INSERT INTO profiles (user_id, about, city, website) VALUES (?, ?, ?, ?)
       ON CONFLICT (user_id) DO UPDATE SET
         about = excluded.about, city = excluded.city, website = excluded.website`,
      c.var.bearer.userId,
      about,
      city,
      website,
    )
    return c.json(profile)
  })

  app.get('/orders/:n{[0-9]+}', async (c) => {
    const n = Number(c.req.param('n'))
    // Some take longer than others, as in life, but always the same ones
    await delay(60 + ((n * 137) % 260))
    return c.json({ order: n, total: ((n * 7_919) % 20_000) / 100 })
  })

  // Another API: another base URL, and in life perhaps another origin. It takes the same tokens
  app.get('/reports/:n{[0-9]+}', async (c) => {
    const n = Number(c.req.param('n'))
    await delay(180 + ((n * 211) % 260))
    return c.json({ report: n, orders: (n * 7_919) % 400 })
  })

  app.get('/slow/:n{[0-9]+}', async (c) => {
    await delay(3_000)
    return c.json({ order: Number(c.req.param('n')) })
  })

  app.get('/admin/stats', (c) => {
    if (!userOf(db, c.var.bearer)?.roles.includes('admin')) {
      return c.json({ error: 'insufficient_scope' }, 403, {
        'WWW-Authenticate': 'Bearer error="insufficient_scope"',
      })
    }
    return c.json(adminStats(db))
  })

  return { fetch: app.fetch, close: () => db.close() }
}

/** The time of a network, in ms: without it a burst on localhost is over before it can be seen. */
const latency = 45
const refreshLatency = 350

async function addAccounts(
  db: Database,
  passwords: ReturnType<typeof createPasswords>,
): Promise<void> {
  for (const { email, name, roles, password } of demoAccounts) {
    if (db.get('SELECT 1 FROM users WHERE email = ?', email)) continue
    db.run(
      'INSERT INTO users (email, name, roles, password_hash) VALUES (?, ?, ?, ?)',
      email,
      name,
      roles.join(' '),
      await passwords.hash(password),
    )
  }
}

function userOf(db: Database, bearer: Bearer): User | undefined {
  const row = db.get('SELECT id, email, name, roles FROM users WHERE id = ?', bearer.userId)
  return (
    row && {
      id: bearer.userId,
      email: text(row, 'email'),
      name: text(row, 'name'),
      roles: rolesOf(row),
    }
  )
}

function profileOf(db: Database, { userId }: Bearer): Profile {
  const row = db.get('SELECT about, city, website FROM profiles WHERE user_id = ?', userId)
  if (!row) return { about: '', city: '', website: '' }
  return { about: text(row, 'about'), city: text(row, 'city'), website: text(row, 'website') }
}

/** The first field that cannot be accepted. */
function wrongField(profile: Profile): keyof Profile | undefined {
  const isLink = profile.website === '' || /^https?:$/.test(protocolOf(profile.website))
  if (profile.about.length > profileLimits.about) return 'about'
  if (profile.city.length > profileLimits.city) return 'city'
  return isLink && profile.website.length <= profileLimits.website ? undefined : 'website'
}

function protocolOf(address: string): string {
  return URL.canParse(address) ? new URL(address).protocol : ''
}

function rolesOf(row: Row): Role[] {
  const known: readonly Role[] = ['user', 'admin']
  const given = text(row, 'roles').split(' ')
  return known.filter((role) => given.includes(role))
}

function adminStats(db: Database): AdminStats {
  const now = Date.now()
  const sessions = db.all(
    `SELECT families.*, users.name FROM families JOIN users ON users.id = user_id
     ORDER BY refreshed_at DESC LIMIT 12`,
  )
  return {
    users: Number(db.get('SELECT count(*) AS n FROM users')?.['n']),
    sessions: sessions.map((row): AdminSession => ({
      id: text(row, 'id').slice(0, 8),
      user: text(row, 'name'),
      area: text(row, 'browser').endsWith(' admin') ? 'admin' : 'customer',
      startedAt: Number(row['created_at']),
      refreshedAt: Number(row['refreshed_at']),
      refreshes: Number(row['generation']),
      state:
        row['revoked_at'] !== null
          ? 'ended'
          : Number(row['expires_at']) <= now
            ? 'expired'
            : 'live',
    })),
  }
}

function text(row: Row, column: string): string {
  return String(row[column])
}

/** Counters by browser, of which only so many are remembered. */
function createCounts(): (browser: string) => Counts {
  const all = new Map<string, Counts>()
  return (browser) => {
    let counts = all.get(browser)
    if (!counts) {
      counts = { requests: 0, unauthorized: 0, refreshes: 0, reused: 0 }
      all.set(browser, counts)
      const [oldest] = all.keys()
      if (all.size > 500 && oldest !== undefined) all.delete(oldest)
    }
    return counts
  }
}
