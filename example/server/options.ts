import type { DemoOptions } from './app.ts'

/** What the environment says: `DEMO_DB`, a file; `DEMO_ACCESS_TTL`, in seconds. */
export function optionsFromEnvironment(): DemoOptions {
  const lifetime = Number(process.env['DEMO_ACCESS_TTL'] ?? 15)
  if (!Number.isInteger(lifetime) || lifetime < 1) {
    throw new Error('DEMO_ACCESS_TTL must be a whole number of seconds')
  }
  return { database: process.env['DEMO_DB'] ?? '.cache/demo.db', accessTokenLifetime: lifetime }
}
