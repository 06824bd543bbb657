import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** N = 2^15, r = 8, p = 1: 32 MB and some 80 ms a guess (OWASP's second choice, kind to a small machine). */
const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }
const keyLength = 32

/** The salt and the scrypt hash of a password, in one string. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt)
  return `scrypt:${salt.toString('base64url')}:${key.toString('base64url')}`
}

/** Takes the same time whether there is such a user or not: pass `undefined` when there is none. */
export async function verifyPassword(
  password: string,
  stored: string | undefined,
): Promise<boolean> {
  const [, salt = '', key = ''] = stored?.split(':') ?? []
  const expected = Buffer.alloc(keyLength)
  Buffer.from(key, 'base64url').copy(expected)
  const actual = await derive(password, Buffer.from(salt, 'base64url'))
  return timingSafeEqual(actual, expected) && stored !== undefined
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, keyLength, cost, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })
}
