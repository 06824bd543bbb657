import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/**
 * One of the settings that OWASP's Password Storage Cheat Sheet holds to be equal: N = 2^14, r = 8, p = 5. A guess takes
 * 16 MB. Four run at once, as many as Node has threads for them.
 */
const owasp: Cost = { ln: 14, r: 8, p: 5 }
/** The cost of the hashes that say none: those of earlier versions of the demo. */
const former: Cost = { ln: 15, r: 8, p: 1 }
const keyLength = 32

interface Cost {
  /** The logarithm of N to the base 2. */
  readonly ln: number
  readonly r: number
  readonly p: number
}

/** @param ln the logarithm of N to the base 2. Less than the default is for tests, which prove nothing about guesses. */
export function createPasswords(ln = owasp.ln) {
  const prefix = prefixOf({ ...owasp, ln })

  return {
    /** The cost, the salt and the scrypt hash of a password, in one string: `$scrypt$ln=14,r=8,p=5$<salt>$<hash>`. */
    async hash(password: string): Promise<string> {
      const salt = randomBytes(16)
      const key = await derive(password, salt, parse(prefix).cost)
      return `${prefix}${salt.toString('base64url')}$${key.toString('base64url')}`
    },

    /** Takes the same time whether there is such a user or not: pass `undefined` when there is none. */
    async verify(password: string, stored: string | undefined): Promise<boolean> {
      const { cost, salt, key } = parse(stored ?? prefix)
      const expected = Buffer.alloc(keyLength)
      Buffer.from(key, 'base64url').copy(expected)
      const actual = await derive(password, Buffer.from(salt, 'base64url'), cost)
      return timingSafeEqual(actual, expected) && stored !== undefined
    },

    /** Whether a hash was made at another cost. Replace it at the next login: only then is the password known. */
    isOutdated: (stored: string): boolean => !stored.startsWith(prefix),
  }
}

const prefixOf = ({ ln, r, p }: Cost): string => `$scrypt$ln=${ln},r=${r},p=${p}$`

function parse(stored: string): { cost: Cost; salt: string; key: string } {
  if (stored.startsWith('scrypt:')) {
    const [, salt = '', key = ''] = stored.split(':')
    return { cost: former, salt, key }
  }
  const [, , cost = '', salt = '', key = ''] = stored.split('$')
  const [ln = 0, r = 0, p = 0] = (cost.match(/\d+/g) ?? []).map(Number)
  return { cost: { ln, r, p }, salt, key }
}

function derive(password: string, salt: Buffer, { ln, r, p }: Cost): Promise<Buffer> {
  const N = 2 ** ln
  // Node allows 32 MB unless told otherwise. scrypt needs 128 · r · (N + p + 2) bytes.
  const options = { N, r, p, maxmem: 128 * r * (N + p + 2) }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, keyLength, options, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })
}
