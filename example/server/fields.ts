import type { Context } from 'hono'

/** The named strings in a JSON body; what is absent or no string is left out. */
export async function fields<Name extends string>(
  c: Context,
  ...names: Name[]
): Promise<Partial<Record<Name, string>>> {
  const body: unknown = await c.req.json().catch(() => null)
  const found: Partial<Record<Name, string>> = {}
  if (typeof body !== 'object' || body === null) return found
  const entries = new Map<string, unknown>(Object.entries(body))
  for (const name of names) {
    const value = entries.get(name)
    if (typeof value === 'string' && value.length <= 1_000) found[name] = value
  }
  return found
}
