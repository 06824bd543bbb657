import type { AuthOptions } from 'vue-auth-refresh'
import type { AuthServer } from '../fixtures/auth-server'

/** The callbacks of an app in a browser that keeps one cookie of a server's, and leaves it out of what scripts see. */
export interface CookieJar extends Required<Pick<AuthOptions, 'login' | 'refresh' | 'logout'>> {
  /** Signs in without this library. */
  signIn(user: string): Promise<unknown>
  setCookie(token: string): void
}

export function createCookieJar(server: Pick<AuthServer, 'origin'>): CookieJar {
  let cookie = ''

  async function post(path: string, body: object): Promise<unknown> {
    const response = await fetch(server.origin + path, {
      method: 'POST',
      body: JSON.stringify(body),
    })
    if (!response.ok) throw Object.assign(new Error('refused'), { response })
    if (response.status === 204) return undefined
    const { refresh_token, ...others } = (await response.json()) as Record<string, unknown>
    cookie = String(refresh_token)
    return others
  }

  return {
    signIn: (user) => post('/auth/login', { user }),
    setCookie: (token) => void (cookie = token),
    login: (credentials) => post('/auth/login', Object(credentials)),
    refresh: () => post('/auth/refresh', { refreshToken: cookie }),
    logout: () => post('/auth/logout', { refreshToken: cookie }),
  }
}
