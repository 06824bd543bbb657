import type { InternalAxiosRequestConfig } from 'axios'

/** Tells whether sending a body uses it up: a Node stream, a web stream, a generator. */
const isOneShot = (body: unknown): boolean =>
  ['pipe', 'getReader', Symbol.asyncIterator].some((key) => key in Object(body))

/**
 * Makes the body ready to be sent again, with the same bytes. A form that axios itself turned into a stream (`postForm`
 * in Node) is made anew, with other bytes. Returns false where the body is used up.
 *
 * @param original the `data` that the caller passed
 */
export function rewindBody(config: InternalAxiosRequestConfig, original: unknown): boolean {
  if (!isOneShot(config.data)) return true
  if (original === undefined || isOneShot(original)) return false
  config.data = [config.transformRequest ?? []]
    .flat()
    .reduce<unknown>((data, transform) => transform.call(config, data, config.headers), original)
  return true
}
