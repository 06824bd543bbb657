import type { AuthServices } from './auth-session-types'
import type { AuthContext, ResolvedOptions } from '../options'
import type { SessionPorts } from '../session/session-keeper-types'
import { parseTokenResponse, type AuthTokens } from '../session/token-response'

/** How the application's answers become tokens. */
export interface TokenExchange extends Pick<SessionPorts, 'exchange'> {
  parse(data: unknown): AuthTokens
}

/** @param http makes an instance for one exchange */
export function createTokenExchange(
  { refresh, cookieSession }: Pick<ResolvedOptions, 'refresh' | 'cookieSession'>,
  http: () => AuthContext['http'],
  runCallback: AuthServices['runCallback'],
): TokenExchange {
  /** A refresh token that comes beside the cookie is not kept. */
  const parse = (data: unknown): AuthTokens => ({
    ...parseTokenResponse(data),
    ...(cookieSession && { refreshToken: null }),
  })

  return {
    parse,
    async exchange({ token, refreshToken }, signal) {
      const context = { http: http(), signal }
      if (cookieSession) {
        // Who waits may give up, but the cookie that the server sets must arrive.
        context.http.defaults.timeout = 0
        context.signal = new AbortController().signal
      }
      return parse(
        await runCallback(
          () => refresh({ token, refreshToken: refreshToken ?? '' }, context),
          context.signal,
        ),
      )
    },
  }
}
