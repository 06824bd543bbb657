import { AuthError } from '../errors'
import type { AuthContext, ResolvedOptions } from '../options'
import { createRefusals } from '../session/failure'
import type { RefresherPorts } from '../session/refresher'
import { tokensOf, type Session } from '../session/session'
import { carriesToken, cookieTokens, hasCookie, readAnswer } from '../session/session-mode'
import { PROVEN_TYPES, type AgedTokens } from '../session/token-response'
import { patiently } from '../utils/waiting'

/** Makes tokens of the application's answers. */
export interface TokenExchange extends Pick<RefresherPorts, 'exchange'> {
  /** Reads the answer to a login or a refresh. */
  parse(data: unknown, mayBeOld?: boolean): AgedTokens
  /**
   * Runs a callback that may set or remove a cookie, once the one before it was answered or has timed out. Otherwise a
   * late answer's cookie would overwrite a newer one. Without a cookie it runs at once.
   *
   * @param signal when it is aborted by then, the callback is not run
   * @param after waited for as well, once it is this callback's turn
   */
  oneAtATime(
    callback: () => Promise<unknown> | undefined,
    signal: AbortSignal,
    after?: () => Promise<unknown>,
  ): Promise<unknown>
}

/**
 * @param http makes an instance for one exchange, whose requests carry the token of a session or none
 * @param findUser tells without a refresh whether cookies belong to a user; undefined where it cannot be asked
 */
export function createTokenExchange(
  {
    refresh,
    prove,
    session: mode,
    refreshTimeout,
  }: Pick<ResolvedOptions, 'refresh' | 'prove' | 'session' | 'refreshTimeout'>,
  http: (as: Session | 'nobody') => AuthContext['http'],
  runCallback: <T>(callback: () => T, signal: AbortSignal) => T,
  findUser?: (signal: AbortSignal) => Promise<boolean>,
): TokenExchange {
  const isByCookie = hasCookie(mode)
  const parse = (data: unknown, mayBeOld?: boolean): AgedTokens =>
    readAnswer(data, mode, mayBeOld, prove && PROVEN_TYPES)

  const isRefused = createRefusals()

  /** The last callback. Its answer may still be to come. */
  let last: Promise<unknown> | undefined

  const oneAtATime: TokenExchange['oneAtATime'] = (callback, signal, after) => {
    const earlier = last
    const run = async (): Promise<unknown> => {
      if (earlier) await patiently(() => earlier, refreshTimeout / 2)
      if (after) await after()
      signal.throwIfAborted()
      return runCallback(callback, signal)
    }
    const answer = run()
    if (isByCookie) last = answer
    return answer
  }

  return {
    parse,
    oneAtATime,
    async exchange(session, signal) {
      if (!session && (await findUser?.(signal))) return cookieTokens()
      const isCarried = session && carriesToken(mode)
      const context = { http: http(isCarried ? session : 'nobody'), signal }
      if (isByCookie) {
        // Requests may stop waiting, but the cookie that the server sets must arrive.
        context.http.defaults.timeout = 0
        context.signal = new AbortController().signal
      }
      const ask = (): Promise<unknown> => {
        // Requests may have stopped waiting before anything was sent.
        signal.throwIfAborted()
        return refresh(tokensOf(session), context)
      }
      const answer = await oneAtATime(ask, context.signal)
      try {
        return parse(answer)
      } catch (error) {
        throw isRefused(answer, session) ? new AuthError('rejected', String(error)) : error
      }
    },
  }
}
