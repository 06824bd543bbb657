import type { AuthEventDetail } from '../events'
import type { AuthContext, ResolvedOptions } from '../options'
import { responseOf } from '../session/error-response'
import { canRefresh, tokensOf, toSession, type Session } from '../session/session'
import type { Ended } from '../session/session-keeper'
import { callSafely } from '../utils/call-safely'
import { patiently } from '../utils/waiting'
import type { TokenExchange } from './token-exchange'

export interface TellServerPorts extends Pick<TokenExchange, 'exchange' | 'oneAtATime'> {
  readonly options: Pick<
    ResolvedOptions,
    'logout' | 'isExpired' | 'cookieSession' | 'refreshTimeout'
  >
  /** An instance whose requests carry the token of a session. */
  http(as: Session | 'nobody'): AuthContext['http']
  emit(event: AuthEventDetail): void
}

/**
 * Tells the server by the option `logout` that a session is over, once it is out of storage: the callback may leave the
 * page. Where the access token is refused, it is refreshed once. Resolves in time, and never rejects.
 */
export type TellServer = (ended: Ended) => Promise<void>

export function createTellServer({
  options: { logout, isExpired, cookieSession, refreshTimeout },
  exchange,
  oneAtATime,
  http,
  emit,
}: TellServerPorts): TellServer {
  return async ({ session, erased }) => {
    // The signal is never aborted: the server is told even if the page goes on to another session.
    const { signal } = new AbortController()
    const tell = (ended: Session | null): Promise<unknown> => {
      const context = { http: http(ended ?? 'nobody'), signal }
      return oneAtATime(() => logout?.(tokensOf(ended), context), signal, erased)
    }
    const attempt = async (): Promise<unknown> => {
      try {
        return await tell(session)
      } catch (error) {
        const response = responseOf(error) as Parameters<typeof isExpired>[0]
        const isDenied =
          'status' in response && callSafely('isExpired', () => isExpired(response), false)
        if (!isDenied || !session || !canRefresh(session, cookieSession !== false)) throw error
        return tell(toSession(await exchange(session, signal), session))
      }
    }
    await patiently(() => attempt().catch(() => emit({ type: 'logout-failed' })), refreshTimeout)
  }
}
