import type { InternalAxiosRequestConfig } from 'axios'
import { abortable, inTime } from '../utils/waiting'

/** The reason of a wait that took longer than the caller's `timeout`. */
export const TIMED_OUT = new Error('timeout')

/**
 * Waits for the work. Rejects at once when the caller cancels; the reason does not matter, because axios replaces it by
 * its own. Rejects with {@link TIMED_OUT} after `left` ms awake.
 */
export function whileWanted<T>(
  work: T | Promise<T>,
  { signal, cancelToken }: InternalAxiosRequestConfig,
  left = Infinity,
): Promise<T> {
  let wanted = Promise.resolve(work)
  if (left < Infinity) wanted = inTime(wanted, left, TIMED_OUT)
  if (signal) wanted = abortable(wanted, signal)
  if (!cancelToken) return wanted
  return abortable(wanted, {
    aborted: false,
    addEventListener: (_type, listener) => cancelToken.subscribe(listener),
    removeEventListener: (_type, listener) => cancelToken.unsubscribe(listener),
  })
}
