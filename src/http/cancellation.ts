import type { InternalAxiosRequestConfig } from 'axios'
import { abortable } from '../utils/waiting'

/**
 * Waits for the work. Rejects at once when the caller cancels. The reason does not matter: axios replaces it by its
 * own.
 */
export function whileWanted<T>(
  work: T | Promise<T>,
  { signal, cancelToken }: InternalAxiosRequestConfig,
): Promise<T> {
  const wait = Promise.resolve(work)
  const wanted = signal ? abortable(wait, signal) : wait
  if (!cancelToken) return wanted
  return abortable(wanted, {
    aborted: false,
    addEventListener: (_type, listener) => cancelToken.subscribe(listener),
    removeEventListener: (_type, listener) => cancelToken.unsubscribe(listener),
  })
}
