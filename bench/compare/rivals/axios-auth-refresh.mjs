import axios from 'axios'
import { createAuthRefresh } from 'axios-auth-refresh'

/** The setup of its README: default options, a refresh over the global axios, the token from a request interceptor. */
export async function setUp({ origin, prepare, options }) {
  const http = axios.create({ baseURL: origin })
  prepare(http)
  const stored = new Map()
  const adopt = (tokens) => {
    stored.set('token', tokens.access_token)
    // Its README keeps the same refresh token; a server that rotates wants the new one.
    if (tokens.refresh_token) stored.set('refreshToken', tokens.refresh_token)
  }
  const requests = http.interceptors.request.use((request) => {
    const token = stored.get('token')
    if (token) request.headers['Authorization'] = `Bearer ${token}`
    return request
  })
  // Its README returns the id, "in case you want to reject it manually".
  const responses = createAuthRefresh(
    http,
    (failedRequest) =>
      axios
        .post(`${origin}/auth/refresh`, { refreshToken: stored.get('refreshToken') })
        .then(({ data }) => {
          adopt(data)
          failedRequest.response.config.headers['Authorization'] = `Bearer ${data.access_token}`
        }),
    options,
  )
  return {
    http,
    signIn: async (user) => adopt((await axios.post(`${origin}/auth/login`, { user })).data),
    signOut: async () => stored.clear(),
    redirects: null,
    dispose() {
      http.interceptors.request.eject(requests)
      http.interceptors.response.eject(responses)
    },
  }
}
