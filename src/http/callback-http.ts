import type { AxiosError, AxiosInstance } from 'axios'
import { isMovedByMarkup } from './allowed-origins'
import { copyOf } from './axios-copy'
import { isRedirect, refuseRedirect } from './redirects'

/**
 * Makes the instance for `login`, `refresh` and `logout`. Its requests may carry a password or a refresh token, so they
 * follow no redirect, and no `<base>` leads them to another origin.
 *
 * @param hasCookie with `keepalive`, a cookie arrives even when the page is gone. A form of another site cannot send the
 * header, so the server can refuse requests without it.
 */
export function createCallbackHttp(axios: AxiosInstance, hasCookie: boolean): AxiosInstance {
  const adapters = [axios.defaults.adapter || 'http'].flat()
  // XMLHttpRequest follows every redirect, so it comes last.
  const others = adapters.filter((name) => !/^xhr$/i.test(String(name)))
  const http = axios.create({
    // Keep the application's own adapter, for example a mock.
    ...(typeof adapters[0] !== 'function' && {
      adapter: hasCookie ? 'fetch' : [...others, 'fetch', 'xhr'],
    }),
    maxRedirects: 0,
    // Up to axios 1.19, its `fetch` adapter does not read `maxRedirects`.
    fetchOptions: { redirect: 'manual', keepalive: hasCookie },
    ...(hasCookie && {
      withCredentials: true,
      headers: { 'X-Requested-With': 'XMLHttpRequest' },
    }),
  })
  // XMLHttpRequest sends the cookies of its own origin in any case. The `fetch` adapter would send none.
  if (!http.defaults.withCredentials) delete http.defaults.withCredentials
  const copy = copyOf(http)
  http.interceptors.request.use(async (config) => {
    if (!isMovedByMarkup(http, config)) return config
    throw await copy.newError(
      'A `<base>` element leads the request to another origin: give the instance an absolute `baseURL`.',
      'ERR_INVALID_URL',
      config,
    )
  })
  http.interceptors.response.use(
    (response) => (isRedirect(response.status) ? refuseRedirect(copy, response.config) : response),
    (error: AxiosError | undefined) => {
      const response = error?.response
      if (response && isRedirect(response.status)) return refuseRedirect(copy, response.config)
      return Promise.reject(error)
    },
  )
  return http
}
