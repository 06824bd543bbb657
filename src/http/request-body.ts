import { AxiosHeaders, type InternalAxiosRequestConfig } from 'axios'

/** Whether sending a body uses it up: Node streams, web streams, generators. */
function isOneShot(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false
  return 'pipe' in body || 'getReader' in body || Symbol.asyncIterator in body
}

/**
 * Makes the body ready to be sent again; false where that cannot be. The bytes of a second send are those of
 * the first, but for a form that axios itself made a stream of (`postForm` in Node): it is made anew.
 *
 * @param original what the caller passed as `data`
 */
export function rewindBody(config: InternalAxiosRequestConfig, original: unknown): boolean {
  if (!isOneShot(config.data)) return true
  if (original === undefined || isOneShot(original)) return false
  const headers = AxiosHeaders.from(config.headers)
  let data: unknown = original
  for (const transform of [config.transformRequest ?? []].flat()) {
    data = transform.call(config, data, headers)
  }
  config.data = data
  return true
}
