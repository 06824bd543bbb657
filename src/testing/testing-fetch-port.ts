import type { FetchPort } from '../http/fetch-port'
import { complain } from '../utils/call-safely'

/**
 * The plugin of a test as `createAuthFetch()` sees it. Requests carry the token while a user is signed in; nothing is
 * refreshed, and any origin gets the token, which is none.
 *
 * @param tokenNow the token; null while no user is signed in
 */
export const createTestingFetchPort = (
  tokenNow: () => string | null,
): Pick<FetchPort, 'complain' | 'connect' | 'freeBody' | 'isUnauthorized'> => ({
  complain: (callback) => complain(callback),
  // A `fetch` of a test holds no connection.
  freeBody() {},
  isUnauthorized: () => false,
  connect: (transport) => (request) => {
    const token = tokenNow()
    const hasOwn = transport.isBearer && request.headers.has('Authorization')
    // It is sent as it is.
    if (token === null || request.skipAuth || hasOwn) return undefined
    // A `fetch` asks nothing of its call.
    const { attached, send } = transport.attach({} as never, request, token, false)
    return Promise.resolve(attached).then(() =>
      send((answer) => transport.deliver(answer, request)),
    )
  },
})
