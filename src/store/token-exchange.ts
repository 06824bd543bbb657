import type { AuthServices } from './auth-session-types'
import type { AuthContext, ResolvedOptions } from '../options'
import type { SessionPorts } from '../session/session-keeper-types'
import { parseTokenResponse, type AuthTokens } from '../session/token-response'
import { patiently } from '../utils/waiting'

/** How the application's answers become tokens. */
export interface TokenExchange extends Pick<SessionPorts, 'exchange'> {
  parse(data: unknown): AuthTokens
  /**
   * Runs a callback that may set or take away a cookie: at once, unless the answer to an earlier one is still to come.
   * Then it waits until that is there, or late: its cookie would take the place of the one that is asked for now.
   *
   * @param signal when it is aborted by then, the callback is not run
   * @param after what else it waits for, in its turn
   */
  inTurn(
    callback: () => Promise<unknown> | undefined,
    signal: AbortSignal,
    after?: Promise<unknown>,
  ): Promise<unknown>
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

  /** The last one. Its answer may still be to come. */
  let last: Promise<unknown> | undefined

  const inTurn: TokenExchange['inTurn'] = (callback, signal, after) => {
    const earlier = last
    const run = async (): Promise<unknown> => {
      if (earlier) await patiently(() => earlier, refreshTimeout / 2)
      if (after) await after
      signal.throwIfAborted()
      return runCallback(callback, signal)
    }
    const answer = run()
    const settle = (): void => {}
    if (cookieSession) last = answer.then(settle, settle)
    return answer
  }

  return {
    parse,
    inTurn,
    async exchange({ token, refreshToken }, signal) {
      const context = { http: http(), signal }
      if (cookieSession) {
        // Who waits may give up, but the cookie that the server sets must arrive.
        context.http.defaults.timeout = 0
        context.signal = new AbortController().signal
      }
      const ask = (): Promise<unknown> => {
        // Perhaps nobody waits any more, and nothing is on its way yet.
        signal.throwIfAborted()
        return refresh({ token, refreshToken: refreshToken ?? '' }, context)
      }
      return parse(await inTurn(ask, context.signal))
    },
  }
}
