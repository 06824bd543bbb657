import axios from 'axios'
import { createAuthRefresh } from 'axios-auth-refresh'
import { applyAuthTokenInterceptor, setAuthTokens } from 'axios-jwt'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { createServer, jwt } from './adapter-server.mjs'

/**
 * A library set up on an axios instance of its own, over a server of its own.
 *
 * @typedef {object} Candidate
 * @property {string} name
 * @property {import('axios').AxiosInstance} http
 * @property {ReturnType<typeof createServer>} server
 * @property {() => Promise<void>} signIn gives it a live token
 * @property {(() => Promise<void>) | null} lapse gives it a token whose lifetime it knows to be over; null for a
 *   library that knows no lifetimes
 */

const instanceOf = (server) =>
  axios.create({ baseURL: 'https://api.example.test', adapter: server.adapter })

/** No library: an interceptor that sets the header, with default options; and a refresh to be called by hand. */
export function bareAxios() {
  const server = createServer()
  const http = instanceOf(server)
  let token = ''
  const signIn = async () => {
    token = server.issue()
  }
  http.interceptors.request.use((config) => {
    config.headers.Authorization = `Bearer ${token}`
    return config
  })
  const refresh = async () => {
    token = (await http.post('/auth/refresh', { refreshToken: 'refresh' })).data.access_token
  }
  return { name: 'bare axios', http, server, signIn, lapse: null, refresh }
}

/**
 * The setup of our README, but with the storage in memory.
 *
 * @param {typeof import('vue-auth-refresh')} library
 * @param {string} name
 * @param {Pick<import('vue-auth-refresh').AuthOptions, 'onEvent'>} [options]
 * @returns {Promise<Candidate>}
 */
export async function vueAuthRefresh(library, name, options) {
  const { createAuth, memoryStorage, useAuthStore } = library
  const server = createServer()
  const http = instanceOf(server)
  const auth = createAuth({
    axios: http,
    storage: memoryStorage(),
    login: async (credentials, { http }) => (await http.post('/auth/login', credentials)).data,
    refresh: async ({ refreshToken }, { http, signal }) =>
      (await http.post('/auth/refresh', { refreshToken }, { signal })).data,
    ...options,
  })
  const pinia = createPinia()
  createApp({}).use(pinia).use(auth)
  await auth.ready
  const adopt = (expiresIn) =>
    useAuthStore(pinia).setSession({
      access_token: server.issue(),
      refresh_token: 'refresh',
      expires_in: expiresIn,
    })

  return {
    name,
    http,
    server,
    signIn: () => adopt(3_600),
    // A second is the shortest lifetime it accepts.
    async lapse() {
      await adopt(1)
      await new Promise((resolve) => setTimeout(resolve, 1_050))
    },
  }
}

/**
 * The setup of its README: the refresh over another instance, the token from an ordinary interceptor.
 *
 * @param {string} name
 * @param {import('axios-auth-refresh').AxiosAuthRefreshOptions} [options]
 * @returns {Candidate}
 */
export function axiosAuthRefresh(name, options) {
  const server = createServer()
  const http = instanceOf(server)
  const tokenHttp = instanceOf(server)
  let token = ''
  const signIn = async () => {
    token = server.issue()
  }
  http.interceptors.request.use((config) => {
    config.headers.Authorization = `Bearer ${token}`
    return config
  })
  createAuthRefresh(
    http,
    async (failed) => {
      token = (await tokenHttp.post('/auth/refresh', { refreshToken: 'refresh' })).data.access_token
      failed.response.config.headers.Authorization = `Bearer ${token}`
    },
    options,
  )
  return { name, http, server, signIn, lapse: null }
}

/**
 * The setup of its README: the refresh over another instance. The storage is in memory. Its tokens are in module-level
 * state, so there can be only one.
 *
 * @param {string} name
 * @returns {Candidate}
 */
export function axiosJwt(name) {
  const server = createServer()
  const http = instanceOf(server)
  const tokenHttp = instanceOf(server)
  const stored = new Map()
  const storage = {
    get: async (key) => stored.get(key) ?? null,
    set: async (key, value) => void stored.set(key, value),
    remove: async (key) => void stored.delete(key),
  }
  applyAuthTokenInterceptor(http, {
    async requestRefresh(refreshToken) {
      const { data } = await tokenHttp.post('/auth/refresh', { refreshToken })
      return { accessToken: data.access_token, refreshToken: data.refresh_token }
    },
    getStorage: () => storage,
  })
  const adopt = (accessToken) => setAuthTokens({ accessToken, refreshToken: 'refresh' })
  return {
    name,
    http,
    server,
    signIn: () => adopt(server.issue()),
    lapse: () => adopt(jwt(0, -1)),
  }
}
