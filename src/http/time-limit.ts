import type { InternalAxiosRequestConfig } from 'axios'

type Limits = Pick<InternalAxiosRequestConfig, 'timeout' | 'timeoutErrorMessage' | 'transitional'>

/** The message of axios for a request that took too long. */
const messageOf = ({ timeout, timeoutErrorMessage }: Limits): string =>
  timeoutErrorMessage || `timeout of ${timeout}ms exceeded`

/** The message and the code of axios for a request that took too long. */
export const timeoutError = (config: Limits): [message: string, code: string] => [
  messageOf(config),
  config.transitional?.clarifyTimeoutError ? 'ETIMEDOUT' : 'ECONNABORTED',
]

/** Leaves a send only the rest of its `timeout`, in ms. The error of axios names the whole all the same. */
export function withTimeout<T>(config: Limits, left: number, send: () => Promise<T>): Promise<T> {
  const { timeout, timeoutErrorMessage } = config
  config.timeoutErrorMessage = messageOf(config)
  config.timeout = Math.max(1, Math.round(left))
  return send().finally(() => Object.assign(config, { timeout, timeoutErrorMessage }))
}
