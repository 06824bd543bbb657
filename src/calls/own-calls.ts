import type { Session } from '../session/session'
import type { WireRequest } from './call'

/**
 * Knows the requests that callbacks send through a protected client. Other requests may wait for those of `login`,
 * `refresh` and `logout`, so these must not wait. Those of `fetchUser` may wait for a refresh, but not for the user.
 */
export interface OwnCalls<Mark> {
  /** Runs a callback with a mark. Its requests are known by being sent at once, or later with this signal. */
  run<T>(callback: () => T, mark: Mark, signal?: AbortSignal): T
  /** The mark of the callback that is running now, synchronously. */
  running(): Mark | undefined
  /** The mark of a request that is sent by the callback running now, or with the signal of any. */
  markOf(request: Pick<WireRequest, 'signal'>): Mark | undefined
}

export function createOwnCalls<Mark>(): OwnCalls<Mark> {
  const marks = new WeakMap<object, Mark>()
  let running: Mark | undefined

  return {
    run(callback, mark, signal) {
      if (signal) marks.set(signal, mark)
      running = mark
      try {
        return callback()
      } finally {
        running = undefined
      }
    },
    running: () => running,
    markOf: ({ signal }) => running ?? (signal ? marks.get(signal) : undefined),
  }
}

/** Whether a request brings the refresh token. It must not wait for the refresh: that would be waiting for itself. */
export const bringsRefreshToken = (
  { data }: { readonly data?: unknown },
  { refreshToken }: Session,
): boolean =>
  typeof data === 'string' &&
  refreshToken !== null &&
  // JSON holds it as it is, a form encodes it.
  [refreshToken, encodeURIComponent(refreshToken)].some((token) => data.includes(token))
