import axios from 'axios'

/**
 * What a much copied article on refreshing tokens with axios recommends: a flag, an array of callbacks, `setToken` on
 * the instance, and the request sent again through the instance with an empty base URL. Changed for this server: a
 * 401 instead of a code in the body, `Authorization` instead of a header of its own, and refresh tokens that rotate.
 */
export async function setUp({ origin, prepare }) {
  const localStorage = new Map()
  let redirects = 0
  const instance = axios.create({ baseURL: origin })
  prepare(instance)

  instance.setToken = (token) => {
    instance.defaults.headers['Authorization'] = `Bearer ${token}`
    localStorage.set('token', token)
  }

  function refreshToken() {
    return instance
      .post('/auth/refresh', { refreshToken: localStorage.get('refreshToken') })
      .then((response) => response.data)
  }

  // Whether a refresh is under way.
  let isRefreshing = false
  // Requests to be sent again, each as a function.
  let requests = []

  instance.interceptors.response.use(
    (response) => response,
    (failure) => {
      if (failure.response?.status !== 401) return Promise.reject(failure)
      const { config } = failure
      if (!isRefreshing) {
        isRefreshing = true
        return refreshToken()
          .then((data) => {
            const token = data.access_token
            instance.setToken(token)
            if (data.refresh_token) localStorage.set('refreshToken', data.refresh_token)
            config.headers['Authorization'] = `Bearer ${token}`
            config.url = config.url.replace(origin, '')
            requests.forEach((again) => again(token))
            requests = []
            return instance(config)
          })
          .catch((reason) => {
            console.error('refreshtoken error =>', reason)
            redirects++
          })
          .finally(() => {
            isRefreshing = false
          })
      }
      return new Promise((resolve) => {
        requests.push((token) => {
          config.headers['Authorization'] = `Bearer ${token}`
          config.url = config.url.replace(origin, '')
          resolve(instance(config))
        })
      })
    },
  )

  return {
    http: instance,
    async signIn(user) {
      const { data } = await instance.post('/auth/login', { user })
      instance.setToken(data.access_token)
      localStorage.set('refreshToken', data.refresh_token)
    },
    async signOut() {
      localStorage.clear()
      delete instance.defaults.headers['Authorization']
    },
    redirects: () => redirects,
    dispose() {},
  }
}
