import { createRefresher, type Refresher, type RefresherPorts } from './refresher'
import { fromRecord, isNobody, nobody, toSession, type Session, type Stored } from './session'
import type { SessionKeeperOptions, SessionPorts } from './session-keeper-types'
import { createStoredSession } from './stored-session'

/** Finds out whose the cookie is, where storage does not say. One exchange does it for all tabs. */
export interface OwnerSearch {
  /** Stands for whoever it is: a session without a token, whose first refresh begins the real one. */
  readonly unknown: Session
  readonly refresher: Refresher
  /** The stored session; `unknown` where somebody may be signed in all the same; null where nobody is. */
  read(): Promise<Stored | null>
}

/**
 * @param isWanted whether it is still to be found out
 * @param found what is done with what is found
 */
export function createOwnerSearch(
  ports: SessionPorts,
  options: SessionKeeperOptions,
  isWanted: () => boolean,
  found: Pick<RefresherPorts, 'follow' | 'end'>,
): OwnerSearch {
  const { cookieSession } = options
  const unknown = toSession({ token: '', refreshToken: null, expiresIn: 0, scope: null })
  let hint: boolean | undefined
  try {
    if (typeof cookieSession === 'function') hint = cookieSession()
  } catch (error) {
    console.error('[vue-auth-refresh] cookieSession threw', error)
  }
  const stored = createStoredSession(ports, nobody, (record) => {
    const isOpen = cookieSession && (hint ?? !isNobody(record))
    return fromRecord(record) ?? (isOpen ? unknown : null)
  })

  return {
    unknown,
    refresher: createRefresher(
      {
        ...ports,
        ...stored,
        commit: (next) => stored.commit(next, isWanted),
        retire: stored.forget,
        ...found,
      },
      options,
    ),
    read: stored.read,
  }
}
