import { ref } from 'vue'
import type { AuthEvent } from 'vue-auth-refresh'

/** The number of events that the answer is made of. */
const memory = 200
const events: AuthEvent[] = []

/** Why the customers' last session ended, in a sentence; null while none has. In development alone. */
export const why = ref<string | null>(null)

/** Tells `why` of an event. A production build has nothing of what explains it. */
export async function recordWhy(event: AuthEvent): Promise<void> {
  if (!import.meta.env.DEV) return
  events.push(event)
  if (events.length > memory) events.shift()
  if (event.type === 'session-started') why.value = null
  if (event.type !== 'session-ended') return
  const { explain } = await import('vue-auth-refresh/devtools')
  why.value = explain(events)
}
