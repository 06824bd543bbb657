import type { AuthServices } from './auth-session-types'
import type { AuthContext, ResolvedOptions } from '../options'
import type { SessionPorts } from '../session/session-keeper-types'
import { parseTokenResponse, type AuthTokens } from '../session/token-response'
import { patiently } from '../session/waiting'

/** How the application's answers become tokens. */
export interface TokenExchange extends Pick<SessionPorts, 'exchange'> {
  parse(data: unknown): AuthTokens
  /**
   * With cookies: settles when the answer to an exchange that is on its way has come, or is late; undefined where none
   * is. Its cookie would take the place of one that the server sets meanwhile.
   */
  arrival(): Promise<unknown> | undefined
}

/** @param http makes an instance for one exchange */
export function createTokenExchange(
  {
    refresh,
    cookieSession,
    refreshTimeout,
  }: Pick<ResolvedOptions, 'refresh' | 'cookieSession' | 'refreshTimeout'>,
  http: () => AuthContext['http'],
  runCallback: AuthServices['runCallback'],
): TokenExchange {
  /** A refresh token that comes beside the cookie is not kept. */
  const parse = (data: unknown): AuthTokens => ({
    ...parseTokenResponse(data),
    ...(cookieSession && { refreshToken: null }),
  })

  let onItsWay: Promise<unknown> | undefined

  return {
    parse,
    arrival: () => onItsWay && patiently(() => onItsWay, refreshTimeout / 2),
    async exchange({ token, refreshToken }, signal) {
      const context = { http: http(), signal }
      if (cookieSession) {
        // Who waits may give up, but the cookie that the server sets must arrive.
        context.http.defaults.timeout = 0
        context.signal = new AbortController().signal
      }
      const answer = runCallback(
        () => refresh({ token, refreshToken: refreshToken ?? '' }, context),
        context.signal,
      )
      if (cookieSession) onItsWay = answer
      try {
        return parse(await answer)
      } finally {
        if (onItsWay === answer) onItsWay = undefined
      }
    },
  }
}
