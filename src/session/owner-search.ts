import type { AuthError } from '../errors'
import { createRefresher, type Refresher, type RefresherPorts } from './refresher'
import { fromRecord, isLapsed, isNobody, nobody, toSession, type Session } from './session'
import type { SessionKeeperOptions, SessionPorts } from './session-keeper-types'
import { createStoredSession } from './stored-session'

/** Finds out whose the cookie is, where storage does not say. One exchange does it for all tabs. */
export interface OwnerSearch {
  /** Stands for whoever it is: a session without a token, whose first refresh begins the real one. */
  readonly unknown: Session
  readonly refresher: Refresher
  /** The stored session; `unknown` where somebody may be signed in all the same; null where nobody is. */
  read(): Promise<Session | null>
  /** It is to be found out. */
  begin(): void
  /** `unknown`, while that is so. */
  sought(): Session | null
  /** It is known who is signed in, or that nobody is. */
  settle(reason: AuthError): void
  /** Remembers that nobody is, where nothing is stored. */
  forget(): Promise<unknown>
}

/** @param found what is done with what is found */
export function createOwnerSearch(
  ports: SessionPorts,
  options: SessionKeeperOptions,
  found: Pick<RefresherPorts, 'follow' | 'end'>,
): OwnerSearch {
  const { cookieSession } = options
  const unknown = toSession({ token: '', refreshToken: null, expiresIn: 0, scope: null })
  /** The same where nothing is stored. A lapsed session makes room for who is found, and is kept where nobody is. */
  const vacant: Session = { ...unknown, generation: -1 }
  let sought: Session | null = null
  let hint: boolean | undefined
  try {
    if (typeof cookieSession === 'function') hint = cookieSession()
  } catch (error) {
    console.error('[vue-auth-refresh] cookieSession threw', error)
  }
  const stored = createStoredSession(ports, nobody, (record) => {
    const left = fromRecord(record)
    if (hint && isLapsed(left)) return unknown
    return left ?? (cookieSession && (hint ?? !isNobody(record)) ? vacant : null)
  })

  const forget: RefresherPorts['retire'] = async () => {
    const left = await stored.forget(vacant)
    return left?.id === unknown.id ? null : left
  }

  const refresher = createRefresher(
    {
      ...ports,
      ...stored,
      commit: (next) => stored.commit(next, () => sought !== null),
      retire: forget,
      ...found,
    },
    options,
  )

  return {
    unknown,
    refresher,
    async read() {
      const left = await stored.read()
      if (left?.id === unknown.id) return unknown
      return isLapsed(left) ? null : left
    },
    begin: () => void (sought = unknown),
    sought: () => sought,
    settle(reason) {
      if (sought) refresher.cancel(reason)
      sought = null
    },
    // Also what the search has stored already.
    forget: () => stored.erase(unknown.id, () => false),
  }
}
