import { ref } from 'vue'
import type { AuthEvent } from 'vue-auth-refresh'
import { api, reports, timeline } from './api'
import type { DemoStats, FaultMode } from './protocol'
import { createTabs, openChannel } from './tabs'

/** The counts of the server, and how its token endpoint treats this browser. */
export const serverStats = ref<DemoStats | null>(null)
/** The server refuses the access token that is out, and the library does not know it yet. */
export const tokenRefused = ref(false)

// None of these needs a token: they work when every token is dead. Hence `skipAuth`.
const skipAuth = { skipAuth: true }

export async function loadStats(): Promise<void> {
  serverStats.value = (await api.get<DemoStats>('/demo/stats', skipAuth)).data
}

export async function expireToken(): Promise<void> {
  await api.post('/demo/expire', {}, skipAuth)
  tokenRefused.value = true
  channel.tell({ type: 'changed', refused: true })
}

export async function revokeSession(): Promise<void> {
  await api.post('/demo/revoke', {}, skipAuth)
}

export async function setMode(mode: FaultMode): Promise<void> {
  await api.post('/demo/mode', { mode }, skipAuth)
  channel.tell({ type: 'changed', refused: false })
  await loadStats()
}

/** A new access token, or none: what was known about the old one is over. */
export function forgetToken({ type }: AuthEvent): void {
  const isRenewed = type === 'refresh-succeeded' || type === 'session-started'
  const isOver = type === 'session-lapsed' || type === 'session-ended'
  if (isRenewed || isOver) tokenRefused.value = false
}

let last = 0

/**
 * Sends so many requests at once, each with a number of its own: every fourth asks for a report, the others for orders.
 * Resolves when all have been answered or have failed.
 */
export async function send(count: number): Promise<void> {
  const calls = Array.from({ length: count }, () => {
    const n = (last += 1)
    return n % 4 === 0 ? reports.get(`/${n}`) : api.get(`/orders/${n}`)
  })
  await Promise.allSettled(calls)
}

export async function sendSlow(): Promise<void> {
  await Promise.allSettled([api.get(`/slow/${(last += 1)}`)])
}

const channel = openChannel('demo-tabs')
channel.listen((message) => {
  if (message.type !== 'changed') return
  if (message.refused) tokenRefused.value = true
  if (serverStats.value) void loadStats().catch(() => {})
})

export const tabs = createTabs(channel, async (count) => {
  await send(count)
  return timeline.burst.tally
})
addEventListener('pagehide', tabs.close)
