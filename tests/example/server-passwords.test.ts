import { randomBytes, scryptSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { createDemoApp } from '../../example/server/app.ts'
import { openDatabase } from '../../example/server/database.ts'
import { createPasswords } from '../../example/server/passwords.ts'

// Ten hashes take their time on a busy machine
vi.setConfig({ testTimeout: 60_000 })

const passwords = createPasswords()

const folder = mkdtempSync(join(tmpdir(), 'vue-auth-refresh-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A hash as the demo made them before it stored their cost. */
function formerHash(password: string): string {
  const salt = randomBytes(16)
  const key = scryptSync(password, salt, 32, { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 })
  return `scrypt:${salt.toString('base64url')}:${key.toString('base64url')}`
}

test('passwords are hashed at the cost that OWASP asks for, which is stored with the hash', async () => {
  const hash = await passwords.hash('lovelace')
  expect(hash).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$[\w-]{22}\$[\w-]{43}$/)
  expect(await passwords.verify('lovelace', hash)).toBe(true)
  expect(await passwords.verify('Lovelace', hash)).toBe(false)
  expect(passwords.isOutdated(hash)).toBe(false)
})

test('a hash is verified at the cost that it was made at', async () => {
  const salt = randomBytes(16)
  for (const [ln, p] of [
    [10, 3],
    // More memory than Node allows unless told otherwise.
    [16, 1],
  ] as const) {
    const key = scryptSync('lovelace', salt, 32, { N: 2 ** ln, r: 8, p, maxmem: 2 ** 30 })
    const encoded = `${salt.toString('base64url')}$${key.toString('base64url')}`
    const hash = `$scrypt$ln=${ln},r=8,p=${p}$${encoded}`
    expect(await passwords.verify('lovelace', hash)).toBe(true)
    expect(await passwords.verify('guess', hash)).toBe(false)
    expect(passwords.isOutdated(hash)).toBe(true)
  }
})

test('no password opens an account that does not exist', async () => {
  expect(await passwords.verify('', undefined)).toBe(false)
})

test('a hash of an earlier version still signs its user in, and is replaced by then', async () => {
  const database = join(folder, 'demo.db')
  const old = formerHash('lovelace')
  const before = openDatabase(database)
  before.run(
    'INSERT INTO users (email, name, roles, password_hash) VALUES (?, ?, ?, ?)',
    'ada@example.com',
    'Ada',
    'user',
    old,
  )
  before.close()

  const demo = await createDemoApp({ database, accessTokenLifetime: 60 })
  const login = async (password: string) => {
    const body = JSON.stringify({ email: 'ada@example.com', password })
    const request = new Request('http://localhost/api/auth/login', { method: 'POST', body })
    return (await demo.fetch(request, { incoming: { socket: {} } })).status
  }
  expect(await login('guess')).toBe(401)
  expect(await login('lovelace')).toBe(200)
  expect(await login('lovelace')).toBe(200)
  demo.close()

  const after = openDatabase(database)
  const hash = String(after.get('SELECT password_hash FROM users')?.['password_hash'])
  after.close()
  expect(hash).not.toBe(old)
  expect(passwords.isOutdated(hash)).toBe(false)
  expect(await passwords.verify('lovelace', hash)).toBe(true)
})
