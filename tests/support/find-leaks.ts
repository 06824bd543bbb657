/**
 * Where a secret can be read, as paths into `thing`: all own properties, hidden and symbol ones too. Left out is
 * `request` of an axios error or response, the client's own object, in which Node and `fetch` keep every header.
 */
export function findLeaks(thing: unknown, secret: RegExp): string[] {
  const found: string[] = []
  const visited = new Set<unknown>()

  function visit(value: unknown, path: string): void {
    if (typeof value === 'string' && secret.test(value)) found.push(path)
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return
    if (visited.has(value)) return
    visited.add(value)
    if (value instanceof Map || value instanceof Set)
      visit([...(value as Iterable<unknown>)], `${path}[entries]`)
    for (const key of Reflect.ownKeys(value)) {
      if (key === 'request' && 'config' in value) continue
      visit(Object.getOwnPropertyDescriptor(value, key)?.value, `${path}.${String(key)}`)
    }
  }

  visit(thing, '')
  return found
}
