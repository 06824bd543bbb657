/** Whether a value is an object with members, which an array is not. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isSameValue = (one: unknown, other: unknown): boolean =>
  Object.is(one, other) && Object(one) !== one

/**
 * Whether two values are the same data: equal, or plain objects with equal members. Other objects never are, nor those
 * inside: they may have been changed since.
 */
export const isSameData = (one: unknown, other: unknown): boolean =>
  isPlain(one) && isPlain(other)
    ? Object.keys({ ...one, ...other }).every((key) => isSameValue(one[key], other[key]))
    : isSameValue(one, other)

const isPlain = (value: unknown): value is Record<string, unknown> =>
  isObject(value) && Object.getPrototypeOf(value) === Object.prototype

/** The first member that is there and not null. Own members only: a polluted prototype must not supply a token. */
export const member = (data: Record<string, unknown>, ...names: readonly string[]): unknown =>
  names
    .map((name) => (Object.hasOwn(data, name) ? data[name] : null))
    .find((value) => value != null)
