import type { InternalAxiosRequestConfig } from 'axios'
import type { Session } from '../session/session'

/**
 * What the `login`, `refresh` and `logout` callbacks send through a protected instance. Requests may be waiting for
 * it, so it must not wait in its turn.
 */
export interface OwnCalls {
  /** Runs a callback: what it sends at once, or later with this signal, is the library's own. */
  run<T>(callback: () => T, signal?: AbortSignal): T
  /** Whether a callback is running now, synchronously. */
  isRunning(): boolean
  /** Whether a request is sent by the callback that is running now, or with the signal of any. */
  include(config: InternalAxiosRequestConfig): boolean
  /** Told of each such request. */
  readonly onFound: (() => void) | undefined
}

export function createOwnCalls(onFound: OwnCalls['onFound']): OwnCalls {
  const signals = new WeakSet()
  let isRunning = false

  return {
    onFound,
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

/** Whether a request brings the refresh token: one that waits for the refresh would be waiting for itself. */
export const bringsRefreshToken = (
  { data }: InternalAxiosRequestConfig,
  { refreshToken }: Session,
): boolean =>
  typeof data === 'string' &&
  refreshToken !== null &&
  // As it is in JSON, and in a form.
  [refreshToken, encodeURIComponent(refreshToken)].some((token) => data.includes(token))
