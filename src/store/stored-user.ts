import type { AuthUser, ResolvedOptions } from '../options'
import { callSafely } from '../utils/call-safely'
import { isObject } from '../utils/unknown-data'
import { areSame } from './user-loader'

interface StoredUserOptions {
  readonly storeUser?: ResolvedOptions['storeUser']
  readonly isSameUser?: ResolvedOptions['isSameUser']
}

/** Limit of a stored user, in characters of JSON: each refresh writes the record anew, and web storage is small. */
export const MAX_STORED_USER = 100_000

/** Whether a value is the same after it was stored as JSON; an undefined member is left out. */
function isJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (!isObject(value)) return !['function', 'symbol', 'bigint'].includes(typeof value)
  const prototype: unknown = Object.getPrototypeOf(value)
  // That of any other realm counts, too. An instance of a class would come back without its methods.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function requireJson(this: unknown, key: string, value: unknown): unknown {
  // A method `toJSON`, that of a date say, has replaced the value by now. A hole of a list would come back as null.
  const isSame = Reflect.get(Object(this), key) === value
  if (isSame && isJson(value) && !(value === undefined && Array.isArray(this))) return value
  throw new TypeError(`${key ? `its \`${key}\`` : 'it'} is no JSON`)
}

/**
 * The user as JSON, as far as the option has it stored; null for none. One in whom the app does not find the user again
 * would end the session at the next start.
 *
 * @param onFailure told why a user cannot be stored, without any of the data
 */
export function toStoredUser(
  user: AuthUser | null,
  { storeUser, isSameUser }: StoredUserOptions,
  onFailure: (why: string) => void,
): string | null {
  const isChosen = typeof storeUser === 'function' && user !== null
  const chosen = isChosen ? callSafely('storeUser', () => storeUser(user), null) : user
  if (!storeUser || (chosen ?? null) === null) return null
  try {
    const text = JSON.stringify(chosen, requireJson)
    if (text.length > MAX_STORED_USER) {
      onFailure(`it has ${text.length} characters, and ${MAX_STORED_USER} are the most`)
    } else if (isSameUser && !areSame(isSameUser, fromStoredUser(text), user)) {
      onFailure('`isSameUser` takes it for another one')
    } else return text
  } catch (error) {
    onFailure(error instanceof Error ? error.message : String(error))
  }
  return null
}

/** The user of a record; null where there is none. */
export function fromStoredUser(text = 'null'): AuthUser | null {
  try {
    return JSON.parse(text) as AuthUser
  } catch {
    return null
  }
}
