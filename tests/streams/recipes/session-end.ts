// src/session-end.ts: createAuth({ …, onEvent })
import type { AuthEvent } from 'vue-auth-refresh'

const closings = new Set<() => unknown>()

/** Calls back when the session of now ends, in whichever tab. Returns what takes that back. */
export function whenSessionEnds(close: () => unknown): () => void {
  closings.add(close)
  return () => closings.delete(close)
}

export function onEvent(event: AuthEvent) {
  if (event.type !== 'session-ended') return
  closings.forEach((close) => close())
  closings.clear()
}
