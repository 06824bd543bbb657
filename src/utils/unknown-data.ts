/** Whether a value is an object with members, which an array is not. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The first member that is there and not null. Own members only: a polluted prototype must not supply a token. */
export const member = (data: Record<string, unknown>, ...names: readonly string[]): unknown =>
  names
    .map((name) => (Object.hasOwn(data, name) ? data[name] : null))
    .find((value) => value != null)
