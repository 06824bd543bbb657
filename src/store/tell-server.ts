import type { AuthEventDetail } from '../events'
import type { AuthContext, ResolvedOptions } from '../options'
import { responseOf } from '../session/error-response'
import { isUntold } from '../session/record'
import { canRefresh, tokensOf, toSession, type Session } from '../session/session'
import type { Ended } from '../session/session-keeper'
import type { SharedSession } from '../session/shared-session'
import { settleLogout } from '../session/stored-rules'
import { callSafely } from '../utils/call-safely'
import { patiently } from '../utils/waiting'
import type { TokenExchange } from './token-exchange'

export interface TellServerPorts extends Pick<TokenExchange, 'exchange' | 'oneAtATime'> {
  readonly shared: Pick<SharedSession, 'read' | 'change' | 'exclusively'>
  readonly options: Pick<
    ResolvedOptions,
    'logout' | 'isExpired' | 'cookieSession' | 'refreshTimeout'
  >
  /** An instance whose requests carry the token of a session. */
  http(as: Session | 'nobody'): AuthContext['http']
  emit(event: AuthEventDetail): void
}

export interface TellServer {
  /**
   * Tells the server by the option `logout` that a session is over, once it is out of storage: the callback may leave the
   * page. Where the access token is refused, it is refreshed once. Resolves in time, and never rejects.
   */
  tell(ended: Ended): Promise<unknown>
  /** Tells of a logout that the server may not have heard of. With a cookie, one tab does, unless a user has signed in. */
  tellAgain(ended: Ended): Promise<unknown>
}

/** Whether an error is an answer of the server, and not a failure on the way to it. */
function isAnswer(error: unknown): boolean {
  const { status } = responseOf(error)
  return Number(status) < 500 && status !== 408 && status !== 429
}

export function createTellServer({
  options: { logout, isExpired, cookieSession, refreshTimeout },
  shared,
  exchange,
  oneAtATime,
  http,
  emit,
}: TellServerPorts): TellServer {
  const hasCookie = cookieSession !== false

  async function attempt({ session, erased }: Ended): Promise<unknown> {
    // The signal is never aborted: the server is told even if the page goes on to another session.
    const { signal } = new AbortController()
    const ask = (ending: Session | null): Promise<unknown> => {
      const context = { http: http(ending ?? 'nobody'), signal }
      return oneAtATime(() => logout?.(tokensOf(ending), context), signal, erased)
    }
    try {
      return await ask(session)
    } catch (error) {
      const response = responseOf(error) as Parameters<typeof isExpired>[0]
      const isDenied =
        Object.hasOwn(response, 'status') &&
        callSafely('isExpired', () => isExpired(response), false)
      if (!isDenied || !session || !canRefresh(session, hasCookie)) throw error
      return ask(toSession(await exchange(session, signal), session))
    }
  }

  async function tellOnce(ended: Ended): Promise<void> {
    let isHeard = true
    try {
      await attempt(ended)
    } catch (error) {
      isHeard = isAnswer(error)
      emit({ type: 'logout-failed' })
    }
    if (isHeard && hasCookie) await shared.change(settleLogout)
  }

  const tell = (ended: Ended): Promise<unknown> => patiently(() => tellOnce(ended), refreshTimeout)

  async function tellIfUntold(ended: Ended): Promise<void> {
    await ended.erased
    if (isUntold(await shared.read())) await tell(ended)
  }

  return {
    tell,
    async tellAgain(ended) {
      if (!hasCookie) return tell(ended)
      return shared.exclusively(() => tellIfUntold(ended), new AbortController().signal)
    },
  }
}
