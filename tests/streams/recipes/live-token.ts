// src/live-token.ts
import type { AuthStore } from 'vue-auth-refresh'

/**
 * A token for a connection that is about to be opened.
 *
 * @param refused the token that the server has refused: it knows better than the clock
 */
export async function liveToken(store: AuthStore, refused?: string): Promise<string> {
  if (store.token && store.token === refused) await store.refresh()
  return store.getAccessToken({ minValidity: 10_000 })
}
