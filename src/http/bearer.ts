import type { InternalAxiosRequestConfig } from 'axios'

/** Puts the token into the header `Authorization` (RFC 6750 §2.1). The default of the option `attach`. */
export function attachBearer(config: InternalAxiosRequestConfig, token: string): void {
  config.headers.Authorization = `Bearer ${token}`
}
