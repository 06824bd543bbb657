/** Whether a value is an object with members, which an array is not. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A shallow copy that has its own members alone: a polluted prototype must not supply others. */
export const ownMembers = <Value extends object>(value: Value): Value =>
  Object.assign(Object.create(null) as Value, value)

/** Takes the defaults for options that are undefined, as for those that are missing. */
export function withDefaults<Defaults extends object, Given extends object>(
  defaults: Defaults,
  given: Given,
): Defaults & Given {
  const own = Object.entries(given).filter(([, value]) => value !== undefined)
  return ownMembers({ ...defaults, ...(Object.fromEntries(own) as Given) })
}

/** Narrows a union by a member. Own members only, as above. */
export const has = <Value extends object, Key extends PropertyKey>(
  value: Value,
  key: Key,
): value is Extract<Value, Record<Key, unknown>> => Object.hasOwn(value, key)

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
