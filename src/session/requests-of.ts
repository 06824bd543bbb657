import { AuthError } from '../errors'
import type { Requests } from './requests'
import type { Session } from './session'

/** A session that is not in use, for the requests of a callback: they carry its token, and refresh nothing. */
export const requestsOf = (session: Session): Requests => ({
  ownerNow: () => session.id,
  async whenRead() {},
  whenKnown: () => undefined,
  current: () => session,
  acquire: () => session,
  recover: () => null,
  stepUp: () => null,
  whileInUse: async (_session, work) => work,
  isRefreshing: () => false,
  hasLeft: () => false,
  lossReason: () => new AuthError('signed-out'),
  accepted() {},
  replayDenied() {},
})
