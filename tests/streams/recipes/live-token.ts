// src/live-token.ts
import type { AuthStore } from 'vue-auth-refresh'

/**
 * A token for a connection that is about to be opened.
 *
 * @param refused the token that the server has refused: it knows better than the clock
 */
export const liveToken = (store: AuthStore, refused?: string): Promise<string> =>
  store.token && store.token === refused
    ? store.refresh()
    : store.getAccessToken({ minValidity: 10_000 })
