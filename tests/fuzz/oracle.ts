// The token endpoint of the fuzzer: plain functions on a virtual clock, so that a seed replays them. Tests and benchmarks
// over HTTP have AuthServer (tests/fixtures/auth-server.ts).

/** A fault of the token endpoint in one exchange. */
export type Fault =
  | 'drop' // it never arrives
  | 'lose' // the answer is lost after the rotation
  | 'hang' // it never arrives, and the tab is not told
  | 'hang-after' // the answer never comes, after the rotation
  | 'slow' // the answer takes up to 25 s
  | '500'
  | '503' // with `Retry-After: 20`
  | '429' // with `Retry-After: 2`
  | 'garbage-429' // with an unreadable one
  | 'html' // 200 with a page
  | 'empty' // 200 with nothing
  | 'passing' // 400 temporarily_unavailable
  | 'reject' // the family is revoked
  | 'keep' // a new access token, and no refresh token: the old one stays
  | 'stillborn' // the new access token is refused from the beginning
  | 'short' // the new access token lives for two seconds
  | 'stranger' // the answer is another user's

export interface Tokens {
  readonly access_token: string
  readonly refresh_token?: string
  readonly expires_in?: number
}

export interface Answer {
  readonly status: number
  readonly data: Tokens | string | { readonly error: string }
  readonly headers: Readonly<Record<string, string>>
}

/** All tokens that come of one login. */
export interface Family {
  readonly number: number
  readonly user: string
  isRevoked: boolean
  /** Whether its tokens were the answer to another user's exchange. */
  readonly isStranger: boolean
}

interface Access {
  readonly family: Family
  readonly expiresAt: number
  isRefused: boolean
}

interface Refresh {
  readonly family: Family
  spentAt: number | null
  successor: Tokens | null
}

const answer = (status: number, data: Answer['data'] = '', headers = {}): Answer => ({
  status,
  data,
  headers,
})

const jwtOf = (claims: object): string =>
  `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y`

/** An authorization server that rotates refresh tokens and revokes the family of one that it sees again. */
export class Oracle {
  private readonly access = new Map<string, Access>()
  private readonly refresh = new Map<string, Refresh>()
  /** How many tokens it has given that are refused from the beginning. */
  stillborn = 0
  private count = 0
  private families = 0
  private faults: Fault[] = []

  constructor(
    private readonly expiresIn: number | null,
    private readonly grace: number,
    private readonly now: () => number,
  ) {}

  familyOf(token: string | null): Family | undefined {
    return token === null ? undefined : this.access.get(token)?.family
  }

  login(user: string): Tokens {
    return this.issue(this.begin(user), true)
  }

  private begin(user: string, isStranger = false): Family {
    return { number: ++this.families, user, isRevoked: false, isStranger }
  }

  /** Refuses every access token there is, long before its time. */
  expireAll(): void {
    for (const access of this.access.values()) access.isRefused = true
  }

  plan(fault: Fault, times: number): void {
    for (let index = 0; index < times; index++) this.faults.push(fault)
  }

  recover(): void {
    this.faults = []
  }

  nextFault(): Fault | undefined {
    return this.faults.shift()
  }

  exchange(token: string, fault: Fault | undefined): Answer {
    if (fault === '500') return answer(500)
    if (fault === '503') return answer(503, '', { 'retry-after': '20' })
    if (fault === '429') return answer(429, '', { 'retry-after': '2' })
    if (fault === 'garbage-429') return answer(429, '', { 'retry-after': 'soon' })
    if (fault === 'html') return answer(200, '<!doctype html>')
    if (fault === 'empty') return answer(200)
    if (fault === 'passing') return answer(400, { error: 'temporarily_unavailable' })
    const refresh = this.refresh.get(token)
    if (!refresh || refresh.family.isRevoked || fault === 'reject') {
      if (refresh) refresh.family.isRevoked = true
      return answer(400, { error: 'invalid_grant' })
    }
    if (refresh.spentAt !== null) {
      if (refresh.successor && this.now() - refresh.spentAt < this.grace)
        return answer(200, refresh.successor)
      refresh.family.isRevoked = true
      return answer(400, { error: 'invalid_grant' })
    }
    if (fault === 'stranger') return answer(200, this.issue(this.begin('cid', true), true))
    if (fault === 'keep') return answer(200, this.issue(refresh.family, false))
    refresh.spentAt = this.now()
    refresh.successor = this.issue(refresh.family, true, fault)
    return answer(200, refresh.successor)
  }

  /**
   * The newer tokens that an answer brings. With `/rotating`, the refresh token that came along is spent as by an
   * exchange; null where it was spent already.
   */
  slide(path: string, token: string, refreshToken: string | null): Tokens | null {
    const { family } = this.access.get(token)!
    if (path !== '/rotating') return this.issue(family, false)
    const refresh = this.refresh.get(refreshToken ?? '')
    if (refresh?.spentAt !== null) return null
    refresh.spentAt = this.now()
    return (refresh.successor = this.issue(family, true))
  }

  /** `/private` refuses everybody with 401, `/admin` with 403. */
  resource(path: string, token: string | null): number {
    const access = token === null ? undefined : this.access.get(token)
    if (!access || access.isRefused || access.family.isRevoked) return 401
    if (this.now() >= access.expiresAt || path === '/private') return 401
    return path === '/admin' ? 403 : 200
  }

  private issue(family: Family, rotates: boolean, fault?: Fault): Tokens {
    const number = ++this.count
    const token = jwtOf({ sub: family.user, number })
    if (fault === 'stillborn') this.stillborn++
    const lifetime = fault === 'short' ? 2 : this.expiresIn
    this.access.set(token, {
      family,
      expiresAt: this.now() + (lifetime ?? 600) * 1_000,
      isRefused: fault === 'stillborn',
    })
    const refresh = `refresh-${number}`
    if (rotates) this.refresh.set(refresh, { family, spentAt: null, successor: null })
    return {
      access_token: token,
      ...(rotates ? { refresh_token: refresh } : {}),
      ...(lifetime === null ? {} : { expires_in: lifetime }),
    }
  }
}
