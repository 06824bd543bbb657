import axios, { type AxiosError } from 'axios'
import { createAuthFetch } from 'vue-auth-refresh/fetch'
import type { TestApp } from './test-app'

/** Has the `api` of an app send through a shell of the library, with the interface of axios all the same. */
type Through = <App extends TestApp>(app: App) => App

/**
 * Axios that sends by an auth fetch, and is not protected itself.
 *
 * @param ofRequest whether it passes a `Request`, instead of a URL and `init`
 */
const throughFetch =
  (ofRequest: boolean): Through =>
  (app) => {
    const authFetch = createAuthFetch(app.plugin)
    const { baseURL = '', validateStatus = null } = app.api.defaults
    const api = axios.create({ baseURL, validateStatus, adapter: 'fetch' })
    /** The reasons of the responses, by their configs. */
    const reasons = new WeakMap<object, Error>()
    api.interceptors.request.use((config) => {
      config.env = {
        ...(!ofRequest && { Request: null as never }),
        async fetch(input, init) {
          const response: Response & { cause?: Error } = await authFetch(input, init)
          if (response.cause) reasons.set(config, response.cause)
          return response
        },
      }
      return config
    })
    api.interceptors.response.use(undefined, (error: AxiosError) => {
      const reason = reasons.get(Object(error.config) as object)
      if (reason) error.cause = reason
      throw error
    })
    return { ...app, api }
  }

/** Each way of sending a request of an app. All keep the same promises, which one table of tests proves. */
export const shells: [name: string, through: Through][] = [
  ['axios', (app) => app],
  ['fetch of a Request', throughFetch(true)],
  ['fetch of a URL', throughFetch(false)],
]
