import type { InternalAxiosRequestConfig } from 'axios'

/** Whether a request has a credential of its own: it is left alone. */
export const hasCredential = ({ auth, headers }: InternalAxiosRequestConfig): boolean =>
  !!auth || headers.has('Authorization')

/** Puts the token into the header `Authorization` (RFC 6750 §2.1). The default of the option `attach`. */
export function attachBearer(config: InternalAxiosRequestConfig, token: string): void {
  config.headers.Authorization = `Bearer ${token}`
}
