import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import type { Database } from './database.ts'

/** A token response (RFC 6749 §5.1). */
export interface TokenResponse {
  readonly access_token: string
  readonly refresh_token: string
  readonly token_type: 'Bearer'
  readonly expires_in: number
}

/** The outcome of an exchange: a new pair, or why there is none. */
export type Exchange = TokenResponse | 'unknown' | 'ended' | 'reused'

/** The user and the session behind an access token. */
export interface Bearer {
  readonly userId: number
  readonly family: string
}

export interface Tokens {
  /** Starts a session: a family of refresh tokens. */
  begin(userId: number, browser: string): Promise<TokenResponse>
  /** Rotates a refresh token. One that comes a second time ends the session (RFC 9700 §4.14.2). */
  exchange(refreshToken: string, browser: string): Promise<Exchange>
  /** Has the access token take the place of the refresh token: a refresh exchanges it, once, also when it has expired. */
  exchangeByAccess(tokens: TokenResponse): void
  /** Null unless the token is genuine, alive and of a session that goes on. */
  verify(accessToken: string): Promise<Bearer | null>
  /** Ends the session of a refresh token, used or not (RFC 7009). */
  end(refreshToken: string): void
  /** Refuses the access tokens that are out in a browser; their refresh tokens stay good. */
  expire(browser: string): void
  /** Ends all the sessions of a browser. */
  revoke(browser: string): void
}

const issuer = 'vue-auth-refresh demo'
const algorithm = 'HS256'
/** How long a session lasts, in ms. */
export const sessionLifetime = 30 * 24 * 60 * 60 * 1_000

/** @param lifetime of the access tokens, in seconds */
export function createTokens(db: Database, lifetime: number): Tokens {
  const key = signingKey(db)

  async function respond(
    userId: number,
    family: string,
    generation: number,
    refreshToken: string,
  ): Promise<TokenResponse> {
    const accessToken = await new SignJWT({ sid: family, gen: generation })
      .setProtectedHeader({ alg: algorithm, typ: 'at+jwt' })
      .setIssuer(issuer)
      .setAudience(issuer)
      .setSubject(String(userId))
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime(`${lifetime}s`)
      .sign(key)
    return {
      access_token: accessToken,
      refresh_token: refreshToken,
      token_type: 'Bearer',
      expires_in: lifetime,
    }
  }

  /** Only its hash is kept: who reads the database cannot use it. */
  function newRefreshToken(family: string): string {
    const token = randomBytes(32).toString('base64url')
    db.run('INSERT INTO refresh_tokens (hash, family_id) VALUES (?, ?)', hash(token), family)
    return token
  }

  function rotate(refreshToken: string, browser: string) {
    const now = Date.now()
    const found = db.get(
      `SELECT family_id, used_at, user_id, generation, revoked_at, expires_at
       FROM refresh_tokens JOIN families ON families.id = family_id WHERE hash = ?`,
      hash(refreshToken),
    )
    if (!found) return 'unknown'
    const family = String(found['family_id'])
    if (found['revoked_at'] !== null || Number(found['expires_at']) <= now) return 'ended'
    if (found['used_at'] !== null) {
      db.run('UPDATE families SET revoked_at = ? WHERE id = ?', now, family)
      return 'reused'
    }
    const generation = Number(found['generation']) + 1
    db.run('UPDATE refresh_tokens SET used_at = ? WHERE hash = ?', now, hash(refreshToken))
    db.run(
      'UPDATE families SET generation = ?, refreshed_at = ?, browser = ? WHERE id = ?',
      generation,
      now,
      browser,
      family,
    )
    return {
      userId: Number(found['user_id']),
      family,
      generation,
      refreshToken: newRefreshToken(family),
    }
  }

  return {
    begin(userId, browser) {
      const now = Date.now()
      const family = randomUUID()
      const refreshToken = db.transaction(() => {
        // Sessions that are long over are of no interest to anybody
        db.run(
          'DELETE FROM families WHERE expires_at < ? OR revoked_at < ?',
          now,
          now - sessionLifetime,
        )
        db.run(
          `INSERT INTO families (id, user_id, browser, created_at, refreshed_at, expires_at)
           VALUES (?, ?, ?, ?, ?, ?)`,
          family,
          userId,
          browser,
          now,
          now,
          now + sessionLifetime,
        )
        return newRefreshToken(family)
      })
      return respond(userId, family, 0, refreshToken)
    },

    async exchange(refreshToken, browser) {
      const rotated = db.transaction(() => rotate(refreshToken, browser))
      if (typeof rotated === 'string') return rotated
      return respond(rotated.userId, rotated.family, rotated.generation, rotated.refreshToken)
    },

    exchangeByAccess: (tokens) =>
      void db.run(
        'UPDATE refresh_tokens SET hash = ? WHERE hash = ?',
        hash(tokens.access_token),
        hash(tokens.refresh_token),
      ),

    async verify(accessToken) {
      try {
        const { payload } = await jwtVerify(accessToken, key, {
          algorithms: [algorithm],
          issuer,
          audience: issuer,
          typ: 'at+jwt',
        })
        const { sid, gen, sub } = payload
        if (typeof sid !== 'string' || typeof gen !== 'number') return null
        const family = db.get(
          'SELECT 1 FROM families WHERE id = ? AND revoked_at IS NULL AND valid_from <= ?',
          sid,
          gen,
        )
        return family ? { userId: Number(sub), family: sid } : null
      } catch (error) {
        if (error instanceof errors.JOSEError) return null
        throw error
      }
    },

    end(refreshToken) {
      db.run(
        `UPDATE families SET revoked_at = ? WHERE revoked_at IS NULL
         AND id = (SELECT family_id FROM refresh_tokens WHERE hash = ?)`,
        Date.now(),
        hash(refreshToken),
      )
    },
    expire: (browser) =>
      void db.run('UPDATE families SET valid_from = generation + 1 WHERE browser = ?', browser),
    revoke: (browser) =>
      void db.run(
        'UPDATE families SET revoked_at = ? WHERE browser = ? AND revoked_at IS NULL',
        Date.now(),
        browser,
      ),
  }
}

/** Made once and kept in the database, so that sessions survive a restart. */
function signingKey(db: Database): Uint8Array {
  db.run(
    'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING',
    'signing-key',
    randomBytes(32).toString('base64url'),
  )
  const kept = db.get('SELECT value FROM settings WHERE name = ?', 'signing-key')
  return new Uint8Array(Buffer.from(String(kept?.['value']), 'base64url'))
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
