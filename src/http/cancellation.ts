import { CanceledError, isCancel, type InternalAxiosRequestConfig } from 'axios'

/** Throws axios' own cancellation where the caller has cancelled. */
export function throwIfCancelled(config: InternalAxiosRequestConfig): void {
  config.cancelToken?.throwIfRequested()
  if (config.signal?.aborted) throw new CanceledError(undefined, config)
}

/** Waits as long as the caller does: rejects with axios' own cancellation as soon as it is cancelled. */
export function whileWanted<T>(work: Promise<T>, config: InternalAxiosRequestConfig): Promise<T> {
  const { signal, cancelToken } = config
  if (!signal && !cancelToken) return work
  return new Promise((resolve, reject) => {
    const cancel = (reason: unknown): void =>
      reject(isCancel(reason) ? reason : new CanceledError(undefined, config))
    if (signal?.aborted) cancel(undefined)
    signal?.addEventListener?.('abort', cancel)
    cancelToken?.subscribe(cancel)
    work.then(resolve, reject).finally(() => {
      signal?.removeEventListener?.('abort', cancel)
      cancelToken?.unsubscribe(cancel)
    })
  })
}
