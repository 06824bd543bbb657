import { responseOf } from './error-response'

/**
 * A copy of an error with its message, code and HTTP status alone, for use as a `cause`. The rest may hold tokens: an
 * axios error carries the request's body and the response.
 *
 * @param secrets cut out of the message
 */
export const redact = (error: unknown, ...secrets: (string | null | undefined)[]): Error => {
  const { message, code } = Object(error) as { message?: unknown; code?: unknown }
  const safe = secrets.reduce<string>(
    (text, secret) => (secret ? text.replaceAll(secret, '[redacted]') : text),
    String(message),
  )
  return Object.assign(new Error(safe), { code, status: responseOf(error).status })
}
