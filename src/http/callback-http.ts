import type { AxiosError, AxiosInstance, AxiosResponse } from 'axios'
import { isMovedByMarkup } from './allowed-origins'
import { copyOf } from './axios-copy'
import { NOT_A_FORM, NOT_A_FORM_VALUE } from './bearer'
import { refuseDetour } from './redirects'

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
      headers: { [NOT_A_FORM]: NOT_A_FORM_VALUE },
    }),
  })
  // XMLHttpRequest sends the cookies of its own origin in any case. The `fetch` adapter would send none.
  if (!http.defaults.withCredentials) delete http.defaults.withCredentials
  const copy = copyOf(http)
  const { request, response } = http.interceptors
  request.use((config) => (isMovedByMarkup(http, config) ? refuseDetour(copy, config) : config))
  // `fetch` in browsers hides the status.
  const check = (answer: AxiosResponse): AxiosResponse | Promise<never> =>
    /^(?:0$|3(?!04))/.test(String(answer.status))
      ? refuseDetour(copy, answer.config, answer)
      : answer
  response.use(check, async (error: AxiosError) => {
    if (error?.response) await check(error.response)
    throw error
  })
  return http
}
