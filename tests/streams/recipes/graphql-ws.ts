// src/graphql-ws.ts
import { createClient, type Client, type ClientOptions } from 'graphql-ws'
import { useAuthStore } from 'vue-auth-refresh'
import { liveToken } from './live-token'
import { whenSessionEnds } from './session-end'

/** The close code by which a server of graphql-ws refuses a connection. */
const FORBIDDEN = 4403

const isForbidden = (event: unknown) =>
  typeof event === 'object' && event !== null && 'code' in event && event.code === FORBIDDEN

/** A client for the session of now, whose end disposes of it. Call it in a component, or where the app starts. */
export function openClient(url: string, options: Partial<ClientOptions> = {}): Client {
  const store = useAuthStore()
  let token = ''
  let refused: string | undefined
  const client = createClient({
    url,
    retryAttempts: Infinity,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 1_000 + 2_000 * Math.random())),
    // Called for each connection, also for one that is opened again.
    connectionParams: async () => {
      // An error would end the subscription. With the old token, the client is refused and tries again.
      token = await liveToken(store, refused).catch(() => token)
      return { authorization: `Bearer ${token}` }
    },
    on: {
      closed: (event) => {
        if (isForbidden(event)) refused = token
      },
    },
    ...options,
  })
  whenSessionEnds(async () => {
    try {
      await client.dispose()
    } catch {
      // It was about to connect, and could not.
    }
  })
  return client
}
