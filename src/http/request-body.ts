import type { InternalAxiosRequestConfig } from 'axios'

/** Whether sending a body uses it up: Node streams, web streams, generators. */
const isOneShot = (body: unknown): boolean =>
  Object(body) === body &&
  ['pipe', 'getReader', Symbol.asyncIterator].some((key) => key in (body as object))

/**
 * Makes the body ready to be sent again; false where that cannot be. The bytes of a second send are those of
 * the first, but for a form that axios itself made a stream of (`postForm` in Node): it is made anew.
 *
 * @param original what the caller passed as `data`
 */
export function rewindBody(config: InternalAxiosRequestConfig, original: unknown): boolean {
  if (!isOneShot(config.data)) return true
  if (original === undefined || isOneShot(original)) return false
  config.data = [config.transformRequest ?? []]
    .flat()
    .reduce<unknown>((data, transform) => transform.call(config, data, config.headers), original)
  return true
}
