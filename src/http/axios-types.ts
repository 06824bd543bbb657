export type { AxiosRequestConfig } from 'axios'

declare module 'axios' {
  interface AxiosRequestConfig {
    /** Sends this request without an access token, and lets its answer refresh nothing. Default false. */
    skipAuth?: boolean
  }
}
