import axios from 'axios'

/**
 * The code of admin templates and project skeletons. A request interceptor reads the token; `isRefreshing` and a queue
 * of promises, which `processQueue` settles, hold requests back. `_retry` marks a request that was sent again. If the
 * refresh fails, the user is sent to the login page.
 */
export async function setUp({ origin, prepare, stored: localStorage = new Map() }) {
  let redirects = 0
  const http = axios.create({ baseURL: origin })
  prepare(http)

  let isRefreshing = false
  let failedQueue = []
  const processQueue = (error, token = null) => {
    for (const { resolve, reject } of failedQueue) {
      if (error) reject(error)
      else resolve(token)
    }
    failedQueue = []
  }
  const adopt = (tokens) => {
    localStorage.set('token', tokens.access_token)
    if (tokens.refresh_token) localStorage.set('refreshToken', tokens.refresh_token)
  }

  http.interceptors.request.use((config) => {
    const token = localStorage.get('token')
    if (token) config.headers.Authorization = `Bearer ${token}`
    return config
  })
  http.interceptors.response.use(
    (response) => response,
    async (error) => {
      const original = error.config
      if (error.response?.status !== 401 || original._retry) return Promise.reject(error)
      if (isRefreshing) {
        const token = await new Promise((resolve, reject) => failedQueue.push({ resolve, reject }))
        original.headers.Authorization = `Bearer ${token}`
        return http(original)
      }
      original._retry = true
      isRefreshing = true
      try {
        const refreshToken = localStorage.get('refreshToken')
        const { data } = await axios.post(`${origin}/auth/refresh`, { refreshToken })
        adopt(data)
        processQueue(null, data.access_token)
        original.headers.Authorization = `Bearer ${data.access_token}`
        return await http(original)
      } catch (failure) {
        processQueue(failure)
        localStorage.clear()
        redirects++
        return Promise.reject(failure)
      } finally {
        isRefreshing = false
      }
    },
  )

  return {
    http,
    signIn: async (user) => adopt((await axios.post(`${origin}/auth/login`, { user })).data),
    signOut: async () => localStorage.clear(),
    redirects: () => redirects,
    dispose() {},
  }
}
