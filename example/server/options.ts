import type { DemoOptions } from './app.ts'

/**
 * The options that the environment gives: `DEMO_DB`, a file; `DEMO_ACCESS_TTL`, in seconds; `DEMO_ORIGIN` and
 * `DEMO_TRUSTED_PROXIES`, for a demo behind a proxy; `DEMO_PASSWORD_COST`, for tests.
 */
export function optionsFromEnvironment(): DemoOptions {
  const { DEMO_DB: database = '.cache/demo.db', DEMO_ORIGIN: origin } = process.env
  if (origin && (!URL.canParse(origin) || new URL(origin).origin !== origin)) {
    throw new Error('DEMO_ORIGIN must be an origin, such as https://demo.example.com')
  }
  return {
    database,
    accessTokenLifetime: wholeNumber('DEMO_ACCESS_TTL', 'a whole number of seconds', 15, 1),
    trustedProxies: wholeNumber('DEMO_TRUSTED_PROXIES', 'the number of proxies in front', 0, 0),
    passwordCost: wholeNumber('DEMO_PASSWORD_COST', 'the logarithm of the cost of a hash', 14, 1),
    ...(origin && { origin }),
  }
}

/** Where to listen: `PORT`, and `DEMO_HOST`, such as `0.0.0.0` for all addresses of the machine. */
export function placeFromEnvironment(): { port: number; host?: string } {
  const host = process.env['DEMO_HOST']
  return { port: wholeNumber('PORT', 'a port', 4173, 0), ...(host && { host }) }
}

function wholeNumber(name: string, meaning: string, otherwise: number, least: number): number {
  const value = Number(process.env[name] ?? otherwise)
  if (!Number.isInteger(value) || value < least) throw new Error(`${name} must be ${meaning}`)
  return value
}
