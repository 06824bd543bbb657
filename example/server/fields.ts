import { HTTPException } from 'hono/http-exception'
import type { DemoContext } from './context.ts'

/** The longest body that is read, in bytes. */
const longestBody = 16 * 1_024

/**
 * The named strings in a JSON body; what is absent or no string is left out.
 *
 * @throws HTTPException 413 for a body that is too long, whether or not it told its length
 */
export async function fields<Name extends string>(
  c: DemoContext,
  ...names: Name[]
): Promise<Partial<Record<Name, string>>> {
  const body = parse(await bodyOf(c))
  const found: Partial<Record<Name, string>> = {}
  if (typeof body !== 'object' || body === null) return found
  const entries = new Map<string, unknown>(Object.entries(body))
  for (const name of names) {
    const value = entries.get(name)
    if (typeof value === 'string' && value.length <= 1_000) found[name] = value
  }
  return found
}

/** Counts while it reads, so that no length in a header has to be believed. */
async function bodyOf(c: DemoContext): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = c.req.raw.body?.getReader()
  for (let next = await reader?.read(); next?.value; next = await reader?.read()) {
    size += next.value.length
    if (size > longestBody) throw new HTTPException(413)
    chunks.push(next.value)
  }
  return Buffer.concat(chunks).toString()
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
