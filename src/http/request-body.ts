import type { InternalAxiosRequestConfig } from 'axios'

/** Tells whether sending a body uses it up: a Node stream, a web stream, a generator. */
const isOneShot = (body: unknown): boolean =>
  typeof body === 'object' &&
  body !== null &&
  ['pipe', 'getReader', Symbol.asyncIterator].some((key) => key in body)

/**
 * Tells whether a request could be sent a second time.
 *
 * @param original the `data` that the caller passed
 */
export const isReplayable = ({ data }: InternalAxiosRequestConfig, original: unknown): boolean =>
  !isOneShot(data) || !(original === undefined || isOneShot(original))

/**
 * Makes the body of a replayable request ready to be sent again, with the same bytes. A form that axios itself turned
 * into a stream (`postForm` in Node) is made anew, with other bytes.
 */
export function rewindBody(config: InternalAxiosRequestConfig, original: unknown): void {
  if (!isOneShot(config.data)) return
  config.data = [config.transformRequest ?? []]
    .flat()
    .reduce<unknown>((data, transform) => transform.call(config, data, config.headers), original)
}
