import type { InternalAxiosRequestConfig } from 'axios'
import type { Session } from '../session/session'

/**
 * Knows the requests that callbacks send through a protected instance. Other requests may wait for those of `login`,
 * `refresh` and `logout`, so these must not wait. Those of `fetchUser` may wait for a refresh, but not for the user.
 */
export interface OwnCalls {
  /** Runs a callback. Its requests are known by being sent at once, or later with this signal. */
  run<T>(callback: () => T, signal?: AbortSignal): T
  /** Whether a callback is running now, synchronously. */
  isRunning(): boolean
  /** Whether a request is sent by the callback that is running now, or with the signal of any. */
  include(config: InternalAxiosRequestConfig): boolean
}

export function createOwnCalls(): OwnCalls {
  const signals = new WeakSet()
  let isRunning = false

  return {
    run(callback, signal) {
      if (signal) signals.add(signal)
      isRunning = true
      try {
        return callback()
      } finally {
        isRunning = false
      }
    },
    isRunning: () => isRunning,
    include: ({ signal }) => isRunning || (!!signal && signals.has(signal)),
  }
}

/** Whether a request brings the refresh token. It must not wait for the refresh: that would be waiting for itself. */
export const bringsRefreshToken = (
  { data }: InternalAxiosRequestConfig,
  { refreshToken }: Session,
): boolean =>
  typeof data === 'string' &&
  refreshToken !== null &&
  // JSON holds it as it is, a form encodes it.
  [refreshToken, encodeURIComponent(refreshToken)].some((token) => data.includes(token))
