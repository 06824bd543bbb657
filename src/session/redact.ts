import { cutting, type Secrets } from '../utils/secrets'
import { isObject } from '../utils/unknown-data'
import { responseOf } from './error-response'

/**
 * A copy of an error with its message, code and HTTP status alone, for use as a `cause`. The rest may hold tokens: an
 * axios error carries the request's body and the response.
 *
 * @param secrets cut out of the message and the code, also where they are encoded
 */
export const redact = (error: unknown, ...secrets: Secrets): Error => {
  const { message, code } = Object(error) as { message?: unknown; code?: unknown }
  const safe = cutting(secrets)
  return Object.assign(new Error(safe(String(message))), {
    // A server's own code may be anything, an object with the whole answer too.
    code: typeof code === 'string' ? safe(code) : typeof code === 'number' ? code : undefined,
    status: responseOf(error).status,
  })
}

/**
 * Takes what was sent out of the error of a request, and out of its causes: a login has a password in its body, its
 * query or its headers. The client's own request goes, too. What remains of the config is where it was sent.
 */
export function withoutRequest(error: unknown, depth = 5): void {
  if (!isObject(error) || depth === 0) return
  const { config, response, cause } = error
  // Other errors may have a config of their own.
  if (isObject(config) && 'headers' in config) {
    const { method, url, baseURL } = config
    // A copy: the error may be the application's own, and its config an object that is still in use.
    Reflect.set(error, 'config', { method, url: String(url).split('?')[0], baseURL })
    Reflect.deleteProperty(error, 'request')
  }
  withoutRequest(response, depth - 1)
  withoutRequest(cause, depth - 1)
}
