import type { AxiosInstance, InternalAxiosRequestConfig } from 'axios'
import { once } from '../utils/once'
import { partOfUrl } from './allowed-origins'

/** Warns of requests that went without their token by mistake, in development. Each warning comes once. */
export interface Warnings {
  /**
   * The URL of a request may not receive the token.
   *
   * @param baseURL of the request when it was called
   */
  originNotAllowed(config: InternalAxiosRequestConfig, baseURL: string | undefined): void
  /** A request has an `Authorization` without a credential in it. */
  blankAuthorization(): void
  /** The adapter of a request was replaced after the call. */
  adapterReplaced(): void
}

export function createWarnings(instance: AxiosInstance): Warnings {
  const warning = (text: string): (() => void) =>
    once(() => console.warn(`[vue-auth-refresh] ${text}`))
  const lateBase = warning(
    'A request went without its token, because an interceptor set its `baseURL`. ' +
      'Name the origin in `allowedOrigins`, or set `baseURL` where the instance is made.',
  )

  return {
    originNotAllowed(config, baseURL) {
      const originOf = (target: typeof config): string => partOfUrl(instance, target, 'origin')()
      const isBaseUsed = originOf(config) === originOf({ ...config, url: '' })
      if (config.baseURL !== baseURL && isBaseUsed) lateBase()
    },
    blankAuthorization: warning(
      'A request has an `Authorization` without a credential, e.g. `Bearer undefined`; it is replaced. ' +
        'Remove the code that sets it; `Authorization: false` sends none.',
    ),
    adapterReplaced: warning(
      'A request went without its token, because an interceptor set its `adapter`. ' +
        'Set `adapter` where the instance is made, or in the call.',
    ),
  }
}
