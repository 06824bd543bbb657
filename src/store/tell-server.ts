import type { AuthEventDetail } from '../events'
import type { AuthContext, ResolvedOptions } from '../options'
import { stepUpIn } from '../session/challenge'
import { isUnanswered, noResponse, responseOf } from '../session/error-response'
import { isUntold } from '../session/record'
import { tokensOf, toSession, type Session } from '../session/session'
import { canRefresh, hasCookie } from '../session/session-mode'
import { markUntilStored, unmark, UNTOLD } from '../session/end-mark'
import type { Ended } from '../session/session-keeper'
import type { SharedSession } from '../session/shared-session'
import { oweLogout, settleLogout } from '../session/stored-rules'
import { awaitSafely } from '../utils/call-safely'
import { cutting } from '../utils/secrets'
import { inTime, TOO_LATE } from '../utils/waiting'
import type { TokenExchange } from './token-exchange'

export interface TellServerPorts extends Pick<TokenExchange, 'exchange' | 'oneAtATime'> {
  readonly shared: Pick<SharedSession, 'change' | 'exclusively' | 'endMark' | 'whenStored'>
  readonly options: Pick<ResolvedOptions, 'logout' | 'isExpired' | 'session' | 'refreshTimeout'>
  /** An instance whose requests carry the token of a session. */
  http(as: Session | 'nobody'): AuthContext['http']
  /** Whether a session is in use. */
  isSignedIn(): boolean
  emit(event: AuthEventDetail): void
}

interface TellServer {
  /**
   * Tells the server by the option `logout` that a session is over, once it is out of storage: the callback may leave the
   * page. Where the access token is refused, it is refreshed once. Resolves in time, and never rejects.
   *
   * @param isDue asked when its turn has come: whether the server must still be told
   */
  tell(ended: Ended, isDue?: () => boolean): Promise<unknown>
  /** The number of times that the callback was run. */
  count(): number
  /** Tells of a logout by cookie that the server has not heard of. One tab does, unless a user has signed in since. */
  tellAgain(): Promise<unknown>
}

/** Whether an error says that the server has not heard: there was no answer, or one that asks to come back. */
function isUnheard(error: unknown): boolean {
  const { status } = responseOf(error)
  if (status !== undefined) return Number(status) >= 500 || status === 408 || status === 429
  // Axios, `fetch` and the time limit fail without an answer. Any other error is the callback's own, and follows one.
  return error === TOO_LATE || error instanceof TypeError || !!Object(error).isAxiosError
}

/** Whether a callback has failed because the access token has expired, as the app says of its response or without one. */
export async function isDenied(
  error: unknown,
  { isExpired }: Pick<ResolvedOptions, 'isExpired'>,
  session: Session | null = null,
): Promise<boolean> {
  const judged: unknown[] = isUnanswered(error)
    ? [noResponse(error.config), error]
    : [responseOf(error)]
  const [response, failure] = judged as Parameters<typeof isExpired>
  return (
    // The members of a `Response` are not its own.
    response.status !== undefined &&
    !stepUpIn(response) &&
    awaitSafely(
      'isExpired',
      () => isExpired(response, failure),
      false,
      cutting(Object.values(tokensOf(session))),
    )
  )
}

export function createTellServer({
  options,
  shared,
  exchange,
  oneAtATime,
  http,
  isSignedIn,
  emit,
}: TellServerPorts): TellServer {
  const { logout, session: mode, refreshTimeout } = options
  const isByCookie = hasCookie(mode)
  let count = 0

  /** @param after waited for before the callback is run; by then it may have aborted the signal */
  async function attempt(
    session: Session | null,
    after: () => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<unknown> {
    const ask = (ending: Session | null): Promise<unknown> => {
      const context = { http: http(ending ?? 'nobody'), signal }
      const tell = (): Promise<unknown> | undefined => {
        count++
        return logout?.(tokensOf(ending), context)
      }
      return oneAtATime(tell, signal, after)
    }
    try {
      return await ask(session)
    } catch (error) {
      if (!session || !canRefresh(session, mode) || !(await isDenied(error, options, session)))
        throw error
      return ask(toSession(await exchange(session, signal), session))
    }
  }

  /** Stores that the server is being told, or has been. */
  function settle(rule = settleLogout): Promise<unknown> {
    unmark(shared.endMark, UNTOLD)
    return shared.change(rule)
  }

  /** Tells, and keeps a logout that the server has not heard of. The parameters are those of an attempt. */
  async function tellOnce(
    session: Session | null,
    after: () => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<void> {
    const told = attempt(session, after, signal)
    // An answer counts also when it is late.
    if (isByCookie) told.then(() => settle()).catch(() => {})
    try {
      await inTime(told, refreshTimeout)
    } catch (error) {
      if (signal.aborted) return
      emit({ type: 'logout-failed' })
      if (!isByCookie || !isUnheard(error) || isSignedIn()) return
      await markUntilStored(shared, () => shared.change(oweLogout), UNTOLD)
    }
  }

  return {
    count: () => count,

    async tell({ session, erased }, isDue) {
      // Without the callback there is no answer, and a logout that is owed stays so.
      if (!logout) return erased.catch(() => {})
      // Not aborted otherwise: the server is told even if the page goes on to another session.
      const controller = new AbortController()
      async function takeUp(): Promise<void> {
        await erased
        if (isDue?.() === false) controller.abort()
      }
      return tellOnce(session, takeUp, controller.signal)
    },

    async tellAgain() {
      if (!logout) return
      const controller = new AbortController()
      /** Takes the logout off the storage first: a callback that leaves the page would be called at every start. */
      async function takeUp(): Promise<void> {
        let isOwed = false
        await settle((found) => {
          isOwed = isUntold(found)
          return settleLogout(found)
        })
        if (!isOwed || isSignedIn()) controller.abort()
      }
      const { signal } = controller
      await shared.exclusively(() => tellOnce(null, takeUp, signal), new AbortController().signal)
    },
  }
}
