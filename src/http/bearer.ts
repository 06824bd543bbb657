import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios'

/** Tells whether the server refused the token (RFC 6750 §3.1). The default of the option `isExpired`. */
export const isUnauthorized = ({ status }: AxiosResponse): boolean => status === 401

/** Puts the token into the header `Authorization` (RFC 6750 §2.1). The default of the option `attach`. */
export function attachBearer(config: InternalAxiosRequestConfig, token: string): void {
  config.headers.Authorization = `Bearer ${token}`
}
