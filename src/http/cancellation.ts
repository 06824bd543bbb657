import type { InternalAxiosRequestConfig } from 'axios'
import { abortable } from '../utils/waiting'

/**
 * Waits for the work until the caller cancels, and rejects at once then. The reason does not matter: axios makes its
 * own cancellation of any error that an adapter rejects with then.
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
