// An export makes this file a module. Otherwise the declaration below would replace the types of axios.
export type { AxiosRequestConfig } from 'axios'

declare module 'axios' {
  interface AxiosRequestConfig {
    /** Sends this request without an access token; its response never causes a refresh. Default false. */
    skipAuth?: boolean
    /**
     * Sends the access token, but takes a refusal as the answer: no refresh, no replay. For a server that also answers
     * 401 to a wrong password say, and counts attempts. Default false.
     */
    skipAuthRefresh?: boolean
  }
}
