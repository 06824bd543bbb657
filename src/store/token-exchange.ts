import type { AuthContext, ResolvedOptions } from '../options'
import type { RefresherPorts } from '../session/refresher'
import { tokensOf } from '../session/session'
import { parseTokenResponse, type AuthTokens } from '../session/token-response'
import { patiently } from '../utils/waiting'

/** Makes tokens of the application's answers. */
export interface TokenExchange extends Pick<RefresherPorts, 'exchange'> {
  parse(data: unknown): AuthTokens
  /**
   * Runs a callback that may set or remove a cookie, once the one before it was answered or has timed out. Otherwise a
   * late answer's cookie would overwrite a newer one. Without a cookie it runs at once.
   *
   * @param signal when it is aborted by then, the callback is not run
   * @param after another promise to wait for
   */
  oneAtATime(
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
  runCallback: <T>(callback: () => T, signal: AbortSignal) => T,
): TokenExchange {
  /** Drops a refresh token that comes beside the cookie. */
  const parse = (data: unknown): AuthTokens => ({
    ...parseTokenResponse(data),
    ...(cookieSession && { refreshToken: null }),
  })

  /** The last callback. Its answer may still be to come. */
  let last: Promise<unknown> | undefined

  const oneAtATime: TokenExchange['oneAtATime'] = (callback, signal, after) => {
    const earlier = last
    const run = async (): Promise<unknown> => {
      if (earlier) await patiently(() => earlier, refreshTimeout / 2)
      if (after) await after
      signal.throwIfAborted()
      return runCallback(callback, signal)
    }
    const answer = run()
    if (cookieSession) last = answer
    return answer
  }

  return {
    parse,
    oneAtATime,
    async exchange(session, signal) {
      const context = { http: http(), signal }
      if (cookieSession) {
        // Requests may stop waiting, but the cookie that the server sets must arrive.
        context.http.defaults.timeout = 0
        context.signal = new AbortController().signal
      }
      const ask = (): Promise<unknown> => {
        // Requests may have stopped waiting before anything was sent.
        signal.throwIfAborted()
        return refresh(tokensOf(session), context)
      }
      return parse(await oneAtATime(ask, context.signal))
    },
  }
}
