import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { optionsFromEnvironment, placeFromEnvironment } from '../../example/server/options.ts'
import { serveDemo } from '../../example/server/serve.ts'

vi.setConfig({ testTimeout: 60_000 })

const client = mkdtempSync(join(tmpdir(), 'vue-auth-refresh-'))
writeFileSync(join(client, 'index.html'), '<!doctype html>')
afterAll(() => rmSync(client, { recursive: true, force: true }))

const served = { client, port: 0, database: ':memory:', accessTokenLifetime: 60, passwordCost: 1 }

afterEach(() => {
  vi.unstubAllEnvs()
})

test.each([
  ['loopback alone by default', {}, '127.0.0.1'],
  ['the host that is named', { DEMO_HOST: '0.0.0.0' }, '0.0.0.0'],
])('the demo listens at %s', async (_at, environment, expected) => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  const { host } = placeFromEnvironment()
  const demo = await serveDemo({ ...served, ...(host && { host }) })
  try {
    expect(demo.address.address).toBe(expected)
  } finally {
    demo.close()
  }
})

test('every page is sent with a policy that runs no foreign script and insists on HTTPS where it is used', async () => {
  const headersBy = async (origin?: string) => {
    const demo = await serveDemo({ ...served, ...(origin && { origin }) })
    const response = await fetch(`http://127.0.0.1:${demo.address.port}/any/page`)
    await response.text()
    demo.close()
    return response.headers
  }
  const plain = await headersBy()
  expect(plain.get('Content-Security-Policy')?.split('; ').toSorted()).toEqual([
    "base-uri 'none'",
    "default-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self' data:",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types vue',
  ])
  expect(plain.get('Strict-Transport-Security')).toBeNull()
  const secure = await headersBy('https://demo.example.com')
  expect(secure.get('Strict-Transport-Security')).toContain('max-age=')
})

describe('the environment', () => {
  test('names the origin and the proxies in front', () => {
    vi.stubEnv('DEMO_ORIGIN', 'https://demo.example.com')
    vi.stubEnv('DEMO_TRUSTED_PROXIES', '2')
    expect(optionsFromEnvironment()).toMatchObject({
      origin: 'https://demo.example.com',
      trustedProxies: 2,
    })
  })

  test('names neither by default, so that no header of a proxy is believed', () => {
    const options = optionsFromEnvironment()
    expect(options).not.toHaveProperty('origin')
    expect(options).toMatchObject({ trustedProxies: 0 })
  })

  test('leaves passwords at the cost that OWASP asks for', () => {
    expect(optionsFromEnvironment()).toMatchObject({ passwordCost: 14 })
  })

  test.each([
    ['DEMO_ORIGIN', 'demo.example.com'],
    ['DEMO_ORIGIN', 'https://demo.example.com/'],
    ['DEMO_ORIGIN', 'https://demo.example.com/app'],
    ['DEMO_TRUSTED_PROXIES', '-1'],
    ['DEMO_TRUSTED_PROXIES', 'true'],
    ['DEMO_TRUSTED_PROXIES', '1.5'],
    ['DEMO_ACCESS_TTL', '0'],
  ])('is refused where %s is %j', (name, value) => {
    vi.stubEnv(name, value)
    expect(optionsFromEnvironment).toThrow(name)
  })
})
