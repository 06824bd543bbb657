import { abortable, inTime, type Abortable } from '../utils/waiting'

/** The reason of a wait that took longer than the caller's `timeout`. */
export const TIMED_OUT = new Error('timeout')

/** The means by which a caller cancels a request. */
export interface Cancellable {
  readonly signal?: Abortable | null | undefined
  /** The older way of axios. */
  readonly cancelToken?:
    | {
        subscribe(listener: () => void): void
        unsubscribe(listener: () => void): void
      }
    | undefined
}

/**
 * Waits for the work. Rejects at once when the caller cancels, with the reason of the signal. Rejects with
 * {@link TIMED_OUT} after `left` ms awake.
 */
export function whileWanted<T>(
  work: T | Promise<T>,
  { signal, cancelToken }: Cancellable,
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
