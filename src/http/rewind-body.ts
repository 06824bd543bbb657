import type { InternalAxiosRequestConfig } from 'axios'
import { isOneShot } from '../calls/request-body'

/**
 * Makes the body of a replayable request ready to be sent again, with the same bytes. A form that axios itself turned
 * into a stream (`postForm` in Node) is made anew, with other bytes.
 *
 * @param original the `data` that the caller passed
 */
export function rewindBody(config: InternalAxiosRequestConfig, original: unknown): void {
  if (!isOneShot(config.data)) return
  config.data = [config.transformRequest ?? []]
    .flat()
    .reduce<unknown>((data, transform) => transform.call(config, data, config.headers), original)
}
