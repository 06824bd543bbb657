import { reactive } from 'vue'
import type { AuthEvent } from 'vue-auth-refresh'

/** How often this tab has refreshed each session since it began. */
export const refreshCounts = reactive({ customer: 0, admin: 0 })

export function countRefreshes(session: 'customer' | 'admin', event: AuthEvent): void {
  if (event.type === 'session-started') refreshCounts[session] = 0
  if (event.type === 'refresh-succeeded' && !event.adopted) refreshCounts[session] += 1
}
