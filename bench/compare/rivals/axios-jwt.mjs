import { createRequire } from 'node:module'
import axios from 'axios'

const require = createRequire(import.meta.url)

/** Its state is in its modules; everybody is given modules of their own. */
function freshLibrary() {
  for (const path of Object.keys(require.cache)) {
    if (path.includes('axios-jwt')) delete require.cache[path]
  }
  return require('axios-jwt')
}

/** The setup of its README for a server that rotates, with a refresh over the global axios; storage in memory. */
export async function setUp({ origin, prepare }) {
  const { applyAuthTokenInterceptor, clearAuthTokens, setAuthTokens } = freshLibrary()
  const http = axios.create({ baseURL: origin })
  prepare(http)
  const stored = new Map()
  const storage = {
    get: async (key) => stored.get(key) ?? null,
    set: async (key, value) => void stored.set(key, value),
    remove: async (key) => void stored.delete(key),
  }
  applyAuthTokenInterceptor(http, {
    async requestRefresh(refreshToken) {
      const { data } = await axios.post(`${origin}/auth/refresh`, { refreshToken })
      // A string is its way to keep the refresh token.
      if (!data.refresh_token) return data.access_token
      return { accessToken: data.access_token, refreshToken: data.refresh_token }
    },
    getStorage: () => storage,
  })
  return {
    http,
    async signIn(user) {
      const { data } = await axios.post(`${origin}/auth/login`, { user })
      await setAuthTokens({ accessToken: data.access_token, refreshToken: data.refresh_token })
    },
    signOut: () => clearAuthTokens(),
    redirects: null,
    dispose() {},
  }
}
